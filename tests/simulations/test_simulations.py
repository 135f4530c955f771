"""The statistics hold where the truth is known, in reduced counts; modules beside have the rest."""

import re
from collections import Counter

import numpy as np
import pytest

from study.comparison.null import LABELS, UNITS
from study.files.folders import resource
from tests.conftest import PROFILE
from tests.simulations import calibration, halves, probes, sentences, twins, widths
from tests.simulations.probes import standard_error

THOROUGH = PROFILE == "thorough"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("simulations")


@pytest.fixture(scope="module")
def arrays(folder):
    return probes.own(folder)


@pytest.mark.parametrize("network", ["Objects", "Scenes", "Untrained"])
def test_halves_of_a_network_are_called_different_at_the_stated_rate(arrays, network):
    """Redealt labels call the halves of a sharp layer "above" nearly always."""
    splits = 200 if THOROUGH else 40
    layers = arrays.layers if THOROUGH else ("layer4",)
    for layer in layers:
        scores, lam = arrays.scorer.uncorrected(arrays.activations[network][layer])
        found = halves.verdicts(scores, lam, splits=splits, hands=399, seed=0)
        most = halves.LEVEL + 2 * standard_error(halves.LEVEL, splits)
        for side in ("above", "below"):
            assert found[UNITS][side] / splits <= most, (layer, side)
        if (network, layer) == ("Objects", "layer4"):
            assert found[LABELS]["above"] / splits > 0.8


def test_networks_of_other_widths_that_share_a_distribution_are_not_called_different():
    draws = 300 if THOROUGH else 80
    found = widths.rates(draws, hands=299)
    most = widths.LEVEL + 2 * standard_error(widths.LEVEL, draws)
    assert max(count / draws for count in found.values()) <= most
    # The total redealt across layers is what fails, and different labels are seen.
    across = widths.rates(draws, hands=299, within=False)
    assert across["total"] / draws > most
    power = widths.rates(20, hands=299, elsewhere=0.5, widths=(widths.A, widths.A))
    assert power["any, adjusted"] / 20 > 0.8


def test_twins_overlap_as_the_null_says_and_other_tasks_less(folder):
    weights = resource("fixtures/miniature")
    arrays = probes.own(folder, networks=twins.networks(weights))
    nulls = {(a, b, key): null for a, b, key, null in twins.statements(arrays, hands=999)}
    assert len(nulls) == 12
    level = 0.05 / len(nulls)
    for (a, b, key), null in nulls.items():
        if b.endswith("-twin"):
            assert null.p > level, (a, b, key)
        elif key != "layer2":
            assert (null.p <= level, null.p_low < null.p_high) == (True, True), (a, b, key)


def test_what_a_probe_says_of_another_is_so(folder):
    """Sets of nominal 90 % hold the labels of fresh probes, and stability is what they give."""
    images = 3000 if THOROUGH else 600
    drawn = [probes.fresh(seed, folder, images=images) for seed in (81, 82)]
    units = calibration.pooled(calibration.compared(drawn))
    assert units["covered"].mean() >= 0.85
    assert units["covered"].mean() <= 0.95
    assert abs(units["stability"].mean() - units["found"].mean()) < 0.06
    said = calibration.fifths(units["reproduced"], units["found"])
    most = 0.1 if THOROUGH else 0.15
    assert all(abs(share - found) < most for count, share, found in said if count >= 50), said


def test_reports_of_halves_of_a_network_say_that_nothing_differs(arrays, tmp_path):
    reports = 100 if THOROUGH else 5
    found = {"whole": Counter(), "tables": Counter()}
    for seed in range(reports):
        network = ("Objects", "Scenes")[seed % 2]
        runs = sentences.halves(arrays, network, tmp_path / str(seed), seed=seed, splits=5)
        found["whole"].update(sentences.sentences(runs))
        found["tables"].update(sentences.sentences(sentences.bare(runs)))
    for counted in found.values():
        assert sentences.claims(counted, reports) == []
        # The halves are compared, on the first page and below: as states of one network, nothing
        # would be said of them.
        for part in ("^Do the units of X respond", "^The overlap of X .*labels did not depend"):
            assert any(re.search(part, sentence) for sentence in counted), part
    # The list can fail: a sentence that the report once had is found.
    old = Counter({"By layer, the index is highest in X (N) and lowest in X (N).": reports})
    assert sentences.claims(old, reports)


def test_the_standard_error_is_that_of_a_share():
    draws = np.random.default_rng(0).random((4000, 50)) < 0.3
    assert draws.mean(axis=1).std() == pytest.approx(standard_error(0.3, 50), rel=0.05)
