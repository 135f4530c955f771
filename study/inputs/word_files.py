"""Word files: lists of concepts or class names, in the layouts in which people publish them."""

import ast
import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.files.output import read_bytes

MOST = 64 << 20
"""The most bytes of a file of words."""
_HEADERS = frozenset(
    {"concept", "concepts", "word", "words", "label", "labels", "name", "names", "class", "classes"}
    | {"class_name", "class_names", "category", "categories", "description", "text"}
)
"""Names of the column that holds the words of a table."""
_NUMBERED = re.compile(r"(?:\d+|n\d{8})(?:[.:)\t _-]+)(?=\S)")
_JOINED = re.compile(r"(?<=[^\W_])_(?=[^\W_])")
_PLACES = re.compile(r"/\w/(?P<name>\S+) \d+")
_NEARLY = re.compile(r"/\S+ \d+")
_NUMBER = re.compile(r"[-+]?[\d.,]*\d([eE][-+]?\d+)?|n\d{8}")
"""A number or a WordNet id, which is no word."""
_ID = re.compile(r"n?\d+")
"""What may stand before the word in an entry of an index."""
_BRACES = re.compile(r"""[\[{]\s*(["'\[{\d]|[\]}]\Z)|[\[{].*[\]}]\Z""", re.S)
"""The beginning of a list or an index, or braces around the whole text."""
_TABLE = 3
"""Lines from which on a delimiter in each of them is taken for that of a table."""
_LEAST = 5
"""Lines from which on a number or an underscore in each of them is taken for layout."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a file, each with its place in it, and what was taken for layout."""

    located: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    data: bytes


def read_words(path: Path) -> Words:
    """Read words from a file: one a line, or in one of the layouts in which lists are published.

    These are a JSON list; an index by class, as JSON or as Python writes it (``{"0": "tench"}``,
    ``{0: 'tench, Tinca tinca'}``, ``{"0": ["n01440764", "tench"]}``, ``{"tench": 0}``). Of synonyms
    with commas between in either, the first is taken; a list in an entry holds one word, after its
    id if it has one. Others are a table with commas, semicolons or tabs whose first line names the
    column of words (of several the first that does not hold numbers alone); lines that all begin
    with a number or a WordNet id, which is left out; words joined by underscores; Places365's
    ``/a/airport_terminal 2``. Notes say which was found.

    Parameters
    ----------
    path
        UTF-8, with or without a byte order mark. Space around words and blank lines are dropped.

    Raises
    ------
    StudyError
        If the file cannot be read, is not UTF-8, states a key twice, or is laid out in another way.
    """
    data = read_bytes(path, most=MOST)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StudyError(
            f"{path.name}: line {line}: expected UTF-8, found byte 0x{data[error.start]:02x}"
        ) from None
    try:
        located, notes = _laid_out(text, is_json=path.suffix.lower() == ".json")
    except StudyError as error:
        raise StudyError(f"{path.name}: {error}") from None
    return Words(tuple(located), tuple(notes), data)


def _laid_out(text: str, *, is_json: bool) -> tuple[list[tuple[str, str]], list[str]]:
    stripped = text.strip()
    if is_json or _BRACES.match(stripped):  # even where the end is missing
        entries, note = _indexed(stripped)
        names = [_name(f"entry {n}", entry) for n, entry in enumerate(entries, start=1)]
        located = [(f"entry {n}", _first(name)) for n, name in enumerate(names, start=1)]
        cut = [name for name in names if "," in name]
        said = f"the first of the synonyms in {len(cut)}, as in {cut[0][:40]!r}" if cut else ""
        return located, [note, said] if said else [note]
    lines = [(f"line {n}", line.strip()) for n, line in enumerate(text.split("\n"), start=1)]
    located = [(line, word) for line, word in lines if word]
    for line, word in located:
        if word.startswith("# "):
            raise StudyError(f"{line}: expected a word, found the comment {word[:40]!r}: remove it")
    notes = []
    if column := _column([word for _, word in located]):
        located = [(line, word) for (line, _), word in zip(located[1:], column[1:], strict=True)]
        notes.append(f"the column {column[0]!r} of a table")
    located = [(line, _place(line, word)) for line, word in located]
    if len(located) >= _LEAST and all(_NUMBERED.match(word) for _, word in located):
        located = [(line, _NUMBERED.sub("", word, count=1)) for line, word in located]
        notes.append("without the numbers before the words")
    joined = [word for _, word in located if _JOINED.search(word)]
    many = len(located) >= _LEAST and len(joined) * _LEAST >= len(located)
    if many and not any(" " in word for word in joined):
        located = [(line, _JOINED.sub(" ", word)) for line, word in located]
        notes.append("underscores read as spaces")
    return located, notes


def _place(line: str, word: str) -> str:
    """Return a word as it stands, or the name in a line of Places365's list."""
    if not _NEARLY.fullmatch(word):
        return word
    place = _PLACES.fullmatch(word)
    if place is None:
        raise StudyError(
            f"{line}: expected a word or Places365's form '/a/airport_terminal 2', found {word!r}"
        )
    return place["name"].replace("/", " ").replace("_", " ")


def _indexed(text: str) -> tuple[Sequence[Any], str]:
    """Return the entries of a list or of an index of classes, in its order."""
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        try:
            value = _literal(text)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            raise StudyError(
                "expected one word a line, found braces that are neither JSON nor an index of "
                "classes: save the words one a line"
            ) from None
    if isinstance(value, list | tuple):
        return value, "a list in JSON"
    if isinstance(value, dict) and value:
        if all(isinstance(number, int) for number in value.values()):
            return sorted(value, key=value.__getitem__), "an index of classes"
        if all(str(key).isdecimal() for key in value):
            return [value[key] for key in sorted(value, key=int)], "an index of classes"
    raise StudyError(
        'expected a list of words or an index such as {"0": "tench"}, found other braces: save '
        "the words one a line"
    )


def _literal(text: str) -> Any:
    """Return the value of a Python literal, of which nothing is run; no key of it stands twice."""
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict) and None not in node.keys:
            _once([(ast.literal_eval(key), None) for key in node.keys if key is not None])
    return ast.literal_eval(tree)


def _once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Make an index of its entries; of a key stated twice only one word would be left."""
    entries = dict(pairs)
    if len(entries) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise StudyError(f"expected each key once, found {str(twice)[:60]!r} again: remove one")
    return entries


def _name(place: str, entry: Any) -> str:
    """Return the name in an entry: a text, or a list of it alone or of ids and then it."""
    named, *ids = reversed(entry) if isinstance(entry, list | tuple) and entry else (entry,)
    if not isinstance(named, str):
        raise StudyError(f"{place}: expected words, found {str(named)[:40]!r} among them")
    if word := next((one for one in ids if not _ID.fullmatch(str(one))), None):
        raise StudyError(
            f"{place}: expected one word, or an id and a word, found the list {str(entry)[:60]} "
            f"of which {str(word)[:40]!r} would be lost: write a list that is not nested"
        )
    return named


def _first(name: str) -> str:
    return name.partition(",")[0].strip()


def _column(lines: Sequence[str]) -> list[str] | None:
    """Return the column of words of a table, its name first; None if the lines are no table."""
    for delimiter in ("\t", ";", ","):
        if len(lines) < _TABLE or not all(delimiter in line for line in lines):
            continue
        rows = list(_rows(lines, delimiter))
        if {len(row) for row in rows} != {len(rows[0])} or len(rows[0]) < 2:
            continue
        header = [cell.strip().lower() for cell in rows[0]]
        named = [index for index, cell in enumerate(header) if cell in _HEADERS]
        if not named:
            raise StudyError(
                f"expected one word a line, found a table of {len(header)} columns ({lines[0]!r}): "
                "name the column of words 'concept' in its first line, or save that column alone"
            )
        columns = [[row[index].strip() for row in rows] for index in named]
        worded = [column for column in columns if not all(map(_NUMBER.fullmatch, column[1:]))]
        if not worded:
            raise StudyError(
                f"expected words in the column {columns[0][0]!r}, found numbers alone: name the "
                "column of words 'concept' in the first line, or save that column alone"
            )
        return worded[0]
    return None


def _rows(lines: Sequence[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    except csv.Error as error:
        raise StudyError(f"expected a table, found {error}") from None
