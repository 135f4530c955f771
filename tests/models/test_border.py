"""A crop beyond the resized picture fills it up with black: the plan and the manifest say so."""

import pytest
from torch import nn

from study.models.networks import Network
from study.models.preprocessing import Preprocessing


@pytest.mark.parametrize(
    ("resize", "crop", "border"),
    [(32, 48, True), (48, 32, False), (32, 32, False), (None, 64, False)],
)
def test_a_border_is_said(resize, crop, border):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    prepared = Preprocessing(resize=resize, crop=crop)
    network = Network.of(module, name="Mine", layers=["0"], preprocessing=prepared)
    assert [note for note in network.notes if "black border" in note] == (
        ["preprocessing: crop 48 is larger than resize 32, so pictures get a black border"]
        if border
        else []
    )
