"""Claims drafted from reports: most numbers are found, and few of those found are wrong."""

import json
import tomllib
from pathlib import Path

import pytest
from weasyprint import HTML

from study.verify.__main__ import main
from study.verify.claims.alone import verify_alone
from study.verify.claims.claim_file import claims_of
from study.verify.draft import draft, drafted_of
from study.verify.draft.passages import read_report
from study.verify.reading.known import assignment
from tests.verify.faults.base import two_runs

REPORTS = Path(__file__).with_name("reports")
A, B = "ImageNet", "Places365"


def of(kind: str, value, network=None, layer=None, concept=None):
    return (kind, str(value), network, layer, concept)


def counts(network: str, layer: str, **words: int) -> set:
    return {of("count", count, network, layer, word) for word, count in words.items()}


def layers(kind: str, network: str | None, *values, start: int = 2) -> set:
    return {of(kind, v, network, f"layer{n}") for n, v in enumerate(values, start) if v}


SEED = {
    *(of("unique", 374, A), of("unique", 427, B), of("shared", 180)),
    of("jaccard", "0.233", None, "layer4"),
    *layers("jaccard", None, "0.3039", "0.2709", "0.2333"),
    *layers("shared", None, 31, 55, 112),
    *counts(B, "layer3", dotted=30, checker=15),
    *counts(B, "layer4", kitchen=7, bathroom=10),
    *counts(A, "layer2", dotted=30),
    *counts(A, "layer3", dotted=20),
    *counts(A, "layer4", textile=21, lattice=11),
    of("word_list", "20,000 words"),
}
FOUND = {
    "README.md": {
        *(of("unique", 374, A), of("unique", 428, B), of("shared", 178), of("jaccard", "28.5 %")),
        *layers("unique", A, 68, 124, 278),
        *layers("unique", B, 66, 135, 341),
        *layers("shared", None, 31, 55, 110),
        *layers("jaccard", None, "0.3010", "0.2696", "0.2282"),
        *counts(A, "layer2", dotted=23, stripe=8, checker=9),
        *counts(B, "layer3", dotted=30, checker=15),
        *counts(B, "layer4", bathroom=10, kitchen=7),
        *counts(B, "layer2", dotted=15),
        of("mean_similarity", "0.21", B, "layer4"),
        *(of("probe", "Broden"), of("word_list", "20,000 words")),
        *(of("highest", "layer2"), of("trend", "falls"), of("more", None, B)),
    },
    "analysis.ipynb": {
        *layers("unique", A, 68, 124, 278),
        *layers("unique", B, 66, None, 314),
        *(of("shared", 180), of("jaccard", "0.29"), of("only", 204, B, "layer4")),
        *layers("jaccard", None, "0.301", "0.270", "0.228"),
        *layers("shared", None, 31, 55),
        *layers("union", None, 103, 204),
        *counts(A, "layer4", textile=17, lattice=11, feline=9, kitchen=8),
        *counts(B, "layer4", bathroom=10),
    },
    "british.txt": {
        *(of("unique", "1,204", "ResNet50"), of("unique", 987, "ViT-B/16"), of("shared", 612)),
        *(of("jaccard", "0.39"), of("unique", 402, "ResNet50", "layer3")),
        of("mean_similarity", "0.227", "ResNet50"),
    },
    "letters.md": {
        *layers("unique", "Network A", 68, 124, 278),
        *layers("unique", "Network B", 66, 135, 314),
        *(of("unique", 374, "Network A"), of("unique", 428, "Network B")),
        *layers("jaccard", None, "0.30", "0.27", "0.23"),
        *(of("jaccard", "0.285"), of("only", 250, "Network B")),
        *counts("Network A", "layer2", dotted=23, stripe=8, checker=7, quilts=4, zebra=4),
        of("more", None, "Network B", "layer4"),
    },
    "prose.md": {
        *(of("unique", 374, A), of("unique", 428, B), of("unique", "~374", A), of("union", 624)),
        *(of("jaccard", "0.301", None, "layer2"), of("jaccard", "0.228", None, "layer4")),
        of("trend", "falls"),
        *counts(B, "layer3", Dotted=30),
    },
}
"""What a reader finds in each report, written down by hand."""


def drafted(path: Path, *names: str) -> set:
    return {
        of(
            f["kind"],
            f.get("value"),
            f.get("network"),
            f.get("layer"),
            f.get("concept"),
        )
        for f in (
            dict(each.fields) for each in drafted_of(read_report(path), names) if not each.doubt
        )
    }


def compared(found: set, wanted: set) -> tuple[float, float]:
    return len(found & wanted) / len(wanted), len(found - wanted) / len(found)


@pytest.mark.parametrize("name", FOUND)
def test_most_numbers_are_found_and_few_are_wrong(name):
    found = drafted(REPORTS / name)
    recall, wrong = compared(found, FOUND[name])
    print(f"{name}: {recall:.0%} found, {wrong:.0%} wrong")
    assert recall >= 0.8, sorted(FOUND[name] - found, key=str)
    assert wrong <= 0.1, sorted(found - FOUND[name], key=str)


def test_the_seeds_numbers_are_found(shared):
    found = drafted(shared / "seed" / "assignment-report.txt")
    recall, wrong = compared(found, SEED)
    assert recall >= 0.9, sorted(SEED - found, key=str)
    assert wrong <= 0.1, sorted(found - SEED, key=str)


def test_a_pdf_is_read_with_its_pages(tmp_path):
    """The README, set as a PDF by the program that sets reports."""
    text = (REPORTS / "prose.md").read_text(encoding="utf-8")
    body = "".join(f"<p>{line.lstrip('#|- ')}</p>" for line in text.split("\n") if line[:1] != "|")
    page = "<h2>ImageNet</h2><p>layer3: 124 unique concepts</p>"
    HTML(string=f"{body}<div style='break-before: page'>{page}</div>").write_pdf(tmp_path / "r.pdf")
    found = [each for each in drafted_of(read_report(tmp_path / "r.pdf")) if not each.doubt]
    assert {
        (each.fields["value"], each.page) for each in found if each.fields["kind"] == "unique"
    } == {
        ("374", 1),
        ("428", 1),
        ("124", 2),
    }


@pytest.mark.parametrize("name", FOUND)
def test_a_draft_is_a_file_of_claims(name):
    text = draft(REPORTS / name)
    assert text == draft(REPORTS / name)
    claims = claims_of(tomllib.loads(text), name)
    assert len(claims.claims) == text.count("\n[[claims]]")
    assert all(claim.text for claim in claims.claims)
    assert verify_alone(claims, known=assignment()).exit in (1, 3)


def test_the_command_writes_claims_that_the_next_command_reads(tmp_path, capsys):
    report = tmp_path / "report.md"
    report.write_text(
        "The one network has 30 unique concepts, the two network has 12 distinct labels."
    )
    assert main(["claims", "--draft", str(report), "--names", "one", "two"]) == 0
    path = tmp_path / "claims.toml"
    path.write_text(capsys.readouterr().out)
    one, two = two_runs(tmp_path, ["a", "b"], ["l"], 20)
    assert main(["claims", str(path), "--runs", f"one={one}", f"two={two}"]) == 1
    assert "2 differ" in capsys.readouterr().out


def test_numbers_that_are_no_results_become_no_claims(tmp_path):
    path = tmp_path / "report.md"
    path.write_text(
        "# ImageNet and Places365\n\nOn 12 May 2025 we trained 90 epochs on 1,281,167 images of "
        "1,000 classes (224 x 224 pixels), version 2.3.1, seed 42, as in [12], page 14, table 2. "
        "ResNet18 has 11.7 million parameters; layer4 took 45 minutes on 2 GPUs with 24 GB. "
        "Accuracy was 69.8 %. The top 10 concepts are shown. These 5 unique concepts are odd.\n"
    )
    assert drafted(path) == set()


HOSTILE = (
    'ImageNet has 374 unique concepts\u202e"""\x00\n\ntitle = "x" # and ImageNet '
    '`"]\n[[claims]]\nid = 3` (12 neurons)'
)


def test_nothing_of_a_report_breaks_out_of_the_file(tmp_path):
    path = tmp_path / "report.md"
    path.write_text(HOSTILE.replace("\x00", "\x07"), encoding="utf-8")
    text = draft(path)
    document = tomllib.loads(text)
    assert set(document) == {"schema", "title", "claims"}
    assert not set("\u202e\x07") & set(text)
    live = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert tomllib.loads(live) == document


def test_a_doubtful_number_is_a_comment(tmp_path):
    path = tmp_path / "report.md"
    path.write_text(
        "ImageNet and Places365.\n\nThere are 374 unique concepts. ImageNet has 70 unique concepts."
    )
    text = draft(path)
    assert "# uncertain: which network?\n# [[claims]]" in text
    assert [claim["value"] for claim in tomllib.loads(text)["claims"]] == ["70"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("report.pdf", b"%PDF-1.7 broken", "damaged PDF"),
        ("report.md", b"\x00\x01\x02", "expected a .pdf, .md, .txt or .ipynb file"),
        ("report.md", b"nothing to see", "no number with its noun was found"),
        ("report.ipynb", b"{}", "not a notebook: KeyError"),
        ("report.ipynb", b'{"cells": [3]}', "not a notebook: AttributeError"),
        ("report.ipynb", b'{"cells": ' + b"[" * 100_000, "not a notebook"),
    ],
)
def test_a_bad_report_is_one_line(tmp_path, capsys, name, content, said):
    (tmp_path / name).write_bytes(content)
    assert main(["claims", "--draft", str(tmp_path / name)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_draft_gives_no_verdict(tmp_path, capsys):
    path = str(REPORTS / "prose.md")
    for words in (["--json", "-"], ["--rerun"], ["--out", str(tmp_path)], ["--runs", "a"]):
        assert main(["claims", "--draft", path, *words]) == 2
    assert main(["claims"]) == 2
    assert "or --draft REPORT" in capsys.readouterr().err


def test_code_of_a_notebook_is_not_read():
    cells = json.loads((REPORTS / "analysis.ipynb").read_text())["cells"]
    assert any("999 unique concepts" in "".join(cell["source"]) for cell in cells)
    assert "999" not in draft(REPORTS / "analysis.ipynb")


def test_a_quantity_with_many_numbers_is_uncertain(tmp_path):
    path = tmp_path / "report.md"
    text = "ImageNet and Places365.\n\n"
    text += "\n\n".join(f"The Jaccard index is 0.{n}." for n in (11, 12, 13))
    path.write_text(text)
    assert "3 numbers for one quantity: which is it?" in draft(path)
    assert drafted(path) == set()
    path.write_text(text.rsplit("\n\n", 1)[0])
    assert drafted(path) == {of("jaccard", "0.11"), of("jaccard", "0.12")}
