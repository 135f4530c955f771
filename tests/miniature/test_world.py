"""Laws of the drawn world: pictures follow from the seed, and truth is what can be seen."""

import io
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from study.errors import StudyError
from study.miniature import world
from study.miniature.world.canvas import Canvas
from study.miniature.world.palette import COLOUR_SHARE, COLOURS, SHADES, visible_colours
from study.miniature.world.picture import seen

COUNT = 800


@pytest.fixture(scope="module")
def pictures() -> list[world.Picture]:
    return [world.draw(11, index) for index in range(COUNT)]


def test_world_is_as_large_as_it_promises() -> None:
    sorts = Counter({w.truth: w.category for w in world.VOCABULARY if w.truth}.values())
    assert world.IMAGE_SIZE == 64
    assert len(set(world.OBJECTS)) == len(world.OBJECTS) >= 40
    assert len(set(world.SCENES)) == len(world.SCENES) >= 20
    assert sorts["colour"] == 11
    assert sorts["texture"] >= 14
    assert sorts["material"] >= 8
    assert sorts["part"] >= 20
    assert 345 <= len(world.VOCABULARY) <= 420
    assert sum(w.category == "distractor" for w in world.VOCABULARY) >= 80


def test_words_are_unique_and_forms_share_a_truth() -> None:
    words = {w.concept: w for w in world.VOCABULARY}
    assert len(words) == len(world.VOCABULARY)
    assert set(world.TRUTHS) == {w.truth for w in words.values()} - {None}
    assert len(set(world.TRUTHS)) == len(world.TRUTHS)
    assert {words[form].truth for form in ("stripe", "stripes", "striped")} == {"striped"}
    assert all((w.truth is None) == (w.category == "distractor") for w in words.values())
    sort: dict[str, str] = {}
    for word in words.values():
        if word.truth is not None:
            assert sort.setdefault(word.truth, word.category) == word.category
    assert {*world.OBJECTS, *world.SCENES} <= set(world.TRUTHS)
    distractors = [index for index, w in enumerate(world.VOCABULARY) if w.truth is None]
    early = sum(index < len(world.VOCABULARY) / 2 for index in distractors)
    assert 0.35 < early / len(distractors) < 0.65, "they are spread over the vocabulary"


def test_a_picture_follows_from_seed_index_and_kind() -> None:
    for kind in (None, *world.KINDS):
        first, again = world.draw(3, 5, kind=kind), world.draw(3, 5, kind=kind)
        assert first.pixels.tobytes() == again.pixels.tobytes()
        assert first.truth == again.truth
        assert first.pixels.shape == (64, 64, 3)
        assert first.pixels.dtype == np.uint8
    seen_before = {world.draw(3, index).pixels.tobytes() for index in range(40)}
    assert len(seen_before) == 40
    assert world.draw(4, 0).pixels.tobytes() not in seen_before
    assert world.digest(6) == world.digest(6) != world.digest(7)
    with pytest.raises(StudyError, match="found 'portrait'"):
        world.draw(0, 0, kind="portrait")


def test_labels_belong_to_their_kind_and_are_true(pictures: list[world.Picture]) -> None:
    for picture in pictures:
        assert (picture.object is not None) == (picture.kind == "object")
        assert (picture.scene is not None) == (picture.kind == "scene")
        if picture.object is not None:
            assert world.OBJECTS[picture.object] in picture.truth
        if picture.scene is not None:
            assert world.SCENES[picture.scene] in picture.truth
        assert len(picture.truth & set(world.SCENES)) <= 1


def test_every_truth_occurs_no_distractor_does_and_kinds_follow_the_mix(
    pictures: list[world.Picture],
) -> None:
    counts = Counter(word for picture in pictures for word in picture.truth)
    assert set(counts) == set(world.TRUTHS)
    assert not {w.concept for w in world.VOCABULARY if w.truth is None} & set(counts)
    for word, count in counts.items():
        assert 0.001 < count / COUNT < 0.6, word
    kinds = Counter(picture.kind for picture in pictures)
    for kind, share in zip(world.KINDS, (0.40, 0.32, 0.28), strict=True):
        assert abs(kinds[kind] / COUNT - share) < 0.06


def _named(pixel: list[int]) -> str:
    """Nearest shade of one pixel, by a second implementation of the formula."""
    red, green, blue = (level // 8 * 8 + 4 for level in pixel)
    gaps = {}
    for colour, shades in SHADES.items():
        for r, g, b in shades:
            mean = (red + r) // 2
            gap = (512 + mean) * (red - r) ** 2 // 256 + 4 * (green - g) ** 2
            gaps.setdefault(gap + (767 - mean) * (blue - b) ** 2 // 256, colour)
    return gaps[min(gaps)]


def test_colours_are_those_of_the_pixels(pictures: list[world.Picture]) -> None:
    for picture in pictures[:12]:
        counts = Counter(_named(pixel) for pixel in picture.pixels.reshape(-1, 3).tolist())
        wide = {name for name in COLOURS if counts[name] >= COLOUR_SHARE * 64 * 64}
        assert picture.truth & set(COLOURS) == wide
    assert visible_colours(np.full((64, 64, 3), (200, 30, 40), dtype=np.uint8)) == {"red"}


def _with_bed(cover: float) -> set[str]:
    canvas = Canvas()
    with canvas.region("bedroom", "indoor"):
        canvas.box((200, 200, 200), 0, 0, 1, 1)
        with canvas.region("bed"):
            canvas.box((90, 60, 30), 0.2, 0.4, 0.6, 0.6)
            with canvas.region("pillow"):
                canvas.box((250, 250, 250), 0.2, 0.4, 0.3, 0.5)
    with canvas.region("ball"):
        canvas.box((200, 30, 30), 0.2, 0.3, 0.2 + 0.4 * cover, 0.7)
    return seen(*canvas.visible())


def test_what_is_covered_is_not_true() -> None:
    assert {"bed", "pillow", "bedroom", "indoor"} <= _with_bed(0.0)
    assert _with_bed(0.4) >= {"bed", "ball"}
    assert "pillow" not in _with_bed(0.4)
    assert "bed" not in _with_bed(0.8)
    assert _with_bed(1.0) == {"bedroom", "indoor", "ball"}
    canvas = Canvas()
    with canvas.region("sea", "outdoor"):
        canvas.box((20, 60, 160), 0, 0, 1, 1)
    with canvas.region("cup"):
        canvas.box((200, 30, 30), 0, 0, 1, 0.6)
    assert seen(*canvas.visible()) == {"cup"}


def test_pixels_are_the_mean_of_two_by_two() -> None:
    canvas = Canvas()
    canvas.box((255, 0, 3), 0, 0, 1, 1)
    canvas.box((0, 255, 0), 0, 0, 0, 1)
    pixels = canvas.render()
    assert pixels[5, 0].tolist() == [128, 128, 2]
    assert pixels[5, 1].tolist() == [255, 0, 3]


def test_probe_is_written_in_one_order_with_the_same_bytes(tmp_path: Path) -> None:
    count, names = 30, ("probe.zip", "truth.csv", "categories.csv", "concepts.txt")
    for run in ("a", "b"):
        (tmp_path / run).mkdir()
        world.write_probe(*(tmp_path / run / name for name in names), seed=2, count=count)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    probe, truth_table, categories, words = (tmp_path / "a" / name for name in names)
    truth = pd.read_csv(truth_table, dtype=str)
    assert list(truth) == ["image", *world.TRUTHS]
    with ZipFile(probe) as archive:
        assert archive.namelist() == list(truth["image"]) == sorted(archive.namelist())
        assert len(truth) == count
        for name, row in truth.set_index("image").iterrows():
            picture = world.draw(2, int(Path(name).stem))
            pixels = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
            assert np.array_equal(pixels, picture.pixels)
            assert name.startswith(picture.kind + "/")
            assert set(row.index[row == "1"]) == picture.truth
    table = pd.read_csv(categories, keep_default_na=False)
    assert ((table["truth"] == "") == (table["category"] == "distractor")).all()
    concepts = words.read_text(encoding="utf-8").splitlines()
    assert list(table["concept"]) == concepts == [w.concept for w in world.VOCABULARY]
