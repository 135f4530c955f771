"""Claims without runs: what arithmetic, architecture and the word list rule out."""

import pytest

from study.verify.__main__ import main
from study.verify.claims.alone import verify_alone
from study.verify.claims.claim_file import claims_of
from study.verify.reading.known import assignment

A, B = "ResNet18 on ImageNet", "ResNet18 on Places365"
HONEST = [
    {"network": [A, B], "unique": [374, 428]},
    {"shared": 178, "union": 624, "jaccard": "0.285"},
    {"network": A, "only": 196},
    {"network": B, "only": 250},
    {"network": [A, B], "layer": ["layer2", "layer3", "layer4"]}
    | {"unique": [[68, 124, 278], [66, 135, 314]], "shared": [31, 55, 110]}
    | {"jaccard": ["0.3010", "0.2696", "0.2282"], "trend": "falls", "highest": "layer2"},
    {"network": A, "layer": "layer2", "counts": [["dotted", 23], ["stripe", 8], ["red", 3]]}
    | {"top": ["dotted", "stripe"], "among_top": ["red"], "present": ["turquoise"]},
    {"network": A, "layer": "layer3", "counts": [["dotted", 28], ["checker", 13]]},
    {"network": A, "counts": [["dotted", 57]], "absent": ["zeppelin"]},
    {"network": B, "layer": "layer2", "counts": [["dotted", 15], ["checker", 10]]},
    {"network": A, "layer": "layer2", "emphasis": ["dotted"]},
    {"network": B, "claims": [{"kind": "more", "quantity": "unique", "than": A}]},
]


def verdict(*sections: dict, lists=()):
    claims = claims_of({"title": "t", "sections": [*sections]}, "claims.toml")
    return verify_alone(claims, lists=lists, known=assignment())


def test_an_honest_report_is_not_contradicted():
    found = verdict(*HONEST)
    assert (found.exit, found.causes) == (3, ())
    assert {check.status for check in found.checks} == {"undecided", "note"}


FALSE = [
    ({"network": A, "layer": "layer2", "unique": 129}, "impossible_count"),
    ({"network": A, "layer": "layer4", "counts": [["sky", 513]]}, "impossible_count"),
    ({"layer": "layer2", "shared": 200}, "impossible_count"),
    ({"network": A, "layer": "layer4", "counts": [["sky", -2]]}, "impossible_count"),
    (
        {"network": B, "layer": "layer3", "counts": [["a", 130], ["b", 127]]},
        "impossible_count",
    ),
    ({"network": B, "layer": "layer2", "counts": [["a", 60]]}, "impossible_count"),
    ({"network": A, "layer": "layer2", "counts": [["dotted", 24]]}, "set_algebra"),
    ({"network": A, "layer": "layer2", "counts": [["Dotted", 22]]}, "set_algebra"),
    ({"network": A, "layer": "layer2", "counts": [["Dotted", 23]]}, None),
    ({"network": A, "counts": [["checker", 12]]}, "set_algebra"),
    ({"network": A, "layer": "layer2", "top": ["red", "dotted"]}, "set_algebra"),
    ({"network": A, "layer": "layer2", "among_top": ["red"], "k": 2}, "set_algebra"),
    ({"network": A, "layer": "layer2", "absent": ["dotted"]}, "set_algebra"),
    ({"layer": "layer2", "jaccard": "0.41"}, "set_algebra"),
    ({"jaccard": "28.5"}, "impossible_count"),
    ({"trend": "rises"}, "reversed"),
    ({"highest": "layer4"}, "reversed"),
    ({"network": B, "layer": "layer2", "emphasis": ["dotted"]}, "reversed"),
    ({"network": A, "claims": [{"kind": "more", "quantity": "unique", "than": B}]}, "reversed"),
    (
        {"network": A, "layer": "layer2"}
        | {"claims": [{"kind": "label", "unit": 128, "value": "dotted"}]},
        "impossible_count",
    ),
]


@pytest.mark.parametrize(("false", "cause"), FALSE, ids=lambda x: str(x)[:70])
def test_one_claim_that_the_others_rule_out_is_found(false, cause):
    found = verdict(*HONEST, false)
    assert found.exit == (1 if cause else 3)
    assert [c.cause for c in found.causes][:1] == ([cause] if cause else [])


def test_a_sum_over_layers_is_no_union():
    layers = {"network": A, "layer": ["layer2", "layer3"], "unique": [68, 12]}
    whole = {"network": A, "unique": 80}
    assert verdict(layers, whole).exit == 3
    many = {"network": A, "layer": ["layer2", "layer3"], "unique": [68, 124]}
    found = verdict(many, {"network": A, "unique": 192})
    assert [c.cause for c in found.causes] == ["sum_instead_of_union"]
    dotted = [{"network": A, "layer": f"layer{n}", "present": ["dotted"]} for n in (2, 3)]
    found = verdict(layers, whole, *dotted)
    assert [c.cause for c in found.causes] == ["sum_instead_of_union"]
    assert "although 'dotted' is in two of them" in found.causes[0].evidence[0]


def test_regions_of_a_venn_diagram_under_the_wrong_names_are_found():
    swapped = [*HONEST[:2], {"network": A, "only": 250}, {"network": B, "only": 196}]
    assert verdict(*swapped).causes[0].cause == "names_swapped"


def test_words_outside_the_list_are_found(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("dotted\nred\nsky\n")
    claims = tmp_path / "claims.toml"
    claims.write_text('[[sections]]\nnetwork = "A"\ncounts = [["dotted", 3], ["zeppelin", 1]]\n')
    assert main(["claims", str(claims)]) == 3
    out = tmp_path / "out"
    assert main(["claims", str(claims), "--concepts", str(words), "--out", str(out)]) == 1
    assert "'zeppelin': not in words.txt" in (out / "verdict.json").read_text()


def test_units_are_not_guessed_where_no_architecture_is_named():
    free = {"network": "Mine", "layer": "layer2", "unique": 300}
    assert verdict(free).exit == 3
    assert verdict(free, {"architecture": "ResNet18"}).exit == 1
    assert verdict(free, {"network": "Mine", "layer": "layer2", "units": 200}).exit == 1
    assert verdict(free, {"architecture": "ResNet50"}).exit == 3


def test_the_seeds_own_numbers_show_the_swap(capsys):
    assert main(["claims", "seed", "--json", "-"]) == 1
    out = capsys.readouterr().out
    assert out.index("names_swapped") < out.index("set_algebra")
