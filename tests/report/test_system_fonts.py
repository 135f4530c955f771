"""Labels in other scripts are printed with fonts of the machine, where that is asked for."""

import json
import re
import shutil
from pathlib import Path

import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from study.dissection.loaded import load_runs
from study.report import build
from study.report.charts import system_fonts
from study.report.charts.glyphs import FURTHER, glyphs
from study.verify.__main__ import main as verify
from tests.report.report_samples import write_table

WORD = "飛行"


def tiny_font(path: Path, letters: str, family: str) -> Path:
    """Write a font that draws each of some letters as a square."""
    pen = TTGlyphPen(None)
    for number, corner in enumerate(((100, 0), (100, 700), (900, 700), (900, 0))):
        (pen.lineTo if number else pen.moveTo)(corner)
    pen.closePath()
    square = pen.glyph()
    names = [f"g{number}" for number in range(len(letters))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({ord(one): name for one, name in zip(letters, names, strict=True)})
    builder.setupGlyf(dict.fromkeys([".notdef", *names], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (1000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def fonts(tmp_path, monkeypatch):
    """Return the machine's fonts: one holds the whole word, one a part of it, one nothing of it."""
    files = (
        tiny_font(tmp_path / "half.ttf", "飛", "Half"),
        tiny_font(tmp_path / "latin.ttf", "abc", "Latin"),
        tiny_font(tmp_path / "whole.ttf", WORD, "Whole"),
    )
    monkeypatch.setattr(system_fonts, "_files", lambda: tuple(p for p in files if p.is_file()))
    return tmp_path


@pytest.fixture
def runs(tmp_path):
    tables = [write_table(tmp_path / name, {"l": [WORD, WORD, "dog"]}) for name in "ab"]
    return load_runs(tables)


def printed(pdf: Path) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_the_font_that_holds_most_is_taken_and_no_other(fonts):
    (font,) = system_fonts.covering([WORD, "dog"])
    assert font.family == "Whole"
    assert system_fonts.covering(["dog", "κόσμος"]) == []
    assert [one.family for one in system_fonts.covering(["飛", "ア"])] == [
        "Whole"
    ]  # of equals, by name


def test_labels_are_printed_only_where_asked_and_the_manifest_names_the_font(fonts, runs):
    out = build(runs, out=fonts / "asked", system_fonts=True)
    (stated,) = json.loads((out / "manifest.json").read_text())["report"]["fonts"]
    assert (stated["family"], stated["file"]) == ("Whole", "whole.ttf")
    assert WORD in printed(out / "report.pdf")
    assert "U+98DB" not in printed(out / "report.pdf")
    svg = (out / "figures" / "heatmap.svg").read_text()
    assert WORD in re.sub("<[^>]*>", "", svg)
    assert verify(["report", str(out / "report.pdf")]) == 0
    plain = build(runs, out=fonts / "plain", formats=("pdf",))
    assert "U+98DB" in printed(plain / "report.pdf")
    assert "fonts" not in json.loads((plain / "manifest.json").read_text())["report"]
    assert FURTHER == {}
    assert ord("飛") not in glyphs()


def test_without_the_font_nothing_is_said_to_be_right(fonts, runs, capsys):
    out = build(runs, out=fonts / "out", formats=("pdf",), system_fonts=True)
    (fonts / "whole.ttf").unlink()
    assert verify(["report", str(out / "report.pdf")]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "not on this one: Whole (whole.ttf): install them" in said
    shutil.copyfile(fonts / "half.ttf", fonts / "whole.ttf")  # another font of that name
    assert verify(["report", str(out / "report.pdf")]) == 3
