"""Claims: what is true holds, what is false differs, and the mistake behind it is named."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison.overlap import Overlap
from study.errors import Exit, StudyError
from study.verify.claims import verify_claims
from study.verify.claims.answers import KINDS
from study.verify.claims.claim_file import claims_of, read_claims
from study.verify.claims.mistakes import MISTAKES
from study.verify.claims.written_numbers import parse
from study.verify.reading.descriptions import Part, Table, given_tables
from tests import ROOT
from tests.verify.faults.claims import claim

PAGE = ROOT / "study" / "verify" / "GRADING.md"
A, B = "ImageNet", "Places365"


def table(name: str, **layers: str) -> Table:
    words = {layer: tuple(labels.split()) for layer, labels in layers.items()}
    parts = {x: Part(np.arange(len(w)), w, np.linspace(0.1, 0.4, len(w))) for x, w in words.items()}
    return Table(name, Path(f"{name}/descriptions.csv"), parts, (), (), {}, None, {})


RUNS = [
    table(
        A,
        layer2="red dot dot stripe stripes knot dot tile sky web",
        layer3="dot dot cat cat tile red red red bed bed bed bed",
    ),
    table(
        B,
        layer2="hoodia mesh dot grid grid blue blue sky web web",
        layer3="dot bed bed mesh lamp lamp lamp sky red arch sea ice",
    ),
]


def verify(*claims: dict, runs=RUNS, rerun=False):
    return verify_claims(claims_of({"claims": list(claims)}, "claims"), runs, rerun=rerun)


def facts(*claims: dict, runs=RUNS) -> dict:
    return verify(*claims, runs=runs).checks[0].facts


TRUE = [
    claim("unique", B, "Layer 2", value=7),
    claim("jaccard", None, "layer2", value="25 %"),
    claim("count", A, concept="dot", value=5),
    claim("count", A, "layer3", concept="bed", value="over 3"),
    claim("count", A, "layer3", concept="bed", value="4 of 12"),
    claim("share", A, "layer2", concept="dot", value="30 %", denominator="units"),
    claim("share", None, "layer2", of="shared", value="25%", denominator="union"),
    claim("units", A, "layer3", value=12),
    claim("mean_similarity", A, value="0.25"),
    claim("top", A, "layer3", concepts=["bed", "red"]),
    claim("top", A, "layer3", concepts=[["bed", 4], ["red", 3]]),
    claim("present", A, "layer2", concepts=["web", "knot"]),
    claim("absent", B, concepts=["cat", "knot"]),
    claim("shared_concepts", None, "layer2", concepts=["dot", "sky"]),
    claim("only_concepts", B, concepts=["lamp", "mesh"]),
    claim("examples", A, "layer2", concepts=["dot", "knot"]),
    claim("label", B, "layer2", unit=1, value="mesh"),
    claim("emphasis", A, "layer3", concepts=["bed", "cat"]),
    claim("family_units", A, "layer3", concepts=["animal"], value=2),
    claim("family_share", A, "layer2", concepts=["texture", "nature"], value="50 %"),
    claim("more_of_family", A, "layer3", concepts=["animal"]),
    claim("more", B, "layer3", quantity="unique", than=A),
    claim("fewer", A, quantity="count", concept="cat", than_concept="bed"),
    claim("as_many", quantity="units"),
    claim("lowest", quantity="jaccard", value="layer2"),
    claim("highest", A, quantity="count", concept="bed", value="layer3"),
    claim("trend", quantity="units", value="rises"),
]
BARS = [["bed", 3], ["red", 2], ["cat", 1]]
FALSE = [
    (claim("unique", A, value=13), "sum_instead_of_union"),
    (claim("unique", B, value=10), "names_swapped"),
    (claim("only", A, value=8), "names_swapped"),
    (claim("jaccard", value="0.25"), "one_layer_for_all"),
    (claim("jaccard", value="0.26"), "mean_of_layers"),
    (claim("shared", None, "layer3", value=5), "total_for_one_layer"),
    (claim("jaccard", None, "layer2", value="0.43"), "other_denominator"),
    (claim("only", A, "layer2", value=8), "other_quantity"),
    (claim("only", A, "layer2", value=10), "other_quantity"),
    (claim("unique", A, "layer2", value=11), "impossible_count"),
    (claim("count", A, "layer2", concept="dot", value=4), "off_by_one"),
    (claim("count", A, "layer2", concept="bed", value=4), "other_layer"),
    (claim("count", A, "layer2", concept="lamp", value=3), "other_network_and_layer"),
    (claim("jaccard", None, "layer3", value="0.28"), "rounding"),
    (claim("jaccard", None, "layer2", value="0.25 %"), "percent_as_fraction"),
    (claim("count", A, "layer2", concept="stripe", value=2), "word_forms"),
    (claim("top", A, "layer3", concepts=["lamp", "bed"]), "names_swapped"),
    (claim("present", A, concepts=["lamp"]), "names_swapped"),
    (claim("absent", A, concepts=["knot"]), "names_swapped"),
    (claim("label", B, "layer2", unit=2, value="mesh"), "off_by_one"),
    (claim("similarity", A, "layer2", unit=4, value="0.267"), "off_by_one"),
    (claim("emphasis", A, "layer2", concepts=["web"]), "reversed"),
    (claim("emphasis", A, "layer2", concepts=["sky"]), "as_many"),
    (claim("top", A, "layer3", concepts=BARS), "series_under_other_labels"),
    (claim("more_of_family", B, "layer3", concepts=["animal"]), "reversed"),
    (claim("family_units", B, "layer3", concepts=["animal"], value=2), "names_swapped"),
    (claim("more", A, quantity="units"), "as_many"),
    (claim("highest", quantity="jaccard", value="layer2"), "reversed"),
    (claim("trend", quantity="units", value="falls"), "reversed"),
]


@pytest.mark.parametrize("tolerance", [float("inf"), float("nan"), -1])
def test_a_tolerance_that_everything_or_nothing_meets_is_refused(tolerance):
    with pytest.raises(StudyError, match="tolerance: expected a finite number from 0"):
        verify(claim("units", A, "layer3", value=5, tolerance=tolerance))


def test_a_family_that_there_is_not_cannot_be_decided():
    verdict = verify(claim("more_of_family", A, "layer3", concepts=["furniture"]))
    assert "no family is called 'furniture'; they are colour, texture" in str(verdict.checks[0])


@pytest.mark.parametrize("true", TRUE, ids=lambda c: f"{c['kind']}-{c.get('value', '')}")
def test_what_is_true_holds(true):
    assert facts(true)["verdict"] == "HOLDS"


@pytest.mark.parametrize(("false", "mistake"), FALSE, ids=[f"{m}-{c['kind']}" for c, m in FALSE])
def test_what_is_false_differs_and_its_mistake_is_named(false, mistake):
    assert facts(false)["verdict"] == "DIFFERS"
    assert mistake in facts(false)["mistakes"]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (claim("present", A, "layer2", concepts=["Web", " KNOT "]), "HOLDS"),
        (claim("absent", A, "layer2", concepts=["Web"]), "DIFFERS"),
        (claim("absent", B, concepts=["Cat"]), "HOLDS"),
        (claim("absent", B, concepts=["Car"]), "HOLDS"),
        (claim("count", A, "layer3", concept="Bed", value=4), "HOLDS"),
        (claim("count", A, "layer3", concept="Bed", value=3), "DIFFERS"),
        (claim("label", B, "layer2", unit=1, value="Mesh"), "HOLDS"),
        (claim("top", A, "layer3", concepts=[["BED", 4], ["Red", 3]]), "HOLDS"),
        (claim("fewer", A, quantity="count", concept="Cat", than_concept="B\u0065d"), "HOLDS"),
    ],
    ids=lambda given: given if isinstance(given, str) else given["kind"],
)
def test_words_in_another_spelling_mean_the_label(written, status):
    found = verify(written).checks[0]
    assert found.facts["verdict"] == status
    words = " ".join(map(str, [*written.get("concepts", []), written.get("concept", "")]))
    assert ("is read as" in found.detail) is ("Car" not in words)


def test_a_plural_that_no_dictionary_knows_is_a_word_form():
    runs = (table(A, x="broden brodens"), table(B, x="b"))
    false = claim("count", A, concept="broden", value=2)
    assert "word_forms" in facts(false, runs=runs)["mistakes"]


def test_every_mistake_is_tried_above_explained_and_belongs_to_a_kind():
    assert {mistake for _, mistake in FALSE} == set(MISTAKES)
    assert {mistake for kind in KINDS.values() for mistake in kind.mistakes} == set(MISTAKES)
    assert all(KINDS[k.opposite].opposite == name for name, k in KINDS.items() if k.opposite)
    assert all(f"`{mistake}`" in PAGE.read_text(encoding="utf-8") for mistake in MISTAKES)


def verdicts(*claims: dict, rerun=False, runs=RUNS) -> list[str]:
    return [check.facts["verdict"] for check in made(*claims, rerun=rerun, runs=runs)]


def made(*claims: dict, rerun=False, runs=RUNS) -> list:
    return [c for c in verify(*claims, rerun=rerun, runs=runs).checks if "verdict" in c.facts]


def test_an_emphasis_on_a_tie_does_not_hold_in_a_rerun_either():
    tie = claim("emphasis", A, "layer2", concepts=["sky"])
    assert verdicts(tie) == verdicts(tie, rerun=True) == ["DIFFERS"]
    lead = claim("emphasis", A, "layer3", concepts=["cat"])
    assert verdicts(lead) == verdicts(lead, rerun=True) == ["HOLDS"]


@pytest.mark.parametrize(
    ("written", "status"),
    [
        (claim("count", A, "layer3", concept="bed", value=5), "HOLDS"),
        (claim("count", A, "layer3", concept="bed", value=6), "DIFFERS"),
        (claim("top", A, "layer3", concepts=[["bed", 5], ["red", 3]]), "HOLDS"),
        (claim("top", A, "layer3", concepts=[["bed", 6], ["red", 3]]), "DIFFERS"),
        (claim("present", A, concepts=["zeppelin"]), "CANNOT BE DECIDED"),
        (claim("present", A, concepts=["lamp"]), "DIFFERS"),  # it is the other network's
        (claim("present", A, concepts=["zeppelin", "balloon"]), "DIFFERS"),
        (claim("absent", A, "layer2", concepts=["knot"]), "DIFFERS"),  # true of the other
        (claim("absent", A, "layer2", concepts=["sky"]), "CANNOT BE DECIDED"),
        (claim("absent", A, "layer3", concepts=["cat"]), "DIFFERS"),
        (claim("label", A, "layer2", unit=0, value="zebra"), "CANNOT BE DECIDED"),
        (claim("label", A, "layer2", unit=0, value="dot"), "DIFFERS"),  # its neighbour's
    ],
    ids=lambda given: given if isinstance(given, str) else f"{given['kind']}-{given.get('value')}",
)
def test_a_rerun_moves_a_single_count_by_one(written, status):
    assert verdicts(written, rerun=True) == [status]


def test_what_reruns_differ_by_explains_nothing_beside_it():
    false = claim("count", A, "layer2", concept="bed", value=5)  # 0 there, 4 in layer3
    assert "other_layer" not in made(false, rerun=True)[0].facts["mistakes"]
    assert "other_layer" in made(false | {"value": 4}, rerun=True)[0].facts["mistakes"]


@pytest.mark.parametrize(
    ("false", "found"),
    [
        (claim("jaccard", None, "layer2", value="0.25001"), "claimed 0.25001, found 0.25000"),
        (claim("similarity", A, "layer2", unit=1, value="0.13334"), "found 0.13333"),
        (claim("mean_similarity", A, "layer2", value="24.99999 %"), "found 0.2500000"),
    ],
    ids=lambda given: given if isinstance(given, str) else given["kind"],
)
def test_the_printed_digits_show_the_difference(false, found):
    (check,) = made(false)
    assert check.facts["verdict"] == "DIFFERS"
    assert check.detail.endswith(found)


def test_numbers_compared_are_printed_apart():
    runs = [table(A, x="a"), table(B, x="b")]
    for run, similarity in zip(runs, (0.2, 0.20004), strict=True):
        run.parts["x"].similarities[:] = similarity
    (check,) = made(claim("more", A, "x", quantity="mean_similarity"), runs=runs)
    assert "ImageNet, x 0.20000, mean_similarity in Places365, x 0.20004" in check.detail


def many(*, size=30) -> list[dict]:
    """True claims about both networks of `LONG`."""
    numbers = [(name, word, n) for name, counts in LONG.items() for word, n in counts.items()]
    return [
        {"id": f"true-{place}", **claim("count", name, "x", concept=word, value=count)}
        for place, (name, word, count) in enumerate(numbers[:size])
    ]


LONG = {
    A: {f"a{n}": 40 - 2 * n for n in range(15)} | {f"c{n}": n + 2 for n in range(8)},
    B: {f"b{n}": 55 - 3 * n for n in range(15)} | {f"c{n}": n + 4 for n in range(8)},
}
LONG_RUNS = [
    table(name, x=" ".join(word for word, n in counts.items() for _ in range(n)))
    for name, counts in LONG.items()
]


def causes(*claims: dict) -> dict[str, float]:
    return {c.cause: c.confidence for c in verify(*claims, runs=LONG_RUNS).causes}


@pytest.mark.parametrize("name", [A, B])
def test_a_whole_ranking_under_the_others_words_is_named(name):
    bars = list(zip(LONG[A], LONG[B].values(), strict=False))[:9]
    series = [claim("count", name, "x", concept=word, value=count) for word, count in bars]
    assert next(iter(causes(*many(), *series))) == "series_under_other_labels"
    assert "series_under_other_labels" not in causes(*many(), *series[:2])


def test_claims_that_hold_count_against_a_swap():
    coincidences = [claim("count", A, "x", concept=f"c{n}", value=n + 4) for n in (0, 1)]
    assert "names_swapped" in causes(*coincidences)
    assert "names_swapped" not in causes(*many(size=46), *coincidences)
    whole = [claim("count", A, "x", concept=w, value=n) for w, n in LONG[B].items()]
    verdict = verify(*many(size=40), *whole, runs=LONG_RUNS)
    assert verdict.causes[0].cause == "names_swapped"
    evidence = verdict.causes[0].evidence
    assert sum(text.startswith("for it, ") for text in evidence) >= 15
    assert [text for text in evidence if text.startswith("against it, ")]


def test_a_mirrored_diagram_is_a_swap_though_its_numbers_are_near():
    words = [f"w{n}" for n in range(40)]
    runs = (table(A, x=" ".join(words[:30])), table(B, x=" ".join(words[8:40])))
    sets = [("unique", A, 30), ("unique", B, 32), ("shared", None, 22)]
    claims = [claim(kind, name, "x", value=value) for kind, name, value in sets]
    mirrored = [claim("only", A, "x", value=10), claim("only", B, "x", value=8)]
    held = [claim("count", A, "x", concept=word, value=1) for word in words[:20]]
    found = verify(*claims, *mirrored, *held, runs=runs)
    assert found.causes[0].cause == "names_swapped"


@pytest.mark.parametrize("layer", ["Layer 2", "layer-2", "LAYER_2"])
def test_a_layer_is_known_however_it_is_spelt(layer):
    assert verdicts(claim("units", A, layer, value=10)) == ["HOLDS"]


def test_a_number_off_by_one_is_that_before_it_is_another_layers():
    runs = (table(A, x="a a a a b", y="a a a b b"), table(B, x="c", y="d"))
    false = claim("count", A, "x", concept="a", value=3)
    found = verify(false, runs=runs)
    assert [cause.cause for cause in found.causes][:1] == ["off_by_one"]
    assert list(found.checks[0].facts["mistakes"])[:2] == ["off_by_one", "other_layer"]


def test_a_percentage_and_a_reversal_are_no_causes_where_chance_gives_them():
    assert "percent_as_fraction" not in causes(claim("count", A, "x", concept="c0", value=200))
    assert "reversed" not in causes(claim("present", A, concepts=["b3"]))


def test_what_the_tables_do_not_tell_cannot_be_decided():
    assert verify(claim("statement", text="it is beautiful")).exit == Exit.UNDECIDED
    assert verify(claim("unique", A, "layer9", value=3)).exit == Exit.UNDECIDED
    percent = claim("share", A, "layer2", concept="dot")
    assert verify(percent | {"value": "30 %"}).exit == Exit.UNDECIDED
    assert verify(percent | {"value": "77 %"}).exit == Exit.FAILED


@pytest.mark.parametrize(
    ("first", "second", "contradicted"),
    [("3", "4", True), ("about 3", "3", False), ("3", "over 2", False)],
)
def test_one_quantity_has_one_number(first, second, contradicted):
    shared = claim("shared", None, "layer2")
    verdict = verify(shared | {"value": first}, shared | {"value": second})
    assert any(check.check == "set algebra" for check in verdict.checks) == contradicted


def test_the_first_labels_of_the_other_table_are_no_examples_of_this_one():
    ours = " ".join([*(f"a{n}" for n in range(30)), "p q r", *"zzzzzzz"])
    theirs = " ".join(["p q r", *(f"b{n}" for n in range(37))])
    runs = (table(A, layer2=ours), table(B, layer2=theirs))
    for words, code in ((["p", "q", "r"], Exit.FAILED), (["a1", "q", "r"], Exit.OK)):
        assert verify(claim("examples", A, "layer2", concepts=words), runs=runs).exit == code


@given(st.floats(0, 1), st.integers(1, 6))
def test_a_correctly_rounded_number_holds_and_a_neighbour_does_not(value, digits):
    text = f"{value:.{digits}f}"
    assert parse(text).holds(value)
    assert not parse(f"{float(text) + 2 * 10**-digits:.{digits}f}").holds(value)


@given(st.integers(0, 10**6))
def test_a_count_holds_for_itself_alone(count):
    for written in (parse(count), parse(f"{count:,}")):
        assert (written.holds(count), written.holds(count + 1)) == (True, False)


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
        ("1,234", [1234], [1233, 1235]),
        ("12%+", [0.12, 0.5], [0.11]),
        ("23.3 %", [0.2333], [0.2340]),
        ("-0.5", [-0.5], [0.5]),
    ],
)
def test_words_before_numbers(text, yes, no):
    assert all(map(parse(text).holds, yes))
    assert not any(map(parse(text).holds, no))


@pytest.mark.parametrize(
    "text", ["", "many", "nan", "inf", "1e999", True, "%", "1.2.3", "--3", "0,285"]
)
def test_no_number_is_bad_input(text):
    with pytest.raises(StudyError):
        parse(text)


WORDS = st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_claims_made_from_the_tables_hold_and_add_up(a, b):
    runs = (table("one", x=" ".join(a)), table("two", x=" ".join(b)))
    overlap = Overlap.of(a, b)
    claims = [
        claim("shared", value=len(overlap.shared)),
        claim("unique", "one", value=len(set(a))),
        claim("unique", "two", value=len(set(b))),
        claim("only", "one", value=len(overlap.only_a)),
        claim("only", "two", value=len(overlap.only_b)),
        claim("union", value=overlap.union),
        claim("jaccard", value=f"{overlap.jaccard:.4f}"),
    ]
    assert verify(*claims, runs=runs).exit == Exit.OK
    claims[0]["value"] += 1
    assert "set_algebra" in {cause.cause for cause in verify(*claims, runs=runs).causes}


@pytest.mark.parametrize(
    ("value", "rerun", "code"),
    [(302, False, Exit.FAILED), (302, True, Exit.OK), (303, True, Exit.FAILED)],
)
def test_a_rerun_is_tolerated_only_when_said(value, rerun, code):
    runs = [table(name, x=" ".join(f"{name}{n}" for n in range(300))) for name in ("one", "two")]
    assert verify(claim("unique", "one", value=value), runs=runs, rerun=rerun).exit == code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = ", "TOML"),
        ("", r"\[\[claims\]\]"),
        ("[[claims]]\nkind = 'new'", "'new'"),
        ("[[claims]]\nkind = ['new']", "'new'"),
        ("[[claims]]\nkind = 'unique'", "'value'"),
        ("[[claims]]\nkind = 'unique'\nvalue = 'many'", "'many'"),
        ("[[claims]]\nkind = 'count'\nvalue = 3", "'concepts'"),
        ("[[claims]]\nkind = 'statement'\nmood = 'sad'", "'mood'"),
        ("[[claims]]\nkind = 'unique'\nvalue = 3\nlayer = 4", "layer"),
        ("[[claims]]\nkind = 'share'\nvalue = 3\nof = 'share'", "of: .*'share'"),
        ("[[claims]]\nkind = 'trend'\nvalue = 'sinks'", "'sinks'"),
        ("[[claims]]\nkind = 'top'\nconcepts = ['a', 'b']\ncounts = [1]", "counts"),
        ("claims = 3", r"\[\[claims\]\]"),
        ("schema = 'study-claims/9'\n[[claims]]\nkind='statement'", "study-claims/9"),
        ("[[claims]]\nid='a'\nkind='statement'\n[[claims]]\nid='a'\nkind='statement'", "'a'"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, text, words):
    path = tmp_path / "claims.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=words) as error:
        read_claims(path)
    assert "\n" not in str(error.value).strip()


def test_a_network_that_is_no_run_is_bad_input():
    with pytest.raises(StudyError, match=f"'CIFAR'.*{A}, {B}.*--names"):
        verify(claim("unique", "CIFAR", value=3))


@pytest.mark.parametrize("name", ["seed", "imagenet-places365"])
def test_the_bundled_claims_get_the_recorded_verdicts_on_the_published_run(shared, name):
    folder = shared / "reference-runs" / "published-1"
    runs = given_tables([f"{A}={folder}/imagenet", f"{B}={folder}/places"])
    verdict = verify_claims(read_claims(Path(name)), runs, rerun=True)
    verdicts = {c.place: c.facts["verdict"] for c in verdict.checks if "verdict" in c.facts}
    differ = {claim for claim, status in verdicts.items() if status == "DIFFERS"}
    swapped = {"layer2-places", "layer2-imagenet", "venn-imagenet", "venn-places"}
    assert differ == swapped | {
        *("dotted-imagenet-layer2", "dotted-imagenet-layer3", "textile-imagenet-layer4"),
        "jaccard-particularly-layer4",
    }
    undecided = {claim for claim, status in verdicts.items() if status == "CANNOT BE DECIDED"}
    assert undecided == {"emphasis-objects", "kitchen-emphasis"}
    assert (verdict.exit, verdict.causes[0].cause) == (Exit.FAILED, "names_swapped")
    assert all(claim in " ".join(verdict.causes[0].evidence) for claim in swapped)
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"| {claim} | {status} |" in page for claim, status in verdicts.items())


@pytest.mark.parametrize(
    "kind", ["only_concepts", "shared_concepts", "emphasis", "jaccard", "more"]
)
@pytest.mark.parametrize("networks", [[A, A], [A, A.lower()], [A, "the ImageNet model"], [A, B, A]])
def test_a_network_is_not_compared_with_itself(kind, networks):
    """The other run would take the place of the one that is named twice."""
    stated = {"kind": kind, "network": A, "concepts": ["dot"], "networks": networks, "value": 0.5}
    with pytest.raises(StudyError, match="claim 'c': networks: expected at most two, each once"):
        verify({"id": "c", "quantity": "unique", **stated})
    third = table("Third", layer2="dot")
    with pytest.raises(StudyError, match="expected at most two, each once, found ImageNet, Pl"):
        verify(
            {"id": "c", "quantity": "unique", **stated, "networks": [A, B, "Third"]},
            runs=[*RUNS, third],
        )


@pytest.mark.parametrize("kind", ["emphasis", "more", "as_many"])
def test_than_is_another_network_or_another_place(kind):
    stated = {"id": "c", "kind": kind, "network": A, "concepts": ["dot"], "quantity": "count"}
    with pytest.raises(StudyError, match="claim 'c': than: expected another network"):
        verify({**stated, "than": A.lower()})
    assert verify({**stated, "layer": "layer2", "than": A, "than_layer": "layer3"}).checks
    assert verify({**stated, "than": B}).checks
