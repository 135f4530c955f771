"""The words of the world: forms of what can be drawn, and distractors that never appear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from study.miniature.world.words import DISTRACTORS, FORMS


@dataclass(frozen=True, slots=True)
class Word:
    """A concept, the truth it names (None for a distractor) and its category."""

    concept: str
    truth: str | None
    category: str


def _entries() -> list[Word]:
    words = [Word(word, None, "distractor") for word in DISTRACTORS]
    for category, lines in FORMS.items():
        for line in lines.strip().splitlines():
            forms = [form.strip() for form in line.split(",")]
            words += [Word(form, forms[0], category) for form in forms]
    return words


# Mixed by a hash, so that distractors and categories are spread over the list.
VOCABULARY: tuple[Word, ...] = tuple(
    sorted(_entries(), key=lambda word: sha256(word.concept.encode()).hexdigest())
)
TRUTHS: tuple[str, ...] = tuple(
    line.split(",")[0].strip() for lines in FORMS.values() for line in lines.strip().splitlines()
)


@lru_cache(maxsize=1)
def categories() -> dict[str, str]:
    """Category of each truth."""
    return {word.truth: word.category for word in VOCABULARY if word.truth is not None}
