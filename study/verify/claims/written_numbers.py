"""Parse numbers as people write them: rounded, with percent signs or words such as "about"."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from study.errors import StudyError

ABOUT = 0.05
"""Relative tolerance of "about" and its synonyms."""
_EPSILON = 1e-9

_RELATIONS: Mapping[str, str] = {
    "about": "about|around|approximately|approx.|approx|roughly|circa|ca.|ca|some|~|≈",
    "almost": "almost|nearly|close to|just under",
    "over": "more than|over|above|greater than|exceeding|beyond|>",
    "at_least": "at least|no fewer than|no less than|minimum|≥|>=",
    "under": "fewer than|less than|under|below|<",
    "at_most": "at most|up to|no more than|maximum|≤|<=",
    "exactly": "exactly|precisely|only|just|=",
}
_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("half", "a half"), "about 50 %"),
    **dict.fromkeys(("one third", "a third"), "about 33 %"),
    "two thirds": "about 67 %",
    **dict.fromkeys(("one quarter", "a quarter"), "about 25 %"),
    "three quarters": "about 75 %",
    **dict.fromkeys(("none", "zero", "no"), "0"),
}
_NUMBER = re.compile(
    r"[-+−]?(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
)
_OF = re.compile(r"(.*?)\s*(?:out of|of|/)\s*(\d[\d,]*)")
_PERCENT = re.compile(r"(.*?)\s*(?:%|percent|per cent)")


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """The range of true values that a written number allows."""

    text: str
    """As written."""
    number: float
    """The number itself; a percentage as a fraction."""
    low: float
    high: float
    """The range, ends included unless `open_low`, `open_high`."""
    step: float
    """One unit of the last written digit."""
    open_low: bool = False
    open_high: bool = False
    total: float | None = None
    """The number after "of" or "out of", if there is one."""
    percent: bool = False
    """Whether it was written as a percentage."""

    def holds(self, value: float, *, slack: float = 0.0) -> bool:
        """Return whether a true value lies in the range, widened by `slack` on both sides."""
        low = self.low + (_EPSILON if self.open_low else -_EPSILON)
        high = self.high - (_EPSILON if self.open_high else -_EPSILON)
        return low <= value + slack and value - slack <= high

    def scaled(self, factor: float) -> "WrittenNumber":
        """Return the number in other units, e.g. a percentage as a fraction."""
        spans = ("number", "low", "high", "step")
        return replace(self, **{name: getattr(self, name) * factor for name in spans})


def parse(value: str | float, *, tolerance: float | None = None) -> WrittenNumber:
    """Parse a number as written.

    A number stands for everything that rounds to it: "0.233" for .2325 to .2335, "374" for 374
    alone where counts are meant. "about" and its synonyms allow 5 % on both sides, "almost" 5 %
    below; "over", "at least", "under", "at most" leave one side open. "12 of 512" keeps its total.

    Parameters
    ----------
    value
        Text, or a TOML number, whose shortest decimal form counts as written.
    tolerance
        Margin on both sides that replaces the rules above, in the units of the number.

    Raises
    ------
    StudyError
        If it contains no finite number, or the tolerance is none.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise StudyError(f"expected a number or a text that contains one, found {value!r}")
    text = value.strip() if isinstance(value, str) else repr(value)
    relation, rest = _relation(" ".join(text.casefold().split())[:200])
    if rest in _WORDS:
        rough, rest = _relation(_WORDS[rest])
        relation = relation or rough
    total = None
    if match := _OF.fullmatch(rest):
        rest, total = match[1], float(match[2].replace(",", ""))
    if rest.endswith("+"):
        relation, rest = "at_least", rest[:-1]
    if percent := _PERCENT.fullmatch(rest):
        rest = percent[1]
    number, step = _decimal(rest, text)
    low, high = _bounds(number, step, relation)
    if tolerance is not None:
        if not 0 <= tolerance < math.inf:
            raise StudyError(f"tolerance: expected a finite number from 0, found {tolerance}")
        relation, low, high = "", number - tolerance, number + tolerance
    sides = (relation == "over", relation == "under")
    written = WrittenNumber(text, number, low, high, step, *sides, total, percent is not None)
    return written.scaled(0.01) if percent else written


def _relation(text: str) -> tuple[str, str]:
    for relation, words in _RELATIONS.items():
        for word in sorted(words.split("|"), key=len, reverse=True):
            if text.startswith(word) and not (word[-1].isalpha() and text[len(word) :][:1] != " "):
                return relation, text[len(word) :].strip().lstrip("~≈").strip()
    return "", text


def _decimal(digits: str, text: str) -> tuple[float, float]:
    """Return a number and one unit of its last digit."""
    digits = digits.strip()
    if not _NUMBER.fullmatch(digits):
        raise StudyError(f"expected a number, found {text[:80]!r}")
    decimal = Decimal(digits.replace(",", "").replace("−", "-"))
    number, exponent = float(decimal), decimal.as_tuple().exponent
    if not math.isfinite(number):
        raise StudyError(f"expected a finite number, found {text[:80]!r}")
    return number, float(f"1e{exponent}")


def _bounds(number: float, step: float, relation: str) -> tuple[float, float]:
    """Return the ends of the range that a number stands for."""
    low, high = (number, number) if step >= 1 else (number - step / 2, number + step / 2)
    margin = abs(number) * ABOUT
    return {
        "about": (min(low, number - margin), max(high, number + margin)),
        "almost": (min(number - step, number - margin), number),
        "over": (number, math.inf),
        "at_least": (low, math.inf),
        "under": (-math.inf, number),
        "at_most": (-math.inf, high),
    }.get(relation, (low, high))
