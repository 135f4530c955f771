"""Which network a run is of, as its files state it, and whether the name it was given fits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from study.errors import StudyError
from study.files import documents
from study.files.documents import is_text
from study.files.spelling import spelt

PARTS = ("probe", "concepts", "encoder", "dissection", "measures", "program")
"""The parts of a study's manifest that its networks share."""
LONGEST_NAME = 120
"""Letters of a network's name, which also names its folder."""
_DATASETS = ("places", "imagenet")
_TORCHVISION = re.compile(r"(resnet|vgg|densenet|alexnet|vit|wide_resnet|resnext)[0-9a-z_]*")
_CONTRADICTED = -1
_DEEPEST = 12
_KINDS: Mapping[type, str] = {dict: "a table", list: "a list", str: "a text", int: "an integer"}
_TEXTS_OF_NETWORK = ("name", "slug", "role", "of", "architecture", "weights", "sha256")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the files next to a table state about the network it describes.

    ``name`` is the manifest's; ``texts`` are weights and model names; ``bare`` is CLIP-Dissect's
    ``target_model``, where a torchvision name alone ("resnet18") stands for ImageNet weights.
    """

    name: str | None = None
    texts: tuple[str, ...] = ()
    bare: str = ""

    @classmethod
    def of(cls, args: Mapping[str, Any] | None, manifest: Mapping[str, Any] | None) -> "Origin":
        """Return what a run's ``args.txt`` and manifest state, where there are any."""
        network = network_of(manifest) or {}
        target, name = (args or {}).get("target_model"), network.get("name")
        texts = tuple(str(text) for text in (network.get("weights"), target) if text)
        return cls(str(name) if name else None, texts, str(target or ""))

    @property
    def datasets(self) -> frozenset[str]:
        """The training sets that are named."""
        text = " ".join((self.name or "", *self.texts)).casefold()
        named = {dataset for dataset in _DATASETS if dataset in text}
        if not named and _TORCHVISION.fullmatch(self.bare.casefold()):
            named = {"imagenet"}
        return frozenset(named)

    def fit(self, name: str) -> int:
        """Return how well a name fits: -1 contradicted, 0 unknown, up to 3 for the same name."""
        if self.name is not None and self.name.casefold() == name.casefold():
            return 3
        named = {dataset for dataset in _DATASETS if dataset in name.casefold()}
        if named and self.datasets:
            return 2 if named & self.datasets else _CONTRADICTED
        plain = _plain(name)
        return int(len(plain) > 2 and any(plain in _plain(text) for text in self.texts))


def network_of(manifest: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a manifest's entry of its one network; `None` if it has several, or none."""
    document = manifest or {}
    networks = [document["network"]] if "network" in document else document.get("networks")
    if not isinstance(networks, list) or len(networks) != 1 or not isinstance(networks[0], dict):
        return None
    return networks[0]


_COUNTS = (
    ("probe", "images"),
    ("probe", "copies"),
    ("probe", "one_colour"),
    ("concepts", "count"),
    ("network", "classes"),
)
"""Entries that count something."""


def parse_manifest(data: bytes, *, name: str = "manifest.json") -> dict[str, Any]:
    """Read a run's or a study's manifest and check what its entries are.

    Raises
    ------
    StudyError
        If it is none, or an entry is of another kind than in those that this program writes.
    """
    document = documents.parse(data, name=name)
    entries = document.get("networks")
    for part in PARTS:
        _check(name, part, document.get(part), dict)
    _check(name, "network", document.get("network"), dict)
    _check(name, "networks", entries, list)
    for network in [document.get("network") or {}, *(entries or [])]:
        _check(name, "networks", network, dict)
        for key in _TEXTS_OF_NETWORK:
            _check(name, f"network.{key}", network.get(key), str)
    for key in ("title", "preset", "demonstration"):
        _check(name, key, document.get(key), str)
    _check(name, "limit", document.get("limit"), int)
    counts = [("limit", document.get("limit"))]
    counts += [(f"{part}.{key}", (document.get(part) or {}).get(key)) for part, key in _COUNTS]
    for key, count in counts:
        if isinstance(count, int) and not isinstance(count, bool) and count < 0:
            raise StudyError(f"{name}: {key}: expected a number from 0, found {count}")
    for part, key in (("dissection", "settings"), ("program", "packages")):
        entries = (document.get(part) or {}).get(key)
        _check(name, f"{part}.{key}", entries, dict)
        for entry, value in (entries or {}).items():
            if isinstance(value, dict | list):
                raise StudyError(f"{name}: {part}.{key}.{entry:.60}: expected a text or a number")
    _check_values(name, document)
    return document


def _check(name: str, key: str, value: Any, kind: type) -> None:
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise StudyError(f"{name}: {key}: expected {_KINDS[kind]}, found {value!r:.60}")


def _check_values(name: str, value: Any, key: str = "", depth: int = 0) -> None:
    """Refuse texts that no file can hold, numbers beyond 64 bits, and nesting without end."""
    if depth > _DEEPEST:
        raise StudyError(f"{name}: {key[:60]}: nested too deep")
    if isinstance(value, dict):
        for inner, item in value.items():
            _check_values(name, inner, "a key", depth)
            _check_values(name, item, inner, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_values(name, item, key, depth + 1)
    elif isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise StudyError(f"{name}: {key[:60]!a}: expected text, found {value!a:.60}") from None
    elif isinstance(value, int | float) and not abs(value) < 2**63:
        raise StudyError(f"{name}: {key[:60]}: expected a number of 64 bits, found a larger one")


def manifest_parts(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return what CLIP-Dissect's ``args.txt`` states, under the names that a manifest uses."""
    words = str(args.get("concept_set") or "").replace("\\", "/")
    return {
        "probe": {"name": args.get("d_probe")},
        "concepts": {"name": PurePosixPath(words).name or None},
        "encoder": {"model": args.get("clip_model")},
        "dissection": {
            "layers": args.get("target_layers"),
            "pool": args.get("pool_mode"),
            "similarity": args.get("similarity_fn"),
            "device": args.get("device"),
        },
    }


def dotted(layer: str) -> str:
    """Return a layer's name in dotted spelling: ``layer4.1.conv2`` for ``layer4[1].conv2``."""
    return re.sub(r"\[(\d+)\]", r".\1", layer.strip()).lstrip(".")


def check_names(
    names: Sequence[str], origins: Sequence[Origin], *, trust: bool = False
) -> list[bool]:
    """Return which names the files next to the tables contradict, or fit another run better.

    Raises
    ------
    StudyError
        If a name is empty, repeated, too long, no text or holds a character that nobody sees; also
        if one is contradicted, unless `trust` is given.
    """
    if odd := next((name for name in names if not is_text(name)), None):
        raise StudyError(f"expected names in UTF-8, found {odd!r}: name the run NAME=RUN")
    folded = [spelt(name, "the name of a run").casefold() for name in names]
    if not all(map(str.strip, names)) or len(set(folded)) < len(folded):
        raise StudyError(f"expected each network under its own name, found {list(names)}")
    if long := next((name for name in names if len(name) > LONGEST_NAME), None):
        raise StudyError(
            f"expected names of at most {LONGEST_NAME} letters, found {len(long)}: {long[:40]}…"
        )
    fits = [[origin.fit(name) for name in names] for origin in origins]
    suspect = []
    for run, (origin, row) in enumerate(zip(origins, fits, strict=True)):
        better = [
            name
            for other, (name, fit) in enumerate(zip(names, row, strict=True))
            if fit > row[run] and fits[other][other] < fit
        ]
        suspect.append(row[run] == _CONTRADICTED or bool(better))
        if suspect[-1] and not trust:
            stated = ", ".join(dict.fromkeys(filter(None, (origin.name, *origin.texts))))
            hint = f"fits {better[0]!r} better" if better else "contradicts that name"
            raise StudyError(
                f"the run named {names[run]!r} seems to be another network: the files beside its "
                f"table state {stated!r}, which {hint}; swap the names, or add --trust-names to "
                "keep them"
            )
    return suspect


def distinguishing(paths: Sequence[Sequence[str]]) -> list[str]:
    """Return the shortest ends of some paths that differ, parts joined by "/".

    Equal paths keep their last part.
    """
    longest = max((len(path) for path in paths), default=0)
    for length in range(1, longest + 1):
        ends = ["/".join(path[-length:]) for path in paths]
        if len({end.casefold() for end in ends}) == len(ends):
            return ends
    return [path[-1] if path else "" for path in paths]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
