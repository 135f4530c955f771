"""The pen that writes the page: every number it puts down names its key, every name is given."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from study.figures import printable
from study.report.keys import printed, resolve

LIMIT = 60
"""The most characters of a given text in running prose; all of it stands in the data."""


class Pen:
    """Writes numbers and names of one study for one medium.

    Parameters
    ----------
    document
        The results, with the manifest, the list of attachments and the unit cards as further
        keys (``manifest``, ``attachments``, ``cards``).
    paper
        Whether the page will be set in fonts that travel with it: characters without a glyph are
        then named (U+XXXX). A browser finds glyphs itself.
    """

    def __init__(self, document: Mapping[str, Any], *, paper: bool) -> None:
        self.document = document
        self.paper = paper

    def value(self, key: str) -> Any:
        """Return what stands at a key; raises `KeyError` if nothing does."""
        return resolve(self.document, key)

    def get(self, key: str) -> Any:
        """Return what stands at a key, or `None`."""
        try:
            return self.value(key)
        except KeyError:
            return None

    def n(self, key: str, form: str = "auto") -> Markup:
        """Write the number at a key, with the key and the unrounded value beside it."""
        value = self.value(key)
        if value is None:
            return Markup('<span class="none">–</span>')
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{key}: expected a number, found {value!r}")
        return Markup('<data data-key="{}" data-form="{}" value="{}">{}</data>').format(
            key, form, repr(value), printed(value, form)
        )

    def given(self, text: str, limit: int = LIMIT) -> Markup:
        """Write a name or a concept: isolated from the text around it, cut when it is long."""
        return Markup("<bdi>{}</bdi>").format(printable(text, limit=limit, named=self.paper))

    def t(self, key: str, limit: int = LIMIT) -> Markup:
        """Write the text at a key, or "not stated" where there is none."""
        value = self.get(key)
        if value is None or value == "":
            return Markup('<span class="none">not stated</span>')
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.n(key, "plain" if isinstance(value, float) else "auto")
        return self.given(str(value), limit)

    def code(self, text: str, limit: int = 400) -> Markup:
        """Write a command, file name or digest, letters of equal width."""
        files = ("DejaVuSansMono.ttf",)
        shown = printable(text, limit=limit, named=self.paper, files=files)
        return Markup('<bdi class="code">{}</bdi>').format(shown)

    def list(self, parts: Iterable[str | Markup], word: str = "and") -> Markup:
        """Write "a, b and c"."""
        items = [escape(part) for part in parts]
        if len(items) < 2:
            return items[0] if items else Markup("")
        return Markup(", ").join(items[:-1]) + Markup(f" {word} ") + items[-1]


def say(sentence: str, *parts: str | Markup) -> Markup:
    """Fill a sentence; what is no markup yet is escaped."""
    return Markup(sentence).format(*parts)
