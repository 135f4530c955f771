"""Say what was looked for in a submission, and what could not be looked for and why."""

from collections.abc import Iterator, Mapping, Sequence

from study.comparison.word_lists import WordList, source_of
from study.verify.reading.known import Expected, Known
from study.verify.submission.all_tables import Placed, stated_subject
from study.verify.submission.scan import Files
from study.verify.verdict import NOTE, Check

_NO_TABLE = "no table could be read"
_NOTHING_ASKED = "nothing says what was asked for; give it with --expect"


def looked_for(
    files: Files, tables: Placed, lists: Sequence[WordList], known: Known
) -> Iterator[Check]:
    """Yield a note for what was looked for, and one for each thing that could not be."""
    reasons = _reasons(files, tables, lists, known)
    done = [what for what, why in reasons.items() if not why]
    yield Check("looked for", NOTE, "; ".join(done) or "nothing", facts={"looked_for": done})
    for what, why in reasons.items():
        if why:
            yield Check("not looked for", NOTE, f"{what}: {why}")


def _reasons(
    files: Files, tables: Placed, lists: Sequence[WordList], known: Known
) -> Mapping[str, str]:
    """Return each thing to look for, with why it could not be looked for, "" where it was."""
    texts, asked = files.texts or files.pdfs, known.expected
    none = "" if tables else _NO_TABLE
    sources = {place: source_of(t.labels(), (*lists, *known.lists)) for place, t in tables}
    subjects = {place: stated_subject(t, known, *place.split("/")[-2:]) for place, t in tables}
    two = len({network.subject for network in subjects.values() if network}) == 2
    pictures = "" if files.pictures or files.pdfs else "no pictures"
    return {
        "unreadable, empty and unfinished tables": none,
        "units missing, repeated or too many": none or _sizes(tables, known),
        "layers other than the settings state": none or _without(tables, "target_layers"),
        "layers and units other than asked for": none or _asked(asked, "layers"),
        "networks other than asked for": none or _asked(asked, "networks", "architecture"),
        "tables under the other network's name": none
        or ("" if two else "names and settings do not tell two known networks"),
        "labels outside the stated concept list": none
        or ("" if lists else _without(tables, "concept_set", ("concepts", "name"))),
        "the list that the labels come from": none
        or _places(sources, "its labels fit no known list; give it with --concepts"),
        "a concept list other than asked for": none or _asked(asked, "concepts"),
        "probes that the runs or texts state differently": none
        or _without(tables, "d_probe", ("probe", "name")),
        "a probe other than asked for": none or _asked(asked, "probe"),
        "preprocessing of the images": none
        or _without(tables, "", ("network", "preprocessing"), name="manifest.json"),
        "noise, empty and constant pictures and panels": pictures,
        "pictures with the same pixels": pictures,
        "pictures that texts show and that are missing": "" if files.texts else "no texts",
        "numbers in texts against the tables": none
        or ("no texts and no PDF" if not texts else "")
        or ("" if len(tables) == 2 or two else f"needs two networks, found {len(tables)} tables"),
        "figures drawn from wrong numbers": "pictures are not read; look at them",
        "labels that look plausible but are wrong": "use verify runs with a run of your own",
    }


def _sizes(tables: Placed, known: Known) -> str:
    sizes = {layer for layers in known.architectures.values() for layer in layers}
    unknown = {layer for _, table in tables for layer in table.parts} - sizes
    shown = ", ".join(sorted(unknown)[:5])
    return f"the number of units of these layers is not known: {shown}" if unknown else ""


def _without(tables: Placed, key: str, *entries: tuple[str, ...], name: str = "args.txt") -> str:
    """Return that some tables have no record that states an entry."""
    bare = {
        place: None
        if not (key and table.args.get(key)) and not any(table.stated(*e) for e in entries)
        else table
        for place, table in tables
    }
    return _places(bare, f"no {name} beside it states that")


def _places(found: Mapping[str, object], why: str) -> str:
    """Return the places for which nothing was found, and why."""
    bare = [place for place, thing in found.items() if thing is None]
    more = f" and {len(bare) - 3} more" if len(bare) > 3 else ""
    return f"{', '.join(bare[:3])}{more}: {why}" if bare else ""


def _asked(asked: Expected, *keys: str) -> str:
    return "" if any(getattr(asked, key) for key in keys) else _NOTHING_ASKED
