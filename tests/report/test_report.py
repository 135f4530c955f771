"""The report: what is printed follows from the evidence, travels with it, and is equal twice."""

import base64
import csv
import dataclasses
import hashlib
import io
import json
import os
import random
import re
import subprocess
import sys
import unicodedata

import pytest
from PIL import Image

from study.comparison import analysis, results
from study.dissection import (
    best_table,
    map_table,
    neighbour_table,
    picture_table,
    profile_table,
)
from study.dissection.card_table import card_name
from study.dissection.loaded import load_runs
from study.errors import StudyError
from study.report import build, engine, pdf, prose, rendering
from study.report.attachments import evidence, report_manifest
from study.report.bindings import Page, figure_texts, unbound_in_figure, without_marks
from study.report.browser.reading import read_browser
from study.report.charts import printable
from study.report.exhibits import units_shown
from study.report.figures import drawings
from study.report.page import page
from study.report.pdf import extract
from study.report.pen import Pen, printed
from study.report.prose.references import works
from study.report.rendering import render
from tests import ROOT
from tests.report.report_samples import NASTY, PAPER, dumps, full_runs, paper_runs, write_table

GOLDEN = ROOT / "fixtures" / "golden" / "report"
NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
    "sixty hundred thousand million dozen couple both twice thrice once half halves double triple "
    "pair pairs single second third"
)
DRAWN = {"all layers", "Jaccard index", "distinct labels", "units", "similarity"}
DRAWN |= {"share of splits", "share of labels", "share of units"}
DRAWN |= {"observed", "null", "with itself", "independent draws"}
COMMON = "scene object texture colour compared control overall unknown clip"
"""Names of the sample that are words of the report as well."""
PARTS = ("stability", "truth", "classes", "sensitivity")


def files_of(runs, *, given=None, command="python -m study.report --runs A B"):
    return evidence(
        runs, analysis.analyse(runs), report_manifest(runs, given=given, command=command)
    )


def page_of(files) -> Page:
    """Return the text of the HTML page; the figures, which take longest, are left out."""
    document = rendering.document(files)
    return Page(page(Pen(document, paper=False), {}, files))


@pytest.fixture(scope="module")
def paper_files(tmp_path_factory):
    return files_of(paper_runs(tmp_path_factory.mktemp("paper")))


@pytest.fixture(scope="module")
def full_files(tmp_path_factory):
    document, runs = full_runs(tmp_path_factory.mktemp("full"))
    return files_of(runs, given=document)


@pytest.fixture(scope="module")
def paper_report(paper_files):
    return render(paper_files)


# --- nothing typed ----------------------------------------------------------------------------


class Scrambler:
    """Replaces every number of a document by a unique random one, every name by a token."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tokens: dict[str, str] = {}
        self.used: set[float] = set()

    def token(self, text: str) -> str:
        letters = "".join(self.random.choices("bcdfghjklmnpqrstvwxz", k=9))
        return self.tokens.setdefault(text, f"Q{letters}")

    def number(self, value):
        whole, new = isinstance(value, int), None
        while new is None or new in self.used:
            new = self.random.randrange(10**5, 10**6) if whole else self.random.random()
        self.used.add(new)
        return new

    def document(self, value, key="", inside=""):
        if isinstance(value, dict):
            named = inside in {"layers", "settings", "packages"} or "categories" in key
            fixed = {"layers", "overall", "names", "count", "share", "low", "high"}
            fixed |= {"source", "sha256"}
            return {
                (self.token(name) if named and name not in fixed else name): self.document(
                    item, f"{key}.{name}", name
                )
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [self.document(item, f"{key}.#", "#") for item in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, str):
            return value if key.endswith((".schema", ".date", ".slug")) else self.token(value)
        return self.number(value)


@pytest.mark.parametrize("seed", [1])
def test_with_random_numbers_and_names_no_other_number_or_name_is_left(full_files, seed):
    scrambler = Scrambler(seed)
    documents = {
        name: scrambler.document(json.loads(full_files[name]))
        for name in ("results.json", "manifest.json")
    }
    documents["results.json"]["comparison"] = documents["results.json"]["pairs"][0]
    files = {name: dumps(document) for name, document in documents.items()}
    rendered = render(files, formats=("html",))
    document = rendering.document(files)
    _check_page(rendered.html, document, scrambler.tokens)
    for svg in rendered.figures.values():
        _check_figure(svg, by_key(document), set(scrambler.tokens.values()))


def by_key(value, key=""):
    """Return every value of a document by its key, "." between names and "#" for a number of."""
    found = {key: value}
    if isinstance(value, dict | list):
        found[f"{key}.#"] = len(value)
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for name, item in entries:
            found |= by_key(item, f"{key}.{name}".removeprefix("."))
    return found


def _check_page(html, document, tokens):
    page, values = Page(html), by_key(document)
    assert page.unbound() == []
    assert len(page.numbers) > 200
    assert not any(c.isdigit() for c in page.typed)
    words = set(re.findall(r"[a-z]+", page.typed.casefold()))
    names = {name.casefold() for name in tokens if name.isalpha() and len(name) > 3}
    assert sorted(words & (names - set(COMMON.split()))) == []
    assert not words & set(NUMBER_WORDS.split())
    for key, form, value, text in page.numbers:
        assert repr(values[key]) == value
        assert printed(values[key], form) == text
    attached = document["attachments"]
    known = {*tokens.values(), *attached, "results.json", "python", *works()}
    known |= {entry["sha256"] for entry in attached.values()}
    for text in page.given:
        assert any(fits(text, one) for one in known), text
    shown = {text for *_, text in page.numbers}
    for alt in re.findall(r'alt="([^"]*)"', html):
        for number in re.findall(r"[\d.,]*\d", alt):
            assert any(number.rstrip(".,") in text for text in shown)


def fits(shown, whole):
    """Whether a text stands there as it is, or without its middle."""
    start, cut, end = shown.partition("…")
    return whole.startswith(start) and whole.endswith(end) and (cut or whole == shown)


def _check_figure(svg, values, tokens):
    assert unbound_in_figure(svg) == []
    for name, text in figure_texts(svg):
        if name.startswith("n:"):
            value = values[name[2:]]
            assert text == printed(value, "share" if isinstance(value, float) else "auto")
        elif name == "axis":
            assert re.fullmatch(r"[−\d.,e]*", text) or text in DRAWN
        else:
            assert text in DRAWN or any(fits(text, token) for token in tokens)


@pytest.mark.parametrize(
    "fault",
    ["<p>Shared: 178 concepts</p>", '<data data-key="a" data-form="auto" value="3">4</data>'],
    ids=["a typed number", "a number unlike its value"],
)
def test_the_law_sees_a_planted_fault(fault):
    assert Page(f"<html><body>{fault}</body></html>").unbound()


def test_a_planted_number_in_a_sentence_fails_the_build(paper_files, monkeypatch):
    monkeypatch.setattr(prose, "limits", lambda pen: [pen.say("There are 180 shared concepts.")])
    with pytest.raises(StudyError, match="180"):
        render(paper_files, formats=("html",))


# --- names travel with their data ---------------------------------------------------------------


def numbers_of(files, *, attached=False):
    """Return key to unrounded value of every number on a page."""
    return {
        key: value
        for key, _, value, _ in page_of(files).numbers
        if attached or not key.startswith("attachments")
    }


def test_swapping_the_names_moves_every_name_with_its_data(tmp_path):
    turned = {"Alpha": "Beta", "Beta": "Alpha", "alpha": "beta", "beta": "alpha"}
    swapped = {turned[name]: layers for name, layers in PAPER.items()}
    files = [
        files_of(paper_runs(tmp_path / folder, tables))
        for folder, tables in (("1", PAPER), ("2", swapped))
    ]
    given = [
        [
            text
            for text in page_of(one).given
            if not re.fullmatch(r"[0-9a-f]{12}…[0-9a-f]{12}|.*/.*", text)
        ]
        for one in files
    ]
    assert [turned.get(text, text) for text in given[0]] == given[1]
    assert numbers_of(files[0]) == numbers_of(files[1])


def test_one_changed_count_changes_the_numbers_that_depend_on_it_and_no_others(tmp_path):
    changed = json.loads(json.dumps(PAPER))
    changed["Alpha"]["layer2"][1] = "dog"  # cat 2, dog 1 becomes cat 1, dog 2
    before, after = (
        numbers_of(files_of(paper_runs(tmp_path / folder, tables)))
        for folder, tables in (("1", PAPER), ("2", changed))
    )
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    layer = "networks.0.layers.layer2"
    expected = ("networks.0.top.", f"{layer}.top.", "pairs.0.separating.", "pairs.0.shared_top.")
    assert f"{layer}.top.0.1" not in moved  # the largest count is 2 as before, now of dog
    assert any(key.startswith("pairs.0.shared_top.") for key in moved)
    others = {key for key in moved if not key.startswith(expected)}
    assert all(key.startswith("pairs.0.") and ".null." in key for key in others), others
    assert not any(key.endswith((".shared", ".union", ".jaccard", ".unique")) for key in moved)


# --- evidence -----------------------------------------------------------------------------------


def test_what_is_attached_is_what_lies_on_disk_and_renders_again(tmp_path):
    runs = paper_runs(tmp_path)
    said = []
    out = build(runs, out=tmp_path / "out", command="python -m study.report", warn=said.append)
    assert said == []
    attached = extract(out / "report.pdf")
    assert attached["alpha/descriptions.csv"] == (tmp_path / "run0/descriptions.csv").read_bytes()
    for name, content in attached.items():
        assert (out / name).read_bytes() == content
    again = render(attached)
    assert again.pdf == (out / "report.pdf").read_bytes()
    assert again.html.encode() == (out / "report.html").read_bytes()
    for name, svg in again.figures.items():
        assert (out / "figures" / name).read_bytes() == svg
    written = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert {"report.pdf", "report.html", "results.json", "manifest.json"} <= written
    assert any(name.startswith("tables/") for name in written)


def test_the_page_embeds_the_same_files(paper_files, paper_report):
    embedded = re.findall(r'download="[^"]*" href="data:[^;]*;base64,([^"]*)"', paper_report.html)
    assert [base64.b64decode(one) for one in embedded] == [
        paper_files[name] for name in sorted(paper_files)
    ]
    assert "http" not in paper_report.html.replace("http://www.w3.org", "")


def test_every_link_leads_somewhere(full_files):
    text = render(full_files, formats=("html",)).html
    ids = re.findall(r'id="([^"]*)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)


def test_the_pdf_is_archival_tagged_and_has_an_outline(paper_report):
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(paper_report.pdf))
    root = reader.trailer["/Root"]
    assert paper_report.warnings == ()
    assert b"pdfaid" in root["/Metadata"].get_data()
    assert re.search(rb"part[^0-9]*3.*conformance[^A]*A", root["/Metadata"].get_data(), re.S)
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[1:4] == [
        "How the study was made",
        "What each network’s units respond to",
        "Comparison",
    ]
    assert [float(v) for v in reader.pages[0].mediabox] == pytest.approx([0, 0, 595, 842], abs=1)
    assert all(file.get_object()["/AFRelationship"] for file in root["/AF"])
    fonts = {
        font["/BaseFont"]
        for page in reader.pages
        for font in (one.get_object() for one in page["/Resources"]["/Font"].values())
    }
    assert all("DejaVu" in font or "Source-Sans" in font or "SourceSans" in font for font in fonts)


def digests(folder):
    """Return the digest of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def build_elsewhere(folder, seed, then=""):
    """Build the paper example in another process."""
    paper_runs(folder)
    script = (
        "import sys; from pathlib import Path; from study.dissection.loaded import load_runs;"
        "from study.report import build; a, b, out, formats = sys.argv[1:];"
        "build(load_runs([Path(a), Path(b)], names=['Alpha', 'Beta']), out=Path(out), command='c',"
        f"formats=tuple(formats.split())); {then}"
    )
    formats = "html" if then else "pdf html"
    folders = [str(folder / name) for name in ("run0", "run1")]
    command = [sys.executable, "-c", script, *folders, str(folder / "out"), formats]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, cwd=folder, env=environment)
    return digests(folder / "out")


def test_bytes_are_equal_over_processes_folders_and_hash_seeds(tmp_path):
    first = build_elsewhere(tmp_path / "here", "1")
    assert build_elsewhere(tmp_path / "there" / "deeper", "2") == first
    assert {"report.pdf", "report.html", "results.json", "manifest.json"} <= set(first)


def test_no_torch_on_the_way(tmp_path):
    build_elsewhere(tmp_path, "1", then="assert not {'torch', 'weasyprint'} & set(sys.modules)")


# --- hard input ---------------------------------------------------------------------------------


def test_any_text_is_a_concept(tmp_path):
    import pypdfium2

    first = {"layer": NASTY, "<b>&": ["dot"] * 3}
    second = {"layer": NASTY[:9] * 2, "<b>&": ["dot"] * 3}
    folders = [write_table(tmp_path / "a", first), write_table(tmp_path / "b", second)]
    rendered = render(files_of(load_runs(folders, names=["<i>Evil</i> & שם", "🦊 漢"])))
    assert rendered.warnings == ()
    assert not re.search("<script|<img src=x", rendered.html)
    page = Page(rendered.html)
    assert page.unbound() == []
    assert any("🦊" in text for text in page.given)
    assert max(map(len, page.given)) <= 1000
    pages = list(pypdfium2.PdfDocument(rendered.pdf))
    text = "".join(sheet.get_textpage().get_text_range() for sheet in pages)
    assert all(name in text for name in ("U+1F98A", "U+6F22", "…"))
    assert "🦊" not in text
    bounds = [box.get_bounds() for sheet in pages for box in sheet.get_objects()]
    assert min(left for left, *_ in bounds) >= -1
    assert max(right for _, _, right, _ in bounds) <= 595.28 + 1


def test_text_from_right_to_left_stays_isolated_on_paper():
    assert without_marks("<bdi>dot</bdi> <bdi>שלום</bdi>") == "dot <bdi>שלום</bdi>"


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        ("dot", True, "dot"),
        ("🦊x", True, "U+1F98Ax"),
        ("🦊x", False, "🦊x"),
        ("a\nb\x00", False, "aU+000AbU+0000"),
        ("abcdef", True, "ab…f"),
    ],
)
def test_what_cannot_be_drawn_is_named_and_what_is_long_is_cut(text, named, expected):
    assert printable(text, limit=4, named=named) == expected
    assert printable(text, limit=1, named=named) == ("…" if len(text) > 1 else expected)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_any_number_of_networks_of_one_layer_makes_a_report(tmp_path, count):
    words = {"layer1": ["dot", "red", "sky"]}
    page = page_of(files_of(paper_runs(tmp_path, {f"Net{c}": words for c in "ABCD"[:count]})))
    assert page.unbound() == []
    assert ("Nothing is compared" in page.typed) == (count == 1)
    assert ("Jaccard index of every two networks" in page.typed) == (count == 4)


@pytest.mark.parametrize("kept", PARTS)
def test_each_measure_can_stand_alone(full_files, kept):
    """A probe without a truth table still has stability, and so on."""
    document = json.loads(full_files["results.json"])
    for network in [*document["networks"], *document["controls"]]:
        network |= {part: None for part in PARTS if part != kept}
    page = page_of({**full_files, "results.json": dumps(document)})
    assert "Stability and correctness of labels" in page.typed


def test_disjoint_vocabularies_make_a_report(tmp_path):
    tables = {"A": {"layer": ["dot", "red"]}, "B": {"layer": ["cat", "dog"]}}
    assert "share no concept" in page_of(files_of(paper_runs(tmp_path, tables))).typed


def _fails(*_, **__):
    raise StudyError(engine._ADVICE.format(found="none"))


def test_a_missing_system_library_is_said_with_what_to_install(paper_files, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(pdf, "engine", _fails)
    with pytest.raises(StudyError, match="libharfbuzz-subset0"):
        render(paper_files, formats=("pdf",))
    assert render(paper_files, formats=("html",)).html


def test_a_failed_build_leaves_the_old_report(tmp_path, monkeypatch):
    runs = paper_runs(tmp_path)
    out = build(runs, out=tmp_path / "out", formats=("html",))
    before = digests(out)
    monkeypatch.setattr(rendering, "render", _fails)
    with pytest.raises(StudyError):
        build(runs, out=out, formats=("html",))
    assert digests(out) == before


def test_what_nobody_states_is_listed(paper_report):
    typed = Page(paper_report.html).typed
    assert (
        "do not state: architecture, classes, weights, images (probe), concepts, encoder" in typed
    )
    assert "probe, list of concepts and encoder not stated with the tables" in typed


def test_the_cards_of_the_page_are_in_the_pdf_and_all_units_in_the_browser(tmp_path):
    document, runs = full_runs(tmp_path)
    out = build(runs, out=tmp_path / "out", manifest=document)
    attached = [name for name in extract(out / "report.pdf") if name.endswith(".jpg")]
    browser, _ = read_browser(out / "units.html")
    listed = {
        (network["slug"], layer["name"], unit)
        for network in browser.document["networks"]
        for layer in network["layers"]
        for unit in layer["units"]
    }
    shown = rendering.document(extract(out / "report.pdf"))["exhibits"]
    cards = {f"{slug}/cards/{card_name(*unit)}" for slug, unit in units_shown(shown)}
    assert len(cards) == 4
    chosen = {
        f"{slug}/cards/{card_name(*unit)}"
        for slug, run in zip(("objects", "scenes", "untrained"), runs, strict=True)
        for unit, card in run.cards.items()
        if card.chosen
    }
    assert set(attached) == cards | chosen
    assert listed == {
        (slug, layer.name, unit)
        for slug, run in zip(("objects", "scenes", "untrained"), runs, strict=True)
        for layer in run.dissection.layers
        for unit, _, _ in layer.rows()
    }


def test_pictures_and_maps_for_a_page_lie_beside_the_pdf_and_not_in_it(tmp_path):
    document, runs = full_runs(tmp_path)
    tables = {
        "best.csv": best_table.dumps([]).encode(),
        "maps.csv": map_table.dumps([]).encode(),
        "neighbours.csv": neighbour_table.dumps([]).encode(),
        "pictures.csv": picture_table.dumps([]).encode(),
        "profiles.csv": profile_table.dumps([]).encode(),
    }
    runs = [dataclasses.replace(run, files={**run.files, **tables}) for run in runs]
    out = build(runs, out=tmp_path / "out", manifest=document)
    attached = extract(out / "report.pdf")
    for name, data in tables.items():
        left_out = name in ("maps.csv", "pictures.csv")
        assert (f"objects/{name}" in attached) == (not left_out)
        assert (out / "objects" / name).read_bytes() == data
        assert (f"objects/{name}" in (out / "report.html").read_text("utf-8")) == (not left_out)


def test_one_first_look_marks_the_whole_report(tmp_path):
    whole, part, *_ = paper_runs(tmp_path)
    runs = [dataclasses.replace(run, manifest={}) for run in (whole, part)]
    assert report_manifest(runs, given=None, command=None)["limit"] is None
    runs[1] = dataclasses.replace(part, manifest={"limit": 300})
    assert report_manifest(runs, given=None, command=None)["limit"] == 300


def test_the_ceiling_is_printed_where_it_is_known(full_files, paper_files):
    keys = numbers_of(full_files).keys()
    for part in ("layers.layer2", "layers.layer4.1.conv2", "overall"):
        assert {f"pairs.0.{part}.ceiling.{side}" for side in ("a", "b")} <= keys
    assert not any(".ceiling." in key for key in numbers_of(paper_files))


def test_captions_say_what_was_measured(full_files):
    """Repeatability is no yardstick for overlap, and stability is about splits of this probe."""
    text = page_of(full_files).typed
    assert "The repeatability, the overlap of" in text
    assert "at equal numbers of labels" not in text
    assert "share of splits in which disjoint parts of the probe give a unit the same label" in text
    caption = drawings(Pen(rendering.document(full_files), paper=False))["stability"].caption
    assert "of the splits of this probe into disjoint parts" in caption


def test_published_runs_give_the_published_facts(shared):
    folder = shared / "reference-runs" / "published-1"
    runs = load_runs([folder / "imagenet", folder / "places"], names=["ImageNet", "Places365"])
    page = page_of(files_of(runs))
    numbers = {key: text for key, _, _, text in page.numbers}
    published = {
        "networks.0.unique": "374",
        "networks.1.unique": "428",
        "pairs.0.overall.shared": "178",
        "pairs.0.layers.layer2.jaccard": "0.301",
        "pairs.0.layers.layer3.jaccard": "0.270",
        "pairs.0.layers.layer4.jaccard": "0.228",
    }
    assert published.items() <= numbers.items()
    assert "The observed index is lower" in page.typed
    assert not re.search(r"\b(kitchen|bathroom)\b", page.typed)


# --- goldens ------------------------------------------------------------------------------------


def shown_text(page: str) -> str:
    """Return a page with its structure, without pictures, style and embedded files."""
    body = page[page.index("<body") :]
    body = re.sub(r'"data:[^"]*"', '"data:"', body)
    body = re.sub(r"[0-9a-f]{12}…[0-9a-f]{12}", "DIGEST", body)
    body = re.sub(r'(attachments\.[^"]*\.bytes)"[^>]*>[^<]*<', r'\1">BYTES<', body)
    body = re.sub(r">\s*<", ">\n<", body)
    return unicodedata.normalize("NFC", body).replace("0.1.0", "VERSION")


def compare_golden(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("STUDY_REGENERATE") or not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{name} was written anew: look at the difference, then run again")
    assert text.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_the_results_of_the_paper_example_are_as_worked_out_by_hand(tmp_path):
    compare_golden("results.json", results.dumps(analysis.analyse(paper_runs(tmp_path))))


def test_the_page_of_the_paper_example_is_as_it_was_read(paper_report):
    compare_golden("report.html", shown_text(paper_report.html))


@pytest.mark.parametrize("name", ["results.json", "report.html"])
def test_a_golden_file_sees_one_changed_digit(name, monkeypatch):
    monkeypatch.delenv("STUDY_REGENERATE", raising=False)  # a planted fault is never written down
    text = (GOLDEN / name).read_text(encoding="utf-8")
    place = next(i for i in range(len(text) // 2, len(text)) if text[i] == "2")
    with pytest.raises(AssertionError):
        compare_golden(name, text[:place] + "7" + text[place + 1 :])


def test_tables_of_the_paper_example_hold_the_counts_of_paper(paper_files):
    rows = list(csv.DictReader(io.StringIO(paper_files["tables/jaccard.csv"].decode())))
    counts = {
        row["layer"]: [row[k] for k in ("only_a", "shared", "only_b", "union")] for row in rows
    }
    assert counts == {
        "layer1": ["1", "2", "1", "4"],
        "layer2": ["1", "2", "1", "4"],
        "overall": ["1", "4", "2", "7"],
    }


def test_figures_are_written_as_pictures_too_where_asked(tmp_path):
    runs = paper_runs(tmp_path, {"A": {"layer1": ["dot", "red"]}, "B": {"layer1": ["dot", "cat"]}})
    for name, png in (("plain", False), ("one", True), ("two", True)):
        build(runs, out=tmp_path / name, formats=("html",), png=png)
    figures = {path.name for path in (tmp_path / "one" / "figures").iterdir()}
    drawn = {path.stem for path in (tmp_path / "plain" / "figures").iterdir()}
    assert figures == {f"{name}.{kind}" for name in drawn for kind in ("svg", "png")}
    for path in (tmp_path / "one" / "figures").glob("*.png"):
        assert path.read_bytes() == (tmp_path / "two" / "figures" / path.name).read_bytes()
        with Image.open(path) as picture:
            assert picture.width > 500
            assert len(picture.convert("L").getcolors()) > 2
    page = (tmp_path / "plain" / "report.html").read_bytes()
    assert (tmp_path / "one" / "report.html").read_bytes() == page
