"""Words that the encoder cannot tell apart are never called sure: refused, or merged aloud."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from study.dissection import labels
from study.errors import StudyError
from study.inputs.concepts import ConceptSet
from study.inputs.study_file import read_study
from study.pipeline import passes
from study.pipeline.distinct import check_features, check_image_features, distinguishable
from study.pipeline.opening import open_inputs
from tests.small_study import run


def words_of(study: Path, *words: str) -> None:
    (study / "words.txt").write_text("".join(f"{word}\n" for word in words))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dog", "Dog", "sky", "DOG"), "cannot tell 'dog', 'Dog', 'DOG' apart: keep one"),
        (("ice cream", "Ice cream", "a", "A"), r"'ice cream', 'Ice cream' apart \(and 2 more"),
        (("dog " * 40 + "a", "dog " * 40 + "b", "sky"), "apart"),
        (("dog",), "at least two concepts, one a line, found 'dog' alone"),
    ],
)
def test_a_list_with_words_that_are_one_to_the_encoder_is_refused(
    study: Path, words: tuple[str, ...], said: str
) -> None:
    words_of(study, *words)
    with pytest.raises(StudyError, match=said):
        run(study)
    assert not (study / "out").exists()


def test_merged_words_are_the_list_without_them(study: Path) -> None:
    words_of(study, "dog", "Dog", "sky", "grass", "car", "red")
    out = run(study, allow_duplicates=True)
    stated = json.loads((out / "manifest.json").read_text())["concepts"]
    assert stated["count"] == 5
    assert stated["notes"] == ["1 word left out: the encoder cannot tell 'dog', 'Dog' apart"]
    assert (labels.read(out / "one" / "labels.csv")["margin"] > 0).all()
    words_of(study, "dog", "sky", "grass", "car", "red")
    plain = run(study, "plain")
    for file in ("descriptions.csv", "labels.csv"):
        assert (out / "one" / file).read_bytes() == (plain / "one" / file).read_bytes()


def test_equal_features_of_different_tokens_stop_the_run_before_the_images(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = open_inputs(read_study(str(study / "study.toml")))
    encode = type(inputs.encoder).encode_concepts

    def twice(self, words, **given):
        rows = encode(self, words, **given).clone()
        rows[3] = rows[7] * 2 + 1e-9
        return rows

    monkeypatch.setattr(type(inputs.encoder), "encode_concepts", twice)
    monkeypatch.setattr(passes, "forward", lambda *_, **__: pytest.fail("images were seen"))
    with pytest.raises(StudyError, match="'striped', 'car' apart"):
        run(study)


def test_features_that_differ_a_little_are_told_apart() -> None:
    concepts = ConceptSet(("a", "b", "c"), "words.txt")
    rows = np.eye(3, dtype=np.float32)
    check_features(concepts, rows)
    rows[1] = [1.0, 1e-3, 0]
    check_features(concepts, rows)
    rows[1] = [2.0, 1e-7, 0]
    with pytest.raises(StudyError, match="'a', 'b' apart"):
        check_features(concepts, rows)


@pytest.mark.parametrize(
    ("method", "change", "said"),
    [
        (
            "encode_images",
            lambda rows: rows * 0,
            r"found zeros for .*\.png. and so for \d+ of \d+ i",
        ),
        ("encode_images", lambda rows: rows * 1e30, "found numbers too large to normalise for '0"),
        ("encode_images", lambda rows: rows * 0 + 2, r"images, found the same for all \d+ i"),
        ("encode_concepts", lambda rows: rows * 0, "found zeros for 'red' and so for 10 of 10 con"),
        ("encode_concepts", lambda rows: rows * 0 + 2, "the encoder cannot tell 'red', 'green'"),
    ],
)
def test_features_that_say_nothing_end_a_run_in_one_line(
    study: Path, monkeypatch: pytest.MonkeyPatch, method: str, change, said: str
) -> None:
    reader = type(open_inputs(read_study(str(study / "study.toml"))).encoder)
    encode = getattr(reader, method)
    monkeypatch.setattr(reader, method, lambda *given, **more: change(encode(*given, **more)))
    for _ in range(2):  # also of features that were kept
        with pytest.raises(StudyError, match=said) as caught:
            run(study)
        assert "\n" not in str(caught.value)
        assert not (study / "out").exists()


def test_one_word_or_image_without_a_direction_is_named() -> None:
    rows = np.eye(3, dtype=np.float32)
    names = ["a", "b", "c"]
    check_image_features(names, names, rows)
    rows[1] = 0
    with pytest.raises(StudyError, match=r"found zeros for 'b' and so for 1 of 3 images: the wei"):
        check_image_features(names, names, rows)
    with pytest.raises(StudyError, match=r"found zeros for 'b' and so for 1 of 3 concepts"):
        check_features(ConceptSet(tuple(names), "words.txt"), rows)


def test_images_may_have_one_feature_if_they_are_one_picture() -> None:
    rows = np.ones((3, 4), np.float32)
    check_image_features(["a", "b", "c"], ["x", "x", "x"], rows)
    with pytest.raises(StudyError, match="found the same for all 3 images"):
        check_image_features(["a", "b", "c"], ["x", "x", "y"], rows * [[1], [2], [3]])
    rows[2, 0] += 1e-4
    check_image_features(["a", "b", "c"], ["x", "x", "y"], rows)


def test_words_that_the_encoder_reads_in_part_or_in_bytes_are_noted(study: Path) -> None:
    inputs = open_inputs(read_study(str(study / "study.toml")))
    long = "dog sky " * 40
    concepts = replace(inputs.concepts, words=("dog", "sky", long.strip(), "猫", "café"))
    cut, foreign = distinguishable(concepts, inputs.encoder).notes
    assert cut.startswith("1 word as long as the encoder's context of ")
    assert foreign.startswith("1 word in other letters than Latin, such as '猫'")
    assert distinguishable(inputs.concepts, inputs.encoder) == inputs.concepts
