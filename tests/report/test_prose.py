"""Sentences follow the numbers: turn a number round and the sentence turns with it."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.comparison import analysis
from study.dissection.families import OWN
from study.report import decisions, prose, view
from study.report.attachments import report_manifest
from study.report.bindings import Page
from study.report.node import Node
from study.report.pen import FORMATS, Pen, printed
from study.report.prose import answer
from study.report.prose.kinds_apart import unjudged, verdict
from tests.report.report_samples import PAPER, full_runs, paper_runs

LAST = "layer4.1.conv2"
"""The last layer of the full sample."""


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    runs = paper_runs(tmp_path_factory.mktemp("paper"))
    document = analysis.analyse(runs)
    return {
        **document,
        "manifest": report_manifest(runs, given=None, command=None),
        "attachments": {},
    }


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    manifest, runs = full_runs(tmp_path_factory.mktemp("full"))
    document = analysis.analyse(runs)
    return {
        **document,
        "manifest": report_manifest(runs, given=manifest, command=None),
        "cards": {},
    }


def pen_of(document, **numbers) -> Pen:
    """Return a pen for the document with other numbers; keys are written with __ for the dots."""
    document = copy.deepcopy(document)
    for key, value in numbers.items():
        *path, last = (int(name) if name.isdecimal() else name for name in key.split("__"))
        Node(document).get(*path).value[last] = value
    return Pen(document, paper=False)


def text(sentences) -> str:
    return " ".join(sentence.striptags() for sentence in sentences)


def summary(document, **numbers) -> str:
    return text(prose.summary(pen_of(document, **numbers)))


def of_pair(document, part, **numbers) -> str:
    pen = pen_of(document, **numbers)
    return text(prose.compared(pen, pen.document["pairs"][0])[part])


def of_network(document, number, **numbers) -> str:
    pen = pen_of(document, **numbers)
    return text(prose.described(pen, pen.document["networks"][number]))


def of_quality(document, part, **numbers) -> str:
    return text(prose.quality(pen_of(document, **numbers))[part])


def insights(document, **numbers) -> list[str]:
    return [text(sentences) for sentences in prose.insights(pen_of(document, **numbers))]


def nulls(low, adjusted, *, detectable=(0.2, 0.9), end=0.6, sharpness=0.1, kind="labels redealt"):
    """Return the nulls of the paper example: p as given overall, far from any level by layer."""
    null = {"mean": 0.5, "low": 0.4, "high": 0.6, "permutations": 2000, "ratio": 1.0}
    null |= {"kind": kind, "sharpness": sharpness, "p": 0.5, "p_adjusted": 0.5}
    null["detectable"] = dict(zip(("low", "high"), detectable, strict=True))
    inside = {**null, "p_low": 0.5, "p_high": 0.5}
    own = {"high": end, "p_low": low, "p_high": 1.001 - low, "p_adjusted": adjusted}
    return {
        "pairs__0__overall__null": {**null, **own},
        "pairs__0__layers__layer1__null": inside,
        "pairs__0__layers__layer2__null": inside,
    }


@pytest.mark.parametrize(
    ("low", "adjusted", "detectable", "expected"),
    [
        (0.001, 0.01, (0.2, 0.9), "observed index is lower"),
        (1.0, 0.01, (0.2, 0.9), "observed index is higher"),
        (0.3, 0.6, (0.2, 0.9), "does not differ significantly"),
        (0.001, 0.06, (0.2, 0.9), "does not differ significantly"),  # adjusted for the others
        (0.001, 0.01, (None, None), "could not be tested"),
    ],
)
def test_a_difference_from_the_null_is_said_only_where_the_adjusted_p_says_so(
    paper, low, adjusted, detectable, expected
):
    assert expected in summary(paper, **nulls(low, adjusted, detectable=detectable))


def test_a_null_that_is_too_low_carries_no_finding_above_it(paper):
    sharp = nulls(1.0, 0.01, sharpness=0.4)
    assert "from which nothing follows where similarities are sharp" in summary(paper, **sharp)
    said = of_pair(paper, "null", **sharp)
    assert "lies above the null in" in said
    assert "from which nothing follows" in said
    assert "Similarities are sharp in layer1, layer2 and all layers together" in said
    # Below it, the finding is only the stronger; and a null of units scored anew is right.
    assert "lower" in summary(paper, **nulls(0.001, 0.01, sharpness=0.4))
    anew = nulls(1.0, 0.01, sharpness=None, kind="units rescored")
    assert "observed index is higher" in summary(paper, **anew)
    assert "scores them anew" in of_pair(paper, "null", **anew)
    assert "the tables hold no more" in said


@pytest.mark.parametrize(
    ("variant", "changes", "verdict", "concluded"),
    [
        ("merged", {}, "higher", "it does with word forms merged"),
        ("merged", {"sharpness": 0.4}, "above a null that is too low", "can be concluded with"),
        ("merged", {"sharpness": None}, "above a null that may be too low", "concluded with"),
        ("merged", {"kind": "units rescored", "sharpness": 0.4}, "higher", "it does with word"),
        (
            "significant",
            {"kind": "units rescored"},
            "above a null that is too low",
            "nothing can be concluded among units with a significant concept",
        ),
    ],
)
def test_another_rule_of_counting_finds_more_than_a_null_only_where_that_is_not_too_low(
    paper, variant, changes, verdict, concluded
):
    """The sharpness is that of the main rule; significant units are chosen by their labels."""
    changed = nulls(0.3, 0.6, **changes)
    other = nulls(1.0, 0.01, **changes)["pairs__0__overall__null"]
    other.pop("sharpness", None)
    entry = paper["pairs"][0]["variants"]["merged"]["overall"] | {"null": other}
    for name in ("merged", "significant"):
        known = {"overall": entry, "layers": {}, "method": ""} if name == variant else None
        changed[f"pairs__0__variants__{name}"] = known
    pen = pen_of(paper, **changed)
    said = text(answer.certainty(pen, pen.document["pairs"][0]))
    assert f"0.500 expected, {verdict} (adjusted p 0.010)" in said
    assert concluded in text(prose.conclusions(pen))
    shown = of_pair(paper, "variants", **changed)
    assert ("Nothing follows from an index above this null" in shown) == (variant != "merged")


@pytest.mark.parametrize(
    ("main", "other", "words"),
    [
        ((0.001, 0.01), (0.001, 0.01), "; the same holds with word forms merged"),
        ((0.001, 0.01), (0.3, 0.6), "; not significantly so with word forms merged"),
        ((0.001, 0.01), (1.0, 0.01), "; the opposite holds with word forms merged"),
        ((0.3, 0.6), (0.001, 0.01), "; it does with word forms merged"),
    ],
)
def test_what_another_rule_of_counting_makes_of_a_conclusion(paper, main, other, words):
    null = nulls(*other)["pairs__0__overall__null"]
    changes = {"pairs__0__variants__merged__overall__null": null}
    assert words in text(prose.conclusions(pen_of(paper, **nulls(*main), **changes)))
    undecided = {"pairs__0__variants__merged__overall__null": None}
    said = text(prose.conclusions(pen_of(paper, **nulls(*main), **undecided)))
    assert "word forms" not in said


def test_an_overlap_outside_its_range_that_is_not_significant_is_concluded_like_one_within(paper):
    unclear = nulls(0.99, 0.06, end=0.5)["pairs__0__overall__null"]
    changes = {"pairs__0__variants__merged__overall__null": unclear}
    pen = pen_of(paper, **nulls(0.3, 0.6), **changes)
    merged = pen.document["pairs"][0]["variants"]["merged"]["overall"]
    assert decisions.against_null(merged, 0.95) == decisions.UNCLEAR
    assert "; the same holds with word forms merged" in text(prose.conclusions(pen))


def test_overlaps_under_other_settings_are_judged_like_those_of_the_study(paper):
    changed = nulls(0.3, 0.6, sharpness=0.4)
    null = nulls(1.0, 0.01)["pairs__0__overall__null"]
    null.pop("sharpness")
    other = paper["pairs"][0]["overall"] | {"null": null}
    changed["pairs__0__sensitivity"] = [
        {"setting": "top_k", "value": 4, "layers": {}, "overall": other}
    ]
    pen = pen_of(paper, **changed)
    ((_, rows),) = view.multiverse(pen, pen.document["pairs"][0])
    assert [finding for *_, finding in rows] == ["null too low"]
    assert "; nothing can be concluded with top_k = 4." in text(prose.conclusions(pen))


def test_from_a_null_that_is_too_low_nothing_is_concluded(paper):
    said = text(prose.conclusions(pen_of(paper, **nulls(1.0, 0.01, sharpness=0.4))))
    assert "lies above a null that is too low, from which nothing follows." in said
    said = text(prose.conclusions(pen_of(paper, **nulls(0.3, 0.6, detectable=(None, None)))))
    assert "The overlap of Alpha and Beta could not be tested." in said


def test_what_could_have_been_seen_is_said_where_nothing_was(paper):
    said = of_pair(paper, "null", **nulls(0.3, 0.6, detectable=(0.125, None)))
    assert "Only an index below 0.125 in layer1, below 0.125 in layer2 and below 0.125" in said
    assert "does not show that networks are alike" in said
    found = of_pair(paper, "null", **nulls(0.001, 0.01)).partition("Only an index")[2]
    assert "layer2" in found
    assert "all layers" not in found


def test_an_overlap_outside_its_range_is_never_said_to_be_within(paper):
    """The index is 4/7."""
    outside, inside = nulls(0.99, 0.12, end=0.55), nulls(0.99, 0.12)
    assert "lies outside this range, but not significantly" in summary(paper, **outside)
    assert "does not differ significantly from this" not in summary(paper, **outside)
    assert "outside the range of the null in all layers" in of_pair(paper, "null", **outside)
    for numbers, overall in ((outside, "outside, not significant"), (inside, "not significant")):
        pen = pen_of(paper, **numbers)
        assert view.findings(pen, pen.document["pairs"][0]) == {
            "layer1": "not significant",
            "layer2": "not significant",
            "": overall,
        }


def test_variants_are_given_with_their_own_null(paper, full):
    said = of_pair(paper, "variants")
    assert "With word forms merged, 4 concepts are shared; the overall index is 0.571 (null" in said
    assert "adjusted p 1.000)" in said
    said = of_pair(full, "variants")
    assert "Counting only units with a significant concept (48 of Objects, 48 of Scenes)" in said
    nothing = of_pair(full, "variants", pairs__0__variants__significant__overall__null=None)
    assert "nothing can be compared" in nothing


def test_heatmaps_name_the_most_frequent_label_and_claim_no_difference(paper):
    alpha, _, both = insights(paper)
    assert "In Alpha, the most frequent label is dot, with 3 units in all" in alpha
    assert "describe these tables only" in both
    top = [["dot", 3], ["red", 3]]
    alpha, *_ = insights(paper, networks__0__top=top)
    assert "the most frequent labels are dot and red, with 3 units each." in alpha
    assert "Beta" not in alpha


def test_what_holds_for_every_pair_is_said_only_of_the_first(tmp_path):
    runs = paper_runs(tmp_path, {**PAPER, "Gamma": PAPER["Alpha"]})
    manifest = report_manifest(runs, given=None, command=None)
    pen = pen_of({**analysis.analyse(runs), "manifest": manifest})
    pairs = [prose.compared(pen, pair) for pair in pen.document["pairs"]]
    said = " ".join(text([*words["ceiling"], *words["variants"]]) for words in pairs)
    assert said.count("these tables have neither") == 1
    assert said.count("No interval is printed") == 1
    assert " ".join(map(text, prose.insights(pen))).count("describe these tables only") == 1
    said = text(prose.summary(pen))
    assert "Alpha carries 5 distinct labels, Beta 6 and Gamma 5" in said
    assert " ;" not in said


def test_a_network_alone_has_no_limits_or_method_of_a_comparison(tmp_path):
    (run,) = paper_runs(tmp_path, {"Alpha": PAPER["Alpha"]})
    pen = pen_of({**analysis.analyse([run]), "manifest": {}})
    said = text([*prose.introduction(pen), *prose.limits(pen)])
    assert not {"networks", "null", "share"} & set(said.split())
    assert prose.comparing(pen) == []


def test_a_report_without_pictures_says_why(paper, full):
    assert "come without unit cards, so no images" in text(prose.limits(pen_of(paper)))
    shown = pen_of(full | {"cards": {"objects": [{"layer": "l"}]}})
    assert "without unit cards" not in text(prose.limits(shown))


def test_the_method_states_how_the_null_was_made(paper, full):
    for document in (paper, full):
        steps = dict(prose.comparing(pen_of(document)))
        assert "2,000 times (seed 0)" in steps["null"].striptags()
        assert ("intervals in brackets" in steps) == (document is full)


def test_indices_of_layers_are_not_ranked(paper):
    """Raw indices of layers of other widths are not comparable."""
    key = "pairs__0__layers__{}__jaccard"
    said = of_pair(paper, "overlap", **{key.format("layer1"): 0.9, key.format("layer2"): 0.1})
    assert not {"highest", "lowest"} & set(said.split())


def test_only_a_significant_difference_is_said_of_the_network_that_has_it(paper):
    raw = of_pair(paper, "separating")
    assert "No concept's share of units differs" in raw
    assert "no evidence that a network favours a concept" in raw
    tested = paper["pairs"][0]["separating"]["concepts"][0]
    for a, b, owner in ((9, 1, "Alpha"), (1, 9, "Beta")):
        first = {**tested, "concept": "grass", "a": a, "b": b, "p": 0.0001, "p_adjusted": 0.001}
        said = of_pair(paper, "separating", pairs__0__separating__concepts__0=first)
        assert f"share of the units of {owner} is labelled grass (9 against 1)" in said


def test_ties_for_the_most_frequent_label_are_all_named(paper):
    assert "grass in layer1 (3 of 6 units)" in of_network(paper, 1)
    tied = [["dot", 3], ["grass", 3], ["red", 1]]
    said = of_network(paper, 1, networks__1__layers__layer1__top=tied)
    assert "dot and grass in layer1 (3 of 6 units each)" in said


@pytest.mark.parametrize("means", [(0.1, 0.2), (0.2, 0.1), (0.2, 0.2)])
def test_similarities_of_layers_are_not_compared(paper, means):
    """With lam = 1 a similarity cannot exceed the logarithm of the layer's units."""
    layers = zip(("layer1", "layer2"), means, strict=True)
    numbers = {f"networks__0__layers__{name}__mean_similarity": mean for name, mean in layers}
    assert of_network(paper, 0, **numbers) == of_network(paper, 0)


def test_distinct_labels_are_counted_at_one_number_of_units(paper):
    said = of_network(paper, 0)
    assert "Among 4 units drawn at random from a layer, 2.6 in layer1 and 3.0 in layer2" in said
    assert "Among" not in of_network(paper, 0, networks__0__rarefied__layers__layer1__unique=None)


def test_the_direction_of_a_concept_follows_the_units_that_were_compared(paper):
    """90 of 512 are a larger share than 40 of 512, whatever further layers a network has."""
    concept = {"concept": "dog", "a": 90, "b": 40, "p": 0.0001, "p_adjusted": 0.003}
    numbers = {
        "pairs__0__separating__concepts__0": concept,
        "pairs__0__overall__units_a": 512,
        "pairs__0__overall__units_b": 512,
        "networks__0__units": 2048,
        "networks__1__units": 512,
    }
    assert "the units of Alpha is labelled dog" in of_pair(paper, "separating", **numbers)


@pytest.mark.parametrize(
    ("dead", "words"),
    [(None, "do not record dead"), (0, "no dead units"), (3, "3 of its units are dead")],
)
def test_dead_units_are_counted_denied_or_not_recorded(paper, dead, words):
    published = {"unique": 6, "mean_similarity": 0.5}
    numbers = {"networks__0__dead": dead, "networks__0__as_published": published}
    assert words in of_network(paper, 0, **numbers)


def test_an_interval_says_of_what_it_is_and_how_sure(full):
    interval = {"low": 0.1, "high": 0.3, "level": 0.95, "source": "50 resamples of the probe"}
    said = of_pair(full, "variants", pairs__0__overall__interval=interval)
    assert "The mean overall index of probes of this size and kind lies between 0.100" in said
    assert "at a confidence level of 95 %" in said
    assert "50 resamples of the probe" in said


def test_a_networks_overlap_with_itself_is_no_yardstick(full):
    """It is larger than that of two networks whatever the data: the units are the same."""
    said = of_pair(full, "ceiling")
    assert "It is no yardstick for the overlap of networks" in said
    assert not {"less", "fewer", "equal"} & set(said.split())


def test_tables_alone_name_the_noise_of_reruns_and_measurements_do_not(paper, full):
    said = of_pair(paper, "variants")
    assert "No interval is printed" in said
    assert "99.5" in said
    assert "99.5" not in of_pair(full, "variants")


def test_truth_is_claimed_only_where_intervals_are_apart(full):
    start = "Labels of Objects in layer4.1.conv2 are better than every baseline in"
    precision = "precision on the top images"
    said = of_quality(full, "truth")
    assert start in said
    assert precision in said.partition(start)[2].partition(".\n")[0]
    key = f"networks__0__truth__layers__{LAST}__gains__precision__"
    wide = {"units": 9, "mean": 0.5, "low": -0.1, "high": 1.0}
    said = of_quality(full, "truth", **{f"{key}constant": wide})
    assert "but not than the best constant concept, in precision on the top" in said
    said = of_quality(full, "truth", **{f"{key}others": wide})
    assert f"not clearly better than the labels of other units in {precision}" in said
    # An interval of no width, of units that are all alike, is no evidence.
    alike = {"units": 9, "mean": 0.5, "low": None, "high": None}
    said = of_quality(full, "truth", **{f"{key}others": alike})
    assert f"not clearly better than the labels of other units in {precision}" in said


def test_the_tests_of_each_measure_are_told(full):
    said = of_quality(full, "truth")
    assert "precision on the top images fails" in said
    assert "correlation of activation and truth and AUPRC pass" in said


@pytest.mark.parametrize("part", ["truth", "foretelling"])
def test_nothing_is_claimed_of_an_early_layer(full, part):
    said = of_quality(full, part)
    assert LAST in said
    assert "layer2" not in said


VERDICTS = {
    "significantly better in": (0.1, 0.3),
    "significantly worse in": (-0.3, -0.1),
    "not significantly different in": (-0.1, 0.3),
}


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_control_is_beaten_only_where_the_difference_says_so(full, verdict):
    names = [(pair["a"], pair["b"]) for pair in full["pairs"]]
    key = f"pairs__{names.index(('Scenes', 'Untrained'))}__differences__layers__{LAST}__truth"
    difference = {"mean": 0.25, **dict(zip(("low", "high"), VERDICTS[verdict], strict=True))}
    said = of_quality(full, "truth", **{f"{key}__pearson": difference})
    sentence = said[said.index("Labels of Scenes compared with those of the control Untrained") :]
    before = sentence[: sentence.index("correlation of activation and truth (0.250")]
    assert max(VERDICTS, key=before.rfind) == verdict


@pytest.mark.parametrize(
    ("share", "low", "high", "p", "who"),
    [
        (0.3, 0.1, 0.5, None, "larger in Objects for"),
        (-0.3, -0.5, -0.1, None, "larger in Untrained for"),
        (-0.3, -0.7, 0.1, None, "no significant difference for"),
        (0.3, -0.1, 0.7, 0.01, "larger in Objects for"),
        (-0.3, -0.5, -0.1, 0.06, "no significant difference for"),
    ],
)
def test_a_kind_is_larger_than_in_a_control_where_the_difference_says_so(
    full, share, low, high, p, who
):
    assert full["pairs"][1]["b"] == "Untrained"
    key = f"pairs__1__differences__layers__{LAST}__categories__scene"
    entry = {"share": share, "low": low, "high": high, "p": p, "p_adjusted": p}
    pen = pen_of(full, **{key: entry})
    said = text(prose.categories(pen)[1:2])
    assert said.startswith(f"Shares of labels in {LAST}, Objects − Untrained (control):")
    (part,) = (part for part in re.split("; |: ", said) if "scene" in part)
    assert part.startswith(who)


@pytest.mark.parametrize(
    ("share", "low", "high", "p", "differs"),
    [
        (0.3, 0.1, 0.5, None, True),
        (-0.3, -0.7, 0.1, None, False),
        (-0.3, -0.1, 0.7, 0.01, True),
        (-0.3, -0.5, -0.1, 0.06, False),
    ],
)
def test_the_answer_names_the_kinds_that_differ_with_estimate_interval_and_p(
    full, share, low, high, p, differs
):
    key = f"pairs__0__differences__layers__{LAST}__categories__scene"
    entry = {"share": share, "low": low, "high": high, "p": p, "p_adjusted": p}
    first = text(prose.summary(pen_of(full, **{key: entry}))[:1])
    assert ("scene" in first) == differs
    if differs:
        shares = r"scene \((none|[0-9.]+ %) against [0-9.]+ %: [+−]30\.0 \[[^]]+\] points"
        assert re.search(f"In {LAST}, Objects and Scenes differ in [^;]*{shares}", first), first
        assert (", adjusted p 0.010)" in first) == (p is not None)


def test_layers_without_a_difference_in_kind_are_named(full):
    alike = {"share": 0.1, "low": -0.1, "high": 0.3, "p": 0.4, "p_adjusted": 0.4}
    clear = alike | {"low": 0.05, "p": 0.001, "p_adjusted": 0.01}
    layers = full["pairs"][0]["differences"]["layers"]
    changed = {
        f"pairs__0__differences__layers__{layer}__categories__{kind}": clear
        if layer == LAST
        else alike
        for layer, part in layers.items()
        for kind in part["categories"]
    }
    first = text(prose.summary(pen_of(full, **changed))[:1])
    assert first.count(" against ") == 3  # the largest alone
    assert "and smaller differences in " in first
    others = [layer for layer in layers if layer != LAST]
    assert first.endswith(f"; in {' and '.join(others)} in none significantly.")
    nowhere = dict.fromkeys(changed, alike)
    said = text(prose.summary(pen_of(full, **nowhere))[:1])
    assert said.startswith(
        "The labels of Objects and Scenes show no significant difference in kinds"
    )


EXPECTED = {"Objects": ["part", "scene"], "Scenes": ["object"]}


@pytest.mark.parametrize(
    ("scene", "object_", "words"),
    [
        ((0.3, 0.01), (-0.2, 0.01), "as expected for scene and object"),
        ((-0.3, 0.01), (-0.2, 0.4), "the other way round for scene; not significant for object ("),
    ],
)
def test_what_was_expected_gets_its_verdict(full, scene, object_, words):
    entries = {
        f"pairs__0__differences__layers__{LAST}__categories__{kind}": {
            **dict(zip(("share", "p_adjusted"), numbers, strict=True)),
            **{"p": 0.001, "low": -0.5, "high": 0.5},
        }
        for kind, numbers in (("scene", scene), ("object", object_))
    }
    pen = pen_of(full, manifest__report__expected=EXPECTED, **entries)
    said = verdict(pen, pen.document["pairs"][0]).striptags()
    start = f"Expected were more part and scene in Objects, more object in Scenes: in {LAST}, "
    assert said.startswith(start.replace(", more", " and more"))
    assert words in said
    assert verdict(pen_of(full), pen_of(full).document["pairs"][0]) == ""


def test_what_no_pair_judges_is_said_kind_by_kind(full):
    """What is expected of both networks of a pair is no claim of that pair."""
    expected = {"Objects": ["scene", "object"], "Scenes": ["scene"]}
    pen = pen_of(full, manifest__report__expected=expected)
    pairs = list(pen.document["pairs"])[:1]
    said = unjudged(pen, pairs).striptags()
    start = "Expected were more scene in Objects and more scene in Scenes: this is not judged"
    assert said == f"{start} by the pairs that are described in detail."
    assert "scene" not in verdict(pen, pairs[0]).striptags()
    assert unjudged(pen, []).striptags().endswith("since no kinds were compared there by layer.")
    assert unjudged(pen_of(full, manifest__report__expected=EXPECTED), pairs) == ""


def test_the_source_of_the_kinds_is_said(full):
    assert "those of the probe's truth table" in text(prose.categories(pen_of(full))[:1])
    own = {"networks__0__categories__sha256": "a", "networks__0__categories__source": OWN}
    said = text(prose.categories(pen_of(full, **own))[:1])
    assert f"derived, before any label was seen, from {OWN}: colours" in said
    assert "has them as its classes" in said
    theirs = own | {"networks__0__categories__source": "mine.csv"}
    assert "those of the table mine.csv" in text(prose.categories(pen_of(full, **theirs))[:1])


def by_rules(*entries):
    """Return changes to the paper example: animals differ in the last layer, so by each rule."""
    pair = "pairs__0__differences"
    clear = {"share": 0.5, "low": 0.1, "high": 0.7, "p": 0.001, "p_adjusted": 0.01}
    changes = {f"{pair}__layers__layer2__categories__animal": clear}
    for number, (share, low, high) in enumerate(entries):
        one = {"a": 0.5, "b": 0.5 - share, "share": share, "low": low, "high": high}
        changes[f"{pair}__rules__{number}__layers__layer2__animal"] = one
    return changes


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            [(0.5, 0.1, 0.7), (0.25, 0.05, 0.4), (0.3, 0.1, 0.6)],
            "lies between +25.0 and +50.0 points, and its interval excludes equal shares under "
            "each.",
        ),
        (
            [(0.5, 0.1, 0.7)] * 3,
            "is +50.0 points, and its interval excludes equal shares under each.",
        ),
        (
            [(0.5, 0.1, 0.7), (0.25, -0.1, 0.4), (0.0, -0.1, 0.1)],
            "lies between +0.0 and +50.0 points, but its interval includes equal shares under "
            "other order and as spelt.",
        ),
        (
            [(0.5, 0.1, 0.7), (0.25, None, None), (0.3, 0.1, 0.6)],
            "lies between +25.0 and +50.0 points, but its interval includes equal shares under "
            "other order.",
        ),
        (
            [(0.5, 0.1, 0.7), (-0.25, -0.4, -0.1), (0.3, 0.1, 0.6)],
            "lies between \u221225.0 and +50.0 points, but its sign turns under other order.",
        ),
        (
            [(0.5, 0.1, 0.7), (-0.25, -0.4, 0.1), (0.3, -0.1, 0.6)],
            "lies between \u221225.0 and +50.0 points, but its interval includes equal shares "
            "under other order and as spelt and its sign turns under other order.",
        ),
    ],
)
def test_a_difference_in_kind_outlasts_other_rules_only_where_their_intervals_say_so(
    paper, entries, said
):
    pen = pen_of(paper, **by_rules(*entries))
    sentence = prose.rule_sensitivity(pen, pen.document["pairs"][0])
    assert sentence.striptags().endswith(f"Alpha \u2212 Beta in animal {said}")
    numbers = Page(f"<p>{sentence}</p>").numbers
    assert numbers
    for key, _, value, _ in numbers:
        assert repr(pen.document.get(*map(_position, key.split("."))).value) == value


def _position(name: str) -> str | int:
    return int(name) if name.isdecimal() else name


def test_other_rules_are_silent_without_a_difference_or_the_projects_table(paper, full):
    for document, changes in (
        (paper, {}),
        (paper, by_rules() | {"pairs__0__differences__rules": None}),
        (full, {}),
    ):
        pen = pen_of(document, **changes)
        assert prose.rule_sensitivity(pen, pen.document["pairs"][0]) == ""
    assert full["pairs"][0]["differences"]["rules"] is None


def test_categories_that_only_one_network_has_are_named(full):
    assert "scene" not in full["networks"][0]["categories"]["layers"][LAST]
    said = text(prose.summary(pen_of(full))[:1])
    assert re.search(r"scene \(none against \d+\.\d %: −\d+\.\d \[", said)


@pytest.mark.parametrize(
    ("p", "verb"), [(0.001, "predicts"), (0.4, "does not significantly predict")]
)
def test_stability_predicts_only_what_the_null_does_not(full, p, verb):
    entry = {"units": 40, "right": 20, "base_rate": 0.5, "auprc": 0.8}
    entry["chance"] = {"mean": 0.52, "low": 0.4, "high": 0.6, "p": 0.001, "p_adjusted": p}
    entry["rivals"] = {"base_rate": 0.7, "similarity": 0.9}
    said = of_quality(full, "foretelling", **{f"networks__0__foretelling__layers__{LAST}": entry})
    assert f"In {LAST}, stability {verb} which labels of Objects are right" in said
    assert "AUPRC 0.800, base rate 0.500; null 0.400 to 0.600" in said
    assert "the label alone has an AUPRC of 0.700, the similarity one of 0.900" in said


def test_labels_that_are_all_right_leave_nothing_to_predict(full):
    said = of_quality(full, "foretelling")
    assert f"In {LAST}, 40 of the 40 labels of Objects are right, so there is nothing" in said


@pytest.mark.parametrize(
    ("ranked", "words"),
    [
        (18, "18 of the 20 class units of Objects have a class whose name is in the list"),
        (0, "class units of Objects, none has a class whose name is in the list of concepts"),
    ],
)
def test_class_units_are_judged_among_those_that_could_be_right(full, ranked, words):
    said = of_quality(full, "classes")
    assert "Of the 20 class units of Objects, 15 % [" in said
    assert "have it among their 5 best labels" in said
    assert words in of_quality(full, "classes", networks__0__classes__ranked=ranked)


def test_a_sentence_takes_nodes_and_what_a_concept_says_is_not_markup():
    pen = pen_of({"network": {"name": "<b>", "share": 0.25, "top": [["{x}", 3]], "none": None}})
    network = pen.document["network"]
    written = pen.say("{}: {one[0]} {one[1]}", network, one=network["top"][0])
    assert "<script>" not in pen.given("<script>")
    assert pen.say("{}", "<b>") == "&lt;b&gt;"
    assert written.startswith("<bdi>&lt;b&gt;</bdi>")
    assert 'data-key="network.top.0.1"' in written
    assert pen.say("{:share}", network["none"]).striptags() == "–"
    assert pen.say("{}", network["none"]).striptags() == "not stated"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_extremes_are_extreme(values):
    named = {str(i): value for i, value in enumerate(values)}
    high, low = decisions.extremes(named)
    assert {named[key] for key in high} == {max(values)}
    assert {named[key] for key in low} == {min(values)}


@pytest.mark.parametrize(
    ("value", "form", "expected"),
    [
        (20000, "auto", "20,000"),
        (0.30097, "auto", "0.301"),
        (0.95, "percent", "95\u202f%"),
        (0.0005, "p", "0.0005"),
        (0.00062e-1, "p", "6\u202f×\u202f10⁻⁵"),
        (0.25, "p", "0.250"),
        (None, "auto", "–"),
        (-0.5, "share", "\u22120.500"),
        (1.0, "percent", "100\u202f%"),
        (0.25, "tenths", "25.0\u202f%"),
        (0.0208, "tenths", "2.1\u202f%"),
    ],
)
def test_numbers_are_printed_so(value, form, expected):
    assert printed(value, form) == expected


@given(st.floats(1e-300, 1), st.sampled_from(sorted(FORMATS)))
def test_every_number_can_be_printed(value, form):
    assert printed(value, form)


def test_a_node_knows_its_key():
    document = Node({"layers": {"layer4.1": {"conv2": 1}, "layer4": {"1": [5, 6]}}})
    layers = document["layers"]
    assert layers["layer4.1"]["conv2"].key == "layers.layer4.1.conv2"
    keys = ["layers.layer4.1.0", "layers.layer4.1.1"]
    assert [entry.key for entry in layers["layer4"]["1"]] == keys
    assert [entry.key for entry in layers["layer4"]["1"][:9]] == keys
    assert (layers.length.value, layers.length.key) == (2, "layers.#")
    assert layers.get("layer3", "units") == Node(None, "layers.layer3.units")
    assert not layers.get("layer3")


@pytest.mark.parametrize(
    "path", [["layer"], ["layers", "1", 2], ["layers", "layer4.1", "x"], ["layers", "1", "x"]]
)
def test_a_typo_fails_where_it_stands(path):
    *way, last = path
    document = Node({"layers": {"layer4.1": 1, "1": [5, 6]}})
    with pytest.raises(KeyError, match=".".join(map(str, path))):
        document.get(*way)[last]
