"""The audit of a word list: what says little, what is nearly the same, and the labels they took."""

import numpy as np
import pytest

from study.pipeline.word_audit import ALIKE, NEAR, ONE_LETTER, STOP_WORD, Doubt, audit, dumps, note

WORDS = ("a", "The", "dog", "dogs", "cat", "ü", "sky")


def features(cosine: float) -> np.ndarray:
    """Unrelated words, but "dogs" at a given cosine to "dog"; lengths differ."""
    rows = np.eye(len(WORDS), dtype=np.float32)
    rows[3] = 3 * (cosine * rows[2] + np.sqrt(1 - cosine**2) * rows[3])
    return rows


def test_letters_stop_words_and_near_duplicates_are_found():
    found = audit(WORDS, features(0.98), {"a": 2, "dogs": 5, "cat": 9})
    assert [(doubt.word, doubt.kind, doubt.other, doubt.units) for doubt in found] == [
        ("a", ONE_LETTER, "", 2),
        ("The", STOP_WORD, "", 0),
        ("dog", NEAR, "dogs", 0),
        ("dogs", NEAR, "dog", 5),
    ]
    assert found[3].cosine == pytest.approx(0.98, abs=1e-4)
    assert note(found, units=20) == (
        "doubtful words: 1 of one letter ('a'), 1 stop words ('The'), 2 nearly equal to another to "
        "the encoder (cosine 0.97 or more, such as 'dogs' and 'dog'); they label 7 of 20 units"
    )


def test_words_that_are_merely_alike_are_not():
    assert [doubt.word for doubt in audit(WORDS, features(ALIKE - 0.01), {})] == ["a", "The"]
    assert note([], units=3) is None


def test_blocks_do_not_matter():
    """More words than are compared at once, each with a twin far away in the list."""
    rows = np.random.default_rng(0).normal(size=(1100, 64)).astype(np.float32)
    words = [f"word {number}" for number in range(2200)]
    found = audit(words, np.concatenate([rows, 2 * rows]), {})
    assert [doubt.other for doubt in found[:2]] == ["word 1100", "word 1101"]
    assert len(found) == 2200


def test_the_table_reads_back():
    text = dumps([Doubt("a,b", NEAR, "c", 0.98, 3), Doubt("a", ONE_LETTER, "", None, 0)])
    assert text == 'word,kind,other,cosine,units\n"a,b",near duplicate,c,0.98,3\na,one letter,,,0\n'
