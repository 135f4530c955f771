"""Draft claims from a report: numbers with their nouns, for a grader to check; no verdict."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from study.errors import StudyError
from study.verify.claims.claim_file import MAX_CLAIMS
from study.verify.claims.quantities import NUMBERS
from study.verify.draft.context import Names
from study.verify.draft.passages import Grid, Part, read_report
from study.verify.draft.sentences import Drafted, Reader
from study.verify.draft.statements import statements
from study.verify.draft.tables_of_text import of_grid
from study.verify.draft.writing import written

_NUMBERS = 2
"""Numbers that a report may give one quantity, in its text and in a table."""


def draft(path: Path, *, names: Sequence[str] = ()) -> str:
    """Return a file of claims drafted from a report, as text.

    Parameters
    ----------
    path
        The report: PDF, Markdown, text or a notebook.
    names
        What it calls its networks; by default the names that its text shows.

    Raises
    ------
    StudyError
        If the report cannot be read, or holds no claim.
    """
    parts = read_report(path)
    drafted = list(drafted_of(parts, names))[:MAX_CLAIMS]
    if not drafted:
        raise StudyError(f"{path.name}: no number with its noun was found to draft a claim from")
    return written(drafted, title=path.name)


def drafted_of(parts: Sequence[Part], names: Sequence[str] = ()) -> Iterator[Drafted]:
    """Yield the claims of a report's parts, each once.

    A quantity with more than two numbers is uncertain: some of them belong to something else, such
    as a null or another pair.
    """
    found = list(_each_once(parts, names))
    numbers = Counter(_quantity(each) for each in found if not each.doubt)
    for each in found:
        several = numbers[_quantity(each)] > _NUMBERS and each.fields["kind"] in NUMBERS
        doubt = f"{numbers[_quantity(each)]} numbers for one quantity: which is it?"
        yield replace(each, doubt=doubt) if several and not each.doubt else each


def _quantity(each: Drafted) -> str:
    """Return what a claim is about, whatever its number."""
    fields = {key: value for key, value in each.fields.items() if key != "value"}
    return repr(sorted(fields.items(), key=str))


def _each_once(parts: Sequence[Part], names: Sequence[str]) -> Iterator[Drafted]:
    text = "\n".join(
        " ".join(
            [
                *part.heading,
                *([c for row in part.rows for c in row] if isinstance(part, Grid) else [part.text]),
            ]
        )
        for part in parts
    )
    known = Names.of(text, names)
    reader, seen = Reader(known), set()
    for part in parts:
        if isinstance(part, Grid):
            found = list(of_grid(part, known)) if part.rows else []
        else:
            found = [*reader.read(part), *statements(part, known)]
        for each in found:
            key = repr(sorted(each.fields.items(), key=str))
            if key not in seen:
                seen.add(key)
                yield each
