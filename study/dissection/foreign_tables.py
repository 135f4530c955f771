"""Tables that other tools wrote, read as ``descriptions.csv``: other column names, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from study.dissection.inspection import COLUMNS
from study.errors import StudyError
from study.files import csv_text

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "layer": ("layer_name", "module", "module_name"),
    "unit": ("unit_id", "unit_idx", "neuron", "neuron_id", "neuron_idx", "channel", "latent"),
    "description": ("concept", "label", "explanation"),
    "similarity": ("metric", "score", "sim"),
}
"""What other tools call the columns; case, spaces and hyphens aside."""
_FORM = (
    "expected layer=COLUMN (or layer==NAME, a name for the one layer), unit=COLUMN, "
    "description=COLUMN, similarity=COLUMN, with commas between"
)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a user says of the columns of tables.

    Parameters
    ----------
    named
        A column of ``descriptions.csv`` to its name in the tables; "" where similarities are to
        be left out. It holds for each table that has such a column.
    layer
        The one layer of tables that have no column of layers.
    """

    named: Mapping[str, str] = field(default_factory=dict)
    layer: str = ""

    @classmethod
    def parse(cls, text: str) -> "Columns":
        """Read ``layer=LAYER,unit=neuron``, or ``layer==NAME``; a column with commas in quotes.

        Raises
        ------
        StudyError
            If an entry is of another form, or names a column twice.
        """
        records = list(csv_text.records(text, strict=True))
        fields = records[0].fields if len(records) == 1 else []
        named: dict[str, str] = {}
        layer = ""
        for entry in fields:
            own, equals, other = (part.strip() for part in entry.partition("="))
            constant = other[1:].strip() if own == "layer" and other.startswith("=") else ""
            twice = own in named or (own == "layer" and layer)
            unnamed = other.startswith("=") or (not other and own != "similarity")
            if own not in COLUMNS or not equals or twice or (unnamed and not constant):
                raise StudyError(f"--columns: {_FORM}, each once, found {entry!r:.80}")
            layer = constant or layer
            named |= {} if constant else {own: other}
        if not fields:
            raise StudyError(f"--columns: {_FORM}, found {text!r:.80}")
        return cls(named, layer)


@dataclass(frozen=True, slots=True)
class Translated:
    """A table under the names of ``descriptions.csv``.

    ``data`` are the file's own bytes where nothing had to be changed. ``notes`` say what was;
    ``used`` are the entries of `Columns` that applied.
    """

    data: bytes
    notes: tuple[str, ...] = ()
    used: frozenset[str] = frozenset()


def translated(data: bytes, *, name: str, columns: Columns | None = None) -> Translated:
    """Return a table with the column names of ``descriptions.csv``, without spaces around names.

    Columns are those that the user names, else those of the right name, else the only one that
    another tool would call so. Lines keep their numbers. What is no table is returned as it is.

    Raises
    ------
    StudyError
        In one line: if a column is missing, or several may be meant.
    """
    try:
        records = list(csv_text.records(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return Translated(data)
    given = columns or Columns()
    header = [cell.strip() for cell in records[0].fields] if records else []
    sources = _sources(header, name, given) if header else {}
    if not header or any(header.count(source) > 1 for source in sources.values()):
        return Translated(data)
    for record in records:
        if record.failure or len(record.fields) != len(header):
            found = record.failure or str(len(record.fields))
            raise StudyError(
                f"{name}: line {record.line}: expected {len(header)} fields, found {found}"
            )
    used = {own for own, other in given.named.items() if other in ("", sources.get(own))}
    used |= set() if "layer" in sources else {"layer"}
    unread = [own for own in COLUMNS if own in header and sources.get(own) != own]
    rows, spaced = _rows(records[1:], header, sources, unread)
    notes = [*_notes(sources, given), *(f"the column {own} is not read" for own in unread)]
    if spaced:
        notes.append(f"spaces around names taken off in {spaced} rows")
    if not notes and header == records[0].fields:
        return Translated(data, (), frozenset(used))
    names = {other: own for own, other in sources.items()}
    heads = [names.get(column, column) for column in header if column not in unread]
    constant = [] if "layer" in sources else [given.layer]
    texts, line = [csv_text.dumps([[*(["layer"] if constant else []), *heads]])], 2
    for record, row in zip(records[1:], rows, strict=True):
        texts.append("\n" * (record.line - line) + csv_text.dumps([[*constant, *row]]))
        line += texts[-1].count("\n")
    return Translated("".join(texts).encode(), tuple(notes), frozenset(used))


def check_used(columns: Columns, tables: Sequence[Translated]) -> None:
    """Refuse an entry that applied to no table: it is misspelt, or not needed.

    Raises
    ------
    StudyError
        Naming it.
    """
    used = frozenset[str]().union(*(table.used for table in tables))
    for own, other in columns.named.items():
        if own not in used:
            raise StudyError(f"--columns {own}={other}: no table has a column {other!r}")
    if columns.layer and "layer" not in used:
        raise StudyError(f"--columns layer=={columns.layer}: every table has a column of layers")


def _sources(header: Sequence[str], name: str, given: Columns) -> dict[str, str]:
    """Return which column of the table is which of ours; one that is not needed may be absent."""
    sources: dict[str, str] = {}
    taken = {other for other in given.named.values() if other in header}
    for own in COLUMNS:
        stated = given.named.get(own)
        alike = [c for c in header if _plain(c) in (own, *SYNONYMS[own]) and c not in taken]
        if stated in header and header.count(str(stated)) == 1:
            sources[own] = str(stated)
        elif own in header and own not in taken and stated != "":
            sources[own] = own
        elif len(alike) == 1 and stated != "":
            sources[own] = alike[0]
        elif len(alike) > 1 and stated != "":
            listed = " and ".join(alike)
            raise StudyError(
                f"{name}: {listed} may each be the {own}: say which with --columns {own}=COLUMN"
            )
    if missing := [own for own in ("unit", "description") if own not in sources]:
        said = ",".join(f"{own}=COLUMN" for own in missing)
        raise StudyError(
            f"{name}: line 1: expected the columns {','.join(COLUMNS)}, found "
            f"{','.join(header)[:200]}; say which are meant with --columns {said}"
        )
    if "layer" not in sources and not given.layer:
        raise StudyError(
            f"{name}: line 1: expected the columns {','.join(COLUMNS)}, found no layer among "
            f"{','.join(header)[:200]}; name the one layer of its units with --columns "
            "layer==NAME, or the column of layers with --columns layer=COLUMN"
        )
    return sources


def _rows(
    records: Sequence[csv_text.Record],
    header: Sequence[str],
    sources: Mapping[str, str],
    unread: Sequence[str],
) -> tuple[list[list[str]], int]:
    """Return the rows without spaces around what is read, and in how many a name had some."""
    ours = set(sources.values())
    names = {sources[own] for own in ("layer", "description") if own in sources}
    rows, spaced = [], 0
    for record in records:
        cells = list(zip(header, record.fields, strict=True))
        spaced += any(cell != cell.strip() for column, cell in cells if column in names)
        rows.append([c.strip() if own in ours else c for own, c in cells if own not in unread])
    return rows, spaced


def _notes(sources: Mapping[str, str], given: Columns) -> list[str]:
    """Say which columns were read as which, and what was stated in place of a column."""
    notes = []
    renamed = {own: other for own, other in sources.items() if own != other}
    if renamed:
        texts = [f"{other} as {own}" for own, other in renamed.items()]
        guessed = [own for own in renamed if given.named.get(own) != renamed[own]]
        end = " (guessed from the names; --columns says otherwise)" if guessed else ""
        notes.append(f"columns read: {', '.join(texts)}{end}")
    if "layer" not in sources:
        notes.append(f"no column of layers: all units are in the layer {given.layer!r}, as stated")
    return notes


def _plain(column: str) -> str:
    return column.casefold().replace(" ", "_").replace("-", "_")
