"""Cards show what they say: the right units, one colour scale, pictures of a stated size."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from study.dissection.card_table import Card, TopImage, card_name, dumps, parse
from study.errors import StudyError
from study.pipeline.cards.tiles import TILE, choose_units, overlay, strip, tile
from tests.strategies_tables import texts

LABELS = pd.DataFrame(
    {
        "layer": ["a"] * 4 + ["b"] * 2,
        "unit": [0, 1, 2, 3, 0, 1],
        "dead": [0, 0, 1, 0, 0, 0],
        "margin": [0.1, 0.3, None, 0.2, 0.5, 0.4],
        "stability": [0.9, 0.5, None, 0.9, 0.1, 0.2],
    }
)


def test_the_surest_the_middle_and_the_least_sure_are_chosen():
    kinds = ("surest", "typical", "least sure", "surest", "typical")
    units = [("a", 3), ("a", 0), ("a", 1), ("b", 1), ("b", 0)]
    assert choose_units(LABELS) == dict(zip(units, kinds, strict=True))
    without = choose_units(LABELS.drop(columns="stability"))
    assert (without["a", 1], without["a", 0]) == ("surest", "least sure")


def test_units_can_be_asked_for():
    assert choose_units(LABELS, [("a", 2), ("a", 3)])["a", 2] == "asked for"
    assert choose_units(LABELS, [("a", 3)])["a", 3] == "surest"
    assert choose_units(LABELS, [("a", 9), ("c", 0)]) == choose_units(LABELS)


def test_the_overlay_is_bright_where_the_unit_responds():
    image = np.full((4, 4, 3), 128, np.uint8)
    weights = np.zeros((4, 4), np.float32)
    weights[2, 3] = 1
    laid = overlay(image, weights, low=0, high=1)
    brightness = laid.sum(axis=2)
    assert np.unravel_index(brightness.argmax(), (4, 4)) == (2, 3)
    assert brightness[0, 0] == brightness[3, 0]


def test_a_flat_map_is_dark_and_no_division_by_zero():
    image = np.full((2, 2, 3), 100, np.uint8)
    laid = overlay(image, np.ones((2, 2), np.float32), low=1, high=1)
    assert laid.max() < 60


def test_one_scale_for_the_whole_card():
    """The second image responds half as strongly, so its brightest spot is darker."""
    images = [tile(np.full((8, 8, 3), 90, np.uint8))] * 2
    strong = np.zeros((TILE, TILE), np.float32)
    strong[:48] = 1
    sheet = np.asarray(Image.open(io.BytesIO(strip(images, [strong, strong / 2]))))
    assert sheet.shape == (2 * TILE + 2, 2 * TILE + 2, 3)
    below = sheet[TILE + 2 :].astype(int).sum(axis=2)
    assert below[:40, :TILE].mean() > below[:40, TILE + 2 :].mean() + 60


def test_the_table_names_every_picture():
    tops = {("layer4", 7): [TopImage('a,"b".png', 1.5, True), TopImage("c.png", 1.25, None)]}
    text = dumps(tops, {("layer4", 7): "surest"})
    assert text.splitlines() == [
        "layer,unit,chosen,position,image,activation,shows",
        'layer4,7,surest,1,"a,""b"".png",1.5,1',
        "layer4,7,surest,2,c.png,1.25,",
    ]
    assert parse(text.encode(), name="x") == {
        ("layer4", 7): Card("surest", tuple(tops["layer4", 7]))
    }
    assert card_name("layer4", 7) == "layer4-0007.jpg"


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from([None, True, False]))
def test_an_image_of_any_name_reads_back(names, shows):
    tops = {("l", 0): [TopImage(name, 0.5, shows) for name in ("a\rb.jpg", *names)]}
    read = parse(dumps(tops, {}).encode(), name="x")
    assert read == {("l", 0): Card("", tuple(tops["l", 0]))}


@pytest.mark.parametrize("row", ["l,x,,1,a,1,1", "l,0,,1,a,high,1", "l,0,,1,a,1,2", "l,0,,1,a,1"])
def test_a_damaged_table_is_refused_by_line(row):
    with pytest.raises(StudyError, match="x: line 2: expected"):
        parse((dumps({}, {}) + row + "\n").encode(), name="x")
