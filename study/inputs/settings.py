"""Settings: the values that a study's TOML file states, and the choices it has."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from study.errors import StudyError
from study.files.documents import is_text
from study.files.spelling import spelt
from study.similarity import SIMILARITY_FUNCTIONS

POOLS = ("avg", "max")
TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "class": "the class token",
        "mean": "the mean of the patches' tokens",
        "max": "the maximum of the patches' tokens",
    }
)
"""What is read of a layer that gives tokens, in words."""
PRECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "float32": "24 bits of mantissa, as published",
        "bfloat16": (
            "networks and encoder keep 8 bits of mantissa instead of 24 (scores stay in float32): "
            "activations and features move by about 0.4 %, some labels change (those with the "
            "smallest margins), and a run is shorter only where the processor computes in the type"
        ),
    }
)
"""Precision to its effect, shown before a run."""
TIES = ("index", "published")
"""Order of equally strong images: the first in the probe first, or as torch.topk orders them."""
DEVICES = ("auto", "cpu", "cuda", "mps")
"""Where models run; ``cuda:N`` is one of several."""
ROLES = ("compared", "control", "twin")
"""A twin was trained for the task of another network from another seed: how much do labels differ
where nothing but chance does?"""
SIMILARITIES = tuple(SIMILARITY_FUNCTIONS)
_RESERVED = {"con", "prn", "aux", "nul", "tables", "figures", "sample"} | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)
}
WEIGHTS = ("torchvision", "file", "artifact", "random")
"""Where a network's weights come from: the word before the colon."""
ENCODERS = ("clip", "truth")
"""What says how much an image shows a concept."""
PICTURE_SIZES = (64, 512)
"""The least and the most pixels of the width and height of a picture in ``pictures.csv``."""
PROBES = ("folder", "zip", "tar", "artifact")
"""What a probe is read from."""


@dataclass(frozen=True, slots=True)
class Key:
    """How a study file states a setting; `study.inputs.study_file` reads each kind.

    ``choices`` are those of a ``"choice"``; ``least`` and ``most`` bound an ``"integer"``.
    """

    kind: str
    meaning: str
    choices: Collection[str] = ()
    least: int = 0
    most: int = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """The images, with the truth about them where it is known."""

    kind: Annotated[str, Key("choice", "what the images are read from", PROBES)]
    path: Annotated[Path | None, Key("path", "the folder or zip file")] = None
    artifact: Annotated[str | None, Key("text", "the artifact's name, for that kind")] = None
    include: Annotated[tuple[str, ...], Key("names", "patterns of file names; empty: all")] = ()
    truth: Annotated[Path | None, Key("path", "CSV of what each image shows")] = None
    categories: Annotated[
        Path | None, Key("path", "CSV of each concept's category and column of the truth")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSettings:
    """The concept set: a file or an artifact."""

    file: Annotated[Path | None, Key("path", "text file, one concept a line")] = None
    artifact: Annotated[str | None, Key("text", "a pinned word list instead of a file")] = None
    families: Annotated[
        Path | None,
        Key("path", "CSV of word and family, in place of the truth's categories or the own table"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """The image-text model, or the truth in its place."""

    kind: Annotated[
        str, Key("choice", "clip: an image-text model; truth: the probe's truth table", ENCODERS)
    ] = "clip"
    model: Annotated[
        str | None, Key("model", "open_clip's name, or a folder with its configuration")
    ] = None
    weights: Annotated[str, Key("encoder weights", "its weights, of kind clip")] = ""
    preprocessing: Annotated[
        Mapping[str, Any] | None,
        Key("table", "mean, std, interpolation, resize_mode, if not as its tags or folder say"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DissectionSettings:
    """How activations are turned into labels."""

    layers: Annotated[tuple[str, ...], Key("names", "the layers to dissect, in network order")]
    pool: Annotated[str, Key("choice", "how activations are pooled over space", POOLS)] = "avg"
    tokens: Annotated[
        str,
        Key("choice", "of tokens: the class token, or the patches' mean or maximum", TOKENS),
    ] = "class"
    similarity: Annotated[str, Key("choice", "the similarity function", SIMILARITIES)] = "soft_wpmi"
    precision: Annotated[str, Key("choice", "number type of the models", PRECISIONS)] = "float32"
    device: Annotated[str, Key("device", "where the models run", DEVICES)] = "auto"
    ties: Annotated[
        str,
        Key("choice", "equally strong images: the first ones, or torch.topk's as published", TIES),
    ] = "index"
    settings: Annotated[
        Mapping[str, int | float], Key("table", "numbers that the similarity function takes")
    ] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSettings:
    """What is measured in addition to the labels."""

    resamples: Annotated[int, Key("integer", "resamples of the probe for intervals; 0: none")] = 50
    splits: Annotated[int, Key("integer", "halvings of the probe for stability; 0: none")] = 25
    set_limit: Annotated[
        int, Key("integer", "most labels that another probe may give, if one is confident", least=1)
    ] = 3
    cards: Annotated[int, Key("integer", "top images shown for a unit; 0: none")] = 6
    picture_size: Annotated[
        int, Key("integer", "width and height of pictures.csv's, in pixels", (), *PICTURE_SIZES)
    ] = 96
    sensitivity: Annotated[
        tuple[int, ...], Key("integers", "further values of top_k", least=1, most=2**31 - 1)
    ] = ()
    seed: Annotated[int, Key("integer", "starts every draw", most=2**63 - 1)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """One network: its weights, and the layers to dissect."""

    name: Annotated[str, Key("text", "its name in the report; the folder's name follows from it")]
    role: Annotated[str, Key("choice", "its part in the comparison", ROLES)] = "compared"
    of: Annotated[str | None, Key("text", "for a twin: the network whose task it shares")] = None
    architecture: Annotated[
        str,
        Key(
            "architecture",
            "torchvision's name, one of this program's (narrow_resnet18, cifar_resnet18), "
            "timm:NAME, hf:FOLDER, or with --trust-code code:FILE.py:FUNCTION",
        ),
    ] = ""
    classes: Annotated[
        int, Key("integer", "outputs of its class layer, unless its maker knows", least=1)
    ] = 0
    weights: Annotated[str, Key("weights", "its weights, unless its folder or code has them")] = ""
    activations: Annotated[
        Path | None,
        Key("path", "in place of architecture and weights: recorded activations, images x units"),
    ] = None
    prefix: Annotated[str, Key("text", "what its names begin with in a file of several")] = ""
    layers: Annotated[tuple[str, ...], Key("names", "empty: as in [dissection]")] = ()
    preprocessing: Annotated[
        Mapping[str, Any] | None,
        Key(
            "table",
            "resize, crop, mean, std, interpolation, mode (shortest or squash), if not as the "
            "weights state them; one mean and std: grey pictures",
        ),
    ] = None
    class_names: Annotated[str | None, Key("class names", "names of its classes")] = None
    class_layer: Annotated[
        str, Key("text", "the layer whose units are the classes; empty: the last linear one")
    ] = ""

    @property
    def slug(self) -> str:
        """The name as a folder name, see `slugify`."""
        return slugify(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSettings:
    """Which layers of networks are compared where their names differ; options go before."""

    pair: Annotated[
        tuple[tuple[str, str], ...],
        Key("pairs of names", "layers compared although their names differ, as with --pair"),
    ] = ()
    by_depth: Annotated[bool, Key("truth value", "compare layers by depth, as --by-depth")] = False
    overall_only: Annotated[
        bool, Key("truth value", "compare all units together, as --overall-only")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutSettings:
    """What no data state: a report prints what is given here, and invents nothing."""

    title: Annotated[
        str | None, Key("text", "of a report on finished dissections, or in place of the study's")
    ] = None
    authors: Annotated[tuple[str, ...], Key("names", "who made the report")] = ()
    team: Annotated[str | None, Key("text", "their team")] = None
    course: Annotated[str | None, Key("text", "the course or project it was made for")] = None
    date: Annotated[str | None, Key("text", "its date, as it shall be printed")] = None
    repository: Annotated[str | None, Key("text", "where the code and data are kept")] = None
    expected: Annotated[
        Mapping[str, Any],
        Key("table", "kinds of concepts of which a network should have more, by network"),
    ] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return what is stated, under its keys in the manifest's ``report``."""
        stated = {
            name: getattr(self, name)
            for name in ("title", "authors", "team", "course", "date", "repository")
        }
        about = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in stated.items()
            if value
        }
        expected = {name: list(dict.fromkeys(kinds)) for name, kinds in self.expected.items()}
        parts = {"about": about, "expected": expected}
        return {name: part for name, part in parts.items() if part}


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study: everything that decides a number of its run; ``source`` is the file's name."""

    title: Annotated[str, Key("text", "the report's title")]
    demonstration: Annotated[
        str | None, Key("text", "on the title page: what is only demonstrated")
    ] = None
    source: str = ""
    probe: ProbeSettings
    concepts: ConceptSettings
    encoder: EncoderSettings
    dissection: DissectionSettings
    measures: MeasureSettings
    networks: tuple[NetworkSettings, ...]
    comparison: ComparisonSettings = ComparisonSettings()
    report: AboutSettings = field(default_factory=AboutSettings)


def is_device(text: str) -> bool:
    """Tell whether a text is one of `DEVICES`, or ``cuda:`` and the number of one."""
    return text in DEVICES or re.fullmatch(r"cuda:[0-9]{1,3}", text) is not None


def slugify(name: str) -> str:
    """Return a network's name as a folder name: lower-case ASCII letters, digits, - and _.

    Raises
    ------
    StudyError
        If nothing is left of the name, the rest is a name that Windows reserves, or the name holds
        a character that nobody sees.
    """
    if not is_text(name):
        raise StudyError(f"network {name!r}: expected a name in UTF-8")
    spelt(name, "the name of a network")
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", text).strip("-")
    if len(name) > 120:  # a folder's name has at most 255 bytes on common file systems
        raise StudyError(f"network {name[:40]!r}…: expected at most 120 letters, found {len(name)}")
    if not slug or slug in _RESERVED:
        raise StudyError(
            f"network {name!r}: expected a name that gives a folder name of letters and digits, "
            f"found {slug!r}"
        )
    return slug


def with_overrides(study: Study, **changes: Any) -> Study:
    """Return the study with some of its settings replaced: precision, device, picture_size."""
    known = {key: value for key, value in changes.items() if value is not None}
    size = known.pop("picture_size", study.measures.picture_size)
    measures = replace(study.measures, picture_size=size)
    return replace(study, dissection=replace(study.dissection, **known), measures=measures)
