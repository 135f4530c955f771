"""`KEYS`: every key of a study file in words, for its documentation."""

from dataclasses import MISSING, dataclass
from typing import Any

from study.inputs.settings import (
    AboutSettings,
    ComparisonSettings,
    ConceptSettings,
    DissectionSettings,
    EncoderSettings,
    MeasureSettings,
    NetworkSettings,
    ProbeSettings,
    Study,
)
from study.inputs.study_file import keys_of
from study.inputs.value_kinds import KINDS


@dataclass(frozen=True, slots=True)
class StudyKey:
    """A key of the study file, in words: its table, type, default and meaning."""

    table: str
    key: str
    type: str
    default: str
    meaning: str


def _in_words(default: Any) -> str:
    """Return a default as the file would state it."""
    if default is MISSING or default is None:
        return "none" if default is None else "required"
    if isinstance(default, bool):
        return str(default).lower()
    return f'"{default}"' if isinstance(default, str) else str(default).replace("()", "[]")


KEYS: tuple[StudyKey, ...] = tuple(
    StudyKey(table, name, KINDS[key.kind].describe(key), _in_words(default), key.meaning)
    for table, kind in (
        ("", Study),
        ("[probe]", ProbeSettings),
        ("[concepts]", ConceptSettings),
        ("[encoder]", EncoderSettings),
        ("[dissection]", DissectionSettings),
        ("[measures]", MeasureSettings),
        ("[comparison]", ComparisonSettings),
        ("[report]", AboutSettings),
        ("[[networks]]", NetworkSettings),
    )
    for name, (key, default) in keys_of(kind).items()
)
"""Every key of a study file, as it is read."""
