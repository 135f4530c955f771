"""Distinct features: whether the encoder can tell words, and images, apart."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np
import torch

from study.errors import StudyError
from study.inputs.concepts import ConceptSet
from study.inputs.truth_table import TruthTable
from study.models.encoder import Encoder, OwnEncoder, TruthEncoder
from study.progress import counted

_DIGITS = 5
"""Decimals to which features of length 1 are compared: rounding moves the seventh."""
_SPREAD = 1e-6
"""The most by which features of length 1 differ that are one feature, but for rounding."""
_SHORTEST = 1e-12
"""The least length of a feature that has a direction; `study.similarity` divides by no less."""
_BROKEN = "the weights or the preprocessing are broken, or the encoder is no image-text model"


def distinguishable(
    concepts: ConceptSet, encoder: Encoder | OwnEncoder, *, merge: bool = False
) -> ConceptSet:
    """Return the concepts that differ in their tokens: the encoder cannot tell others apart.

    "dog", "Dog" and "DOG" have equal features in CLIP, so that no margin between them means
    anything, and so have two texts that differ after the end of its context.

    Parameters
    ----------
    concepts, encoder
        The list, and the model that will read it.
    merge
        Keep the first of equal concepts, and say so in the list's notes, instead of refusing it.

    Raises
    ------
    StudyError
        Naming concepts that are equal to the encoder, or if there is only one: no label would be a
        choice.
    """
    if len(concepts) < 2:
        raise StudyError(
            f"{concepts.name}: expected at least two concepts, one a line, found "
            f"{concepts.words[0][:60]!r} alone"
        )
    if encoder.tokenizer is None:
        return concepts
    tokens = encoder.tokenizer(list(concepts.words)).cpu().numpy()
    alike = _groups([row.tobytes() for row in tokens], concepts.words)
    notes = [*concepts.notes]
    if alike and not merge:
        raise StudyError(
            f"{concepts.name}: {_same(alike)}: keep one of them, or add --allow-duplicates (in "
            "Python: allow_duplicates=True) to keep the first"
        )
    if alike:
        left_out = {word for group in alike for word in group[1:]}
        concepts = replace(
            concepts, words=tuple(word for word in concepts.words if word not in left_out)
        )
        notes.append(f"{counted(len(left_out), 'words')} left out: {_same(alike)}")
    cut = [word for word, row in zip(concepts.words, tokens, strict=False) if row[-1] and row.all()]
    if cut and tokens.shape[1] > 1:
        notes.append(
            f"{counted(len(cut), 'words')} as long as the encoder's context of {tokens.shape[1]} "
            f"tokens or longer, whose end it does not read, such as {cut[0][:40]!r}"
        )
    foreign = [word for word in concepts.words if not word.isascii() and _letters(word)]
    if foreign and getattr(encoder.tokenizer, "encoder", None) is not None:
        notes.append(
            f"{counted(len(foreign), 'words')} in other letters than Latin, such as "
            f"{foreign[0][:40]!r}, which an English tokenizer spells in bytes: the encoder may not "
            "know them"
        )
    return replace(concepts, notes=tuple(notes))


def told_apart(
    concepts: ConceptSet, table: TruthTable, device: torch.device, *, merge: bool = False
) -> tuple[ConceptSet, TruthEncoder]:
    """Return the concepts that a truth table tells apart, with the table as their encoder.

    Parameters
    ----------
    concepts, table
        The list, and what the images of the probe show of it.
    device
        Where scores are computed.
    merge
        Keep the first of concepts that the same images show, and say so, instead of refusing.

    Raises
    ------
    StudyError
        If the table decides nothing about a concept, the same images show several, or there is
        only one.
    """
    encoder = TruthEncoder.of(table, concepts.words, device=device)
    alike = _groups([column.tobytes() for column in encoder.shown.T], concepts.words)
    if alike and not merge:
        raise StudyError(
            f"{concepts.name}: the same images show {', '.join(map(repr, alike[0][:4]))} "
            f"({counted(sum(map(len, alike)), 'concepts')} like this): keep one of them, or add "
            "--allow-duplicates to keep the first"
        )
    if alike:
        left_out = {word for group in alike for word in group[1:]}
        words = tuple(word for word in concepts.words if word not in left_out)
        note = f"{counted(len(left_out), 'concepts')} left out: the same images show another one"
        concepts = replace(concepts, words=words, notes=(*concepts.notes, note))
        encoder = TruthEncoder.of(table, words, device=device)
    if len(concepts) < 2:
        raise StudyError(f"{concepts.name}: expected at least two concepts, found one")
    return concepts, encoder


def check_features(concepts: ConceptSet, features: np.ndarray) -> None:
    """Refuse concepts whose features are zeros, or equal to rounding although their tokens differ.

    Parameters
    ----------
    concepts
        The list.
    features
        The encoder's, float32 (concepts, width).

    Raises
    ------
    StudyError
        Naming concepts whose features are zeros or equal.
    """
    rounded = np.round(_directions(features, concepts.words, "concepts"), _DIGITS) + 0.0
    alike = _groups([row.tobytes() for row in rounded], concepts.words)
    if alike:
        raise StudyError(
            f"{concepts.name}: {_same(alike)}: use another encoder, or keep one of them"
        )


def check_image_features(
    names: Sequence[str], digests: Sequence[str], features: np.ndarray
) -> None:
    """Refuse images whose features are zeros, and features that are the same for all images.

    Every similarity would then be a number, and every label one of nothing.

    Parameters
    ----------
    names, digests
        The images, and the digests of their bytes: copies of one picture may have equal features.
    features
        The encoder's, float32 (images, width).

    Raises
    ------
    StudyError
        Naming an image without a direction, or if no two images differ.
    """
    rows = _directions(features, names, "images")
    if len(set(digests)) > 1 and np.ptp(rows, axis=0).max(initial=0.0) <= _SPREAD:
        raise StudyError(
            f"encoder: expected features that differ between images, found the same for all "
            f"{counted(len(rows), 'images')}: {_BROKEN}"
        )


def _directions(features: np.ndarray, names: Sequence[str], what: str) -> np.ndarray:
    """Return features with length 1; raises `StudyError` where one has none, or is too long."""
    with np.errstate(over="ignore"):
        length = np.linalg.norm(features, axis=1, keepdims=True)
    without = np.flatnonzero(~((length[:, 0] > _SHORTEST) & np.isfinite(length[:, 0])))
    if len(without):
        found = "zeros" if length[without[0], 0] <= _SHORTEST else "numbers too large to normalise"
        raise StudyError(
            f"encoder: expected features that have a direction, found {found} for "
            f"{names[without[0]][:60]!r} and so for {len(without)} of "
            f"{counted(len(features), what)}: {_BROKEN}"
        )
    directions: np.ndarray = features / length
    return directions


def _groups(keys: Sequence[Hashable], words: Sequence[str]) -> list[list[str]]:
    """Return the words of each key that several have."""
    groups: dict[Hashable, list[str]] = {}
    for key, word in zip(keys, words, strict=True):
        groups.setdefault(key, []).append(word)
    return [group for group in groups.values() if len(group) > 1]


def _same(alike: Sequence[Sequence[str]]) -> str:
    shown = ", ".join(repr(word[:40]) for word in alike[0][:4])
    more = sum(map(len, alike)) - len(alike[0][:4])
    others = f" (and {more} more words)" if more else ""
    return f"the encoder cannot tell {shown} apart{others}"


def _letters(word: str) -> bool:
    """Tell whether most letters of a word are beyond Latin, Greek and Cyrillic accents aside."""
    return sum(ord(letter) > 0x24F for letter in word) * 2 > len(word)
