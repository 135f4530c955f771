"""The overlap of two networks under other rules of counting, and what follows from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from study.report.decisions import counted_otherwise
from study.report.lookup import level_of
from study.report.node import Node
from study.report.pen import Pen

_SIGNIFICANT = "significant"
_RULES: Mapping[str, str] = {
    "merged": "with word forms merged",
    _SIGNIFICANT: "among units with a significant concept",
}


@dataclass(frozen=True, slots=True)
class Recount:
    """The total overlap of a pair under another rule of counting."""

    text: Markup  # "with word forms merged"
    overlap: Node
    verdict: str  # see `study.report.decisions.overlaps_against_null`


def recounts(pen: Pen, pair: Node) -> Iterator[Recount]:
    """Yield a pair's overlap under each other rule of counting that has a null."""
    main, level = pair["overall"], level_of(pen)
    for name, text in _RULES.items():
        overlap = pair.get("variants", name, "overall")
        if overlap and overlap.get("null"):
            selected = name == _SIGNIFICANT
            its = counted_otherwise(overlap, main, level, selected=selected)
            yield Recount(pen.say(text), overlap, its)


def resettings(pen: Pen, pair: Node) -> Iterator[Recount]:
    """Yield a pair's overlap under each other value of a setting of the method."""
    for entry in pair["sensitivity"]:
        text = pen.say("with {entry[setting]} = {entry[value]}", entry=entry)
        its = counted_otherwise(entry["overall"], pair["overall"], level_of(pen))
        yield Recount(text, entry["overall"], its)
