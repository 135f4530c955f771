"""Claims: what is true holds, what is false differs, and the mistake behind it is named."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import Exit, StudyError
from study.overlap import Overlap
from study.verify.claim_file import claims_of, read_claims
from study.verify.claims import verify_claims
from study.verify.tables import Part, Table, given_tables
from study.verify.written_numbers import parse

SEED = Path(__file__).resolve().parent.parent / "fixtures" / "verify" / "imagenet-places365-claims.toml"
A = {
    "layer2": ["red", "dot", "dot", "stripe", "stripes", "knot", "dot", "tile", "sky", "web"],
    "layer3": ["dot", "dot", "cat", "cat", "tile", "red", "red", "red", "bed", "bed", "bed", "bed"],
}
B = {
    "layer2": ["hoodia", "mesh", "dot", "grid", "grid", "blue", "blue", "sky", "web", "web"],
    "layer3": [
        "dot",
        "bed",
        "bed",
        "mesh",
        "lamp",
        "lamp",
        "lamp",
        "sky",
        "red",
        "arch",
        "sea",
        "ice",
    ],
}


def table(name: str, labels: dict[str, list[str]]) -> Table:
    parts = {
        layer: Part(np.arange(len(words)), tuple(words), np.linspace(0.1, 0.4, len(words)))
        for layer, words in labels.items()
    }
    return Table(name, Path(f"{name}/descriptions.csv"), parts, (), (), {}, None, {})


RUNS = (table("ImageNet", A), table("Places365", B))


def ask(rerun=False, runs=RUNS, **claim):
    return verify_claims(claims_of({"claims": [claim]}, "made"), runs, rerun=rerun)


def status(**claim) -> str:
    checks = [c for c in ask(**claim).checks if "verdict" in c.facts]
    return checks[0].facts["verdict"]


def mistakes(**claim) -> list[str]:
    checks = [c for c in ask(**claim).checks if "verdict" in c.facts]
    return list(checks[0].facts["mistakes"])


def flat(labels: dict[str, list[str]]) -> list[str]:
    return [word for words in labels.values() for word in words]


TRUE = [
    {"kind": "unique", "network": "ImageNet", "value": len(set(flat(A)))},
    {"kind": "unique", "network": "Places365", "layer": "Layer 2", "value": 7},
    {"kind": "shared", "layer": "layer2", "value": "3"},
    {"kind": "only", "network": "ImageNet", "layer": "layer2", "value": 5},
    {"kind": "union", "layer": "layer2", "value": 12},
    {"kind": "jaccard", "layer": "layer2", "value": "0.25"},
    {"kind": "jaccard", "layer": "layer2", "value": "25 %"},
    {"kind": "count", "network": "ImageNet", "concept": "dot", "value": 5},
    {
        "kind": "count",
        "network": "ImageNet",
        "layer": "layer3",
        "concept": "bed",
        "value": "over 3",
    },
    {
        "kind": "count",
        "network": "ImageNet",
        "layer": "layer3",
        "concept": "bed",
        "value": "4 of 12",
    },
    {"kind": "share", "network": "ImageNet", "layer": "layer2", "concept": "dot", "value": "30 %"}
    | {"denominator": "units"},
    {"kind": "share", "of": "shared", "layer": "layer2", "denominator": "union", "value": "25%"},
    {"kind": "units", "network": "ImageNet", "layer": "layer3", "value": 12},
    {"kind": "mean_similarity", "network": "ImageNet", "value": "0.25"},
    {"kind": "top", "network": "ImageNet", "layer": "layer3", "concepts": ["bed", "red"]},
    {"kind": "top", "network": "ImageNet", "layer": "layer3", "concepts": [["bed", 4], ["red", 3]]},
    {"kind": "present", "network": "ImageNet", "layer": "layer2", "concepts": ["web", "knot"]},
    {"kind": "absent", "network": "Places365", "concepts": ["cat", "knot"]},
    {"kind": "shared_concepts", "layer": "layer2", "concepts": ["dot", "sky"]},
    {"kind": "only_concepts", "network": "Places365", "concepts": ["lamp", "mesh"]},
    {"kind": "examples", "network": "ImageNet", "layer": "layer2", "concepts": ["dot", "knot"]},
    {"kind": "label", "network": "Places365", "layer": "layer2", "unit": 1, "value": "mesh"},
    {"kind": "emphasis", "network": "ImageNet", "layer": "layer3", "concepts": ["bed", "cat"]},
    {"kind": "more", "quantity": "unique", "network": "Places365", "than": "ImageNet"}
    | {"layer": "layer3"},
    {"kind": "fewer", "quantity": "count", "network": "ImageNet", "concept": "cat"}
    | {"than_concept": "bed"},
    {"kind": "as_many", "quantity": "units"},
    {"kind": "lowest", "quantity": "jaccard", "value": "layer2"},
    {"kind": "highest", "quantity": "count", "network": "ImageNet", "concept": "bed"}
    | {"value": "layer3"},
    {"kind": "trend", "quantity": "units", "value": "rises"},
]
ON_A = {"network": "ImageNet", "layer": "layer2"}
ON_B = {"network": "Places365", "layer": "layer2"}
FALSE = [
    ({"kind": "unique", "network": "ImageNet", "value": 13}, "sum_instead_of_union"),
    ({"kind": "unique", "network": "Places365", "value": 10}, "names_swapped"),
    ({"kind": "only", "network": "ImageNet", "value": 8}, "names_swapped"),
    ({"kind": "jaccard", "value": "0.25"}, "one_layer_for_all"),
    ({"kind": "shared", "layer": "layer3", "value": 5}, "total_for_one_layer"),
    ({"kind": "jaccard", "layer": "layer2", "value": "0.43"}, "other_denominator"),
    (ON_A | {"kind": "only", "value": 8}, "other_quantity"),
    (ON_A | {"kind": "count", "concept": "dot", "value": 4}, "off_by_one"),
    (ON_A | {"kind": "count", "concept": "bed", "value": 4}, "other_layer"),
    ({"kind": "jaccard", "layer": "layer3", "value": "0.28"}, "rounding"),
    ({"kind": "jaccard", "layer": "layer2", "value": "0.25 %"}, "percent_as_fraction"),
    (ON_A | {"kind": "count", "concept": "stripe", "value": 2}, "word_forms"),
    (ON_A | {"kind": "top", "layer": "layer3", "concepts": ["lamp", "bed"]}, "names_swapped"),
    ({"kind": "present", "network": "ImageNet", "concepts": ["lamp"]}, "names_swapped"),
    ({"kind": "absent", "network": "ImageNet", "concepts": ["knot"]}, "names_swapped"),
    (ON_B | {"kind": "label", "unit": 2, "value": "mesh"}, "off_by_one"),
    (ON_A | {"kind": "emphasis", "concepts": ["web"]}, "names_swapped"),
    ({"kind": "more", "quantity": "units", "network": "ImageNet"}, "as_many"),
    (ON_A | {"kind": "emphasis", "concepts": ["sky"]}, "as_many"),
    (ON_A | {"kind": "only", "value": 10}, "other_quantity"),
    (ON_A | {"kind": "similarity", "unit": 4, "value": "0.267"}, "off_by_one"),
    ({"kind": "highest", "quantity": "jaccard", "value": "layer2"}, "reversed"),
    ({"kind": "trend", "quantity": "units", "value": "falls"}, "reversed"),
]  # fmt: skip


@pytest.mark.parametrize("claim", TRUE, ids=lambda c: f"{c['kind']}-{c.get('value', '')}")
def test_what_is_true_holds(claim):
    assert status(**claim) == "HOLDS"


@pytest.mark.parametrize(("claim", "mistake"), FALSE, ids=[f"{m}-{c['kind']}" for c, m in FALSE])
def test_what_is_false_differs_and_its_mistake_is_named(claim, mistake):
    assert status(**claim) == "DIFFERS"
    assert mistake in mistakes(**claim)


def test_what_the_tables_do_not_tell_cannot_be_decided():
    assert ask(kind="statement", text="it is beautiful").exit == Exit.UNDECIDED
    assert status(kind="unique", network="ImageNet", layer="layer9", value=3) == "CANNOT BE DECIDED"
    percent = {"kind": "share", "network": "ImageNet", "layer": "layer2", "concept": "dot"}
    assert status(**percent, value="30 %") == "CANNOT BE DECIDED"
    assert status(**percent, value="77 %") == "DIFFERS"


def test_one_quantity_has_one_number():
    claim = {"kind": "shared", "layer": "layer2"}
    for first, second, contradicted in (
        ("3", "4", True),
        ("about 3", "3", False),
        ("3", "over 2", False),
    ):
        claims = [claim | {"value": first}, claim | {"value": second}]
        verdict = verify_claims(claims_of({"claims": claims}, "two"), RUNS)
        told = [check.detail for check in verdict.checks if check.check == "set algebra"]
        assert bool(told) == contradicted


def test_the_first_labels_of_the_other_table_are_no_examples_of_this_one():
    size = {"layer2": 40}
    ours = {"layer2": [f"a{n}" for n in range(30)] + ["p", "q", "r"] + ["z"] * 7}
    theirs = {"layer2": ["p", "q", "r"] + [f"b{n}" for n in range(37)]}
    runs = (table("ImageNet", ours), table("Places365", theirs))
    assert len(ours["layer2"]) == len(theirs["layer2"]) == size["layer2"]
    claim = {"kind": "examples", "network": "ImageNet", "layer": "layer2"}
    assert ask(runs=runs, **claim, concepts=["p", "q", "r"]).exit == Exit.FAILED
    assert ask(runs=runs, **claim, concepts=["a1", "q", "r"]).exit == Exit.OK


# --- numbers as written -------------------------------------------------------------------------


@given(st.floats(0, 1), st.integers(1, 6))
def test_a_correctly_rounded_number_holds_and_a_neighbour_does_not(value, digits):
    text = f"{value:.{digits}f}"
    assert parse(text).holds(value)
    assert not parse(f"{float(text) + 2 * 10**-digits:.{digits}f}").holds(value)


@given(st.integers(0, 10**6))
def test_a_count_holds_for_itself_alone(count):
    assert parse(count).holds(count)
    assert parse(f"{count:,}").holds(count)
    assert not parse(count).holds(count + 1)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("around 255", [255, 243, 267], [240, 270]),
        ("~0.23", [0.2333, 0.225], [0.2, 0.26]),
        ("over 30", [31], [30]),
        ("at least 30", [30, 31], [29]),
        ("30+", [30, 31], [29]),
        ("fewer than 30", [29], [30]),
        ("up to 30", [30], [31]),
        ("nearly 400", [396, 400], [401, 370]),
        ("half", [0.5, 0.52], [0.54]),
        ("1,234", [1234], [1233]),
        ("23.3 %", [0.2333], [0.2340]),
        ("-0.5", [-0.5], [0.5]),
    ],
)
def test_words_beside_numbers(text, yes, no):
    assert [parse(text).holds(value) for value in [*yes, *no]] == [True] * len(yes) + [False] * len(
        no
    )


@pytest.mark.parametrize("text", ["", "many", "nan", "inf", "1e999", True, "%", "1.2.3", "--3"])
def test_no_number_is_bad_input(text):
    with pytest.raises(StudyError):
        parse(text)


# --- laws ---------------------------------------------------------------------------------------

LABELS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=12)


@given(LABELS, LABELS)
def test_claims_made_from_the_tables_hold_and_add_up(a, b):
    runs = (table("one", {"x": a}), table("two", {"x": b}))
    overlap = Overlap.of(a, b)
    claims = [
        {"kind": "unique", "network": "one", "value": len(set(a))},
        {"kind": "unique", "network": "two", "value": len(set(b))},
        {"kind": "shared", "value": len(overlap.shared)},
        {"kind": "only", "network": "one", "value": len(overlap.only_a)},
        {"kind": "only", "network": "two", "value": len(overlap.only_b)},
        {"kind": "union", "value": overlap.union},
        {"kind": "jaccard", "value": f"{overlap.jaccard:.4f}"},
    ]
    verdict = verify_claims(claims_of({"claims": claims}, "made"), runs)
    assert verdict.exit == Exit.OK
    claims[2]["value"] += 1
    verdict = verify_claims(claims_of({"claims": claims}, "made"), runs)
    assert "set_algebra" in {cause.cause for cause in verdict.causes}


def test_a_rerun_is_tolerated_only_when_said():
    runs = [table(name, {"x": [f"{name}{n}" for n in range(300)]}) for name in ("one", "two")]
    claim = {"kind": "unique", "network": "one", "value": 302}
    assert ask(runs=runs, **claim).exit == Exit.FAILED
    assert ask(runs=runs, rerun=True, **claim).exit == Exit.OK
    assert ask(runs=runs, rerun=True, **claim | {"value": 303}).exit == Exit.FAILED


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = ", "TOML"),
        ("", "[[claims]]"),
        ("[[claims]]\nkind = 'new'", "'new'"),
        ("[[claims]]\nkind = 'unique'", "'value'"),
        ("[[claims]]\nkind = 'unique'\nvalue = 'many'", "'many'"),
        ("[[claims]]\nkind = 'count'\nvalue = 3", "'concepts'"),
        ("[[claims]]\nkind = 'statement'\nmood = 'sad'", "'mood'"),
        ("[[claims]]\nkind = 'unique'\nvalue = 3\nlayer = 4", "layer"),
        ("claims = 3", "[[claims]]"),
        ("schema = 'study-claims/9'\n[[claims]]\nkind='statement'", "study-claims/9"),
        ("[[claims]]\nid='a'\nkind='statement'\n[[claims]]\nid='a'\nkind='statement'", "'a'"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, text, found):
    path = tmp_path / "claims.toml"
    path.write_text(text)
    with pytest.raises(StudyError) as error:
        read_claims(path)
    assert found in str(error.value)
    assert "\n" not in str(error.value).strip()


def test_a_network_that_is_no_run_is_bad_input():
    with pytest.raises(StudyError, match="ImageNet, Places365"):
        ask(kind="unique", network="CIFAR", value=3)


def test_the_seed_s_own_claims_on_the_published_run(shared):
    folder = shared / "reference-runs" / "published-1"
    runs = given_tables([f"ImageNet={folder}/imagenet", f"Places365={folder}/places"])
    verdict = verify_claims(read_claims(SEED), runs, rerun=True)
    found = {c.place: c.facts["verdict"] for c in verdict.checks if "verdict" in c.facts}
    differ = {claim for claim, told in found.items() if told == "DIFFERS"}
    assert differ == {
        *("layer2-places", "layer2-imagenet", "venn-imagenet", "venn-places"),
        *("dotted-imagenet-layer2", "dotted-imagenet-layer3", "textile-imagenet-layer4"),
        "jaccard-particularly-layer4",
    }
    undecided = {claim for claim, told in found.items() if told == "CANNOT BE DECIDED"}
    assert undecided == {"emphasis-objects", "kitchen-emphasis"}
    assert verdict.exit == Exit.FAILED
    assert verdict.causes[0].cause == "names_swapped"
    evidence = " ".join(verdict.causes[0].evidence)
    assert all(
        claim in evidence
        for claim in ("layer2-places", "layer2-imagenet", "venn-imagenet", "venn-places")
    )


def test_the_recorded_output_of_the_graders_page(shared):
    """GRADING.md shows the verdicts for the seed; they are those of this program."""
    folder = shared / "reference-runs" / "published-1"
    runs = given_tables([f"ImageNet={folder}/imagenet", f"Places365={folder}/places"])
    verdict = verify_claims(read_claims(SEED), runs, rerun=True)
    page = Path(__file__).resolve().parent.parent / "study" / "verify" / "GRADING.md"
    text = page.read_text(encoding="utf-8")
    for check in verdict.checks:
        if "verdict" in check.facts:
            assert f"| {check.place} | {check.facts['verdict']} |" in text
    assert json.loads(verdict.dumps())["causes"][0]["cause"] == "names_swapped"
