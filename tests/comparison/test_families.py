"""Families of concepts: the frozen rule, its table, and what it says where the truth is known."""

import csv
import random

import pytest

from study.comparison.analysis import analyse
from study.comparison.grouping import TRUTH, grouping
from study.dissection.families import FAMILIES, OWN, RULES, UNKNOWN, Families, own
from study.dissection.lexicon.derive import rows
from study.dissection.lexicon.wordnet import WordNet
from study.dissection.loaded import load_runs
from study.dissection.run import Run
from study.errors import StudyError
from study.report.tables import tables
from tests.strategies_tables import dissection, measurements

FROZEN = "f0b35f9609736add5156ef3df6ed69cfc321580478c2978c8e714428c10d1e5a"
NOUNS = """  1 a line of the licence
00000001 07 n 01 chromatic_color 0 000 | any colour but black, white or grey
00000002 07 n 02 Olive 0 olive_green 0 001 @ 00000001 n 0000 | a colour
00000003 20 n 01 plant 0 000 | a plant
00000004 20 n 01 olive 0 001 @ 00000003 n 0000 | a tree
00000005 06 n 01 kitchen 0 000 | a room
00000006 05 n 01 dog 0 000 | an animal
00000007 18 n 01 dog 1 000 | a person
00000008 27 n 01 oak 0 000 | wood
00000009 04 n 01 run 0 000 | an act
"""
INDEX = """  1 a line of the licence
chromatic_color n 1 0 1 0 00000001
olive n 2 1 @ 2 0 00000004 00000002
olive_green n 1 1 @ 1 0 00000002
plant n 1 0 1 0 00000003
kitchen n 1 0 1 0 00000005
dog n 2 0 2 0 00000006 00000007
oak n 1 0 1 0 00000008
run n 1 0 1 0 00000009
"""


def wordnet(folder):
    (folder / "data.noun").write_text(NOUNS)
    (folder / "index.noun").write_text(INDEX)
    for part, word in (("verb", "go"), ("adj", "wooden"), ("adv", "quickly")):
        (folder / f"index.{part}").write_text(f"{word} v 1 0 1 0 00000001\n")
    return WordNet.read(folder)


def test_the_rule_takes_the_first_that_matches(tmp_path):
    derived = rows(wordnet(tmp_path), "/k/kitchen 203\n/a/arena/hockey 8\n", "dotted\nbumpy\n")
    expected = {
        "olive": ("colour", "WordNet", "plant other"),
        "olive green": ("colour", "WordNet", "other"),
        "grey": ("colour", "WordNet", ""),
        "dotted": ("texture", "DTD", ""),
        "dot": ("texture", "DTD", ""),
        "bump": ("texture", "DTD", ""),
        "kitchen": ("scene", "Places365", "object"),
        "arena": ("scene", "Places365", ""),
        "dog": ("animal", "WordNet", "person"),
        "oak": ("material", "WordNet", ""),
        "plant": ("plant", "WordNet", ""),
        "run": ("other", "WordNet", ""),
        "wooden": ("other", "WordNet", ""),
    }
    found = {word: tuple(rest) for word, *rest in derived}
    assert {word: found.get(word) for word in expected} == expected


def test_a_meaning_stands_below_others(tmp_path):
    nouns = wordnet(tmp_path)
    assert nouns.chain("00000004") == ("plant",)
    assert nouns.below(["plant"]) == {"olive"}
    (tmp_path / "index.noun").write_text("olive n 2 0 1 0 00000004\n")
    with pytest.raises(StudyError, match="expected WordNet's files"):
        WordNet.read(tmp_path)


def test_the_table_is_the_frozen_one():
    assert own().sha256 == FROZEN
    assert set(own().words.values()) == set(FAMILIES)
    assert set().union(*own().others.values()) <= set(FAMILIES)


def test_a_word_that_is_not_in_the_table_goes_by_its_lemma():
    said = {"Kitchens": "scene", "polka-dotted": "texture", "terriers": "animal", "qqqq": UNKNOWN}
    said |= {"airport_terminal": "scene", "  red ": "colour", "wooden": "other", "leg": "part"}
    assert {word: own().of(word) for word in said} == said
    assert own().senses("dogs")[:2] == ("animal", "person")


def test_other_rules_read_a_word_otherwise():
    """The last is the main rule's: a word on a list keeps its family in the other order."""
    said = {
        "dogs": [{"animal", "person", "food", "object"}, {"person"}, {UNKNOWN}, "animal"],
        "Kitchen": [{"scene", "object"}, {"scene"}, {"scene"}, "scene"],
        "orange": [
            {"colour", "food", "other", "plant", "material", "nature"},
            {"colour"},
            {"colour"},
            "colour",
        ],
        "terrier": [{"animal"}, {"animal"}, {"animal"}, "animal"],
        "qqqq": [{UNKNOWN}, {UNKNOWN}, {UNKNOWN}, UNKNOWN],
    }
    found = {
        word: [*(set(rule(own(), word)) for rule in RULES.values()), own().of(word)]
        for word in said
    }
    assert found == said
    assert list(RULES) == ["any sense", "other order", "as spelt"]


def test_no_word_stands_on_two_lists(shared):
    """So which of the lists is asked first decides nothing."""
    folder = shared / "lexicon"
    dtd = set((folder / "dtd.txt").read_text().replace("_", " ").split("\n")) - {""}
    names = (folder / "categories_places365.txt").read_text().splitlines()
    scenes = {line.split()[0].split("/")[2].replace("_", " ") for line in names if line.strip()}
    assert {own().of(word) for word in dtd} == {"texture"}
    assert {own().of(word) for word in scenes} == {"scene"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("word,kind\na,b\n", "expected the columns word,family"),
        ("word,family\na,b\nA,c\n", "'a': expected one family, found the word twice"),
        ("word,family\ncaf\u00e9,b\ncafe\u0301,c\n", "expected one family, found the word twice"),
        ("word,family\na\u200b,b\n", r"csv: line 2: .*marks that nobody sees, found U\+200B"),
        ("word,family\na,\u202eb\n", r"csv: line 2: .*marks that nobody sees, found U\+202E"),
        ("word,family\na,\n", "'a': expected one family, found an empty field"),
    ],
)
def test_a_table_that_says_less_or_two_things_is_refused(tmp_path, text, problem):
    (tmp_path / "families.csv").write_text(text)
    with pytest.raises(StudyError, match=problem):
        Families.read(tmp_path / "families.csv")


def test_labels_that_no_table_knows_have_no_family():
    codes = Run(dissection("A", l1="n01440764 n01443537"))
    words = Run(dissection("B", l1="dog n01443537"))
    assert grouping([codes]) is None
    assert grouping([words]).categories == {"dog": "animal", "n01443537": UNKNOWN}
    numbers = analyse([codes, words], permutations=9)
    assert [one["categories"] and one["categories"]["source"] for one in numbers["networks"]] == [
        None,
        OWN,
    ]
    assert numbers["comparison"]["differences"] is None
    assert TRUTH != OWN


@pytest.fixture(scope="module")
def published(shared):
    folder = shared / "reference-runs" / "published-1"
    return load_runs([folder / "imagenet", folder / "places"], names=["ImageNet", "Places365"])


def test_published_networks_differ_in_layer_4_alone(published):
    table = own()
    spelt = [
        [
            sum(
                table.words.get(word) == "scene"
                for word in run.dissection.layer(layer).descriptions
            )
            for run in published
        ]
        for layer in ("layer2", "layer3", "layer4")
    ]
    assert spelt == [[1, 1], [9, 10], [42, 126]]
    found = analyse(published)["comparison"]["differences"]["layers"]
    clear = {
        layer: {kind for kind, one in part["categories"].items() if one["p_adjusted"] <= 0.05}
        for layer, part in found.items()
    }
    assert clear == {"layer2": set(), "layer3": set(), "layer4": {"scene", "animal"}}
    scene = found["layer4"]["categories"]["scene"]
    assert scene["low"] < scene["share"] < scene["high"] < -0.05


def test_exact_spelling_gives_the_published_counts_of_scenes(published):
    results = analyse(published, permutations=9)
    (spelt,) = (
        rule for rule in results["comparison"]["differences"]["rules"] if rule["rule"] == "as spelt"
    )
    counts = {
        layer: [
            part["scene"][side] * len(run.dissection.layer(layer))
            for side, run in zip("ab", published, strict=True)
        ]
        for layer, part in spelt["layers"].items()
    }
    assert counts == {"layer2": [1, 1], "layer3": [9, 10], "layer4": [42, 126]}
    rows = list(csv.DictReader(tables(results, published)["rules.csv"].splitlines()))
    (row,) = (
        row
        for row in rows
        if (row["layer"], row["rule"], row["family"]) == ("layer4", "as spelt", "scene")
    )
    assert (float(row["share_a"]), float(row["share_b"])) == (42 / 512, 126 / 512)
    assert float(row["difference"]) == (42 - 126) / 512
    assert float(row["low"]) < float(row["difference"]) < float(row["high"]) < 0


def rules_of(*runs):
    differences = analyse(runs, permutations=9)["comparison"]["differences"]
    return {one["rule"]: one["layers"] for one in differences["rules"]}


def test_other_rules_count_live_units_of_the_paired_layers():
    a = dissection("A", l1="dogs dog terrier kitchen", l2="red")
    b = dissection("B", l1="dog kitchens cup cup", l2="red")
    dead = measurements(b, dead=[0, 0, 0, 1, 0])
    found = rules_of(Run(a), Run(b, labels=dead))
    assert {
        rule: layers["l2"]["colour"]["share"] for rule, layers in found.items()
    } == dict.fromkeys(RULES, 0)
    shares = {
        rule: {
            kind: (pytest.approx(one["a"]), pytest.approx(one["b"]))
            for kind, one in layers["l1"].items()
            if kind in ("animal", "person", "scene", UNKNOWN)
        }
        for rule, layers in found.items()
    }
    assert shares == {
        "any sense": {"animal": (3 / 4, 1 / 3), "person": (2 / 4, 1 / 3), "scene": (1 / 4, 1 / 3)},
        "other order": {"animal": (1 / 4, 0), "person": (2 / 4, 1 / 3), "scene": (1 / 4, 1 / 3)},
        "as spelt": {"animal": (2 / 4, 1 / 3), "scene": (1 / 4, 0), UNKNOWN: (1 / 4, 1 / 3)},
    }
    turned = rules_of(Run(b, labels=dead), Run(a))
    for rule, layers in found.items():
        for kind, one in layers["l1"].items():
            other = turned[rule]["l1"][kind]
            assert (other["a"], other["b"], other["low"]) == (
                one["b"],
                one["a"],
                pytest.approx(-one["high"]),
            )


def test_words_of_one_sense_differ_alike_by_every_rule():
    """So the intervals are those of the main rule."""
    a, b = (
        Run(dissection("A", l1="terrier terrier spaniel wooden dotted", l2="terrier")),
        Run(dissection("B", l1="wooden wooden dotted terrier", l2="dotted")),
    )
    main = analyse([a, b], permutations=9)["comparison"]["differences"]["layers"]
    for layers in rules_of(a, b).values():
        for layer, part in layers.items():
            kinds = main[layer]["categories"]
            ends = ("share", "low", "high")
            assert {kind: [one[end] for end in ends] for kind, one in part.items()} == {
                kind: [one[end] for end in ends] for kind, one in kinds.items()
            }


@pytest.mark.parametrize(
    ("table", "ruled"),
    [
        (None, False),
        ({"name": OWN, "sha256": "0" * 64}, False),
        ({"name": "mine.csv", "sha256": FROZEN}, False),
        ({"name": OWN, "sha256": FROZEN}, True),
    ],
)
def test_other_rules_are_for_the_projects_own_table_alone(table, ruled):
    """Not for a truth table, nor for another table, whatever it is called."""
    manifest = {"concepts": {"families": table}} if table else None
    runs = [
        Run(words, labels=measurements(words, category=["animal", "scene"]), manifest=manifest)
        for words in (dissection("A", l1="dog room"), dissection("B", l1="cat room"))
    ]
    differences = analyse(runs, permutations=9, different_inputs=True)["comparison"]["differences"]
    assert differences["layers"]["l1"]["categories"] is not None
    assert (differences["rules"] is not None) == ruled


def test_a_layer_without_live_units_has_no_share_by_any_rule():
    a, b = dissection("A", l1="dog", l2="dog"), dissection("B", l1="cat", l2="cat")
    found = rules_of(Run(a, labels=measurements(a, dead=[1, 0])), Run(b))
    values = {rule: set(layers["l1"].values()) for rule, layers in found.items()}
    assert values == {rule: {None} for rule in RULES}


def test_random_halves_of_one_network_do_not_differ(published):
    """On nothing: labels of one layer dealt to two networks; at most one in twenty errs."""
    labels = list(published[0].dissection.layer("layer4").descriptions)
    generator, wrong, deals = random.Random(0), 0, 60
    for _ in range(deals):
        generator.shuffle(labels)
        halves = [
            Run(dissection(name, layer4=" ".join(half)))
            for name, half in (("A", labels[:256]), ("B", labels[256:]))
        ]
        part = analyse(halves, permutations=400)["comparison"]["differences"]["layers"]["layer4"]
        wrong += any(one["p_adjusted"] <= 0.05 for one in part["categories"].values())
    assert wrong <= 7  # P(more | 5 %) is below 1 %


def test_a_label_of_signs_alone_is_of_no_family():
    assert [own().of(word) for word in ("", "_", " ")] == ["unknown"] * 3
