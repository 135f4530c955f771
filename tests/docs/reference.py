"""Write study/REFERENCE.md from the code: ``python -m tests.docs.reference``."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence

from study import __main__ as commands
from study.comparison import results
from study.dissection import (
    best_table,
    card_table,
    inspection,
    labels,
    map_table,
    neighbour_table,
    null_table,
    pair_tables,
    picture_table,
    profile_table,
    resamples,
    unit_tables,
)
from study.errors import Exit
from study.inputs import study_keys
from study.report import __main__ as report
from study.similarity import DEFAULTS
from study.verify import __main__ as verify
from study.verify.claims.answers import KINDS
from tests import ROOT

PAGE = ROOT / "study" / "REFERENCE.md"


def page() -> str:
    """Return the page."""
    parts = [
        "# Reference",
        "Every command, key, column and exit code, written from the code by "
        "`python -m tests.docs.reference`; a test holds the page against the code.",
        "## Commands",
        *(part for module in (report, commands, verify) for part in _verbs(module._parser())),
        "## Exit codes",
        _table(("code", "meaning"), ((str(int(code)), MEANINGS[code]) for code in Exit)),
        "## The study file",
        "Paths are relative to the file. Keys without a default are required.",
        _table(
            ("table", "key", "type", "default", "meaning"),
            (
                (f"`{k.table}`" if k.table else "", f"`{k.key}`", k.type, k.default, k.meaning)
                for k in study_keys.KEYS
            ),
        ),
        "Similarity functions, with the settings that `[dissection.settings]` can change:",
        _table(
            ("similarity", "published settings"),
            (
                (f"`{name}`", _codes(f"{key} = {value:g}" for key, value in defaults.items()))
                for name, defaults in DEFAULTS.items()
            ),
        ),
        "## The tables of a run",
        *(
            f"### {name}\n\n{_table(('column', 'meaning'), _coded(columns))}"
            for name, columns in TABLES.items()
        ),
        "## results.json",
        "`[]` stands for every entry of a list, `*` for a name (a layer, a category).",
        _table(("key", "meaning"), _coded(results.KEYS)),
        "## Kinds of claims",
        _table(
            ("kind", "it claims", "it needs", "a rerun may differ by"),
            (
                (f"`{name}`", kind.description, _codes(kind.needs), f"{kind.tolerance:g}")
                for name, kind in KINDS.items()
            ),
        ),
    ]
    return "\n\n".join(parts) + "\n"


MEANINGS = {
    Exit.OK: "all well",
    Exit.FAILED: "a check failed",
    Exit.BAD_INPUT: "bad input or usage: one line says what was found and what to do",
    Exit.UNDECIDED: "could not be decided",
}
TABLES = {
    "descriptions.csv": inspection.COLUMNS,
    "labels.csv": labels.MEANINGS,
    "halves.csv": resamples.OF_HALVES,
    "resamples.csv": resamples.COLUMNS,
    "null.csv": null_table.COLUMNS,
    "matches.csv": pair_tables.MATCHES,
    "alignment.csv": pair_tables.ALIGNMENT,
    "classes.csv": unit_tables.CLASSES,
    "sensitivity.csv": unit_tables.SENSITIVITY,
    best_table.FILE: best_table.COLUMNS,
    profile_table.FILE: profile_table.COLUMNS,
    neighbour_table.FILE: neighbour_table.COLUMNS,
    "cards.csv": card_table.COLUMNS,
    picture_table.FILE: picture_table.COLUMNS,
    map_table.FILE: map_table.COLUMNS,
}


def _verbs(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Describe each verb of a command, or the command itself if it has none."""
    verbs = [(parser, parser.description)]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = [choice.help for choice in action._choices_actions]
            verbs = list(zip(action.choices.values(), helps, strict=True))
    for verb, text in verbs:
        shown = (action for action in verb._actions if action.dest not in ("help", "version"))
        table = _table(("option", "meaning"), map(_option, shown))
        yield f"### {verb.prog}\n\n{_sentence(text or '')}\n\n{table}"


def _option(action: argparse.Action) -> tuple[str, str]:
    name = " ".join(action.option_strings[-1:]) or str(action.metavar)
    if action.choices:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        value = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar
    shown = f"{name} {value}" if action.option_strings and action.nargs != 0 and value else name
    return f"`{shown}`", (action.help or "") % {"default": action.default}


def _coded(meanings: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    return ((f"`{name}`", text) for name, text in meanings.items())


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(c.replace('|', '&#124;') for c in row)} |" for row in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
