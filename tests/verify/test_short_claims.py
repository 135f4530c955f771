"""Short forms of claims, settings as claims, several reruns, and what people read."""

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from study.errors import StudyError
from study.verify.__main__ import main
from study.verify.claims import verify_claims
from study.verify.claims.claim_file import claims_of
from study.verify.reading.descriptions import Part, Table, given_tables
from tests import ROOT
from tests.verify.faults.base import write

A, B = "ImageNet", "Places365"


def table(name: str, args: dict | None = None, **layers: dict[str, int]) -> Table:
    parts = {}
    for layer, counts in layers.items():
        labels = tuple(word for word, count in counts.items() for _ in range(count))
        similarities = np.linspace(0.1, 0.4, len(labels))
        parts[layer] = Part(np.arange(len(labels)), labels, similarities)
    return Table(name, Path(f"{name}/descriptions.csv"), parts, (), (), args or {}, None, {})


SETTINGS = {
    "d_probe": "broden",
    "concept_set": "data/20k.txt",
    "target_model": "resnet18",
    "clip_model": "ViT-B/16",
    "similarity_fn": "soft_wpmi",
    "pool_mode": "avg",
}
RUNS = [
    table(A, SETTINGS, layer2={"dot": 5, "red": 3, "sky": 1}, layer3={"cat": 6, "dot": 2}),
    table(B, SETTINGS, layer2={"bed": 4, "dot": 3, "sky": 2}, layer3={"bed": 5, "sea": 4}),
]


def statuses(*sections: dict, runs=RUNS, further=(), rerun=False) -> dict[str, str]:
    claims = claims_of({"sections": list(sections)}, "claims.toml")
    verdict = verify_claims(claims, runs, further=further, rerun=rerun)
    return {c.place: c.facts["verdict"] for c in verdict.checks if "verdict" in c.facts}


def test_a_section_is_the_claims_that_it_stands_for():
    figure = {
        "id": "figure 2",
        "network": A,
        "layer": "layer2",
        "page": 4,
        "counts": [["dot", 5], ["red", 3], ["sky", "about 2"]],
        "top": ["dot", "red"],
        "among_top": ["red", "sky"],
        "k": 3,
        "at_least_units": [["dot", 5], ["red", 4]],
        "unique": 3,
        "max_similarity": "0.40",
        "absent": "cat",
        "claims": [{"kind": "label", "unit": 0, "value": "dot"}],
    }
    document = {"sections": [figure]}
    claims = claims_of(document, "claims.toml").claims
    assert {(c.network, c.layer, c.page) for c in claims} == {(A, "layer2", 4)}
    assert [c.kind for c in claims] == [
        *("count", "count", "count", "top", "among_top", "at_least_units", "at_least_units"),
        *("unique", "max_similarity", "absent", "label"),
    ]
    assert statuses(figure) == {
        "figure 2: count dot ImageNet layer2": "HOLDS",
        "figure 2: count red ImageNet layer2": "HOLDS",
        "figure 2: count sky ImageNet layer2": "DIFFERS",
        "figure 2: top ImageNet layer2": "HOLDS",
        "figure 2: among_top ImageNet layer2": "HOLDS",
        "figure 2: at_least_units dot ImageNet layer2": "HOLDS",
        "figure 2: at_least_units red ImageNet layer2": "DIFFERS",
        "figure 2: unique ImageNet layer2": "HOLDS",
        "figure 2: max_similarity ImageNet layer2": "HOLDS",
        "figure 2: absent ImageNet layer2": "HOLDS",
        "figure 2: label ImageNet layer2": "HOLDS",
    }


def test_lists_of_layers_and_networks_take_a_number_each():
    whole = {
        "network": [A, B],
        "layer": ["layer2", "layer3"],
        "unique": [[3, 2], [3, 3]],
        "shared": [2, 0],
        "jaccard": ["0.5", 0],
        "trend": "falls",
    }
    found = statuses(whole)
    assert [key for key, status in found.items() if status != "HOLDS"] == [
        "section 1: unique Places365 layer3"
    ]
    assert len(found) == 9


def test_a_hundred_and_nine_bars_are_six_lines():
    text = "\n".join(
        [
            "[[sections]]",
            'network = "ImageNet"',
            'layer = "layer2"',
            "page = 3",
            'text = "Figure 2"',
            f"counts = {json.dumps([[f'w{n}', 109 - n] for n in range(109)])}",
        ]
    )
    assert len(text.splitlines()) == 6
    assert len(claims_of(tomllib.loads(text), "claims.toml").claims) == 109


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"uniqe": 3}, "found 'uniqe'"),
        ({"counts": [["dot"]]}, r"counts: expected \[word, number\] pairs, found \['dot'\]"),
        ({"layer": ["layer2", "layer3"], "unique": [1]}, "expected a list of 2, one for each of"),
        ({"layer": ["layer2", "layer3"], "unique": 3}, "expected a list of 2"),
        ({"layer": ["layer2"], "counts": [["dot", 3]]}, "counts: expected one layer"),
        ({"network": [A, B], "top": ["dot"]}, "top: expected one network"),
        ({"claims": 3}, "claims: expected tables, found 3"),
        ({"among_top": ["dot"], "k": 0}, "expected k from 1"),
        ({"counts": [["dot", "many"]]}, "count dot': value: expected a number, found 'many'"),
        ({"at_least_units": [["dot", "half"]]}, "value: expected a whole number, found 'half'"),
        ({"similarity_quantile": 0.3, "quantile": 1.5}, "quantile from 0 to 1, found quantile: 1"),
        ({}, "expected 1 to 5000"),
        (3, "section 1: expected a table, found int"),
    ],
    ids=str,
)
def test_a_bad_section_is_one_line(section, message):
    with pytest.raises(StudyError, match=message) as error:
        claims_of({"sections": [section]}, "claims.toml")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("probe", "Broden", "ImageNet validation"),
        ("architecture", "ResNet18", "ResNet50"),
        ("encoder", "ViT-B-16", "ViT-L/14"),
        ("similarity_function", "soft WPMI", "wpmi"),
        ("pooling", "average", "max"),
        ("layers", ["layer3", "Layer 2"], ["layer2", "fc"]),
    ],
)
def test_settings_are_claims(kind, right, wrong):
    assert list(statuses({kind: right}).values()) == ["HOLDS"]
    assert list(statuses({kind: wrong}).values()) == ["DIFFERS"]
    other = [RUNS[0], table(B, {**SETTINGS, **dict.fromkeys(SETTINGS, "else")}, fc={"x": 1})]
    assert list(statuses({kind: right}, runs=other).values()) == ["DIFFERS"]
    assert list(statuses({"network": A, kind: right}, runs=other).values()) == ["HOLDS"]


def test_a_setting_that_no_record_states_cannot_be_decided():
    bare = [table(A, x={"a": 1}), table(B, x={"b": 1})]
    assert list(statuses({"probe": "Broden"}, runs=bare).values()) == ["CANNOT BE DECIDED"]


def test_the_word_list_is_known_by_the_words(shared, tmp_path):
    folder = shared / "reference-runs" / "published-1"
    words = (shared / "concepts" / "10k.txt").read_text(encoding="utf-8").split()
    small = [("layer2", n, word, 0.4) for n, word in enumerate(words[:200])]
    write(small, tmp_path / "ten" / "descriptions.csv")
    (tmp_path / "claims.toml").write_text('[[sections]]\nword_list = "20,000 concepts"\n')
    for run, code in ((folder / "imagenet", 0), (tmp_path / "ten", 1)):
        assert main(["claims", str(tmp_path / "claims.toml"), "--runs", f"A={run}"]) == code


def test_extremes_and_quantiles_of_similarity():
    section = {"network": A, "layer": "layer2", "min_similarity": "0.1", "quantile": 0.25}
    section |= {"median_similarity": "0.25", "similarity_quantile": "0.175"}
    assert set(statuses(section).values()) == {"HOLDS"}
    wrong = section | {"median_similarity": "0.26", "min_similarity": "0.2"}
    found = list(statuses(wrong | {"similarity_quantile": "0.25"}).values())
    assert found == ["DIFFERS"] * 3


def test_further_runs_give_the_tolerance():
    again = table(A, SETTINGS, layer2={"dot": 8, "red": 1, "blue": 1}, layer3={"cat": 8})
    counts = {"network": A, "layer": "layer2", "counts": [["dot", 8], ["red", 0]]}
    assert set(statuses(counts).values()) == {"DIFFERS"}
    found = statuses(counts | {"present": ["sky"], "absent": ["web"]}, further=[again])
    assert list(found.values()) == ["HOLDS", "DIFFERS", "CANNOT BE DECIDED", "HOLDS"]
    other = {"network": B, "layer": "layer2", "counts": [["dot", 4]]}
    assert list(statuses(other, further=[again]).values()) == ["DIFFERS"]
    assert list(statuses(other, rerun=True).values()) == ["HOLDS"]


def test_further_runs_are_given_under_the_same_name(tmp_path, capsys):
    for name, dots in (("a", 5), ("b", 7), ("c", 5)):
        rows = [("layer2", n, "dot" if n < dots else f"w{n}", 0.2) for n in range(12)]
        write(rows, tmp_path / name / "descriptions.csv")
    path = tmp_path / "claims.toml"
    path.write_text('[[sections]]\nnetwork = "A"\ncounts = [["dot", 7]]\n')
    a, b, c = (str(tmp_path / name) for name in "abc")
    assert main(["claims", str(path), "--runs", f"A={a}", f"C={c}"]) == 1
    assert main(["claims", str(path), "--runs", f"A={a}", f"C={c}", f"A={b}"]) == 0
    assert "tolerated is what 1 further run" in " ".join(capsys.readouterr().out.split())


def test_people_read_failures_first_on_lines_of_a_hundred_columns(tmp_path, capsys):
    write([("layer2", n, f"w{n}", 0.2) for n in range(30)], tmp_path / "a" / "descriptions.csv")
    text = "a sentence that is so long that it does not fit on one line of a terminal " * 3
    path = tmp_path / "claims.toml"
    path.write_text(
        f'[[sections]]\nnetwork = "A"\nlayer = "layer2"\ntext = {json.dumps(text)}\n'
        'counts = [["w1", 1], ["w2", 40]]\npresent = ["w3"]\nabsent = ["w4"]\n'
    )
    main(["claims", str(path), "--runs", f"A={tmp_path / 'a'}"])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    shown = [m[1] for line in lines if (m := re.match(r"  (FAILED|UNDECIDED|ok|note) ", line))]
    assert shown == ["FAILED", "FAILED", "ok", "ok"]
    whole = " ".join(" ".join(lines).split())
    assert "claimed 40, found 1 claimed 40, but 30 is the maximum" in whole
    assert "\x1b" not in whole


def test_colour_is_for_a_terminal_that_wants_it(tmp_path, monkeypatch, capsys):
    write([("l", n, f"w{n}", 0.2) for n in range(30)], tmp_path / "a" / "descriptions.csv")
    words = ["runs", str(tmp_path / "a"), str(tmp_path / "a")]
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    main(words)
    assert "\x1b[32mok\x1b[0m" in capsys.readouterr().out
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            main(words)
        assert "\x1b" not in capsys.readouterr().out


def test_the_claims_of_the_graders_page_are_read_and_hold(shared):
    page = (ROOT / "study" / "verify" / "GRADING.md").read_text(encoding="utf-8")
    block = page.split("## Claims\n", 1)[1].split("```toml\n", 1)[1].split("```", 1)[0]
    claims = claims_of(tomllib.loads(block), "claims.toml")
    folder = shared / "reference-runs" / "published-1"
    runs = given_tables([f"{A}={folder}/imagenet", f"{B}={folder}/places"])
    verdict = verify_claims(claims, runs)
    differ = [c.place for c in verdict.checks if c.facts.get("verdict") == "DIFFERS"]
    assert (len(claims.claims), differ) == (21, [])
