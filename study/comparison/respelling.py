"""Labels of two networks that are the same but for rules of spelling."""

import unicodedata
from collections.abc import Set

FEW, SHARE = 3, 0.1
"""From how many labels on, and which share of a network's, another spelling is a rule."""


def otherwise_spelt(a: Set[str], b: Set[str]) -> tuple[int, str, str] | None:
    """Return how many labels of two networks are the same but for spelling, with one as in each.

    Case, underscores, hyphens, spaces, composed letters and marks without width are spelling. None
    where hardly any are: networks with such labels share none of them, whatever they respond to.

    Examples
    --------
    >>> otherwise_spelt({"Toy shop", "Dog", "Sky"}, {"toy_shop", "dog", "sky"})
    (3, "'Dog'", "'dog'")
    """
    first, second = (
        {folded(word): word for word in sorted(own, reverse=True)} for own in (a - b, b - a)
    )
    alike = sorted(set(first) & set(second))
    if len(alike) < max(FEW, SHARE * min(len(a), len(b))):
        return None
    return len(alike), ascii(first[alike[0]]), ascii(second[alike[0]])


def folded(word: str) -> str:
    """Return a word without case, marks without width, and what stands between its parts.

    Examples
    --------
    >>> folded("China_cabinet") == folded("china  cabinet")
    True
    """
    text = unicodedata.normalize("NFKC", word).casefold()
    seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(seen.replace("_", " ").replace("-", " ").split())
