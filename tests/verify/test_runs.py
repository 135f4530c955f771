"""The diagnosis of runs: calibrated on published runs, and the same by law on drawn ones."""

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

from study.comparison.word_lists import fingerprint, read_list
from study.errors import Exit
from study.verify.__main__ import main
from study.verify.reading.descriptions import Part, Table, read_table
from study.verify.reading.known import assignment
from study.verify.runs import verify_pairs, verify_runs
from study.verify.runs.flips import kind

WORDS = tuple(f"w{a}{b}" for a in "abcdefghij" for b in "klmnopqrst")
SIZES = {"layer2": 40, "layer3": 60, "layer4": 90}
SEEDS = st.integers(0, 10**6)
HEAD = "layer,unit,description,similarity"


def drawn(seed: int, words=WORDS, name="drawn") -> Table:
    """A table whose labels repeat and whose similarities belong to its units."""
    rng = np.random.default_rng(seed)
    parts = {}
    for layer, size in SIZES.items():
        weights = 1 / np.arange(1, len(words) + 1)
        labels = rng.permutation(words)[rng.choice(len(words), size, p=weights / weights.sum())]
        parts[layer] = Part(np.arange(size), tuple(labels.tolist()), rng.uniform(0.05, 0.6, size))
    return Table(name, Path(f"{name}/descriptions.csv"), parts, (), (), {}, None, {})


def changed(table: Table, change) -> Table:
    """Change (label, similarity) row by row."""
    parts = {}
    for layer, part in table.parts.items():
        rows = zip(part.labels, part.similarities.tolist(), strict=True)
        labels, values = zip(*(change(label, value) for label, value in rows), strict=True)
        parts[layer] = Part(part.units, labels, np.array(values))
    return replace(table, parts=parts)


def with_part(table: Table, layer: str, part: Part) -> Table:
    return replace(table, parts={**table.parts, layer: part})


def noisy(table: Table, seed: int, sigma: float, share: float = 0) -> Table:
    rng, words = np.random.default_rng(seed), np.array(table.labels())

    def change(label, value):
        new = str(rng.choice(words)) if rng.random() < share else label
        return new, value + rng.normal() * sigma

    return changed(table, change)


def write(folder: Path, rows: list[str], name="descriptions.csv", head=HEAD) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([head, *rows, ""]))
    return folder


def outcome(verdict) -> tuple[Exit, str]:
    return verdict.exit, verdict.causes[0].cause if verdict.causes else ""


def failed(cause: str) -> tuple[Exit, str]:
    return Exit.FAILED, cause


@pytest.fixture(scope="module")
def published(shared: Path) -> dict[str, Table]:
    folder = shared / "reference-runs"
    names = [f"published-{n}/{network}" for n in (1, 2) for network in ("imagenet", "places")]
    return {name: read_table(folder / name) for name in names}


@given(SEEDS)
def test_numeric_noise_is_reproduction_and_one_changed_label_among_equal_rows_an_edit(seed):
    table = drawn(seed)
    assert outcome(verify_runs(table, noisy(table, seed + 1, 1e-4))) == (Exit.OK, "numeric_noise")
    part, unit = table.parts["layer4"], seed % SIZES["layer4"]
    labels = list(part.labels)
    labels[unit] = next(word for word in table.labels() if word != labels[unit])
    edited = with_part(table, "layer4", replace(part, labels=tuple(labels)))
    assert outcome(verify_runs(table, edited)) == failed("edited_table")


@given(SEEDS, st.sampled_from(list(SIZES)))
def test_a_layer_of_another_network_is_found_among_equal_ones(seed, layer):
    table = drawn(seed)
    verdict = verify_runs(table, with_part(table, layer, drawn(seed + 1).parts[layer]))
    assert outcome(verdict) == failed("swapped_or_other_network")
    assert layer in verdict.causes[0].evidence[0]


@given(SEEDS)
def test_missing_units_layers_and_shifted_numbers_are_findings(seed):
    table = drawn(seed)
    part = table.parts["layer4"]
    short = Part(part.units[:-7], part.labels[:-7], part.similarities[:-7])
    for other in (
        with_part(table, "layer4", short),
        with_part(table, "layer4", replace(part, units=part.units + 1)),
        replace(table, parts={k: v for k, v in table.parts.items() if k != "layer3"}),
        replace(table, parts={f"deep{k}": v for k, v in table.parts.items()}),
    ):
        assert outcome(verify_runs(table, other)) == failed("other_layers")


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (drawn(0), (Exit.OK, "identical")),
        (drawn(1), failed("swapped_or_other_network")),
        (drawn(1, tuple(f"x{word}" for word in WORDS)), failed("other_concepts")),
        (changed(drawn(0), lambda x, s: (f"other-{x}", s * 1.3)), failed("other_concepts")),
        (changed(drawn(0), lambda x, s: (x.upper(), s)), failed("label_spelling")),
    ],
)
def test_each_difference_is_diagnosed(other, expected):
    assert outcome(verify_runs(drawn(0), other)) == expected


@pytest.mark.parametrize("broken", ["layer4,7,w7", "layer4,7,,0.107"])
def test_a_row_that_cannot_be_read_is_why_a_unit_differs(tmp_path, broken):
    rows = [f"layer4,{unit},w{unit % 9},0.{unit + 100}" for unit in range(60)]
    whole = read_table(write(tmp_path / "a", rows))
    verdict = verify_runs(whole, read_table(write(tmp_path / "b", [*rows[:7], broken, *rows[8:]])))
    assert outcome(verdict) == failed("defective_table")


def test_too_few_units_cannot_be_decided():
    part = drawn(0).parts["layer2"]
    few = {"layer2": Part(part.units[:6], part.labels[:6], part.similarities[:6])}
    a, b = replace(drawn(0), parts=few), noisy(replace(drawn(0), parts=few), 1, 0.1, 0.5)
    assert verify_runs(a, b).exit == Exit.UNDECIDED
    assert verify_runs(a, a).exit == Exit.OK


def test_kinds_of_change():
    assert kind("Polka Dot", "polka-dot") == "spelling"
    assert kind("stripe", "stripes") == "inflection"
    assert kind("photograph", "photographic") == "near"
    assert kind("sofa", "couch") == "meaning"


def test_margins_of_labels_csv_are_looked_at(tmp_path):
    rows = [f"layer4,{unit},w{unit},0.{unit + 100}" for unit in range(90)]
    write(tmp_path, rows)
    rows = [f"{row},x,{row[-5:]},0" for row in rows]
    write(tmp_path, rows, "labels.csv", "layer,unit,label,similarity,runner_up,margin,dead")
    table = read_table(tmp_path)
    verdict = verify_runs(table, noisy(table, 1, 3e-3, 0.1))
    assert any(check.check == "agreement by margin" for check in verdict.checks)


def with_label(table: Table, unit: int, label: str) -> Table:
    part = table.parts["layer4"]
    labels = (*part.labels[:unit], label, *part.labels[unit + 1 :])
    return with_part(table, "layer4", replace(part, labels=labels))


def margins(table: Table, lead: float) -> dict[tuple[str, int], float]:
    return {(layer, unit): lead for layer, part in table.parts.items() for unit in part.units}


@given(SEEDS, st.booleans())
def test_a_label_whose_margin_no_noise_can_take_is_an_edit_and_a_tie_is_noise(seed, second):
    a = drawn(seed)
    b, unit = noisy(a, seed + 1, 2e-4), seed % SIZES["layer4"]
    word = next(word for word in a.labels() if word != a.parts["layer4"].labels[unit])
    b = with_label(b, unit, word)
    for lead, expected in ((2.4, failed("edited_table")), (1e-4, (Exit.OK, "numeric_noise"))):
        stated = {"margins": margins(a, lead)}
        pair = (a, replace(b, **stated)) if second else (replace(a, **stated), b)
        verdict = verify_runs(*pair)
        assert outcome(verdict) == expected
        if verdict.exit:
            text = verdict.causes[0].evidence[0]
            assert f"layer4 unit {unit}: found {word!r}, expected " in text
        assert "not stated" not in verdict.verdict


@given(SEEDS)
def test_a_changed_label_of_unknown_margin_is_said_to_be_untold(seed):
    a = drawn(seed)
    b, unit = noisy(a, seed + 1, 2e-4), seed % SIZES["layer4"]
    assert "not stated" not in verify_runs(a, b).verdict
    verdict = verify_runs(a, with_label(b, unit, a.parts["layer4"].labels[unit - 1] + "x"))
    assert outcome(verdict) == (Exit.OK, "numeric_noise")
    assert "margins not stated for 1 changed label, so a tie cannot be told" in verdict.verdict
    assert f"layer4 unit {unit}: found " in verdict.causes[0].evidence[-1]


def test_a_changed_label_that_jumps_or_is_in_no_list_is_an_edit(tmp_path):
    a = drawn(3)
    b = noisy(a, 4, 1e-5)
    (tmp_path / "words.txt").write_text("\n".join(WORDS))
    lists = [read_list(tmp_path / "words.txt")]
    verdict = verify_runs(a, with_label(b, 7, "zebra"), lists=lists)
    assert outcome(verdict) == failed("edited_table")
    assert verdict.causes[0].evidence[0].endswith("'zebra' is not in words.txt")
    part = b.parts["layer4"]
    values = part.similarities + 1e-3 * (part.units == 7)
    jumped = with_part(b, "layer4", replace(part, similarities=values))
    assert outcome(verify_runs(a, jumped)) == (Exit.OK, "numeric_noise")
    other = next(word for word in a.labels() if word != part.labels[7])
    assert outcome(verify_runs(a, with_label(jumped, 7, other))) == failed("edited_table")


@pytest.mark.parametrize("network", ["imagenet", "places"])
def test_published_runs_differ_by_their_probe_and_half_precision_is_noise(published, network):
    table, other = (published[f"published-{n}/{network}"] for n in (1, 2))
    verdict = verify_runs(table, other)
    assert (verdict.exit, [c.cause for c in verdict.causes]) == (Exit.FAILED, ["probe_variant"])
    half = changed(table, lambda label, value: (label, float(np.float16(value))))
    assert outcome(verify_runs(table, half)) == (Exit.OK, "numeric_noise")


def test_published_networks_exchanged(published):
    a, b, c, d = published.values()
    assert outcome(verify_runs(a, b)) == failed("swapped_or_other_network")
    verdict = verify_pairs((a, b), (d, c))
    assert outcome(verdict) == failed("swapped_or_other_network")
    assert "swapped" in verdict.verdict
    assert "probe_variant" in {cause.cause for cause in verdict.causes}


@pytest.mark.parametrize("scale", [1.0, 1.8])
def test_the_shorter_list_is_another_concept_list(published, shared, scale):
    table, rng = published["published-1/imagenet"], np.random.default_rng(0)
    words = read_list(shared / "concepts" / "10k.txt").words
    ordered = sorted(words)
    lost = {x: str(rng.choice(ordered)) for x in set(table.labels()) - words}
    verdict = verify_runs(table, changed(table, lambda x, s: (lost.get(x, x), s * scale)))
    assert outcome(verdict) == failed("other_concepts")
    assert "9,894 words" in " ".join(verdict.causes[0].evidence)


def test_disjoint_vocabularies_are_other_concepts_first_and_unrelated_after():
    words = [f"x{word}" for word in WORDS]
    verdict = verify_runs(drawn(0, name="A"), drawn(1, words, name="B"))
    assert [cause.cause for cause in verdict.causes] == ["other_concepts", "unrelated"]
    assert verdict.causes[0].confidence > verdict.causes[1].confidence
    evidence = " ".join(verdict.causes[0].evidence)
    assert " different labels 0 are the same" in evidence
    assert "the labels of B fit no known list" in evidence
    halves = drawn(1, [*WORDS[:50], *words[:50]])
    assert "other_concepts" not in {c.cause for c in verify_runs(drawn(0), halves).causes}


def test_both_lists_of_disjoint_vocabularies_are_named(published):
    classes = [
        "tench", "goldfish", "great white shark", "tiger shark", "hammerhead", "electric ray",
        "stingray", "cock", "hen", "ostrich", "brambling", "goldfinch", "house finch", "junco",
        "indigo bunting", "robin", "bulbul", "jay", "magpie", "chickadee", "water ouzel", "kite",
        "bald eagle", "vulture", "great grey owl", "European fire salamander", "common newt",
        "eft", "spotted salamander", "axolotl", "bullfrog", "tree frog", "tailed frog",
        "loggerhead", "leatherback turtle", "mud turtle", "terrapin", "box turtle",
        "banded gecko", "common iguana",
    ]  # fmt: skip
    rng = np.random.default_rng(0)
    a = published["published-1/imagenet"]
    b = changed(a, lambda label, value: (str(rng.choice(classes)), float(rng.uniform(0.1, 3))))
    verdict = verify_runs(a, replace(b, name="B"))
    assert verdict.causes[0].cause == "other_concepts"
    evidence = " ".join(verdict.causes[0].evidence)
    assert "fit 20,000 words" in evidence
    assert "fit 1,000 class names of ImageNet" in evidence


def test_fingerprints_are_those_of_the_lists(shared):
    for known, file in zip(assignment().lists[:2], ("20k.txt", "10k.txt"), strict=True):
        words = read_list(shared / "concepts" / file)
        assert words.words is not None
        assert (known.count, known.sha256) == (words.count, words.sha256)
        assert known.bits == fingerprint(words.words)
        assert not known.outside(words.words)


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_the_command_says_the_same_in_table_json_and_junit(tmp_path):
    rows = [f"layer2,{unit},w{unit % 9},0.{unit + 10}" for unit in range(50)]
    write(tmp_path / "a", rows)
    write(tmp_path / "b", [row.replace("w3", "v3") for row in rows])
    a, b, out = (str(tmp_path / name) for name in ("a", "b", "out"))
    done = command("-m", "study.verify", "runs", a, b, "--out", out)
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "out" / "verdict.txt").read_text() == done.stdout
    document = json.loads((tmp_path / "out" / "verdict.json").read_text())
    assert (document["schema"], document["exit"]) == ("study-verdict/1", 1)
    assert document["causes"][0]["cause"] == "edited_table"
    suite = ET.parse(tmp_path / "out" / "verdict.xml").getroot()
    assert int(suite.get("tests")) == len(document["checks"])
    done = command("-m", "study.verify", "runs", a, a, "--json", "-")
    assert (done.returncode, json.loads(done.stdout)["exit"]) == (0, 0)


def test_bad_input_is_one_line_and_2(tmp_path):
    done = command("-m", "study.verify", "runs", str(tmp_path / "none"), str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_runs_and_claims_import_no_torch_and_no_pandas():
    code = (
        "import sys, study.verify.__main__, study.verify.runs, study.verify.claims\n"
        "heavy = ('torch', 'pandas', 'scipy', 'matplotlib')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    assert command("-c", code).stdout.strip() == "[]"


def recorded(table: Table, **entries: object) -> Table:
    """The table with a manifest."""
    document = {
        "probe": {"name": "photos", "digest": "a"},
        "concepts": {"name": "words", "digest": "b"},
        "dissection": {"similarity": "soft_wpmi", "settings": {"top_k": 20}},
        "network": {"sha256": "c"},
        **entries,
    }
    return replace(table, document=document)


@pytest.mark.parametrize(
    ("entries", "cause"),
    [
        ({"concepts": {"name": "words", "digest": "x"}}, "other_concepts"),
        ({"probe": {"name": "photos", "digest": "x"}}, "other_probe"),
        ({"dissection": {"similarity": "wpmi"}}, "other_settings"),
        ({"network": {"sha256": "x"}}, "swapped_or_other_network"),
    ],
)
def test_what_the_records_state_comes_before_what_labels_suggest(entries, cause):
    a = recorded(drawn(1))
    for other in (noisy(drawn(1), 2, 0.05, share=0.4), drawn(5, name="other")):
        verdict = verify_runs(a, recorded(other, **entries))
        assert verdict.exit == Exit.FAILED
        assert (verdict.causes[0].cause, verdict.causes[0].confidence) == (cause, 1.0)
        assert verdict.causes[0].evidence[0].startswith("stated: ")
        refuted = {"other_probe", "other_concepts", "other_settings"} - {cause}
        assert not refuted & {found.cause for found in verdict.causes}


def test_equal_tables_are_reproduction_whatever_their_records_say():
    a, b = recorded(drawn(1)), recorded(drawn(1), probe={"name": "photos", "digest": "x"})
    verdict = verify_runs(a, b)
    assert outcome(verdict) == (Exit.OK, "identical")
    assert "identical); the runs' records differ: probe (photos, digest a in" in verdict.verdict
    assert verify_runs(a, a).verdict.endswith("reproduced (identical)")


ARGS = {
    "clip_model": "ViT-B/16",
    "target_model": "resnet18_places",
    "target_layers": ["layer2", "layer3"],
    "d_probe": "broden",
    "concept_set": "data/20k.txt",
    "device": "cuda",
    "similarity_fn": "soft_wpmi",
}


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("concept_set", "data/10k.txt", "concepts (20k.txt in A, 10k.txt in B)"),
        ("d_probe", "imagenet_val", "probe (broden in A, imagenet_val in B)"),
        ("similarity_fn", "wpmi", "similarity (soft_wpmi in A, wpmi in B)"),
        ("clip_model", "RN50", "encoder (ViT-B/16 in A, RN50 in B)"),
        ("target_model", "resnet18", "target_model (resnet18_places in A, resnet18 in B)"),
        ("target_model", "vgg16_places", "target_model (resnet18_places in A, vgg16_places in B)"),
        ("target_layers", ["layer3"], "target_layers (layer2, layer3 in A, layer3 in B)"),
        ("target_model", "resnet18_places365", ""),
        ("target_layers", ["layer3", "layer2"], ""),
        ("clip_model", "ViT-B-16", ""),
        ("concept_set", "lists/20k.txt", ""),
        ("device", "cpu", ""),
    ],
)
@pytest.mark.parametrize("sigma", [0, 1e-5])
def test_a_reproduction_with_contradicting_records_says_so_in_its_verdict(key, value, said, sigma):
    a, b = drawn(1, name="A"), replace(noisy(drawn(1), 2, sigma), name="B")
    verdict = verify_runs(replace(a, args=ARGS), replace(b, args={**ARGS, key: value}))
    if verdict.exit == Exit.OK:
        assert ("; the runs' records differ: " in verdict.verdict) == bool(said)
    else:  # of tables that are not equal, stated inputs are the cause
        assert sigma
        assert not key.startswith("target")
    assert said in verdict.verdict + verdict.causes[0].evidence[0]
    assert [check.detail for check in verdict.checks if check.check == "records"] == (
        [f"the runs' records differ: {said}"] if said else []
    )


def test_of_two_reproduced_networks_the_one_with_contradicting_records_is_in_the_verdict():
    first, second = (replace(drawn(seed, name=f"n{seed}"), args=ARGS) for seed in (1, 2))
    other = replace(second, args={**ARGS, "d_probe": "imagenet_val"})
    verdict = verify_pairs((first, second), (first, other))
    assert verdict.exit == Exit.OK
    assert "records differ: probe (broden in n2, imagenet_val in n2)" in verdict.verdict


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("args.txt", b'{"d_probe": '),
        ("args.txt", b""),
        ("manifest.json", b"[1]"),
        ("manifest.json", b"\xff{}"),
    ],
)
def test_a_damaged_record_is_refused_by_name_and_does_not_pass_for_none(
    tmp_path, capsys, file, content
):
    rows = [f"l,{unit},w{unit},0.5" for unit in range(30)]
    a, b = (write(tmp_path / name, rows) for name in "ab")
    assert main(["runs", str(a), str(b)]) == 0
    (b / file).write_bytes(content)
    capsys.readouterr()
    claims = ["claims", "miniature", "--runs", str(a), str(b)]
    for words in (["runs", str(a), str(b)], claims):
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert f"b/{file}: expected" in err


def test_a_record_that_links_out_of_its_folder_is_refused(tmp_path, capsys):
    rows = [f"l,{unit},w{unit},0.5" for unit in range(30)]
    a, b = (write(tmp_path / name, rows) for name in "ab")
    (tmp_path / "elsewhere").write_text("d_probe: secret")
    (b / "args.txt").symlink_to(tmp_path / "elsewhere")
    assert main(["runs", str(a), str(b)]) == 2
    assert "b/args.txt: links to a file outside" in capsys.readouterr().err


def test_a_file_is_no_reproduction_of_itself_and_the_verdict_says_so(tmp_path, capsys):
    rows = [f"l,{unit},w{unit},0.5" for unit in range(30)]
    a, b = (write(tmp_path / name, rows) for name in "ab")
    for same in (a, a / "descriptions.csv", tmp_path / "b" / ".." / "a"):
        assert main(["runs", str(a), str(same)]) == 0
        assert "(identical); both are one file, so nothing was repro" in capsys.readouterr().out
    assert main(["runs", str(a), str(b)]) == 0
    assert "one file" not in capsys.readouterr().out


@pytest.mark.parametrize("value", ["nan", "", "inf"])
def test_equal_tables_whose_similarities_nobody_can_read_say_so(tmp_path, capsys, value):
    rows = [f"l,{unit},w{unit},{value if unit % 2 else 0.5}" for unit in range(30)]
    a, b = (write(tmp_path / name, rows) for name in "ab")
    assert main(["runs", str(a), str(b)]) == 0
    said = "(identical); 15 defects in both tables, such as: line 3: expected a similarity"
    assert said in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("path", [".", "/"])
def test_a_folder_without_a_name_is_named_in_messages(tmp_path, monkeypatch, capsys, path):
    monkeypatch.chdir(tmp_path)
    assert main(["runs", path, path]) == 2
    assert f"study: {path}: expected a folder with descriptions.csv" in capsys.readouterr().err
