"""The diagnosis of runs: calibrated on published runs, and the same by law on made-up ones."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.errors import Exit
from study.verify.concept_lists import fingerprint, read_list
from study.verify.flips import kind
from study.verify.known import assignment
from study.verify.runs import verify_pairs, verify_runs
from study.verify.tables import Part, Table, read_table

WORDS = tuple(f"w{a}{b}" for a in "abcdefghij" for b in "klmnopqrst")
SIZES = {"layer2": 40, "layer3": 60, "layer4": 90}


def made(seed: int, words=WORDS, name="made") -> Table:
    """A table whose labels repeat and whose similarities belong to its units."""
    rng = np.random.default_rng(seed)
    parts = {}
    for layer, size in SIZES.items():
        weights = 1 / np.arange(1, len(words) + 1)
        labels = rng.permutation(words)[rng.choice(len(words), size, p=weights / weights.sum())]
        parts[layer] = Part(np.arange(size), tuple(labels.tolist()), rng.uniform(0.05, 0.6, size))
    return Table(name, Path(f"{name}/descriptions.csv"), parts, (), (), {}, None, {})


def changed(table: Table, change) -> Table:
    """Change (layer, unit, label, similarity) row by row."""
    parts = {}
    for layer, part in table.parts.items():
        rows = zip(part.units.tolist(), part.labels, part.similarities.tolist(), strict=True)
        rows = [change(layer, unit, label, value) for unit, label, value in rows]
        labels, values = zip(*rows, strict=True)
        parts[layer] = Part(part.units, tuple(labels), np.array(values))
    return replace(table, parts=parts)


def cause(verdict) -> str:
    return verdict.causes[0].cause if verdict.causes else ""


def noisy(table: Table, seed: int, sigma: float, share: float) -> Table:
    rng = np.random.default_rng(seed)
    words = np.array(table.labels())
    return changed(
        table,
        lambda layer, unit, label, value: (
            str(rng.choice(words)) if rng.random() < share else label,
            value + rng.normal() * sigma,
        ),
    )


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Table]:
    folder = shared / "reference-runs"
    names = [f"published-{n}/{one}" for n in (1, 2) for one in ("imagenet", "places")]
    return {name: read_table(folder / name) for name in names}


def test_a_run_equals_itself():
    verdict = verify_runs(made(0), made(0))
    assert (verdict.exit, [c.cause for c in verdict.causes]) == (Exit.OK, ["identical"])


@given(st.integers(0, 10**6))
def test_numeric_noise_is_reproduction(seed):
    table = made(seed)
    verdict = verify_runs(table, noisy(table, seed + 1, 1e-4, 0))
    assert (verdict.exit, cause(verdict)) == (Exit.OK, "numeric_noise")


@given(st.integers(0, 10**6))
def test_one_changed_label_among_equal_rows_is_an_edit_and_no_noise(seed):
    table = made(seed)
    unit = seed % SIZES["layer4"]
    label = table.parts["layer4"].labels[unit]
    other = next(word for word in table.labels() if word != label)
    edited = changed(
        table,
        lambda l, u, x, s: (other if (l, u) == ("layer4", unit) else x, s),  # noqa: E741
    )
    verdict = verify_runs(table, edited)
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "edited_table")


@given(st.integers(0, 10**6), st.sampled_from(["layer2", "layer3", "layer4"]))
def test_a_layer_of_another_network_is_found_among_equal_ones(seed, layer):
    table, other = made(seed), made(seed + 1)
    mixed = replace(table, parts={**table.parts, layer: other.parts[layer]})
    verdict = verify_runs(table, mixed)
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "swapped_or_other_network")
    assert layer in verdict.causes[0].evidence[0]


@given(st.integers(0, 10**6))
def test_missing_units_layers_and_shifted_numbers_are_findings(seed):
    table = made(seed)
    part = table.parts["layer4"]
    short = Part(part.units[:-7], part.labels[:-7], part.similarities[:-7])
    shifted = Part(part.units + 1, part.labels, part.similarities)
    for other in (
        replace(table, parts={**table.parts, "layer4": short}),
        replace(table, parts={**table.parts, "layer4": shifted}),
        replace(table, parts={k: v for k, v in table.parts.items() if k != "layer3"}),
        replace(table, parts={f"deep{k}": v for k, v in table.parts.items()}),
    ):
        verdict = verify_runs(table, other)
        assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "other_layers")


@pytest.mark.parametrize("broken", ["layer4,7,w7", "layer4,7,,0.107"])
def test_a_row_that_cannot_be_read_is_why_a_unit_differs(tmp_path, broken):
    for name in ("a", "b"):
        rows = [f"layer4,{unit},w{unit % 9},0.{unit + 100}" for unit in range(60)]
        if name == "b":
            rows[7] = broken
        (tmp_path / name).mkdir()
        text = "\n".join(["layer,unit,description,similarity", *rows])
        (tmp_path / name / "descriptions.csv").write_text(text + "\n")
    verdict = verify_runs(read_table(tmp_path / "a"), read_table(tmp_path / "b"))
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "defective_table")


def test_another_network_under_the_same_numbers():
    verdict = verify_runs(made(0), made(1))
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "swapped_or_other_network")


def test_other_words_on_the_same_units_are_another_concept_list():
    table = made(0)
    respelt = changed(table, lambda layer, unit, label, value: (f"other-{label}", value * 1.3))
    assert cause(verify_runs(table, respelt)) == "other_concepts"


def test_nothing_in_common_is_unrelated():
    assert cause(verify_runs(made(0), made(1, tuple(f"x{w}" for w in WORDS)))) == "unrelated"


def test_case_alone_is_spelling():
    table = made(0)
    upper = changed(table, lambda layer, unit, label, value: (label.upper(), value))
    verdict = verify_runs(table, upper)
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "label_spelling")


def test_too_few_units_cannot_be_decided():
    part = made(0).parts["layer2"]
    few = {"layer2": Part(part.units[:6], part.labels[:6], part.similarities[:6])}
    a, b = replace(made(0), parts=few), noisy(replace(made(0), parts=few), 1, 0.1, 0.5)
    assert verify_runs(a, b).exit == Exit.UNDECIDED
    assert verify_runs(a, a).exit == Exit.OK


def test_exchanged_networks_of_two_pairs_are_named():
    a, b = made(0, name="a"), made(1, name="b")
    straight = verify_pairs((a, b), (noisy(a, 2, 1e-4, 0), noisy(b, 3, 1e-4, 0)))
    crossed = verify_pairs((a, b), (noisy(b, 2, 1e-4, 0), noisy(a, 3, 1e-4, 0)))
    assert straight.exit == Exit.OK
    assert (crossed.exit, cause(crossed)) == (Exit.FAILED, "swapped_or_other_network")
    assert "swapped" in crossed.verdict


def test_kinds_of_change():
    assert kind("Polka Dot", "polka-dot") == "spelling"
    assert kind("stripe", "stripes") == "inflection"
    assert kind("photograph", "photographic") == "near"
    assert kind("sofa", "couch") == "meaning"


def test_margins_of_labels_csv_are_looked_at(tmp_path):
    table = made(0)
    rows = [
        (layer, unit, label, value)
        for layer, part in table.parts.items()
        for unit, (label, value) in enumerate(
            zip(part.labels, part.similarities.tolist(), strict=True)
        )
    ]
    head = "layer,unit,description,similarity\n"
    text = head + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in rows)
    (tmp_path / "descriptions.csv").write_text(text)
    head = "layer,unit,label,similarity,runner_up,margin,dead\n"
    text = head + "".join(f"{a},{b},{c},{d},x,{d / 10},0\n" for a, b, c, d in rows)
    (tmp_path / "labels.csv").write_text(text)
    verdict = verify_runs(read_table(tmp_path), noisy(table, 1, 3e-3, 0.1))
    assert any(check.check == "agreement by margin" for check in verdict.checks)


# --- published runs -----------------------------------------------------------------------------


@pytest.mark.parametrize("network", ["imagenet", "places"])
def test_the_two_published_runs_differ_by_their_probe(published, network):
    verdict = verify_runs(published[f"published-1/{network}"], published[f"published-2/{network}"])
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "probe_variant")
    assert [c.cause for c in verdict.causes] == ["probe_variant"]


@pytest.mark.parametrize("network", ["imagenet", "places"])
def test_half_precision_is_numeric_noise(published, network):
    table = published[f"published-1/{network}"]
    half = changed(table, lambda layer, unit, label, value: (label, float(np.float16(value))))
    verdict = verify_runs(table, half)
    assert (verdict.exit, cause(verdict)) == (Exit.OK, "numeric_noise")


def test_published_networks_exchanged(published):
    a, b = (published[f"published-1/{one}"] for one in ("imagenet", "places"))
    assert cause(verify_runs(a, b)) == "swapped_or_other_network"
    c, d = (published[f"published-2/{one}"] for one in ("imagenet", "places"))
    verdict = verify_pairs((a, b), (d, c))
    assert cause(verdict) == "swapped_or_other_network"
    assert "probe_variant" in {one.cause for one in verdict.causes}


@pytest.mark.parametrize("scale", [1.0, 1.8])
def test_the_shorter_list_is_another_concept_list(published, shared, scale):
    table = published["published-1/imagenet"]
    words = read_list(shared / "concepts" / "10k.txt").words
    ordered = sorted(words)
    rng = np.random.default_rng(0)
    lost = {x: str(rng.choice(ordered)) for x in set(table.labels()) - words}
    other = changed(table, lambda layer, unit, x, value: (lost.get(x, x), value * scale))
    verdict = verify_runs(table, other)
    assert (verdict.exit, cause(verdict)) == (Exit.FAILED, "other_concepts")
    assert "9,894 words" in " ".join(verdict.causes[0].evidence)


def test_fingerprints_are_those_of_the_lists(shared):
    for known, file in zip(assignment().lists, ("20k.txt", "10k.txt"), strict=True):
        words = read_list(shared / "concepts" / file)
        assert words.words is not None
        assert (known.count, known.sha256) == (words.count, words.sha256)
        assert known.bits == fingerprint(words.words)
        assert not known.outside(words.words)


# --- the command --------------------------------------------------------------------------------


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "study.verify", *words], capture_output=True, text=True, check=False
    )


def test_the_command_says_the_same_in_table_json_and_junit(tmp_path):
    rows = "".join(f"layer2,{unit},w{unit % 9},0.{unit + 10}\n" for unit in range(50))
    for name, text in (("a", rows), ("b", rows.replace("w3", "v3"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "descriptions.csv").write_text(
            "layer,unit,description,similarity\n" + text
        )
    out = tmp_path / "out"
    done = command("runs", str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(out))
    assert done.returncode == 1, done.stderr
    assert (out / "verdict.txt").read_text() == done.stdout
    document = json.loads((out / "verdict.json").read_text())
    assert document["schema"] == "study-verdict/1"
    assert document["exit"] == 1
    assert document["causes"][0]["cause"] == "edited_table"
    suite = ET.parse(out / "verdict.xml").getroot()
    assert int(suite.get("tests")) == len(document["checks"])
    done = command("runs", str(tmp_path / "a"), str(tmp_path / "a"), "--json", "-")
    assert (done.returncode, json.loads(done.stdout)["exit"]) == (0, 0)


def test_bad_input_is_one_line_and_2(tmp_path):
    done = command("runs", str(tmp_path / "none"), str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_runs_and_claims_import_no_torch_and_no_pandas():
    code = (
        "import sys, study.verify.__main__, study.verify.runs, study.verify.claims\n"
        "heavy = ('torch', 'pandas', 'scipy', 'matplotlib')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
