"""From finished dissections to the results document, its intervals and its tables."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison import results
from study.comparison.analysis import analyse
from study.comparison.class_units import classes
from study.comparison.network import sensitivity
from study.comparison.null import hands_for
from study.comparison.overlap import PROBE_HALVES, SECOND_RUN, ceiling
from study.comparison.statistics import holm
from study.dissection import null_table, resamples
from study.dissection.loaded import load_runs
from study.dissection.run import Run
from study.dissection.run_files import table_digest
from study.dissection.table import Dissection, Layer
from study.dissection.unit_tables import OtherLabel, parse_sensitivity
from study.errors import StudyError
from study.files import documents
from study.report.tables import tables
from tests.strategies_tables import (
    NASTY,
    descriptions,
    dissection,
    dissections,
    layers,
    measurements,
)


def run_of(table, *, role="compared", resamples=None, **columns):
    """A run with labels, where columns are given; a dead unit has the label ""."""
    dead = columns.get("dead", [0] * table.units)
    label = ["" if d else word for d, word in zip(dead, table.descriptions, strict=True)]
    frame = measurements(table, label=label, **columns) if columns else None
    return Run(table, frame, role=role, resamples=resamples)


def pair_of(a, b, **options):
    return analyse([a, b], permutations=5, **options)["comparison"]


def test_a_document_that_can_be_checked_on_paper():
    a = run_of(dissection("A", l1="dot dot stripe", l2="grid dot"))
    b = run_of(dissection("B", l1="dot red red", l2="grid grid"))
    document = analyse([a, b], permutations=10, seed=4)
    results.validate(document)
    network = document["networks"][0]
    assert [network[k] for k in ("name", "slug", "role", "units", "unique")] == [
        "A", "a", "compared", 5, 3,
    ]  # fmt: skip
    assert network["top"] == [["dot", 3], ["grid", 1], ["stripe", 1]]
    assert network["layers"]["l1"]["unique"] == 2
    assert network["layers"]["l1"]["top"] == [["dot", 2], ["stripe", 1]]
    assert network["layers"]["l1"]["mean_similarity"] == pytest.approx(0.5)
    assert network["mean_similarity"] == pytest.approx(0.5)
    spread = network["layers"]["l1"]["similarity"]
    assert [spread[k] for k in ("min", "q1", "median", "q3", "max")] == pytest.approx(
        [0.1, 0.3, 0.5, 0.7, 0.9]
    )
    assert len(spread["histogram"]["edges"]) == len(spread["histogram"]["counts"]) + 1 == 31
    for key in ("dead", "stability", "truth", "classes", "sensitivity"):
        assert network[key] is None
    assert network["categories"]["layers"]["l2"]["texture"]["count"] == 2
    assert document["null"] == {"permutations": 10, "seed": 4, "level": 0.95, "statements": 3}
    assert document["comparison"] == document["pairs"][0]
    assert document["comparison"]["overall"]["jaccard"] == 2 / 4
    assert document["comparison"]["variants"]["as_published"] is None
    assert "triples" not in document
    json.dumps(document, allow_nan=False)


@given(st.lists(dissections(layer_names=["x", "y"]), min_size=1, max_size=3))
def test_every_total_follows_from_its_parts(given_tables):
    runs = [run_of(replace(table, name=f"n{i}")) for i, table in enumerate(given_tables)]
    document = analyse(runs, different_inputs=True, permutations=3)
    results.validate(document)
    for network, run in zip(document["networks"], runs, strict=True):
        parts = network["layers"].values()
        assert network["units"] == sum(part["units"] for part in parts) == run.dissection.units
        words = {word for part in parts for word, _ in part["top"]}
        assert network["unique"] == len(words) <= sum(part["unique"] for part in parts)
        for part in [network, *parts]:
            assert sum(count for _, count in part["top"]) == part["units"]
            assert len(part["top"]) == part["unique"]
            assert sum(part["similarity"]["histogram"]["counts"]) == part["units"]
            assert part["top"] == sorted(part["top"], key=lambda entry: (-entry[1], entry[0]))
    assert len(document["pairs"]) == len(runs) * (len(runs) - 1) // 2
    assert document["comparison"] == (document["pairs"] or [None])[0]
    unique = {network["name"]: network["unique"] for network in document["networks"]}
    for pair in document["pairs"]:
        overall = pair["overall"]
        assert overall["shared"] + overall["only_a"] == unique[pair["a"]]
        assert overall["shared"] + overall["only_b"] == unique[pair["b"]]
    assert analyse(runs, different_inputs=True, permutations=3) == document
    if len(runs) == 3:
        regions = document["triples"]["regions"]
        for place, run in enumerate(runs):
            concepts = sum(count for key, count in regions.items() if key[place] == "1")
            assert concepts == len(set(run.dissection.descriptions))
        assert sum(regions.values()) == len(
            {w for run in runs for w in run.dissection.descriptions}
        )


def test_a_twin_is_compared_with_its_original_alone():
    a, b = (run_of(dissection(name, l1="a c")) for name in "AB")
    twin = replace(run_of(dissection("T", l1="a d"), role="twin"), twin_of="B")
    document = analyse([twin, a, b], permutations=3)
    assert [network["name"] for network in document["networks"]] == ["A", "B"]
    [entry] = document["twins"]
    assert (entry["name"], entry["role"], entry["twin_of"]) == ("T", "twin", "B")
    assert [(pair["a"], pair["b"]) for pair in document["pairs"]] == [("A", "B"), ("B", "T")]
    # Without its original it is a network like any other.
    alone = analyse([twin, a], permutations=3)
    assert [network["role"] for network in alone["networks"]] == ["compared", "compared"]
    assert [(pair["a"], pair["b"]) for pair in alone["pairs"]] == [("T", "A")]


def test_controls_stand_apart_and_are_compared_too():
    control = run_of(dissection("C", l1="a b"), role="control")
    a, b = run_of(dissection("A", l1="a c")), run_of(dissection("B", l1="a d"))
    document = analyse([control, a, b], permutations=3)
    assert [network["name"] for network in document["networks"]] == ["A", "B"]
    assert [network["name"] for network in document["controls"]] == ["C"]
    assert [(pair["a"], pair["b"]) for pair in document["pairs"]] == [
        ("A", "B"), ("A", "C"), ("B", "C"),
    ]  # fmt: skip
    with pytest.raises(StudyError, match="found 1 controls"):
        analyse([control])


def test_swapping_the_names_moves_every_number_with_its_data():
    first, second = dissection("A", l1="a b c", l2="d d"), dissection("B", l1="a a a", l2="e d")
    there = analyse([run_of(first), run_of(second)], permutations=20)
    back = analyse(
        [run_of(replace(second, name="A")), run_of(replace(first, name="B"))], permutations=20
    )
    for one, other in ((0, 1), (1, 0)):
        same = dict(there["networks"][one], name="", slug="")
        assert same == dict(back["networks"][other], name="", slug="")
    assert there["comparison"]["overall"]["only_a"] == back["comparison"]["overall"]["only_b"]
    assert there["comparison"]["overall"]["null"] == back["comparison"]["overall"]["null"]


def numbers(value, key=""):
    """Return every number of a document by its dotted key."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        parts = [numbers(item, f"{key}.{name}".lstrip(".")) for name, item in items]
        return {name: number for part in parts for name, number in part.items()}
    return {key: value} if isinstance(value, int | float) else {}


def test_one_changed_count_changes_these_numbers_and_no_others():
    b = run_of(dissection("B", l1="a b", l2="e"))
    base = analyse([run_of(dissection("A", l1="a a a b", l2="e")), b])
    other = analyse([run_of(dissection("A", l1="a a b b", l2="e")), b])
    before, after = numbers(base), numbers(other)
    moved = {key for key in before if before[key] != after.get(key)}
    assert {"networks.0.top.0.1", "networks.0.layers.l1.top.1.1"} <= moved
    assert {"comparison.shared_top.0.1", "pairs.0.layers.l1.null.mean"} <= moved
    assert not [key for key in moved if ".l2." in key or key.startswith("networks.1")]
    assert not [key for key in moved if key.endswith(("unique", "jaccard", "union", "units"))]


def test_names_that_give_no_folder_or_the_same_one_are_numbered():
    names = ["Net 1", "net-1", "日本"]
    document = analyse([run_of(dissection(name, l1="a")) for name in names], permutations=1)
    slugs = [network["slug"] for network in document["networks"]]
    assert slugs == ["net-1", "net-1-2", "network-3"]


def test_a_mapping_of_layers_is_for_two_runs():
    runs = [run_of(dissection(name, **{layer: "a"})) for name, layer in ("Ax", "By", "Cz")]
    assert list(pair_of(*runs[:2], layers={"x": "y"})["layers"]) == ["x~y"]
    with pytest.raises(StudyError, match="two runs"):
        analyse(runs, layers={"x": "y"})
    with pytest.raises(StudyError, match="the same layers"):
        analyse(runs[:2])


def test_dead_units_stand_outside_every_count_and_the_counts_as_published_beside():
    a = run_of(dissection("A", l1="a b c"), dead=[0, 1, 0], category=["x", "", "y"])
    b = run_of(dissection("B", l1="a b b"), dead=[0, 0, 0])
    document = analyse([a, b], permutations=3)
    assert [network["dead"] for network in document["networks"]] == [1, 0]
    network = document["networks"][0]
    assert (network["layers"]["l1"]["dead"], network["unique"], network["units"]) == (1, 2, 3)
    assert network["top"] == network["layers"]["l1"]["top"] == [["a", 1], ["c", 1]]
    assert network["mean_similarity"] == pytest.approx((0.1 + 0.9) / 2)
    assert network["as_published"] == {"unique": 3, "mean_similarity": pytest.approx(0.5)}
    assert document["networks"][1]["as_published"] is None
    assert network["categories"]["names"] == ["x", "y"]
    assert network["categories"]["overall"]["x"]["share"] == 0.5
    pair = document["comparison"]
    assert [pair["overall"][key] for key in ("shared", "units_a", "units_b")] == [1, 2, 3]
    assert {concept["concept"]: concept["a"] for concept in pair["separating"]["concepts"]} == {
        "a": 1, "b": 0, "c": 1,
    }  # fmt: skip
    assert pair["variants"]["as_published"]["overall"]["shared"] == 2
    assert pair["variants"]["as_published"]["layers"]["l1"]["only_a"] == 1
    assert pair["variants"]["as_published"]["overall"]["null"] is None
    assert pair["variants"]["confident"] is None
    assert pair_of(b, run_of(dissection("C", l1="a")))["variants"]["as_published"] is None
    lifeless = pair_of(*(run_of(dissection(name, l1="a b"), dead=[1, 1]) for name in "AB"))
    assert (lifeless["overall"]["jaccard"], lifeless["overall"]["union"]) == (None, 0)
    assert lifeless["overall"]["null"] is None
    assert lifeless["variants"]["as_published"]["overall"]["jaccard"] == 1


def test_labels_of_dead_units_are_no_finding():
    """Twenty dead units of 128, which all get one label, separate nothing and lead nothing."""
    words = " ".join(f"w{n % 60}" for n in range(108))
    a = run_of(dissection("A", l1=f"{words} {'junk ' * 20}"), dead=[0] * 108 + [1] * 20)
    b = run_of(dissection("B", l1=f"{words} {'w1 w2 w3 w4 ' * 5}"), dead=[0] * 128)
    document = analyse([a, b], permutations=50)
    assert "junk" not in dict(document["networks"][0]["top"])
    assert "junk" not in {c["concept"] for c in document["comparison"]["separating"]["concepts"]}
    assert document["comparison"]["overall"]["only_a"] == 0


def test_p_values_are_adjusted_over_all_pairs_layers_and_totals():
    tables = [dissection(name, l1="a b c d e f", l2=f"{name} b c") for name in "ABC"]
    document = analyse([run_of(table) for table in tables], permutations=200)
    nulls = [
        part["null"]
        for pair in document["pairs"]
        for part in (*pair["layers"].values(), pair["overall"])
    ]
    assert document["null"]["statements"] == len(nulls) == 9
    raw = np.array([null["p"] for null in nulls])
    assert [null["p_adjusted"] for null in nulls] == pytest.approx(holm(raw))
    assert analyse([run_of(table) for table in tables])["null"]["permutations"] == hands_for(9)


def test_a_way_of_counting_that_some_pairs_lack_is_a_family_of_its_own():
    """Network C has no significance measured; no other setting slips into that family."""
    rows = tuple(
        OtherLabel("top_k", 9.0, "l1", n, word, np.nan) for n, word in enumerate("aabbxxyy")
    )
    words = {"A": "a a b b c c d d", "B": "a e e f f g g h", "C": "v v w w x x y y"}
    runs = [replace(run_of(dissection(n, l1=text)), sensitivity=rows) for n, text in words.items()]
    runs[:2] = [
        replace(run_of(run.dissection, dead=[0] * 8, significant=[1] * 8), sensitivity=rows)
        for run in runs[:2]
    ]
    pairs = analyse(runs, permutations=99)["pairs"]
    assert [pair["variants"]["significant"] is None for pair in pairs] == [False, True, True]
    counted = [
        pairs,
        [pair["sensitivity"][0] for pair in pairs],
        [pairs[0]["variants"]["significant"]],
    ]
    families = [
        [
            part["null"]
            for entry in entries
            for part in (*entry["layers"].values(), entry["overall"])
        ]
        for entries in counted
    ]
    assert [len(family) for family in families] == [6, 6, 2]
    assert min(null["p"] for null in families[0]) < 0.3
    for family in families:
        raw = np.array([null["p"] for null in family])
        assert [null["p_adjusted"] for null in family] == pytest.approx(holm(raw))


def test_the_null_of_units_scored_anew_is_taken_where_a_run_holds_it_for_the_other(tmp_path):
    a, b = dissection("A", l1="dot red"), dissection("B", l1="dot grid")
    counts = {"jaccard": {(1.0, 3.0): 2, (2.0, 2.0): 1}, "merged": {(1.0, 3.0): 3}}
    tallies = {"l1": counts, "": {**counts, "least_p": {(1.0,): 3}}}
    for table in (a, b):
        (tmp_path / table.name).mkdir()
        table.write_csv(tmp_path / table.name / "descriptions.csv")
    null_table.write(
        {(table_digest(b.dumps()), null_table.Version()): tallies}, tmp_path / "A" / "null.csv"
    )
    first, second = load_runs([tmp_path / "A", tmp_path / "B"])
    for runs in ((first, second), (second, first)):
        null = analyse(runs)["comparison"]["layers"]["l1"]["null"]
        assert (null["kind"], null["permutations"], null["p_low"]) == ("units rescored", 3, 0.75)
        assert null["sharpness"] is None
    other = replace(second, files={"descriptions.csv": b"another"})
    null = analyse([first, other], permutations=5)["comparison"]["layers"]["l1"]["null"]
    assert null["kind"] == "labels redealt"
    # With lam = 1 no similarity exceeds log 2 here, and the larger mean is 0.5 of 0.69.
    assert null["sharpness"] == pytest.approx(0.5 / np.log(2))


def test_the_other_settings_are_compared_by_their_own_labels():
    rows = [OtherLabel("top_k", 50.0, "l1", unit, word, np.nan) for unit, word in enumerate("xyz")]
    a = replace(run_of(dissection("A", l1="a b c"), dead=[0, 0, 1]), sensitivity=tuple(rows))
    b = replace(run_of(dissection("B", l1="d e f")), sensitivity=tuple(rows))
    [other] = pair_of(a, b)["sensitivity"]
    assert (other["setting"], other["value"]) == ("top_k", 50)
    assert other["layers"]["l1"]["jaccard"] == other["overall"]["jaccard"] == 2 / 3
    assert other["overall"]["null"]["p_adjusted"] >= other["overall"]["null"]["p"]
    assert pair_of(a, run_of(dissection("C", l1="a")))["sensitivity"] == []


def test_stability_is_summarised_by_layer_and_overall():
    a = run_of(
        dissection("A", l1="a b c", l2="d"),
        dead=[0, 0, 1, 0],
        stability=[1.0, 0.5, np.nan, 0.7],
        confident=pd.array([1, 0, None, 1], dtype="Int64"),
    )
    stability = analyse([a])["networks"][0]["stability"]
    first, overall = stability["layers"]["l1"], stability["overall"]
    keys = ("units", "mean", "confident", "confident_share")
    assert [first[key] for key in keys] == [2, 0.75, 1, 0.5]
    assert first["deciles"] == [0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert (overall["units"], overall["deciles"]) == (3, [0, 0, 0, 0, 0, 1, 0, 1, 0, 1])
    assert stability["layers"]["l2"]["low"] is None


@pytest.mark.parametrize("column", ["confident", "significant"])
def test_flagged_units_are_counted_alone(column):
    flags = pd.array([1, 1, None, 1], dtype="Int64")
    a = run_of(dissection("A", l1="a b c", l2="x"), dead=[0, 0, 1, 0], **{column: flags})
    b = run_of(dissection("B", l1="a d d", l2="x"), **{column: [0, 1, 1, 0]})
    variant = pair_of(a, b)["variants"][column]
    assert [variant["overall"][k] for k in ("units_a", "units_b")] == [3, 2]
    assert variant["layers"]["l1"]["union"] == 3
    assert variant["layers"]["l2"]["jaccard"] == 0
    assert (variant["overall"]["null"] is not None) == (column == "significant")


def test_truth_and_categories_are_summarised_by_layer_and_overall():
    a = run_of(
        dissection("A", l1="a b", l2="c d"),
        category=["colour", "", "colour", "object"],
        base_rate=[0.1, 0.3, np.nan, 0.2],
        precision=[1.0, 0.5, np.nan, 0.0],
        precision_others=[0.0, 0.25, np.nan, 0.0],
        precision_constant=[1.0, 0.25, np.nan, 0.0],
        precision_missing=[0.5, 0.25, np.nan, 0.0],
        precision_extra=[1.0, 0.75, np.nan, 0.0],
    )
    network = analyse([a])["networks"][0]
    truth = network["truth"]
    assert truth["layers"]["l1"]["precision"]["mean"] == 0.75
    assert truth["layers"]["l1"]["units"] == 2
    assert truth["layers"]["l1"]["base_rate"] == pytest.approx(0.2)
    assert truth["overall"]["precision"]["mean"] == 0.5
    assert truth["overall"]["precision_others"]["mean"] == pytest.approx(0.25 / 3)
    assert truth["overall"]["pearson"] is None
    gains = truth["layers"]["l1"]["gains"]["precision"]
    # Paired: 1 - 0 and 0.5 - 0.25; 1 - 1 and 0.5 - 0.25.
    assert [gains[key]["mean"] for key in ("others", "constant")] == pytest.approx([0.625, 0.125])
    # Units without a positive value cannot fall.
    sanity = {"missing": 1.0, "extra": 0.0, "passes": False}
    assert truth["overall"]["sanity"] == {"precision": sanity}
    categories = network["categories"]
    assert categories["names"] == ["colour", "object", "unknown"]
    assert [categories["overall"][name]["count"] for name in categories["names"]] == [2, 1, 1]
    assert categories["layers"]["l1"]["object"]["share"] == 0


def test_half_labels_give_the_ceiling_of_each_layer_and_of_all():
    halves = {"l1": [["a", "b"], ["a", "c"]], "l2": [["x", ""], ["x", "y"]]}
    a = replace(run_of(dissection("A", l1="a b", l2="x y")), halves=halves)
    halves = {"l1": [["c", "d"], ["b", "d"]], "l2": [["x", ""], ["x", ""]]}
    b = replace(run_of(dissection("B", l1="a d", l2="x z")), halves=halves)
    pair = pair_of(a, b)
    for layer, lists_a, lists_b in (
        ("l1", (["a", "b"], ["a", "c"]), (["c", "d"], ["b", "d"])),
        ("l2", (["x"], ["x", "y"]), (["x"], ["x"])),
    ):
        assert pair["layers"][layer]["ceiling"] == ceiling(PROBE_HALVES, [lists_a], [lists_b])
    assert [pair["overall"]["ceiling"][k] for k in ("a", "b")] == [2 / 5, 2 / 4]
    assert pair_of(a, run_of(b.dissection))["overall"]["ceiling"] is None


def test_a_second_run_gives_the_ceiling():
    a, b = run_of(dissection("A", l1="a b")), run_of(dissection("B", l1="a d"))
    repeats = {"A": run_of(dissection("A2", l1="a b")), "B": run_of(dissection("B2", l1="d e"))}
    second = ceiling(SECOND_RUN, [(["a", "b"], ["a", "b"])], [(["a", "d"], ["d", "e"])])
    assert pair_of(a, b, repeats=repeats)["layers"]["l1"]["ceiling"] == second
    assert pair_of(a, b, repeats={"A": repeats["A"]})["overall"]["ceiling"] is None


def test_resamples_are_pooled_over_the_layers_asked_for():
    drawn = {"x": [["a", ""], ["b", "b"]], "y": [["c"], ["d"]]}
    assert resamples.pooled(drawn, ["x", "y"]) == [["a", "c"], ["b", "b", "d"]]
    assert resamples.pooled(drawn, ["y"]) == [["c"], ["d"]]
    assert resamples.pooled(drawn, ["y", "z"]) == []


def test_resamples_give_the_interval():
    runs = []
    for n, name in enumerate("AB"):
        table = dissection(name, l1="a b", l2="c")
        draw = np.random.default_rng(n)
        drawn = {
            "l1": [draw.choice(["a", "b", "c"], 2).tolist() for _ in range(30)],
            "l2": [draw.choice(["c", ""], 1).tolist() for _ in range(30)],
        }
        runs.append(run_of(table, resamples=drawn))
    overall = pair_of(*runs)["overall"]["interval"]
    assert overall["source"] == "30 resamples of the probe"
    assert 0 <= overall["low"] < overall["high"] <= 1
    assert pair_of(runs[0], run_of(runs[1].dissection))["overall"]["interval"] is None


@given(st.lists(layers("l", max_units=4), min_size=1, max_size=3))
def test_written_resamples_read_back_as_they_were(tmp_path_factory, given_layers):
    path = tmp_path_factory.mktemp("drawn") / resamples.FILE
    drawn = {f"{n}": [list(layer.descriptions)] * 2 for n, layer in enumerate(given_layers)}
    resamples.write(drawn, path)
    assert resamples.parse(path.read_bytes(), name="r") == drawn


def test_two_networks_differ_by_the_figures_of_their_tables():
    """A's mean less B's; a category that one of them lacks counts as none of its labels."""
    a = run_of(
        dissection("A", l1="a b c d", l2="e f"),
        precision=[1.0, 0.5, 0.75, np.nan, 0.1, 0.2],
        category=["scene", "scene", "colour", "", "x", "x"],
    )
    b = run_of(
        dissection("B", l1="a b c d", l2="e f"),
        precision=[0.0, 0.25, 0.5, 0.25, 0.1, 0.2],
        category=["colour", "colour", "colour", "", "x", "x"],
        dead=[0, 0, 0, 1, 0, 0],
    )
    differences = pair_of(a, b)["differences"]["layers"]["l1"]
    assert set(differences["truth"]) == {"precision"}
    precision = differences["truth"]["precision"]
    assert precision["mean"] == pytest.approx(0.5)
    assert precision["low"] < 0.5 < precision["high"]
    kinds = differences["categories"]
    assert kinds["scene"]["share"] == pytest.approx(2 / 4)
    assert kinds["colour"]["share"] == pytest.approx(1 / 4 - 3 / 3)
    assert kinds["unknown"]["share"] == pytest.approx(1 / 4)
    turned = pair_of(b, a)["differences"]["layers"]["l1"]
    assert turned["truth"]["precision"]["low"] == pytest.approx(-precision["high"])
    assert turned["categories"]["scene"]["high"] == pytest.approx(-kinds["scene"]["low"])
    bare = run_of(dissection("C", l1="a b c d", l2="e f"))
    assert pair_of(a, bare)["differences"] is None


def test_stability_is_tested_as_a_forecast_where_precision_is_known():
    a = run_of(dissection("A", l1="a b"), stability=[1.0, 0.5])
    assert analyse([a])["networks"][0]["foretelling"] is None
    columns = {"stability": [1.0, 0.5], "precision": [1.0, 0.0], "base_rate": [0.1, 0.2]}
    b = run_of(dissection("B", l1="a b", l2="c"), **{n: [*v, v[1]] for n, v in columns.items()})
    forecast = analyse([b])["networks"][0]["foretelling"]
    assert forecast["layers"]["l1"]["auprc"] == 1.0
    assert forecast["layers"]["l1"]["rivals"] == {"base_rate": 0.5, "similarity": 0.5}
    assert forecast["layers"]["l2"]["chance"] is None
    chance = forecast["layers"]["l1"]["chance"]
    assert chance["p_adjusted"] == chance["p"]
    assert forecast["overall"]["base_rate"] == 1 / 3


def test_known_answers_are_counted():
    assert classes(()) is None
    counts = classes((1, 5, 9, np.nan))
    assert [counts[k] for k in ("units", "ranked", "top1", "top5")] == [4, 3, 1, 2]
    assert (counts["top1_share"], counts["top5_share"]) == (0.25, 0.5)
    assert [counts[k]["share"] for k in ("found", "nearly")] == pytest.approx([1 / 3, 2 / 3])
    assert counts["first"] == 5


def test_other_settings_are_compared_with_the_run():
    labels = {"l": {0: "a", 1: "b"}}
    assert sensitivity((), labels) is None
    table = (
        b"setting,value,layer,unit,label,similarity,precision,own_precision\n"
        b"top_k,20,l,0,a,1,0.5,1.0\ntop_k,20,l,1,c,1,,1.0\n"
        b"top_k,5,l,0,b,1,,0.25\ntop_k,5,l,1,b,1,,0.25\n"
    )
    first, second = sensitivity(parse_sensitivity(table, name="x"), labels)
    assert (first["setting"], first["value"], second["value"]) == ("top_k", 5, 20)
    assert first["layers"]["l"] == {
        "unique": 1, "agreement": 0.5, "precision": None, "own_precision": 0.25,
    }  # fmt: skip
    assert second["layers"]["l"] == {
        "unique": 2, "agreement": 0.5, "precision": 0.5, "own_precision": 1.0,
    }  # fmt: skip
    older = b"setting,value,layer,unit,label,similarity,precision\ntop_k,20,l,0,a,1,0.5\n"
    assert parse_sensitivity(older, name="x")[0].label == "a"


def cells(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_tables_hold_the_numbers_of_the_results():
    layer = Layer("l2", ("c", "d"), np.array([-0.25, 1]))
    runs = [
        run_of(dissection("A", l1="a b b", l2="-3"), dead=[0, 1, 0, 0]),
        run_of(Dissection("B", (*dissection(l1="a").layers, layer))),
    ]
    document = analyse(runs, permutations=3)
    files = tables(document, runs)
    assert list(files) == sorted(files)
    unique = {tuple(row[:3]): row for row in cells(files["unique.csv"])[1:]}
    assert unique["A", "compared", "overall"][3:5] == ["4", "3"]
    assert unique["A", "compared", "l1"][3:5] == ["3", "2"]
    assert unique["A", "compared", "l1"][6] == "1"
    assert unique["B", "compared", "l1"][6] == ""
    jaccard = cells(files["jaccard.csv"])
    assert [row[2] for row in jaccard] == ["layer", "l1", "l2", "overall"]
    assert float(jaccard[3][9]) == document["comparison"]["overall"]["jaccard"]
    units = cells(files["units.csv"])
    assert ["A", "l2", "0", "'-3", "0.1"] in units
    assert ["B", "l2", "0", "c", "-0.25"] in units
    assert "stability.csv" not in files
    assert "regions.csv" not in files


@given(descriptions)
def test_no_text_cell_begins_a_formula_and_nothing_else_changes(word):
    table = Dissection("=net", (Layer("l1", (word,), np.array([0.5])),))
    runs = [run_of(table), run_of(dissection("B", l1="b"))]
    files = tables(analyse(runs, permutations=1), runs)
    shown = next(row[3] for row in cells(files["units.csv"]) if row[0] == "'=net")
    assert shown in (word, f"'{word}")
    assert (shown != word) == (word[0] in "=+-@\t\r")
    every = [cell for text in files.values() for row in cells(text) for cell in row]
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in every)


def test_every_measure_has_its_table():
    other = (OtherLabel("top_k", 5.0, "l1", 0, "a", np.nan),)
    columns = {"stability": [1.0, 0.5], "confident": [1, 0], "category": ["c", ""]}
    columns |= {"base_rate": [0.5, 0.5], "precision": [1.0, 0.0]}
    runs = [
        replace(run_of(dissection(name, l1="a b"), **columns), sensitivity=other) for name in "ABC"
    ]
    files = tables(analyse(runs, permutations=1), runs)
    names = ("stability", "truth", "categories", "sensitivity", "regions")
    assert {f"{name}.csv" for name in names} < set(files)
    assert cells(files["regions.csv"])[-1] == ["1", "1", "1", "2"]
    assert ["A", "l1", "precision", "2", "0.5"] in [row[:5] for row in cells(files["truth.csv"])]


def test_nasty_words_go_all_the_way(tmp_path):
    layer = Layer("l1", NASTY, np.linspace(0, 1, len(NASTY)))
    for name in "ab":
        (tmp_path / name).mkdir()
        Dissection("n", (layer,)).write_csv(tmp_path / name / "descriptions.csv")
    runs = load_runs([tmp_path / "a", tmp_path / "b"])
    document = analyse(runs, permutations=1)
    results.write(document, tmp_path / "results.json")
    back = documents.read(tmp_path / "results.json", results.SCHEMA)
    assert back == document
    assert sorted(NASTY) == back["comparison"]["overall"]["sets"]["shared"]
