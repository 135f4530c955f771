"""A batch in pieces is the batch."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from study.pieces import pieces


@given(images=st.integers(1, 70), side=st.integers(1, 512))
def test_pieces_are_the_batch_in_order(images, side):
    batch = torch.arange(images).view(-1, 1, 1, 1).expand(images, 3, side, side)
    found = pieces(batch, nn.Linear(1, 1))
    assert [int(image[0, 0, 0]) for piece in found for image in piece] == list(range(images))
    assert all(len(piece) == 1 or len(piece) * side**2 <= 12 * 224**2 for piece in found)
    assert len(found) == 1 or len(found[0]) + 1 > 12 * 224**2 / side**2 >= len(found[0])


def test_small_images_stay_together_and_so_does_what_no_cpu_computes():
    assert len(pieces(torch.zeros(64, 3, 96, 96), nn.Identity())) == 1
    assert len(pieces(torch.zeros(64, 3, 224, 224), nn.Identity())) == 6
    elsewhere = nn.Linear(1, 1, device="meta")
    assert len(pieces(torch.zeros(64, 3, 224, 224), elsewhere)) == 1
    assert len(pieces(torch.zeros(64, 200), nn.Identity())) == 1
