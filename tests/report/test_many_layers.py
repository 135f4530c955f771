"""Many layers, long names and letters of other scripts: nothing is cut or overprinted."""

import re
import warnings

import numpy as np
import pypdfium2
import pytest

from study.dissection.loaded import load_runs
from study.report import build
from study.report.charts import bounded, lack_glyphs, new_figure, overlaps
from study.report.figures.drawing import shorts
from study.report.figures.layer_names import layer_titles, shared_beginnings
from study.verify.__main__ import main as verify
from tests.report.report_samples import write_table

LAYERS = [f"encoder.layers.encoder_layer_{number}" for number in range(12)]
MARGIN = 21 / 25.4 * 72
"""The page's margin, in points."""


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report of three networks of twelve layers with long names."""
    place = tmp_path_factory.mktemp("many")
    generator = np.random.default_rng(0)
    words = [f"concept {letter}{other}" for letter in "abcdefgh" for other in "stuvw"]
    folders = [
        write_table(place / name, {x: [*generator.choice(words, 40)] for x in LAYERS})
        for name in "abc"
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        return build(load_runs(folders, names=["First", "Second", "Third"]), out=place / "out")


def test_every_letter_stands_within_the_page(report):
    pdf = pypdfium2.PdfDocument(report / "report.pdf")
    for number, page in enumerate(pdf, start=1):
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
        seen = [box for box in boxes if box[2] > box[0]]
        assert max(right for *_, right, _ in seen) < width - MARGIN + 2, number
        assert min(left for left, *_ in seen) > MARGIN - 2, number
        assert max(top for *_, top in seen) < height, number
        assert min(bottom for _, bottom, *_ in seen) > 0, number


def test_figures_hold_all_layers_without_their_common_beginning(report):
    for name in ("heatmap-first", "jaccard-first-second", "venn-layers-first-second"):
        shown = texts((report / "figures" / f"{name}.svg").read_text())
        assert {f"…{number}" for number in range(12)} <= set(shown), name
    page = re.sub("<[^>]*>", "", (report / "report.html").read_text())
    assert "Names of layers lack their common beginning, encoder.layers.encoder_layer_" in page
    assert verify(["report", str(report / "report.pdf")]) == 0


def test_names_lose_only_what_all_share():
    assert layer_titles(LAYERS[:2]) == ["…0", "…1"]
    assert layer_titles(["layer2", "layer3", ""]) == ["layer2", "layer3", "all layers"]
    assert layer_titles(["features.denseblock1", "classifier"]) == [
        "features.denseblock1",
        "classifier",
    ]
    pairs = [f"vit.encoder.layer[{n}]~dinov2.encoder.block[{n + 1}]" for n in range(2)]
    assert shared_beginnings(pairs) == ["vit.encoder.", "dinov2.encoder."]
    assert layer_titles(pairs) == ["…layer[0]–…block[1]", "…layer[1]–…block[2]"]
    alike = [f"vit.encoder.layer[{n}]~dinov2.encoder.layer[{n}]" for n in range(2)]
    assert layer_titles(alike) == ["…layer[0]", "…layer[1]"]
    assert shared_beginnings(["encoder.layers.only"]) == []


def test_names_under_an_axis_are_slanted_where_they_would_meet():
    def slanted(names):
        ax = new_figure(12, 6).add_subplot()
        nothing = [None for _ in names]
        bands = {"null": nothing, "ceiling": nothing, "interval": nothing}
        overlaps([0.5 for _ in names], categories=names, keys=names, ax=ax, **bands)
        return ax.get_xticklabels()[0].get_rotation() != 0

    assert not slanted(["layer2", "layer3", "layer4"])
    assert slanted([f"a.layer.of.many.{number}" for number in range(6)])


def test_a_label_is_as_wide_as_its_place_whatever_its_script():
    assert bounded("縞模様", width=22) == "U+7E1EU+6A21U+69D8"
    for text in ("สุนัขตัวใหญ่ในสวน", "उड़ता हुआ पक्षी", "x" * 100, "🦊" * 9):
        assert len(bounded(text, width=22)) <= 22
        assert "…" in bounded(text, width=22)
    assert shorts(["縞" + middle + "猫" for middle in ("模様の", "模様と")])[1].endswith(" (2)")
    assert not lack_glyphs(["été", "بيت", "дом"])
    assert lack_glyphs(["dog", "猫"])


def test_figures_of_labels_in_other_scripts_have_cells_and_the_report_says_why(tmp_path):
    words = ["飛行機の窓", "สุนัขตัวใหญ่", "बिल्ली का बच्चा", "고양이와 강아지", "dog"]
    tables = [write_table(tmp_path / name, {"layer3": words * 3, "layer4": words}) for name in "ab"]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        out = build(load_runs(tables), out=tmp_path / "out", formats=("html",))
    svg = (out / "figures" / "heatmap.svg").read_text()
    assert [text for text in texts(svg) if text == "3"]
    assert max(len(text) for text in texts(svg)) <= 22 + len(" (2)")
    assert "no glyph in the fonts that travel with this report" in (out / "report.html").read_text()


def test_sentences_name_few_layers_and_the_tables_all(report):
    page = re.sub("<[^>]*>", "", (report / "report.html").read_text())
    sentences = [one for one in page.split(". ") if "encoder.layers.encoder_layer_" in one]
    html = (report / "report.html").read_text()
    paragraphs = [
        found[1] for found in re.finditer(r"<(?:p|li)\b[^>]*>(.*?)</(?:p|li)>", html, re.DOTALL)
    ]
    said = [re.sub("<[^>]*>", "", one) for text in paragraphs for one in re.split(r"[.:;] ", text)]
    assert 0 < max(one.count("encoder_layer_") for one in said) <= 6
    assert any(" and others" in one for one in sentences)
    assert "encoder.layers.encoder_layer_0 (" in page
    assert ", 12 layers" in page
