"""Sentences follow the numbers: turn a number round and the sentence turns with it."""

import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import PAPER, full_runs, paper_runs

from study import analysis
from study.report import decisions, prose, view
from study.report.manifests import of_report
from study.report.node import Node
from study.report.pen import FORMATS, Pen, printed, say


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    runs = paper_runs(tmp_path_factory.mktemp("paper"))
    document = analysis.analyse(runs)
    return {**document, "manifest": of_report(runs, given=None, command=None), "attachments": {}}


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    manifest, runs = full_runs(tmp_path_factory.mktemp("full"))
    document = analysis.analyse(runs)
    return {**document, "manifest": of_report(runs, given=manifest, command=None), "cards": {}}


def changed(document, **numbers):
    """Return the document with other numbers; keys are written with __ for the dots."""
    document = copy.deepcopy(document)
    for key, value in numbers.items():
        *path, last = key.split("__")
        place = (
            Node(document).get(*(int(name) if name.isdecimal() else name for name in path)).value
        )
        place[int(last) if isinstance(place, list) else last] = value
    return document


def compared(document, pair=0):
    pen = Pen(document, paper=False)
    return prose.compared(pen, pen.document["pairs"][pair])


def described(document, network):
    pen = Pen(document, paper=False)
    return prose.described(pen, pen.document["networks"][network])


def text(sentences) -> str:
    return " ".join(sentence.striptags() for sentence in sentences)


def null(low, high, permutations=2000):
    return {
        "mean": 0.5,
        "low": 0.4,
        "high": 0.6,
        "p_low": low,
        "p_high": high,
        "permutations": permutations,
    }


@pytest.mark.parametrize(
    ("low", "high", "permutations", "expected"),
    [
        (0.0005, 1.0, 2000, "less overlap than chance gives"),
        (1.0, 0.0005, 2000, "more overlap than chance gives"),
        (0.3, 0.7, 2000, "Chance alone gives"),
        (0.02, 0.99, 2000, "Chance alone gives"),  # one of three tests: Holm
        (0.0005, 1.0, 50, "could not be tested"),
    ],
)
def test_below_chance_is_said_only_where_the_corrected_p_says_so(
    paper, low, high, permutations, expected
):
    document = changed(
        paper,
        pairs__0__overall__null=null(low, high, permutations),
        pairs__0__layers__layer1__null=null(0.5, 0.5, permutations),
        pairs__0__layers__layer2__null=null(0.5, 0.5, permutations),
    )
    assert expected in text(prose.summary(Pen(document, paper=False)))


def test_an_overlap_outside_its_range_is_never_said_to_be_as_by_chance(paper):
    above = {**null(0.99, 0.02), "high": 0.55}  # the index is 4/7, and Holm's p 0.12
    document = changed(
        paper,
        pairs__0__overall__null=above,
        pairs__0__layers__layer1__null=null(0.5, 0.5),
        pairs__0__layers__layer2__null=null(0.5, 0.5),
    )
    pen = Pen(document, paper=False)
    said = text([*prose.summary(pen), *prose.compared(pen, pen.document["pairs"][0])["chance"]])
    assert "This lies outside the range that chance gives, but not clearly" in said
    assert "It lies" in said or "The overlap lies outside the range of chance in all layers" in said
    assert "Chance alone gives" not in said
    assert view.findings(pen, pen.document["pairs"][0]) == {
        "layer1": "as by chance",
        "layer2": "as by chance",
        "": "not clear",
    }
    document["pairs"][0]["overall"]["null"]["high"] = 0.6
    assert view.findings(pen, pen.document["pairs"][0])[""] == "as by chance"


def test_as_many_shared_concepts_are_not_one_number_instead_of_itself(paper):
    said = text(compared(paper)["variants"])
    assert "as many concepts are shared, 4." in said
    document = changed(paper, pairs__0__variants__merged__overall__shared=3)
    said = text(compared(document)["variants"])
    assert "3 concepts are shared instead of 4." in said


def test_empty_cells_of_a_heatmap_are_named_by_layer(paper):
    said = [text(one) for one in prose.insights(Pen(paper, paper=False))]
    assert "In the heatmap of Alpha, dot has the most units, 3 in all" in said[0]
    assert "cat and dog have no unit in layer1; dot and red have no unit in layer2" in said[0]
    assert "The heatmap of Alpha shows dog, which no unit of Beta carries." in said[2]
    both = [["dot", 3], ["red", 3]]
    document = changed(
        paper,
        networks__0__top=both,
        networks__0__layers__layer1__top=both,
        networks__0__layers__layer2__top=both,
    )
    said = [text(one) for one in prose.insights(Pen(document, paper=False))]
    assert "In the heatmap of Alpha, dot and red have the most units, 3 each." in said[0]
    assert "Every concept shown has units in layer1 and in layer2." in said[0]


def test_the_last_layer_tells_which_shared_concepts_only_one_network_has_there(paper):
    said = text(prose.insights(Pen(paper, paper=False))[2])
    assert "no concept that the networks share most has units in Alpha or Beta only" in said
    document = changed(paper, networks__0__layers__layer2__top=[["dot", 3], ["sky", 1]])
    said = text(prose.insights(Pen(document, paper=False))[2])
    assert "layer2 has units of dot in Alpha only and cat in Beta only." in said


def test_what_holds_for_every_pair_is_said_only_of_the_first(tmp_path):
    runs = paper_runs(tmp_path, {**PAPER, "Gamma": PAPER["Alpha"]})
    manifest = of_report(runs, given=None, command=None)
    pen = Pen({**analysis.analyse(runs), "manifest": manifest}, paper=False)
    pairs = [prose.compared(pen, pair) for pair in pen.document["pairs"]]
    said = " ".join(text([*words["ceiling"], *words["variants"]]) for words in pairs)
    assert said.count("cannot be had from these tables") == 1
    assert said.count("No interval is printed") == 1
    insights = " ".join(text(one) for one in prose.insights(pen))
    assert insights.count("a fact about these tables") == 1
    summary = text(prose.summary(pen))
    assert "Alpha names 5 different concepts, Beta 6 and Gamma 5" in summary
    assert " ;" not in summary


def test_a_network_alone_has_no_limits_or_method_of_a_comparison(tmp_path):
    (run,) = paper_runs(tmp_path, {"Alpha": PAPER["Alpha"]})
    pen = Pen({**analysis.analyse([run]), "manifest": {}}, paper=False)
    said = text([*prose.introduction(pen), *prose.limits(pen)])
    assert not {"networks", "chance", "share"} & set(said.split())
    assert prose.comparing(pen) == []


def test_the_method_states_how_chance_was_dealt(paper, full):
    for document in (paper, full):
        steps = dict(prose.comparing(Pen(document, paper=False)))
        assert "2,000 times (seed 0)" in steps["chance"].striptags()
        assert ("intervals in brackets" in steps) == (document is full)


def test_the_layer_of_highest_overlap_is_computed(paper):
    for high, low in (("layer1", "layer2"), ("layer2", "layer1")):
        document = copy.deepcopy(paper)
        document["pairs"][0]["layers"][high]["jaccard"] = 0.9
        document["pairs"][0]["layers"][low]["jaccard"] = 0.1
        said = text(compared(document)["overlap"])
        assert f"highest in {high} (0.900) and lowest in {low} (0.100)" in said


def test_equal_overlaps_are_not_ranked(paper):
    said = text(compared(paper)["overlap"])
    assert "highest" not in said  # 2/4 in either layer


def test_a_raw_lead_is_no_emphasis(paper):
    said = text(compared(paper)["separating"])
    assert "No concept's share of units differs" in said
    assert "favours" in said


def test_a_corrected_difference_is_said_of_the_network_that_has_it(paper):
    document = copy.deepcopy(paper)
    first = document["pairs"][0]["separating"]["concepts"][0]
    for a, b, owner in ((9, 1, "Alpha"), (1, 9, "Beta")):
        first.update(concept="grass", a=a, b=b, p=0.0001, p_adjusted=0.001)
        said = text(compared(document)["separating"])
        assert f"A larger share of the units of {owner} responds to grass (9 against 1)" in said


def test_ties_for_the_commonest_label_are_all_named(paper):
    said = text(described(paper, 1))
    assert "grass in layer1 (3 of 6 units)" in said
    tied = changed(paper, networks__1__layers__layer1__top=[["dot", 3], ["grass", 3], ["red", 1]])
    said = text(described(tied, 1))
    assert "dot and grass in layer1 (3 each of 6 units)" in said


@pytest.mark.parametrize(
    ("means", "word"), [((0.1, 0.2), "rises"), ((0.2, 0.1), "falls"), ((0.2, 0.2), "is the same")]
)
def test_trends_follow_the_numbers(paper, means, word):
    document = changed(
        paper,
        networks__0__layers__layer1__mean_similarity=means[0],
        networks__0__layers__layer2__mean_similarity=means[1],
    )
    said = text(described(document, 0))
    assert f"The mean similarity {word}" in said


def test_dead_units_are_counted_denied_or_not_stated(paper):
    for dead, words in ((None, "not stated"), (0, "Every unit responds"), (3, "3 of its units")):
        document = changed(paper, networks__0__dead=dead)
        assert words in text(described(document, 0))


def test_tables_alone_name_the_noise_of_reruns_and_measurements_do_not(paper, full):
    said = text(compared(paper)["variants"])
    assert "No interval is printed" in said
    assert "99.5" in said
    assert "99.5" not in text(compared(full)["variants"])


def test_truth_is_claimed_only_where_intervals_are_apart(full):
    said = text(prose.quality(Pen(full, paper=False))["truth"])
    start = "Labels of Objects in layer4.1.conv2 are "
    assert f"{start}above every baseline by share of top images that show the label" in said
    document = copy.deepcopy(full)
    for layer in document["networks"][0]["truth"]["layers"].values():
        layer["precision"].update(low=0.0, high=1.0)
    said = text(prose.quality(Pen(document, paper=False))["truth"])
    assert f"{start}above every baseline by correlation" in said
    assert "not clearly above every baseline by share of top images that show the label" in said


def test_nothing_is_claimed_of_an_early_layer(full):
    parts = prose.quality(Pen(full, paper=False))
    for part in ("truth", "categories", "foretelling"):
        said = text(parts[part])
        assert "layer4.1.conv2" in said
        assert "layer2" not in said


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.1, 0.3, "clearly better by"),
        (-0.3, -0.1, "clearly worse by"),
        (-0.1, 0.3, "not clearly apart by"),
    ],
)
def test_a_control_is_beaten_only_where_the_difference_says_so(full, low, high, word):
    document = copy.deepcopy(full)
    pair = next(p for p in document["pairs"] if (p["a"], p["b"]) == ("Scenes", "Untrained"))
    entry = pair["differences"]["layers"]["layer4.1.conv2"]["truth"]
    entry["pearson"] = {"mean": 0.25, "low": low, "high": high}
    said = text(prose.quality(Pen(document, paper=False))["truth"])
    sentence = said[said.index("Labels of Scenes less those of the control Untrained") :]
    at = sentence.index("correlation of activation and truth (0.250")
    words = ("clearly better by", "clearly worse by", "not clearly apart by")
    assert max(words, key=sentence[:at].rfind) == word


def test_the_network_that_names_more_of_a_kind_follows_the_difference(full):
    place = "pairs__0__differences__layers__layer4.1.conv2__categories__scene"
    for share, low, high, who in (
        (0.3, 0.1, 0.5, "Objects gives more of its labels to"),
        (-0.3, -0.5, -0.1, "Scenes gives more of its labels to"),
        (-0.3, -0.7, 0.1, "not clearly apart are"),
    ):
        document = changed(full, **{place: {"share": share, "low": low, "high": high}})
        said = text(prose.quality(Pen(document, paper=False))["categories"][:1])
        assert said.startswith("Shares of labels, Objects less Scenes, in layer4.1.conv2:")
        parts = [part for part in re.split("; |: ", said) if "scene" in part]
        assert len(parts) == 1
        assert parts[0].startswith(who)
        summed_up = text(prose.summary(Pen(document, paper=False))[-1:])
        named = re.search(rf"{who.split()[0]} (gives more of its labels )?to [^.]*scene", summed_up)
        assert bool(named) == ("gives" in who), summed_up
        assert ("scene" in summed_up) == ("gives" in who)


def test_categories_that_only_one_network_has_are_named(full):
    assert "scene" not in full["networks"][0]["categories"]["layers"]["layer4.1.conv2"]
    said = text(prose.quality(Pen(full, paper=False))["categories"])
    assert re.search(
        r"Scenes gives more of its labels to [^;]*scene \(−0\.\d+ \[−0\.\d+, −0\.\d+\]\)", said
    )


def test_stability_foretells_only_what_chance_does_not(full):
    document = copy.deepcopy(full)
    for p, word in ((0.001, "foretells"), (0.4, "does not clearly foretell")):
        entry = {"units": 40, "right": 20, "base_rate": 0.5, "auprc": 0.8}
        entry["chance"] = {"mean": 0.52, "low": 0.4, "high": 0.6, "p": p}
        document["networks"][0]["foretelling"]["layers"]["layer4.1.conv2"] = entry
        said = text(prose.quality(Pen(document, paper=False))["foretelling"])
        assert f"In layer4.1.conv2, stability {word} which labels of Objects are right" in said
        assert "curve 0.800, base rate 0.500; without skill it would be 0.400 to 0.600" in said


def test_labels_that_are_all_right_leave_nothing_to_foretell(full):
    said = text(prose.quality(Pen(full, paper=False))["foretelling"])
    assert "In layer4.1.conv2, 40 of the 40 labels of Objects are right: there is nothing" in said


def test_class_units_are_judged_among_those_that_could_be_right(full):
    said = text(prose.quality(Pen(full, paper=False))["classes"])
    assert "Of the 20 class units of Objects, 15 % [" in said
    assert "have it among their 5 best labels" in said
    document = changed(full, networks__0__classes__ranked=18)
    said = text(prose.quality(Pen(document, paper=False))["classes"])
    assert "18 of the 20 class units of Objects have a class whose name is on the list" in said
    document = changed(full, networks__0__classes__ranked=0)
    said = text(prose.quality(Pen(document, paper=False))["classes"])
    assert "of Objects, none has a class whose name is on the list of concepts" in said


def test_what_a_concept_says_is_not_markup():
    assert say("{}", "<b>") == "&lt;b&gt;"
    assert "<script>" not in Pen({}, paper=False).given("<script>")


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_extremes_are_extreme(values):
    named = {str(i): value for i, value in enumerate(values)}
    assert all(named[key] == max(values) for key in decisions.extremes(named, largest=True))
    assert all(named[key] == min(values) for key in decisions.extremes(named, largest=False))


@given(st.floats(0, 1), st.floats(0, 1))
def test_apart_turns_round_with_its_arguments(a, b):
    one, other = (Node({"low": x - 0.1, "high": x + 0.1}) for x in (a, b))
    turned = {
        decisions.ABOVE: decisions.BELOW,
        decisions.BELOW: decisions.ABOVE,
        decisions.WITHIN: decisions.WITHIN,
    }
    assert decisions.apart(other, one) == turned[decisions.apart(one, other)]
    assert decisions.apart(one, Node(None)) == decisions.UNDECIDED


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


def test_a_node_knows_its_key_and_a_typo_fails_where_it_stands():
    document = Node({"layers": {"layer4.1": {"conv2": 1}, "layer4": {"1": [5, 6]}}})
    assert document["layers"]["layer4.1"]["conv2"].key == "layers.layer4.1.conv2"
    assert [entry.key for entry in document["layers"]["layer4"]["1"]] == [
        "layers.layer4.1.0",
        "layers.layer4.1.1",
    ]
    assert document["layers"].length == Node(2, "layers.#")
    assert document["layers"].length.value == 2
    assert document.get("layers", "layer3", "units") == Node(None, "layers.layer3.units")
    assert not document.get("layers", "layer3")
    for path in (["layer"], ["layers", "layer4", "1", 2], ["layers", "layer4.1", "conv2", "x"]):
        *way, last = path
        with pytest.raises(KeyError, match=str(last)):
            document.get(*way)[last]


def test_names_are_never_fixed(tmp_path):
    tables = {"Zweta": PAPER["Alpha"], "Yolm": PAPER["Beta"]}
    runs = paper_runs(tmp_path, tables)
    document = {**analysis.analyse(runs), "manifest": {}}
    said = text(prose.summary(Pen(document, paper=False)))
    assert "Zweta" in said
    assert "Alpha" not in said
