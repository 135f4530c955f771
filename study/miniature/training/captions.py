"""Words and short captions as tokens, and which pictures they are true of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from open_clip.tokenizer import SimpleTokenizer

from study.miniature import world

CONTEXT = 24
"""Tokens that the text tower reads at most, begin and end included."""

OPENINGS = ("", "", "", "a ", "a photo of a ", "a picture of a ", "a drawing of a ")
JOINTS = (", ", " and ", " with ")
_LONGEST = 8


def template_words() -> tuple[str, ...]:
    """Return the words of all openings and joints, which the tokenizer needs too."""
    return tuple(sorted({word for text in (*OPENINGS, *JOINTS) for word in text.split()}))


@dataclass(frozen=True, slots=True)
class Language:
    """The vocabulary in tokens; words that never appear have column -1 and category ""."""

    tokens: tuple[tuple[int, ...], ...]  # of each word, without begin and end
    column: np.ndarray  # int64 (words,): of the truth table
    categories: tuple[str, ...]
    pieces: Mapping[str, tuple[int, ...]]  # tokens of each opening and joint
    begin: int
    end: int

    def matches(self, truth: np.ndarray) -> np.ndarray:
        """Return which words are true: bool (images, truths) to bool (images, words)."""
        return np.where(self.column >= 0, truth[:, self.column], False)

    def bare(self, word: int) -> tuple[int, ...]:
        """Return one word as a caption of its own, as in a dissection."""
        return (self.begin, *self.tokens[word], self.end)

    def forms(self, rng: np.random.Generator) -> np.ndarray:
        """Choose one word form of each truth at random: int64 (truths,)."""
        order = rng.permutation(len(self.column))
        _, first = np.unique(self.column[order], return_index=True)
        chosen = order[first]
        return chosen[self.column[chosen] >= 0]

    def padded(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """Return captions as one array, no wider than the longest (at most `CONTEXT`).

        The text tower is causal and reads its features at the end token, so that padding changes
        nothing but the time.
        """
        rows = [row if len(row) <= CONTEXT else (*row[: CONTEXT - 1], self.end) for row in rows]
        padded = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
        for number, row in enumerate(rows):
            padded[number, : len(row)] = torch.tensor(row)
        return padded

    def caption(self, words: Iterable[int], rng: np.random.Generator) -> tuple[int, ...]:
        """Return a caption that names `words` in their order, with a random opening and joints."""
        tokens = [self.begin, *self.pieces[OPENINGS[rng.integers(len(OPENINGS))]]]
        for number, word in enumerate(words):
            if number:
                tokens += self.pieces[JOINTS[rng.integers(len(JOINTS))]]
            tokens += self.tokens[word]
        return (*tokens, self.end)

    def chosen(
        self, matches: np.ndarray, weights: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Choose one to eight words from `matches`, by `weights` above 0, no truth twice."""
        true = np.flatnonzero(matches)
        keys = rng.exponential(size=len(true)) / weights[true]
        order = true[np.argsort(keys)]
        _, first = np.unique(self.column[order], return_index=True)
        order = order[np.sort(first)]
        return order[: rng.integers(1, _LONGEST + 1)]

    def truth_categories(self) -> tuple[str, ...]:
        """Return the category of each truth, in the order of the truth table."""
        names = dict(zip(self.column.tolist(), self.categories, strict=True))
        return tuple(names[column] for column in range(len(world.TRUTHS)))

    def weights(self, categories: Mapping[str, float]) -> np.ndarray:
        """Return each word's weight: its category's (default 1), shared among a truth's forms."""
        forms = np.bincount(self.column[self.column >= 0], minlength=len(world.TRUTHS))
        shares = np.where(self.column >= 0, forms[self.column], 1)
        return np.array([categories.get(name, 1.0) for name in self.categories]) / shares


def language(tokenizer: SimpleTokenizer) -> Language:
    """Read the world's vocabulary with a tokenizer."""
    columns = {truth: column for column, truth in enumerate(world.TRUTHS)}
    return Language(
        tokens=tuple(tuple(tokenizer.encode(word.concept)) for word in world.VOCABULARY),
        column=np.array(
            [-1 if word.truth is None else columns[word.truth] for word in world.VOCABULARY]
        ),
        categories=tuple("" if word.truth is None else word.category for word in world.VOCABULARY),
        pieces={text: tuple(tokenizer.encode(text)) for text in (*OPENINGS, *JOINTS)},
        begin=tokenizer.sot_token_id,
        end=tokenizer.eot_token_id,
    )
