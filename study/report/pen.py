"""Write numbers and names as HTML: every number carries its key, every name is isolated."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from study.report.charts import printable
from study.report.node import Node

LIMIT = 60
"""The most characters of a name or concept in running prose; the data hold all of them."""
OVERALL = ""
"""Stands for all layers together where the others are named."""
TOTAL = "all layers"
MANY_LAYERS = 5
"""The most layers that a sentence names one by one; the tables hold all of them."""
ELSEWHERE = "others in the other layers"
"""Stands for the layers that a sentence leaves out, where each has something of its own."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _p(value: float) -> str:
    if value >= 0.00095:
        return f"{value:.3f}"
    if value >= 0.000095:
        return f"{value:.4f}"
    mantissa, _, exponent = f"{value:.0e}".partition("e")
    return f"{mantissa}\u202f×\u202f10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def _share(value: float) -> str:
    return f"{value:,.3f}".replace("-", "\u2212")


FORMATS: Mapping[str, Callable[[Any], str]] = {
    "auto": lambda value: f"{value:,d}" if isinstance(value, int) else _share(value),
    "share": _share,
    "percent": lambda value: f"{100 * value:.3g}\u202f%",
    "decimal": lambda value: f"{value:.1f}",
    "tenths": lambda value: f"{100 * value:.1f}\u202f%",
    "points": lambda value: f"{100 * value:+.1f}".replace("-", "\u2212"),
    "plus": lambda value: f"{value:+.3f}".replace("-", "\u2212"),
    "p": _p,
    "plain": lambda value: f"{value:g}",
}
"""How a number can be printed: an integer whole and anything else to three decimals; always to
three decimals; to one decimal; as a percentage, to three digits or to one decimal; a difference in
percentage points, or to three decimals, with its sign; as a p value; shortest form."""


PARTS = ("networks", "controls", "twins")
"""Where networks stand in the results, in the order of their colours in figures."""
COLOURED = 6
SHORT = 24
"""The most letters of a name that is kept on one line with its chip."""
_CONCEPT = re.compile(r"\.(top|shared_top)\.\d+\.0$|\.(concept|label|runner_up|set\.\d+)$")


def is_concept(key: str) -> bool:
    """Whether a text of the results is a concept, by its key."""
    return _CONCEPT.search(key) is not None


def printed(value: float | None, form: str = "auto") -> str:
    """Return a number as the page shows it; `None` becomes a dash."""
    return "–" if value is None else FORMATS[form](value)


Part = str | Markup | Node
"""What fills a sentence."""


class Pen:
    """Writes numbers and names of one study for one medium.

    Parameters
    ----------
    document
        What `study.report.rendering.document` returns.
    paper
        Whether the page will be set in fonts that travel with it: characters without a glyph are
        then named (U+XXXX). A browser finds glyphs itself.
    png
        Whether figures are drawn as PNG too.
    """

    def __init__(self, document: Mapping[str, Any], *, paper: bool, png: bool = False) -> None:
        self.document = Node(document)
        self.paper = paper
        self.png = png

    def n(self, number: Node, form: str = "auto") -> Markup:
        """Write a number, with its key and the unrounded value in attributes."""
        value = number.value
        if value is None:
            return Markup('<span class="none">–</span>')
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{number.key}: expected a number, found {value!r}")
        return Markup('<data data-key="{}" data-form="{}" value="{}">{}</data>').format(
            number.key, form, repr(value), printed(value, form)
        )

    def range(self, estimate: Node, form: str = "share") -> Markup:
        """Write the ends of an interval: "[low, high]"."""
        return Markup("[{}, {}]").format(*(self.n(estimate[end], form) for end in ("low", "high")))

    def estimate(self, estimate: Node, form: str = "share") -> Markup:
        """Write an estimate, a mean or a share, with its interval where that is known."""
        value = self.n(estimate["mean" if "mean" in estimate.value else "share"], form)
        if estimate["low"].value is None:
            return value
        return Markup("{} {}").format(value, self.range(estimate, form))

    def given(self, text: str, limit: int = LIMIT) -> Markup:
        """Write a name or a concept: isolated from the text around it, cut when it is long."""
        return Markup("<bdi>{}</bdi>").format(printable(text, limit=limit, named=self.paper))

    def t(self, text: Node, limit: int = LIMIT) -> Markup:
        """Write a text or a setting, or "not stated" where there is none."""
        value = text.value
        if value is None or value == "":
            return Markup('<span class="none">not stated</span>')
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.n(text, "plain" if isinstance(value, float) else "auto")
        shown = self.given(str(value), limit)
        return Markup('<i class="concept">{}</i>').format(shown) if is_concept(text.key) else shown

    def name(self, network: Node) -> Markup:
        """Write the name of a network, after a chip of its colour in the figures."""
        chip, name = self.chip(network), self.t(network["name"])
        shown = chip + name
        if not chip or len(str(network["name"].value)) > SHORT:
            return shown
        return Markup('<span class="name">{}</span>').format(shown)

    def chip(self, network: Node) -> Markup:
        """Return a square in a network's colour: series of figures stand in the same order."""
        places = [one.key for part in PARTS for one in self.document.get(part) or ()]
        if network.key not in places:
            return Markup("")
        place = places.index(network.key) % COLOURED
        return Markup('<span class="chip chip-{}"></span>').format("abcdef"[place])

    def concept(self, word: str, limit: int = LIMIT) -> Markup:
        """Write a concept, which stands in italics among the words of a sentence."""
        return Markup('<i class="concept">{}</i>').format(self.given(word, limit))

    def layer(self, name: str) -> Markup:
        """Write the name of a layer, or both names where those of a pair differ (``A~B``)."""
        if name == OVERALL:
            return Markup(TOTAL)
        return Markup("–").join(self.given(part) for part in name.split("~"))

    def code(self, text: str, limit: int = 400) -> Markup:
        """Write a command, file name or digest, in letters of equal width."""
        files = ("DejaVuSansMono.ttf",)
        shown = printable(text, limit=limit, named=self.paper, files=files)
        return Markup('<bdi class="code">{}</bdi>').format(shown)

    def layers(self, names: Iterable[str], word: str = "and") -> Markup:
        """Write the names of layers as a list, the first ones if there are many."""
        return self.some(map(self.layer, names), word)

    def some(
        self, parts: Iterable[str | Markup], word: str = "and", rest: str = "others"
    ) -> Markup:
        """Write a list of what holds for layers; if these are many, the first ones and `rest`."""
        items = list(parts)
        if len(items) > MANY_LAYERS:
            items = [*items[: MANY_LAYERS - 1], rest]
        return self.list(items, word)

    def words(self, texts: Iterable[str], word: str = "and") -> Markup:
        """Write given texts as a list."""
        return self.list((self.given(text) for text in texts), word)

    def concepts(self, words: Iterable[str], word: str = "and") -> Markup:
        """Write concepts as a list."""
        return self.list(map(self.concept, words), word)

    def say(self, sentence: str, *parts: Part, **named: Part) -> Markup:
        """Fill a sentence with nodes, markup and texts; what is not markup yet is escaped.

        A network is written as its name, ``{concept[a]}`` as text or count, ``{:p}`` as a number
        in that format, ``{:share}`` of an estimate with its interval.
        """

        def field(part: Part) -> "str | Markup | _Field":
            return _Field(self, part) if isinstance(part, Node) else part

        fields = {name: field(part) for name, part in named.items()}
        filled: Markup = Markup(sentence).format(*map(field, parts), **fields)
        return filled

    def list(self, parts: Iterable[str | Markup], word: str = "and") -> Markup:
        """Write "a, b and c"."""
        items = [escape(part) for part in parts]
        if len(items) < 2:
            return items[0] if items else Markup("")
        return Markup(", ").join(items[:-1]) + Markup(f" {word} ") + items[-1]


@dataclass(frozen=True, slots=True)
class _Field:
    """A node in a sentence: ``{pair[overall][jaccard]:share}`` walks it and names a format."""

    pen: Pen
    node: Node

    def __getitem__(self, name: str | int) -> "_Field":
        return _Field(self.pen, self.node[name])

    def __html_format__(self, form: str) -> Markup:
        if form in FORMATS:
            write = self.pen.estimate if isinstance(self.node.value, Mapping) else self.pen.n
            return write(self.node, form)
        if isinstance(self.node.value, Mapping):
            return self.pen.name(self.node)
        return self.pen.t(self.node, int(form or LIMIT))
