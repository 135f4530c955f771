"""The cards of a report: which stand on which page, and what is said below a picture."""

import io
import re
from itertools import zip_longest

import pytest
from PIL import Image

from study.comparison import analysis
from study.dissection.card_table import TopImage, card_name, dumps
from study.dissection.run import Run
from study.files import csv_text
from study.report import rendering
from study.report.attachments import evidence, report_manifest
from study.report.cards import cards
from study.report.node import Node
from study.report.page import page
from study.report.pen import Pen
from study.report.view import card_facts
from tests.report.report_samples import full_runs

_STREAM = io.BytesIO()
Image.new("L", (8, 8)).save(_STREAM, "JPEG")
JPEG = _STREAM.getvalue()
TABLE = "layer,unit,description,similarity\n"
LABELS = "layer,unit,label,similarity,runner_up,margin,dead,stability,set_size,confident,set\n"


def files_of(units, *, sets=()):
    """Return a network's files: unit to (chosen, confident, set size); the labels of each set."""
    shown = "".join(f"l,{unit},{one[0]},1,a.png,1.0,1\n" for unit, one in units.items())
    rows = "".join(
        csv_text.dumps([("l", unit, "red", 1.0, "blue", 0.5, 0, 0.5, size, sure, of_unit)])
        for (unit, (_, sure, size)), of_unit in zip_longest(units.items(), sets, fillvalue="")
    )
    files = {
        "descriptions.csv": TABLE + "".join(f"l,{unit},red,1.0\n" for unit in units),
        "cards.csv": "layer,unit,chosen,position,image,activation,shows\n" + shown,
        "labels.csv": LABELS + rows,
    }
    pictures = {f"cards/{card_name('l', unit)}": JPEG for unit in units}
    return {**{name: text.encode() for name, text in files.items()}, **pictures}


def cards_of(files):
    return cards(Run.of(files, name="X"), "x", {f"x/{name}" for name in files})


def test_the_surest_leads_and_units_not_chosen_follow():
    kinds = ["", "least sure", "asked for", "typical", "", "surest"]
    found = cards_of(files_of({unit: (kind, 1, 1) for unit, kind in enumerate(kinds)}))
    assert [card["unit"] for card in found] == [5, 3, 1, 2, 0, 4]


def test_a_confident_label_has_its_prediction_set_and_another_has_none():
    units = {0: ("surest", 1, 2), 1: ("least sure", 0, 5), 2: ("typical", 1, 1)}
    found = cards_of(files_of(units, sets=['["red", "blue, \\"pale\\""]', '["red"]', "no JSON"]))
    assert {card["unit"]: card["set"] for card in found} == {
        0: ["red", 'blue, "pale"'],
        1: [],
        2: [],
    }


def test_a_photo_with_a_carriage_return_in_its_name_has_its_card():
    """Written by the cards' writer, read from the run's files, and on the page."""
    files = files_of({0: ("surest", 1, 1)})
    images = [TopImage("a\rb.jpg", 1.0, True), TopImage("c.jpg", 0.5, False)]
    files["cards.csv"] = dumps({("l", 0): images}, {("l", 0): "surest"}).encode()
    assert [image.name for image in Run.of(files, name="X").cards["l", 0].images] == [
        "a\rb.jpg",
        "c.jpg",
    ]
    (card,) = cards_of(files)
    assert (card["images"], card["shows"], card["chosen"]) == (2, 1, "surest")


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    given, runs = full_runs(tmp_path_factory.mktemp("full"))
    return evidence(runs, analysis.analyse(runs), report_manifest(runs, given=given, command=None))


def page_of(files, *, paper):
    pen = Pen(rendering.document(files), paper=paper)
    return re.sub(r"\s+", " ", page(pen, {}, files))


@pytest.mark.parametrize("paper", [True, False])
def test_a_section_for_each_network_shows_the_units_chosen_by_rule(full, paper):
    """Of each layer the three chosen units, the surest first; of a control the last layer only."""
    parts = page_of(full, paper=paper).split('<section class="layer">')[1:]
    heads = [re.sub("<[^>]*>", "", part[: part.index("</h3>")]).strip() for part in parts]
    assert heads == ["Objects", "Scenes", "Untrained (control), last layer only"]
    for part, layers in zip(parts, (2, 2, 1), strict=True):
        chosen = part.split("<section>")[0]
        order = re.findall("surest|typical|least sure", re.sub("<[^>]*>", "", chosen))
        assert order == ["surest", "typical", "least sure"] * layers
        assert "<details>" not in part


def test_a_label_that_another_probe_may_change_is_called_not_confident(full):
    """In the sample, units 3 and 5 need 4 and 6 labels, of at most 3; unit 7 needs 2."""
    page = re.sub("<[^>]*>", "", page_of(full, paper=True))
    cards = page.partition("Unit cards")[2].partition("Stability and correctness")[0]
    assert cards.count("no confident label (4 labels hold that of another probe, 90 %)") == 5
    assert cards.count("no confident label (6 labels hold that of another probe, 90 %)") == 5
    assert cards.count("no confident label") == 10
    pen = Pen(rendering.document(full), paper=True)
    entry = pen.document["cards"]["objects"][0]
    shown = [
        str(fact)
        for value in (0, 1, None)
        for facts in card_facts(pen, Node({**entry.value, "significant": value}))
        for _, fact in facts
    ]
    assert shown.count("no significant concept") == 1
