"""Runs made with different inputs are refused, or compared without any statement."""

import copy
import itertools
import unicodedata
from dataclasses import replace

import pytest

from study.comparison.analysis import analyse
from study.comparison.conditions import check_comparable, conditions
from study.comparison.respelling import otherwise_spelt
from study.comparison.states import changes, states
from study.comparison.word_lists import known_lists
from study.dissection.loaded import load_runs
from study.dissection.run import Run
from study.dissection.table import Dissection, Layer
from study.errors import StudyError
from tests.strategies_tables import dissection

MANIFEST = {
    "schema": "study-manifest/1",
    "limit": None,
    "probe": {"name": "photos", "images": 50, "digest": "a" * 64},
    "concepts": {"name": "words.txt", "count": 20, "digest": "b" * 64},
    "encoder": {
        "model": "ViT-B-16",
        "weights": "file:clip.safetensors",
        "sha256": "c" * 64,
        "preprocessing": {"size": 224, "interpolation": "bicubic", "mean": [0.48, 0.45, 0.4]},
    },
    "dissection": {
        "pool": "avg",
        "tokens": "class",
        "similarity": "soft_wpmi",
        "settings": {"top_k": 100, "lam": 1, "a": 10},
        "ties": "stable",
        "precision": "float32",
        "device": "cpu",
    },
    "network": {
        "architecture": "resnet18",
        "weights": "file:a.pth",
        "sha256": "d" * 64,
        "preprocessing": {"resize": 256, "crop": 224, "mean": [0.4, 0.4, 0.4]},
    },
}
"""What a run states, with everything on which labels depend."""

WORDS = "dog cat cat sky"


def run(name, words=WORDS, *, args=None, manifest=MANIFEST, **changed):
    """A run whose manifest has some entries changed: ``probe__digest="e"``."""
    document = copy.deepcopy(manifest)
    for path, value in changed.items():
        *outer, last = path.split("__")
        part = document
        for key in outer:
            part = part[key]
        if value is None and last in part and last != "limit":
            del part[last]
        else:
            part[last] = value
    return Run(dissection(name, l1=words), manifest=document, args=args)


def other(**changed):
    """A run of another network."""
    return run("B", "dog sky sky sea", network__sha256="e" * 64, **changed)


DIFFERENT = {
    "word list": {"concepts__digest": "f" * 64, "concepts__count": 5},
    "order of words": {"concepts__digest": "f" * 64},
    "probe": {"probe__digest": "f" * 64, "probe__name": "broden", "probe__images": 63305},
    "one photo": {"probe__digest": "f" * 64, "probe__images": 51},
    "encoder": {"encoder__model": "RN50", "encoder__sha256": "f" * 64},
    "weights of the encoder": {"encoder__sha256": "f" * 64},
    "similarity": {"dissection__similarity": "rank_reorder"},
    "top_k": {"dissection__settings__top_k": 20},
    "pool": {"dissection__pool": "max"},
    "tokens": {"dissection__tokens": "mean"},
    "precision": {"dissection__precision": "bfloat16"},
    "limit": {"limit": 20, "probe__digest": "f" * 64},
    "preprocessing of the network": {"network__preprocessing__resize": 224},
    "preprocessing of the encoder": {"encoder__preprocessing__interpolation": "bilinear"},
    "another setting": {"dissection__settings__a": 2},
    "ties": {"dissection__ties": "published"},
}
NAMED = {
    "word list": "concepts (words.txt, 20 words, digest bbbbbbbbbbbb in A, words.txt, 5 words",
    "one photo": "50 images",
    "limit": "limit (all images in A, 20 in B)",
    "top_k": "top_k (100 in A, 20 in B)",
    "pool": "pool (avg in A, max in B)",
    "preprocessing of the network": "network's resize (256 in A, 224 in B)",
}


@pytest.mark.parametrize("kind", DIFFERENT)
def test_networks_dissected_with_different_inputs_are_refused(kind):
    runs = [run("A"), other(**DIFFERENT[kind])]
    with pytest.raises(StudyError, match="different inputs") as caught:
        analyse(runs, permutations=3)
    assert NAMED.get(kind, "") in str(caught.value)
    assert "--allow-different-inputs" in str(caught.value)
    assert "--same-network" not in str(caught.value)


@pytest.mark.parametrize("kind", DIFFERENT)
def test_allowed_different_inputs_are_counted_and_never_tested(kind):
    pair = analyse([run("A"), other(**DIFFERENT[kind])], different_inputs=True)["comparison"]
    assert pair["inputs"]["differ"]
    assert pair["overall"]["jaccard"] == 0.5
    parts = [pair["overall"], pair["layers"]["l1"], pair["variants"]["merged"]["overall"]]
    assert [part["null"] for part in parts] == [None] * 3
    assert pair["separating"]["concepts"] == []
    unstated = ("differences", "matched", "alignment", "states")
    assert [pair[key] for key in unstated] == [None] * 4


HONEST = {
    "equal inputs": {},
    "another architecture, shown otherwise": {
        "network__architecture": "vit_b_16",
        "network__preprocessing": {"resize": 384, "crop": 384, "mean": [0.5, 0.5, 0.5]},
    },
    "its own normalisation": {"network__preprocessing__mean": [0.5, 0.5, 0.5]},
    "another device": {"dissection__device": "cuda"},
    "the same words from another file": {"concepts__name": "copy.txt"},
    "the same photos in another folder": {"probe__name": "pictures"},
    "a renamed file of the encoder": {"encoder__weights": "file:open_clip_model.safetensors"},
    "a renamed model of the same weights": {"encoder__model": "ViT-B-16-quickgelu"},
    "a manifest that does not state the probe": {"probe": {}},
    "a manifest that does not state the settings": {"dissection__settings": {}},
    "other measurements": {"measures": {"resamples": 3}},
    "another version of the program": {"program": {"study": "0.0.1"}},
    "other layers as well": {"dissection__layers": ["l1"]},
}


@pytest.mark.parametrize("kind", HONEST)
def test_networks_that_differ_as_networks_may_are_compared(kind):
    pair = analyse([run("A"), other(**HONEST[kind])], permutations=30)["comparison"]
    assert pair["inputs"]["differ"] == []
    assert pair["overall"]["null"] is not None
    assert pair["separating"]["concepts"]


@pytest.mark.parametrize("kind", ["word list", "probe", "top_k"])
def test_states_of_one_network_are_compared_unit_by_unit(kind):
    a = run("Before")
    b = run("After", "dog cat sky sky", **DIFFERENT[kind])
    with pytest.raises(StudyError, match="same weights: add --same-network"):
        check_comparable([a, b])
    pair = analyse([a, b], same_network=True)["comparison"]
    assert pair["states"]["overall"] == {
        "units": 4, "same": 3, "changed": 1, "expected": 1.25, "share": 0.75, "chance": 0.3125,
    }  # fmt: skip
    assert pair["states"]["changes"] == [["cat", "sky", 1]]
    assert pair["overall"]["null"] is None
    [change] = changes(a, b, {"l1": ("l1", "l1")})
    assert (change.layer, change.unit, change.a, change.b) == ("l1", 2, "cat", "sky")


def test_equal_weights_are_one_network_and_equal_tables_are_too():
    same = analyse([run("A"), run("B")])["comparison"]
    assert same["inputs"]["same_weights"] is True
    assert same["states"]["overall"]["share"] == 1
    assert same["overall"]["null"] is None
    table = {"descriptions.csv": b"equal bytes"}
    runs = [replace(run(name, network=None), files=table) for name in "AB"]
    pair = analyse(runs)["comparison"]
    assert pair["inputs"]["same_weights"] is None
    assert pair["states"]["overall"]["changed"] == 0


def test_other_widths_are_not_states_of_one_network():
    a, b = run("A"), run("B", "dog cat")
    assert states(a, b, {"l1": ("l1", "l1")}) is None
    with pytest.raises(StudyError, match="the same units"):
        analyse([a, b], same_network=True)
    pair = analyse([a, other()], same_network=True)["comparison"]
    assert pair["states"]["overall"]["same"] == 1  # asked for: other weights, the same units


def of_words(name, words, similarity=0.2):
    values = [similarity] * len(words)
    return Run(Dissection(name, (Layer("l1", tuple(words), values),)))


def test_tables_alone_tell_lists_and_functions_apart(shared):
    folder = shared / "reference-runs" / "published-1"
    a, b = (replace(one, args=None) for one in load_runs([folder / "imagenet", folder / "places"]))
    assert conditions(a, b).differ == ()
    short = next(known for known in known_lists() if known.count < 10_000)
    inside = [word for word in b.dissection.descriptions if not short.outside([word])]
    fewer = of_words("Few", inside)
    [one] = conditions(a, fewer).differ
    assert one.input == "concepts"
    assert "of them are not in the other list" in one.a
    many = of_words("Many", a.dissection.descriptions, similarity=-0.2)
    [one] = conditions(b, many).differ
    assert one.input == "similarity"
    [one] = conditions(b, of_words("Large", b.dissection.descriptions, similarity=2.5)).differ
    assert one.input == "similarity"


def test_more_labels_than_the_other_list_has_words_are_other_words():
    a = run("A", concepts={"count": 2})
    [one] = conditions(a, of_words("B", ["x", "y", "z"])).differ
    assert (one.input, one.a, one.b) == ("concepts", "2 words", "3 distinct labels")


def test_what_clip_dissect_writes_beside_a_table_is_read():
    args = {"d_probe": "broden", "concept_set": "data/20k.txt", "clip_model": "ViT-B/16"}
    a, b = (Run(dissection(name, l1=WORDS), args=args) for name in "AB")
    assert conditions(a, b).differ == ()
    for key, value, name in (
        ("d_probe", "imagenet_val", "probe"),
        ("concept_set", "data/10k.txt", "concepts"),
        ("clip_model", "RN50", "encoder"),
        ("similarity_fn", "wpmi", "similarity"),
        ("pool_mode", "max", "pool"),
    ):
        first = replace(a, args={"similarity_fn": "soft_wpmi", "pool_mode": "avg", **args})
        [one] = conditions(first, replace(first, args={**first.args, key: value})).differ
        assert one.input == name


@pytest.mark.parametrize("value", [None, 3, "text", [], [1], {"digest": [1]}, {"count": "x"}])
@pytest.mark.parametrize("part", ["probe", "concepts", "encoder", "dissection", "network"])
def test_manifests_of_any_shape_are_read(part, value):
    found = conditions(run("A"), run("B", **{part: value}))
    assert all(isinstance(one.a, str) and isinstance(one.b, str) for one in found.differ)


@pytest.mark.parametrize(
    "respelt",
    [
        str.upper,
        lambda word: word.replace(" ", "_"),
        lambda word: word.replace(" ", "-"),
        lambda word: unicodedata.normalize("NFD", word),
    ],
    ids=["case", "underscores", "hyphens", "composed letters"],
)
def test_the_same_words_by_other_rules_of_spelling_are_not_compared(respelt):
    words = [f"café no {letter} one" for letter in "abcdefgh"]
    a, b = of_words("A", words), of_words("B", [respelt(word) for word in words])
    with pytest.raises(StudyError, match=r"different inputs.*spelling \(8 labels like 'caf"):
        check_comparable([a, b])
    check_comparable([a, of_words("B", [f"other {word}" for word in words])])
    few = [respelt(word) for word in words[:2]] + [f"further {n}" for n in range(30)]
    check_comparable([of_words("A", words + [f"own {n}" for n in range(30)]), of_words("B", few)])


def test_the_example_of_another_spelling_does_not_depend_on_the_order_of_a_set():
    """A network may hold a word in many spellings; sets go through them in any order."""
    letters = itertools.product("aA", "bB", "cC", "dD", "eE", "fF")
    spellings = {"".join(one) for one in letters} - {"abcdef"}
    found = otherwise_spelt({*spellings, "w x", "y z"}, {"abcdef", "w-x", "y-z"})
    assert found == (3, "'ABCDEF'", "'abcdef'")


def test_equal_tables_are_equal_whatever_the_order_of_their_rows(tmp_path):
    rows = [("l1", unit, word, 0.1 + unit / 10) for unit, word in enumerate(("dot", "red", "sky"))]
    for name, order in (("a", rows), ("b", rows[::-1])):
        folder = tmp_path / name
        folder.mkdir()
        lines = "".join(f"{layer},{unit},{word},{value}\n" for layer, unit, word, value in order)
        (folder / "descriptions.csv").write_text(f"layer,unit,description,similarity\n{lines}")
    runs = load_runs([tmp_path / "a", tmp_path / "b"], names=["A", "B"])
    (pair,) = analyse(runs)["pairs"]
    assert pair["states"]["overall"]["changed"] == 0
