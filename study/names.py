"""Which name belongs to which run: chosen from folders, checked against what lies beside them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from study.errors import StudyError

_DATASETS = ("places", "imagenet")
_TORCHVISION = re.compile(r"(resnet|vgg|densenet|alexnet|vit|wide_resnet|resnext)[0-9a-z_]*")
_CONTRADICTED = -1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What lies beside a table and tells whose it is.

    ``name`` is the manifest's; ``texts`` are weights and model names; ``bare`` is CLIP-Dissect's
    ``target_model``, where a torchvision name alone ("resnet18") stands for ImageNet weights.
    """

    name: str | None = None
    texts: tuple[str, ...] = ()
    bare: str = ""

    @property
    def datasets(self) -> frozenset[str]:
        """The training sets that the evidence speaks of."""
        told = " ".join((self.name or "", *self.texts)).casefold()
        found = {data for data in _DATASETS if data in told}
        if not found and _TORCHVISION.fullmatch(self.bare.casefold()):
            found = {"imagenet"}
        return frozenset(found)

    def fit(self, name: str) -> int:
        """Return how well a name fits: -1 contradicted, 0 nothing known, up to 3 the very name."""
        if self.name is not None and self.name.casefold() == name.casefold():
            return 3
        spoken = {data for data in _DATASETS if data in name.casefold()}
        if spoken and self.datasets:
            return 2 if spoken & self.datasets else _CONTRADICTED
        plain = _plain(name)
        return int(len(plain) > 2 and any(plain in _plain(text) for text in self.texts))


def check_names(
    names: Sequence[str], evidence: Sequence[Evidence], *, trust: bool = False
) -> list[bool]:
    """Check that no name is empty, given twice, or fits another run better than its own.

    Returns
    -------
    list of bool
        Which names speak against the evidence; all false unless `trust` is given.

    Raises
    ------
    StudyError
        Naming the names and the evidence.
    """
    folded = [name.casefold() for name in names]
    for name, fold in zip(names, folded, strict=True):
        if not name.strip() or folded.count(fold) > 1:
            raise StudyError(f"expected each network under its own name, found {list(names)}")
    fits = [[own.fit(name) for name in names] for own in evidence]
    suspect = []
    for run, row in enumerate(fits):
        better = [
            other for other, fit in enumerate(row) if fit > row[run] and fits[other][other] < fit
        ]
        wrong = row[run] == _CONTRADICTED or bool(better)
        if wrong and not trust:
            own = evidence[run]
            told = ", ".join(dict.fromkeys(filter(None, (own.name, *own.texts))))
            hint = (
                f"which fits {names[better[0]]!r} better" if better else "which speaks against it"
            )
            raise StudyError(
                f"expected the run named {names[run]!r} to be that network, found {told!r} beside "
                f"its table, {hint}; swap the names, or add --trust-names to keep them"
            )
        suspect.append(wrong)
    return suspect


def distinguishing(paths: Sequence[Sequence[str]]) -> list[str]:
    """Return the shortest ends of some paths that tell them apart, parts joined by "/".

    Equal paths cannot be told apart and keep their last part.
    """
    longest = max((len(path) for path in paths), default=0)
    for length in range(1, longest + 1):
        ends = ["/".join(path[-length:]) for path in paths]
        if len({end.casefold() for end in ends}) == len(ends):
            return ends
    return [path[-1] if path else "" for path in paths]


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
