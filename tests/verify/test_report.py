"""A report is checked against its evidence: the true one passes, every change is located."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from study.comparison.analysis import analyse
from study.dissection.loaded import load_runs
from study.errors import Exit, StudyError
from study.files import documents
from study.report import build, pdf
from study.report.pdf import extract
from study.verify.reading.guard import read_pdf
from study.verify.report import verify_report
from study.verify.report.evidence import take
from study.verify.report.pages import check_pages
from study.verify.report.recomputing import check_results, differences
from study.verify.rerun import verify_rerun
from study.verify.verdict import FAILED, UNDECIDED, Verdict, verdict_of
from tests.report.report_samples import paper_runs
from tests.verify.faults.base import two_runs

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # WeasyPrint leaves a colour profile open
)
WORDS = ("dotted", "stripe", "kitchen", "cat", "null", "polka dot", "sky", "grid", "hoodia")
FIGURE = (
    "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='90' height='40'>"
    "<rect width='{}' height='40' fill='navy'/></svg>"
)
PAGES = (
    '<html lang="en"><title>Study</title><h1>Study</h1><p>We found 24 dotted units.</p>'
    '<p style="break-before: page">Figure 1. Bars</p>'
    f'<img alt="bars" src="{FIGURE.format(80)}">'
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case")
    runs = load_runs(two_runs(folder, WORDS, ("layer3", "layer4"), 12))
    return build(runs, out=folder / "out", formats=("pdf",)) / "report.pdf"


@pytest.fixture(scope="module")
def files(report: Path) -> dict[str, bytes]:
    return extract(report)


def set_report(folder: Path, files: dict[str, bytes], html: str = PAGES) -> Path:
    path = folder / "changed.pdf"
    path.write_bytes(pdf.write(html, files)[0])
    return path


def with_changes(files: dict[str, bytes], name: str, /, **changes: object) -> dict[str, bytes]:
    document = json.loads(files[name]) | changes
    return files | {name: documents.dumps(document).encode()}


def verified(folder: Path, files: dict[str, bytes]) -> Verdict:
    """The verdict on some data, with pages that follow from it."""
    path = set_report(folder, files)
    return verify_report(path, maker=lambda _: path.read_bytes())


def failed(verdict: Verdict) -> list[tuple[str, str, str]]:
    return [(c.check, c.place, c.detail) for c in verdict.checks if c.status == "failed"]


def test_the_true_report_follows_from_its_data(report):
    verdict = verify_report(report)
    assert (verdict.exit, failed(verdict)) == (Exit.OK, [])
    details = " ".join(check.detail for check in verdict.checks)
    assert all(text in details for text in ("computed again", "not detectable", "only a rerun"))


@pytest.mark.parametrize(
    ("old", "new", "check", "place", "detail"),
    [
        ("24", "25", "text", "page 1", "expected “24”, found “25”"),
        ("dotted", "spotted", "text", "page 1", "expected “dotted”, found “spotted”"),
        ("width='80'", "width='50'", "figures", "page 2", "Figure 1. Bars"),
        ("'navy'", "'rgb(49,0,0)'", "figures", "page 2", "Figure 1. Bars"),  # equally dark
    ],
)
def test_what_was_changed_on_a_page_is_named(files, tmp_path, old, new, check, place, detail):
    true = set_report(tmp_path, files).read_bytes()
    path = set_report(tmp_path, files, PAGES.replace(old, new, 1))
    verdict = verify_report(path, maker=lambda _: true)
    assert [found[:2] for found in failed(verdict)] == [(check, place)]
    assert detail in failed(verdict)[0][2]


def test_a_changed_title_is_named(files, tmp_path):
    true = set_report(tmp_path, files).read_bytes()
    path = set_report(tmp_path, files, PAGES.replace("Study<", "Other<", 1))
    verdict = verify_report(path, maker=lambda _: true)
    assert ("text", "document") in [found[:2] for found in failed(verdict)]
    assert {found[1] for found in failed(verdict)} == {"document", "metadata"}


def test_another_renderer_leaves_the_text_to_compare(files, tmp_path):
    """Line breaks may differ then: words are compared, looks cannot be, and the output says so."""
    true = set_report(tmp_path, files).read_bytes()
    for html, code in ((PAGES, Exit.UNDECIDED), (PAGES.replace("24", "25"), Exit.FAILED)):
        path = set_report(tmp_path, files, html.replace("<p>", "<p style='width: 9em'>", 1))
        evidence = replace(take(path, tmp_path), pdf=read_pdf(path) | {"producer": "Other 1.0"})
        checks = list(check_pages(path, evidence, tmp_path, maker=lambda _: true))
        assert any("only their text" in check.detail for check in checks)
        assert verdict_of("report", "", checks).exit == code


def test_a_changed_number_in_the_results_is_named_by_its_key(files, tmp_path):
    networks = json.loads(files["results.json"])["networks"]
    networks[0]["unique"] += 1
    verdict = verified(tmp_path, with_changes(files, "results.json", networks=networks))
    assert "networks.0.unique" in {place for _, place, _ in failed(verdict)}
    assert verdict.causes[0].cause in ("results_changed", "attachment_changed")


def test_a_changed_table_is_named(files, tmp_path):
    name = "one/descriptions.csv"
    digests = {name: documents.sha256_bytes(files[name])}
    changed = files | {name: files[name].replace(b",cat,", b",kitten,", 1)}
    verdict = verified(tmp_path, with_changes(changed, "manifest.json", files=digests))
    assert ("attachments", name) in {(check, place) for check, place, _ in failed(verdict)}
    assert verdict.causes[0].cause == "attachment_changed"


@pytest.mark.parametrize(
    ("probe", "words", "keys"),
    [
        ("broden", "20k.txt", set()),
        (None, None, set()),
        ("imagenet_val", "20k.txt", {"probe.name"}),
        ("broden", "10k.txt", {"concepts.name"}),
    ],
)
def test_a_manifest_that_the_runs_contradict_is_named(files, tmp_path, probe, words, keys):
    args = json.dumps({"d_probe": "broden", "concept_set": "data/20k.txt"}).encode()
    stated = {"probe": {"name": probe}, "concepts": {"name": words}}
    changed = with_changes(files, "manifest.json", **stated)
    verdict = verified(tmp_path, changed | {"one/args.txt": args})
    assert {place for check, place, _ in failed(verdict) if check == "manifest"} == keys
    assert ("manifest_changed" in {cause.cause for cause in verdict.causes}) == bool(keys)


@pytest.mark.parametrize("networks", [3, [{"slug": "../up", "name": "x"}]])
def test_evidence_that_cannot_be_used_is_a_finding(files, tmp_path, networks):
    verdict = verified(tmp_path, with_changes(files, "results.json", networks=networks))
    assert verdict.exit == Exit.FAILED
    assert "evidence_unusable" in {cause.cause for cause in verdict.causes}


def test_another_schema_is_undecided_and_names_who_reads_it(files, tmp_path):
    made_by = json.loads(files["manifest.json"])["report"] | {"study": "9.8.7"}
    changed = with_changes(files, "manifest.json", schema="study-manifest/7", report=made_by)
    verdict = verified(tmp_path, changed)
    assert verdict.exit == Exit.UNDECIDED
    assert "9.8.7" in verdict.verdict


def test_without_our_data_it_is_bad_input(report, tmp_path):
    path = set_report(tmp_path, {"notes.txt": b"nothing"})
    with pytest.raises(StudyError, match=r"results\.json"):
        verify_report(path)
    for content in (b"", b"hello", b"%PDF-1.7\n", report.read_bytes()[:5000]):
        path.write_bytes(content)
        with pytest.raises(StudyError):
            verify_report(path)


def test_a_report_of_no_known_study_cannot_be_run_again(report):
    verdict = verify_rerun(report, dissect=pytest.fail)
    assert verdict.exit == Exit.UNDECIDED
    assert "miniature" in verdict.verdict


def test_differences_name_every_key():
    second = {"kind": "second run", "x": 1}
    stated = {"a": [1, {"b": 2.0}], "c": None, "d": second}
    made = {"a": [1, {"b": 2.5}, None], "c": None, "d": None, "e": "f"}
    assert [key for key, _, _ in differences(stated, made)] == ["a.1.b", "a.2", "d", "e"]
    assert list(differences({"x": 0.1 + 0.2}, {"x": 0.3})) == []


def test_counts_are_recomputed_where_nulls_would_take_too_long(tmp_path):
    runs = paper_runs(tmp_path)
    results = analyse(runs)
    results["null"]["permutations"] = 10**9
    found = list(check_results(_evidence(results), runs))
    assert [check.status for check in found if "nulls not recomputed" in check.detail] == [
        UNDECIDED
    ]
    assert not [check for check in found if check.status == FAILED]
    results["networks"][0]["unique"] = 999
    failed = [c for c in check_results(_evidence(results), runs) if c.status == FAILED]
    assert [check.place for check in failed] == ["networks.0.unique"]


def _evidence(results):
    return SimpleNamespace(results=results, manifest={}, files={}, pdf={})
