"""What matched units and aligned layers say, from their tables alone."""

from dataclasses import replace

import numpy as np
import pytest

from study.comparison.analysis import analyse
from study.comparison.likeness import alignment, matched
from study.dissection.pair_tables import (
    Alignment,
    Match,
    parse_alignment,
    parse_matches,
    write,
)
from study.dissection.run import Run
from study.errors import StudyError
from tests.strategies_tables import dissection

MAPPING = {"l": ("l", "l")}


def runs_of(a, b, pairs):
    """Two runs, the first of which holds which units are matched."""
    first, second = (Run(table, files={"descriptions.csv": table.dumps()}) for table in (a, b))
    matches = tuple(Match(second.digest, "l", i, j, 0.5) for i, j in pairs)
    aligned = (
        Alignment(second.digest, "l", "networks", 0, 0.2),
        Alignment(second.digest, "l", "own halves", 1, 0.7),
        Alignment(second.digest, "l", "own halves", 2, 0.9),
        Alignment(second.digest, "l", "other halves", 1, float("nan")),
    )
    return replace(first, matches=matches, alignment=aligned), second


def test_matched_units_that_share_labels_are_found_and_others_are_not():
    words = [f"w{n}" for n in range(30)]
    a, b = dissection("A", l=" ".join(words)), dissection("B", l=" ".join(words[::-1]))
    paired = runs_of(a, b, [(n, 29 - n) for n in range(30)])
    found = matched(*paired, MAPPING, permutations=200, seed=0)["layers"]["l"]
    assert (found["pairs"], found["same"], found["correlation"]) == (30, 1.0, 0.5)
    assert found["null"]["p"] == 1 / 201
    assert found["null"]["mean"] == pytest.approx(1 / 30, abs=0.02)
    unrelated = runs_of(a, b, [(n, n) for n in range(30)])
    found = matched(*unrelated, MAPPING, permutations=200, seed=0)["layers"]["l"]
    assert found["null"]["p"] > 0.5


def test_the_null_of_shuffled_pairs_holds_where_pairs_say_nothing():
    """Labels drawn without regard to the matching: at most 5 % of 200 are found."""
    draw, found = np.random.default_rng(0), 0
    for _ in range(200):
        a, b = (dissection(n, l=" ".join(draw.choice(list("abcdef"), 20))) for n in "AB")
        paired = runs_of(a, b, list(zip(range(20), draw.permutation(20).tolist(), strict=True)))
        layer = matched(*paired, MAPPING, permutations=99, seed=1)["layers"]["l"]
        found += layer["null"]["p"] <= 0.05
    assert found / 200 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


def test_both_orders_of_a_pair_say_the_same():
    a, b = dissection("A", l="p q r s"), dissection("B", l="s q p p")
    first, second = runs_of(a, b, [(0, 2), (1, 1), (2, 0), (3, 3)])
    there, back = (
        matched(*pair, MAPPING, permutations=50, seed=0)["layers"]["l"]
        for pair in ((first, second), (second, first))
    )
    assert (there["same"], back["same"]) == (0.5, 0.5)
    own, turned = (
        alignment(*p, MAPPING)["layers"]["l"] for p in ((first, second), (second, first))
    )
    assert own["a"] == turned["b"] == {"mean": pytest.approx(0.8), "low": 0.7, "high": 0.9}
    assert own["b"] == {"mean": None, "low": None, "high": None}
    assert own["cka"] == turned["cka"] == 0.2
    document = analyse([first, second])["comparison"]
    null = document["matched"]["layers"]["l"]["null"]
    assert null["p_adjusted"] == null["p"]
    other = replace(second, files={"descriptions.csv": b"another"})
    bare = analyse([first, other])["comparison"]
    assert (bare["matched"], bare["alignment"]) == (None, None)


def test_the_tables_come_back_as_they_were_written(tmp_path):
    first, _ = runs_of(dissection("A", l="p q"), dissection("B", l="q p"), [(0, 1), (1, 0)])
    for rows, parse in ((first.matches, parse_matches), (first.alignment, parse_alignment)):
        write(rows, tmp_path / "table.csv")
        data = (tmp_path / "table.csv").read_bytes()
        assert repr(parse(data, name="x")) == repr(rows)
    with pytest.raises(StudyError, match="line 2: unit: expected a whole number"):
        parse_matches(b"other,layer,unit,match,correlation\nx,l,-1,0,0.5\n", name="x")
