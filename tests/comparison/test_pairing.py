"""Layers that differ between networks: paired by a stated rule, and what is left out is said."""

import json

import pytest

from study.__main__ import main
from study.comparison import compare
from study.comparison.analysis import analyse
from study.comparison.pairing import Pairing, check_layers, pair_layers
from study.dissection.run import Run
from study.errors import StudyError
from study.inputs.study_file import read_study
from study.report.__main__ import _printed
from study.report.__main__ import main as report
from study.verify.__main__ import main as verify
from tests.report.report_samples import PAPER, write_table
from tests.small_study import STUDY
from tests.strategies_tables import dissection

A = dissection("A", l1="dot dot red", l2="cat dog", stem="sky")
B = dissection("B", m1="dot red grass", m2="cat sky", m3="room")
C = dissection("C", l1="dot sky", l2="cat cat")


def runs(*tables):
    return [Run(table) for table in tables]


def shown(tmp_path, *arguments):
    code = main(["compare", *map(str, arguments), "--out", str(tmp_path / "out")])
    path = tmp_path / "out" / "results.json"
    return code, json.loads(path.read_text()) if code == 0 else None


def test_the_error_names_every_way_to_pair():
    with pytest.raises(StudyError) as caught:
        compare(A, B)
    said = str(caught.value)
    assert "l1, l2, stem in 'A' and m1, m2, m3 in 'B'" in said
    for option in ("--pair A-LAYER=B-LAYER", "--by-depth", "--overall-only"):
        assert option in said
    assert "--common-layers" not in said
    with pytest.raises(StudyError, match="--common-layers to compare those that both have"):
        compare(A, C)


def test_by_depth_the_first_is_compared_with_the_first():
    found = compare(A, B, pairing=Pairing(by_depth=True), permutations=9)
    assert dict(found.mapping) == {
        "l1~m1": ("l1", "m1"), "l2~m2": ("l2", "m2"), "stem~m3": ("stem", "m3")
    }  # fmt: skip
    assert found.layers["l1~m1"].overlap.shared == ("dot", "red")
    with pytest.raises(StudyError, match="as many layers in both networks, found 3 in 'A' and 2"):
        compare(A, C, pairing=Pairing(by_depth=True))


def test_given_pairs_hold_either_way_round_and_layers_of_one_name_besides():
    rule = Pairing((("l1", "m2"),))
    forth, back = pair_layers(A, B, rule), pair_layers(B, A, rule)
    assert (dict(forth.layers), dict(back.layers)) == (
        {"l1~m2": ("l1", "m2")}, {"m2~l1": ("m2", "l1")}
    )  # fmt: skip
    assert forth.left_out == ({"l2": 2, "stem": 1}, {"m1": 3, "m3": 1})
    assert dict(pair_layers(A, C, rule).layers) == {"l1": ("l1", "l1"), "l2": ("l2", "l2")}
    both = pair_layers(A, C, Pairing((("l1", "l2"),)))
    assert dict(both.layers) == {"l1~l2": ("l1", "l2")}
    assert both.left_out == ({"l2": 2, "stem": 1}, {"l1": 2})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pair", "x=y"], "--pair x=y: no two of the networks have these layers: 'A' has l1"),
        (["--pair", "l1"], "--pair: expected A-LAYER=B-LAYER, found 'l1'"),
        (["--pair", "l1=m1", "--pair", "l1=m2"], "each layer once, found l1=m1, l1=m2"),
        (["--pair", "l1=m1", "--by-depth"], "one way to pair layers, found --pair and --by-depth"),
        (["--by-depth", "--overall-only"], "found --by-depth and --overall-only"),
        (["--common-layers", "--overall-only"], "found --common-layers and --overall-only"),
        (["--common-layers"], "found l1, l2, stem in 'A' and m1"),
    ],
)
def test_what_does_not_fit_is_one_line(tmp_path, capsys, options, message):
    paths = [tmp_path / f"{table.name}.csv" for table in (A, B)]
    for table, path in zip((A, B), paths, strict=True):
        table.write_csv(path)
    given = [f"{path.stem}={path}" for path in paths]
    assert shown(tmp_path, *given, *options)[0] == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_overall_only_every_unit_counts_and_is_dealt_over_all_layers():
    document = analyse(runs(A, B), pairing=Pairing(overall_only=True), permutations=400)
    pair = document["pairs"][0]
    assert pair["layers"] == {}
    overall = pair["overall"]
    assert (overall["units_a"], overall["units_b"]) == (6, 6)
    assert (overall["shared"], overall["union"]) == (4, 7)
    assert overall["null"]["kind"] == "labels redealt"
    assert overall["null"]["low"] < overall["null"]["high"]
    assert document["null"]["statements"] == 1
    assert pair["pairing"] == {"rule": "overall", "layers": {}, "left_out": {"a": {}, "b": {}}}
    assert document["pairing"] == {"overall_only": True}
    assert pair["variants"]["merged"]["layers"] == {}


def test_the_null_redeals_within_paired_layers_alone():
    """Layers of disjoint words: every deal within them keeps each word in its layer."""
    a = dissection("A", x="one one one", y="two two")
    b = dissection("B", u="one one", v="two two", w="three three three")
    within = compare(a, b, pairing=Pairing((("x", "u"), ("y", "v"))), permutations=50)
    assert within.overall.overlap.union == 2
    assert (within.overall.null.low, within.overall.null.high) == (1, 1)
    over = compare(a, b, pairing=Pairing(overall_only=True), permutations=50)
    assert over.overall.overlap.union == 3
    assert over.overall.null.low < 1


def test_equal_layers_are_paired_and_keyed_as_before():
    plain = analyse(runs(A, dissection("D", l1="dot", l2="cat", stem="sky")), permutations=9)
    assert "pairing" not in plain
    assert "pairing" not in plain["pairs"][0]


def test_layers_of_other_names_are_no_states_of_one_network_unless_that_is_said():
    weights = {"schema": "study-manifest/1", "network": {"sha256": "a" * 64}}
    a = dissection("A", l1="dot red", l2="cat dog")
    both = [Run(table, manifest=weights) for table in (a, dissection("B", m1="dot red", m2="a b"))]
    rule = Pairing(by_depth=True)
    assert analyse(both, pairing=rule, permutations=9)["pairs"][0]["states"] is None
    said = analyse(both, pairing=rule, permutations=9, same_network=True)["pairs"][0]["states"]
    assert (said["overall"]["same"], said["overall"]["units"]) == (2, 4)
    with pytest.raises(StudyError, match="cannot be states of one network"):
        analyse(both, pairing=Pairing(overall_only=True), same_network=True)


@pytest.fixture
def folders(tmp_path):
    other = {"block.1": PAPER["Beta"]["layer1"], "block.2": PAPER["Beta"]["layer2"], "fc": ["cat"]}
    first = write_table(tmp_path / "a", PAPER["Alpha"])
    third = write_table(tmp_path / "c", PAPER["Alpha"], start=0.25)
    return [f"Alpha={first}", f"Beta={write_table(tmp_path / 'b', other)}", f"Gamma={third}"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--pair", "layer1=block.1", "--pair", "layer2=block.2"],
            "Left out, being paired with no layer of the other network",
        ),
        (["--overall-only"], "their layers not told apart"),
    ],
)
def test_a_report_of_paired_layers_says_so_and_is_verified(
    folders, tmp_path, capsys, options, said
):
    out = tmp_path / "out"
    assert report(["--runs", *folders[:2], *options, "--out", str(out)]) == 0
    page = (out / "report.html").read_text()
    assert said in page
    left_out = "left out of their comparison" in capsys.readouterr().err
    assert left_out == ("Left out" in said)
    results = json.loads((out / "results.json").read_text())
    keys = [*results["pairs"][0]["layers"]]
    assert keys == ([] if "--overall-only" in options else ["layer1~block.1", "layer2~block.2"])
    assert verify(["report", str(out / "report.pdf")]) == 0


def test_a_rule_holds_for_each_pair_of_three_that_has_both_layers(folders, tmp_path, capsys):
    options = ["--pair", "layer1=block.1", "--pair", "layer2=block.2"]
    code, results = shown(tmp_path, *folders, *options)
    assert code == 0
    assert [[*pair["layers"]] for pair in results["pairs"]] == [
        ["layer1~block.1", "layer2~block.2"],
        ["layer1", "layer2"],
        ["block.1~layer1", "block.2~layer2"],
    ]
    assert capsys.readouterr().err.count("fc of Beta (1 units)") == 2


def test_names_of_layers_are_printed_as_given():
    given = ["--runs", "/home/me/a.csv", "N=/home/me/b.csv", "--pair", "blocks/1=stages/1/x"]
    assert _printed(given).endswith("--runs a.csv N=b.csv --pair blocks/1=stages/1/x")


def test_a_study_states_how_its_layers_are_paired(tmp_path):
    path = tmp_path / "study.toml"

    def comparison(text):
        path.write_text(f"{STUDY.format(clip='clip')}\n[comparison]\n{text}\n")
        return read_study(str(path)).comparison

    stated = comparison('pair = [["layer3", "block.3"]]')
    assert (stated.pair, stated.by_depth) == ((("layer3", "block.3"),), False)
    assert comparison("by_depth = true").by_depth
    for text in ('pair = ["a", "b"]', 'pair = [["a"]]', "by_depth = 1", "pair = true"):
        with pytest.raises(StudyError, match=r"\[comparison\] (pair|by_depth): expected"):
            comparison(text)


LAYERS_APART = """
title = "T"
[probe]
kind = "folder"
path = "photos"
[concepts]
file = "words.txt"
[encoder]
weights = "random:0"
model = "ViT-B-32"
[dissection]
layers = ["layer4"]
[[networks]]
name = "A"
architecture = "resnet18"
classes = 2
weights = "random:0"
[[networks]]
name = "B"
architecture = "resnet18"
classes = 2
weights = "random:0"
layers = ["layer3"]
"""


@pytest.mark.parametrize(
    ("pairing", "problem"),
    [
        (Pairing(), "expected the same layers in both networks, found layer4 in 'A' and layer3"),
        (Pairing((("layer4", "layer9"),)), "no two of the networks have these layers"),
        (Pairing((("layer4", "layer3"),)), None),
        (Pairing(by_depth=True), None),
    ],
)
def test_a_study_whose_layers_cannot_be_compared_is_refused_at_once(pairing, problem, tmp_path):
    (tmp_path / "study.toml").write_text(LAYERS_APART)
    study = read_study(str(tmp_path / "study.toml"))
    if problem is None:
        check_layers(study, pairing)
        return
    with pytest.raises(StudyError, match=problem):
        check_layers(study, pairing)
