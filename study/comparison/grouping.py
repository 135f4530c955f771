"""`Grouping`: the category of each label, from a truth table or a table of families."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.dissection.families import UNKNOWN, own
from study.dissection.run import Run

TRUTH = "truth table"
"""The source of categories that the probe's truth table states."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """The categories of labels, and where they are from: `TRUTH`, or a table and its digest."""

    categories: Mapping[str, str]
    source: str
    sha256: str | None = None


def grouping(runs: Sequence[Run]) -> Grouping | None:
    """Return the category of each label of some runs.

    Those of a truth table, or of a table that the study names, serve where every run states them,
    and else the families of the project's table; `None` where that knows none of the labels.
    """
    stated = [_stated(run) for run in runs]
    sources = {_source(run) for run in runs}
    if all(stated) and len(sources) == 1:
        return Grouping(
            {word: kind for one in stated for word, kind in one.items()}, *sources.pop()
        )
    table = own()
    labels = {
        word for run in runs for layer in run.dissection.layers for word in layer.descriptions
    }
    found = {word: table.of(word) for word in sorted(labels)}
    if set(found.values()) <= {UNKNOWN}:
        return None
    return Grouping(found, table.name, table.sha256)


def _stated(run: Run) -> dict[str, str]:
    """Return the categories that a run's own measurements state; empty where there are none."""
    if run.labels is None or "category" not in run.labels:
        return {}
    rows = zip(run.labels["label"], run.labels["category"], strict=True)
    return {label: category for label, category in rows if category}


def _source(run: Run) -> tuple[str, str | None]:
    """Return what states a run's categories: a table in its manifest, or else the truth."""
    concepts = (run.manifest or {}).get("concepts")
    table = concepts.get("families") if isinstance(concepts, dict) else None
    if not isinstance(table, dict):
        return TRUTH, None
    return str(table.get("name")), str(table.get("sha256"))
