"""Settings: the values that a study's TOML file states, and the choices it has."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from study.errors import StudyError
from study.similarity import SIMILARITY_FUNCTIONS

POOLS = ("avg", "max")
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
ROLES = ("compared", "control")
SIMILARITIES = tuple(SIMILARITY_FUNCTIONS)
_RESERVED = {"con", "prn", "aux", "nul", "tables", "figures", "sample"} | {
    f"{port}{digit}" for port in ("com", "lpt") for digit in range(10)
}
WEIGHTS = ("torchvision", "file", "artifact", "random")
"""Where a network's weights come from: the word before the colon."""
PROBES = ("folder", "zip", "artifact")
"""What a probe is read from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """The images: one of `PROBES`, with the truth about them where it is known."""

    kind: str
    path: Path | None = None
    artifact: str | None = None
    include: tuple[str, ...] = ()
    truth: Path | None = None
    categories: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptSettings:
    """The word list: a file or an artifact."""

    file: Path | None = None
    artifact: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderSettings:
    """The image-text model: a name or folder that open_clip knows, and its weights."""

    model: str | None
    weights: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DissectionSettings:
    """How activations are turned into labels.

    ``ties`` says which of several equally strong images are among a unit's top images:
    ``"index"``, the first ones in the probe; ``"published"``, those that ``torch.topk`` happens to
    choose, as CLIP-Dissect does, for comparing with its tables label by label.
    """

    layers: tuple[str, ...]
    pool: str = "avg"
    similarity: str = "soft_wpmi"
    precision: str = "float32"
    device: str = "auto"
    ties: str = "index"
    settings: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """One network: its weights, and the layers to dissect."""

    name: str
    slug: str
    role: str
    architecture: str
    classes: int
    weights: str
    layers: tuple[str, ...]
    preprocessing: Mapping[str, Any] | None = None
    class_names: str | None = None
    class_layer: str = "fc"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureSettings:
    """What is measured in addition to the labels.

    ``resamples`` of the probe for stability (0: none); a label is confident when at most
    ``set_limit`` labels cover 90 % of them; ``cards`` top images are shown for a unit (0: none);
    ``sensitivity`` lists further values of ``top_k``; ``seed`` starts every draw.
    """

    resamples: int = 50
    set_limit: int = 3
    cards: int = 6
    sensitivity: tuple[int, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A study: everything that decides a number of its run."""

    title: str
    source: str
    demonstration: str | None
    probe: ProbeSettings
    concepts: ConceptSettings
    encoder: EncoderSettings
    dissection: DissectionSettings
    measures: MeasureSettings
    networks: tuple[NetworkSettings, ...]


def slugify(name: str) -> str:
    """Return a network's name as a folder name: lower-case ASCII letters, digits, - and _.

    Raises
    ------
    StudyError
        If nothing is left of the name, or the rest is a name that Windows reserves.
    """
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9_-]+", "-", text).strip("-")
    if not slug or slug in _RESERVED:
        raise StudyError(
            f"network {name!r}: expected a name that gives a folder name of letters and digits, "
            f"found {slug!r}"
        )
    return slug


def with_overrides(study: Study, **changes: Any) -> Study:
    """Return the study with some of its dissection's settings replaced (precision, device)."""
    known = {key: value for key, value in changes.items() if value is not None}
    return replace(study, dissection=replace(study.dissection, **known))
