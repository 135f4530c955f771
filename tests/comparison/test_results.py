"""The results document: every key has a description, and every description a key."""

import re
from dataclasses import replace

import numpy as np
import pytest

from study.comparison.analysis import analyse
from study.comparison.pairing import Pairing
from study.comparison.results import KEYS, validate
from study.dissection.loaded import load_runs
from study.dissection.pair_tables import Alignment, Match
from study.dissection.run import Run
from study.dissection.table import Dissection, Layer
from tests.report.report_samples import full_runs
from tests.strategies_tables import dissection

PATTERNS = {tuple(re.findall(r"\[\]|[^.\[\]]+", pattern)) for pattern in KEYS}
SAME = {
    "controls": ("networks",),
    "twins": ("networks",),
    "comparison": ("pairs", "[]"),
    "overall": ("layers", "*"),
}


def paths(value, path=()):
    """Yield the path of every key below a value; repeated shapes under the path described."""
    if isinstance(value, list):
        for item in value:
            yield from paths(item, (*path, "[]"))
    elif isinstance(value, dict):
        for key, item in value.items():
            if path[-1:] != ("layers",):
                yield (*path, key)
            yield from paths(item, (*path, *SAME.get(key, (key,))))


def patterns_of(path):
    return {
        pattern
        for pattern in PATTERNS
        if len(pattern) == len(path)
        and all(own in (key, "*") for own, key in zip(pattern, path, strict=True))
    }


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """The results of every measurement: with a control, and with a third network."""
    _, runs = full_runs(tmp_path_factory.mktemp("full"))
    a, b, c = (
        replace(
            run,
            manifest={**run.manifest, "limit": 10},
            labels=run.labels.assign(precision=run.labels["unit"] % 3 / 2),
            resamples={layer.name: [layer.descriptions] * 20 for layer in run.dissection.layers},
        )
        for run in runs
    )
    layer = c.dissection.layer_names[0]
    twin = replace(
        c,
        role="twin",
        twin_of=b.name,
        matches=(Match(b.digest, layer, 0, 0, 0.5), Match(b.digest, layer, 1, 1, 0.5)),
        alignment=(Alignment(b.digest, layer, "networks", 0, 0.5),),
    )
    other = replace(a, manifest={**a.manifest, "limit": 20})
    state = replace(other, dissection=replace(other.dissection, name="Later"))
    gap = Run(Dissection("Gap", (Layer("l1", ("cat",), np.ones(1), (3,)),)))
    two = Run(dissection("Two", m1="cat", m2="dog"))
    lone = Run(dissection("Lone", m1="cat"))
    return [
        analyse([gap, two], permutations=3, pairing=Pairing((("l1", "m1"),))),
        analyse([gap, lone], permutations=3, pairing=Pairing(by_depth=True)),
        analyse([two, gap], permutations=3, pairing=Pairing((("l1", "m1"),))),
        analyse([gap, two], permutations=3, pairing=Pairing(overall_only=True)),
        *(
            analyse([a, b, third], permutations=3)
            for third in (c, replace(c, role="compared"), twin)
        ),
        analyse([a, state], different_inputs=True, same_network=True, permutations=3),
    ]


def test_every_key_is_described_and_every_description_used(documents):
    used = {path: patterns_of(path) for document in documents for path in paths(document)}
    assert not [path for path, patterns in used.items() if not patterns]
    assert set().union(*used.values()) == PATTERNS


def test_every_key_of_the_published_runs_is_described(shared):
    folder = shared / "reference-runs" / "published-1"
    document = analyse(load_runs([folder / "imagenet", folder / "places"]), permutations=3)
    validate(document)
    assert document["networks"][0]["top"][0] == ["dotted", 60]
    assert not [path for path in paths(document) if not patterns_of(path)]
