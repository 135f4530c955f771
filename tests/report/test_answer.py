"""The first page: question, answer, makers, and the units shown; tables are referred to."""

import argparse
import copy
import io
import json
import re

import pytest

from study.comparison import analysis
from study.errors import StudyError
from study.inputs.study_file import stated_about
from study.report import build, prose, rendering, view, write_report
from study.report.about import checked_about
from study.report.about import stated_about as stated_options
from study.report.attachments import evidence, report_manifest
from study.report.bindings import Page
from study.report.exhibits import exhibits, units_shown
from study.report.node import Node
from study.report.page import numbered, page
from study.report.pen import Pen
from study.report.prose.answer import controls
from study.verify.__main__ import main as verify
from study.verify.report.recomputing import _other_origin
from tests.report.report_samples import full_runs, paper_runs

LAST = "layer4.1.conv2"
ABOUT = {
    "title": "Two networks",
    "authors": ["Ada L.", "שלום"],
    "team": "Team 7",
    "course": "Vision",
    "date": "2026-11-27",
    "repository": "example.org/us",
    "expected": {"Objects": ["object"], "Scenes": ["scene"]},
}


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    given, runs = full_runs(tmp_path_factory.mktemp("full"))
    results = analysis.analyse(runs)
    stated = checked_about(stated_about(copy.deepcopy(ABOUT), caller="test"), results)
    manifest = report_manifest(runs, given=given, command=None, stated=stated)
    return evidence(runs, results, manifest)


def pen_of(files, *, paper=False):
    return Pen(rendering.document(files), paper=paper)


def test_the_question_names_the_networks_and_the_answer_begins_with_kinds(full):
    pen = pen_of(full)
    asked = prose.question(pen).striptags()
    assert asked == (
        "Do the units of Objects and Scenes respond to different concepts, and in which layers?"
    )
    first, second, sure, beside = (part.striptags() for part in prose.summary(pen))
    assert first.startswith(f"In {LAST}, Objects and Scenes differ in the kinds of their concepts")
    assert f"Expected were more object in Objects and more scene in Scenes: in {LAST}," in first
    assert second.startswith("Objects has 8 distinct labels on 63 units, Scenes 6 on 63; ")
    assert (
        "Drawn independently from the list of 500 concepts, as many concepts would give" in second
    )
    assert sure.startswith("Disjoint parts of the probe agree on")
    assert re.search(
        r"; \S+ % of those of Objects and \S+ % of those of Scenes are confident\.", sure
    )
    assert "For comparison, the control Untrained has 3 distinct labels on 64 units" in beside


def test_the_makers_are_printed_as_given_and_nothing_is_invented(full):
    text = Page(page(pen_of(full), {}, full))
    for shown in ("Two networks", "Ada L.", "שלום", "Team 7", "Vision", "2026-11-27"):
        assert shown in text.given
    bare = dict(full)
    document = rendering.document(bare)
    document["manifest"]["report"].pop("about")
    page_ = page(Pen(document, paper=False), {}, bare)
    assert 'class="about"' not in page_
    assert "What networks know" in re.sub("<[^>]*>", "", page_)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"author": ["A"]}, "did you mean 'authors'"),
        ({"expected": {"Nobody": ["scene"]}}, "expected of 'Nobody': expected one of the compared"),
        ({"expected": {"Objects": ["scenes"]}}, "found the kind 'scenes', the kinds are "),
        ({"expected": {"Objects": []}}, "expected a list of kinds of concepts"),
        ({"authors": "Ada"}, "expected"),
        ({"expected": {"Objects": ["scene"], "Scenes": ["scene"]}}, "cannot be expected of both"),
        ({"title": "A\u202eB"}, "marks that nobody sees, found U\\+202E"),
        ({"date": "one\ntwo"}, "without control characters"),
        ({"course": "\ud800"}, "without control characters"),
        ("a title", "about: expected a table, found str"),
    ],
)
def test_what_cannot_be_stated_is_one_line(tmp_path, about, message):
    _, runs = full_runs(tmp_path)
    with pytest.raises(StudyError, match=message) as error:
        write_report(runs, out=tmp_path / "out", about=about)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_more_of_a_kind_is_not_expected_of_both_networks_even_where_kinds_are_unknown():
    about = stated_about({"expected": {"A": ["x", "y"], "B": ["y"]}}, caller="test")
    bare = {"networks": [{"name": name, "categories": None} for name in ("A", "B")]}
    document = bare | {"controls": [], "twins": []}
    with pytest.raises(StudyError, match="more of the kind 'y' cannot be expected of both"):
        checked_about(about, document)


def test_a_control_with_other_inputs_has_no_overlap_beside_the_networks(full):
    document = copy.deepcopy(rendering.document(full))
    said = text_of_controls(document)
    assert said.count(" with Objects") == said.count(" with Scenes") == 1
    beside = next(pair for pair in document["pairs"] if pair["b"] == "Untrained")
    beside["inputs"]["differ"] = [{"input": "probe", "a": "x", "b": "y"}]
    assert text_of_controls(document).count(f" with {beside['a']}") == 0


def text_of_controls(document):
    pen = Pen(document, paper=False)
    return controls(pen, pen.document["pairs"][0]).striptags()


def test_expectations_of_a_network_add_up():
    options = argparse.Namespace(
        **dict.fromkeys(("title", "authors", "team", "course", "date", "repository")),
        expect=["A=scene", "B=part,part", "A=object"],
    )
    about = stated_options(options, None)
    assert about.to_json() == {"expected": {"A": ["scene", "object"], "B": ["part"]}}


def test_a_report_with_makers_follows_from_its_data(tmp_path):
    given, runs = full_runs(tmp_path)
    about = stated_about(copy.deepcopy(ABOUT), caller="test")
    out = build(runs, out=tmp_path / "out", manifest=given, about=about, formats=("pdf",))
    assert verify(["report", str(out / "report.pdf")]) == 0


def test_every_table_and_figure_is_referred_to_by_its_number_before_it_stands(full):
    files = {**full}
    rendered = rendering.render(files, formats=("html",))
    names = re.findall(r'<(?:table|figure)[^>]* id="((?:table|figure)-[^"]+)"', rendered.html)
    assert len(names) > 12
    where = {name: rendered.html.find(f'class="ref" href="#{name}"') for name in names}
    on_top = {"table-overlap", "figure-overview"}  # referred to where they are discussed
    assert [name for name, at in where.items() if at < 0 and name != "figure-similarity"] == []
    for name, at in where.items():
        if name not in on_top and name != "figure-similarity":
            assert at < rendered.html.find(f'id="{name}"'), name
    references = re.findall(r'<a class="ref" href="#([^"]+)">([^<]*)</a>', rendered.html)
    tables = [name for name in names if name.startswith("table-")]
    shown = dict(references)
    assert shown[tables[0]] == "Table 1"
    assert shown[tables[4]] == "Table 5"
    assert "" not in shown.values()


def test_a_reference_to_nothing_fails_the_build():
    with pytest.raises(KeyError):
        numbered('<a class="ref" href="#table-gone"></a>')


def test_the_unit_shown_for_a_kind_has_it_and_shared_concepts_are_on_each_side(full):
    document = rendering.document(full)
    pen = Pen(document, paper=True)
    shown = view.examples(pen)
    assert [network["name"].value for network, _, _ in shown] == ["Objects", "Scenes"]
    assert [kind.value for *_, kind in shown] == ["object", "scene"]
    for _, card, kind in shown:
        assert card["layer"].value == LAST
        truth = {"cat": "object", "cup": "object", "room": "scene", "beach": "scene"}
        assert truth.get(card["label"].value) == kind.value
    rows = view.side_by_side(pen)
    assert rows
    for concept, both in rows:
        assert [card["label"].value for _, card in both] == [concept.value] * 2


def test_pairs_that_are_not_tested_have_no_exhibits(full, tmp_path):
    _, runs = full_runs(tmp_path)
    results = analysis.analyse(runs)
    slugs = {
        network["slug"]: run
        for network, run in zip([*results["networks"], *results["controls"]], runs, strict=True)
    }
    assert units_shown(exhibits(results, slugs))
    results["pairs"][0]["inputs"]["differ"] = [{"input": "probe", "a": "x", "b": "y"}]
    assert units_shown(exhibits(results, slugs)) == set()


def test_conclusions_follow_the_verdicts(full):
    pen = pen_of(full)
    said = " ".join(part.striptags() for part in prose.conclusions(pen))
    assert f"In {LAST}, more labels of Objects are of the kind object" in said
    one_sided = copy.deepcopy(rendering.document(full))
    entries = one_sided["pairs"][0]["differences"]["layers"][LAST]["categories"]
    for kind, entry in entries.items():
        entry.update(p_adjusted=0.01 if kind == "object" else 0.9)
    alone = " ".join(one.striptags() for one in prose.conclusions(Pen(one_sided, paper=False)))
    assert "more labels of Objects than of Scenes are of the kind object" in alone
    document = copy.deepcopy(rendering.document(full))
    for layer in document["pairs"][0]["differences"]["layers"].values():
        for entry in (layer["categories"] or {}).values():
            entry.update(p=0.9, p_adjusted=0.9)
    said = " ".join(part.striptags() for part in prose.conclusions(Pen(document, paper=False)))
    assert "do not differ significantly in the kinds of concept" in said
    null = document["pairs"][0]["overall"]["null"]
    for low, high, words in ((0.001, 1.0, "share fewer"), (1.0, 0.001, "share more")):
        null.update(p_low=low, p_high=high, p_adjusted=0.01, kind="units rescored")
        null["detectable"] = {"low": 0.1, "high": 0.9}
        said = " ".join(one.striptags() for one in prose.conclusions(Pen(document, paper=False)))
        assert f"Objects and Scenes {words} concepts than if labels did not depend" in said


def test_a_network_alone_has_no_conclusions_of_a_comparison(tmp_path):
    (run,) = paper_runs(tmp_path, {"Alpha": {"layer1": ["dot", "dot", "red"]}})
    results = analysis.analyse([run])
    pen = Pen({**results, "manifest": {"report": {}}}, paper=False)
    assert prose.conclusions(pen) == []
    assert prose.question(pen).striptags() == "Which concepts do the units of Alpha respond to?"


def test_works_are_listed_where_they_apply(full, tmp_path):
    listed = " ".join(prose.references(pen_of(full)))
    assert "CLIP-Dissect" in listed
    assert "Holm" in listed
    assert "WordNet" not in listed  # a truth table states the kinds
    runs = paper_runs(tmp_path)
    manifest = report_manifest(runs, given=None, command=None)
    pen = Pen({**analysis.analyse(runs), "manifest": manifest}, paper=False)
    assert "WordNet" in " ".join(prose.references(pen))


def test_a_chip_has_the_colour_of_its_network_in_figures(full):
    pen = pen_of(full)
    places = [pen.chip(one) for part in ("networks", "controls") for one in pen.document[part]]
    assert [re.search("chip-(.)", chip)[1] for chip in places] == ["a", "b", "c"]
    assert pen.chip(Node({"name": "X"}, "elsewhere")) == ""


def test_header_cells_of_the_pdf_say_what_they_head(full):
    import pypdf

    pdf = rendering.render(full, formats=("pdf",)).pdf
    cells = []

    def walk(element):
        element = element.get_object() if hasattr(element, "get_object") else element
        if isinstance(element, list):
            for part in element:
                walk(part)
        elif isinstance(element, dict):
            if element.get("/S") == "/TH":
                cells.append(element["/A"])
            walk(element.get("/K", []))

    walk(pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"])
    assert {cell.get("/Scope") for cell in cells} == {"/Row", "/Column"}


def test_a_larger_overlap_than_expected_answers_no_and_a_smaller_one_yes(full):
    document = copy.deepcopy(rendering.document(full))
    for layer in document["pairs"][0]["differences"]["layers"].values():
        for entry in (layer["categories"] or {}).values():
            entry.update(p=0.9, p_adjusted=0.9)
    null = document["pairs"][0]["overall"]["null"]
    null.update(p_low=1.0, p_high=0.001, p_adjusted=0.01, kind="units rescored")
    null["detectable"] = {"low": 0.1, "high": 0.9}
    (line,) = prose.lead(Pen(document, paper=False))
    assert line.striptags().startswith("No: Objects and Scenes share more concepts than if")
    null.update(p_low=0.001, p_high=1.0)
    (line,) = prose.lead(Pen(document, paper=False))
    assert line.striptags().startswith("Yes, though not in the kinds of concept: Objects and")


def test_an_expectation_that_nothing_judges_is_said_to_be_unjudged(tmp_path):
    (run, *_) = paper_runs(tmp_path)
    results = analysis.analyse([run])
    expected = {"Alpha": ["animal"]}
    pen = Pen({**results, "manifest": {"report": {"expected": expected}}}, paper=False)
    said = " ".join(part.striptags() for part in prose.summary(pen))
    assert "Expected were more animal in Alpha: this is not judged" in said


def test_what_is_as_expected_in_another_layer_only_is_said(full):
    document = copy.deepcopy(rendering.document(full))
    document["manifest"]["report"]["expected"] = {"Objects": ["texture"]}
    layers = document["pairs"][0]["differences"]["layers"]
    entry = {"share": 0.3, "low": 0.1, "high": 0.5, "p": 0.001, "p_adjusted": 0.01}
    layers["layer2"]["categories"]["texture"] = entry
    layers[LAST]["categories"]["texture"] = entry | {"p_adjusted": 0.9}
    first, *_ = prose.summary(Pen(document, paper=False))
    assert "not significant for texture (" in first.striptags()
    assert first.striptags().endswith("It is as expected for texture in layer2.")


def test_what_a_manifest_may_not_state_of_a_report_is_found(tmp_path):
    given, runs = full_runs(tmp_path)
    about = stated_about({"title": "T"}, caller="test")
    out = build(runs, out=tmp_path / "out", manifest=given, about=about, formats=("html",))
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["report"]["about"]["note"] = "numbers wrong"
    manifest["erratum"] = "the numbers are wrong"
    found = [key for key, *_ in _other_origin(manifest, runs)]
    assert {"report.about.note", "erratum"} <= set(found)
    manifest["report"]["about"].pop("note")
    found = [key for key, *_ in _other_origin(manifest, runs)]
    assert "erratum" in found
    assert not [key for key in found if key.startswith("report.")]
