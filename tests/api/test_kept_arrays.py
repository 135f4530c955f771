"""Kept arrays are found again for what computes the same, whatever it looks like, and no other."""

import numpy as np
import pytest
import torch
from torch import nn

import study
from study.errors import StudyError
from study.models import behaviour
from study.models.encoder.own import OwnEncoder
from study.models.preparation import Preparation
from tests.api.test_api import FAST, small

WORDS = ["dog", "cat", "car", "tree", "house", "sky", "water", "red", "green", "blue"]
FLIP = False


def tensor(image):
    return torch.from_numpy(np.asarray(image, np.float32)).permute(2, 0, 1) / 255


def by_global(image):
    return tensor(image).flip(0) if FLIP else tensor(image)


def by_default(flip):
    def prepare(image, flip=flip):
        return tensor(image).flip(0) if flip else tensor(image)

    return prepare


class ByAttribute(nn.Module):
    """A transform of which ``repr`` says nothing."""

    def __init__(self, flip):
        super().__init__()
        self.flip = flip

    def forward(self, image):
        return tensor(image).flip(0) if self.flip else tensor(image)


LAMBDAS = [lambda image: tensor(image).flip(2), lambda image: tensor(image).flip(0)]


class Embeds:
    """An encoder without a digest, of random weights."""

    def __init__(self, seed, prepare=tensor):
        self.seed, self.preprocessing = seed, ("plain", prepare)

    def encode_images(self, images):
        generator = torch.Generator().manual_seed(self.seed)
        pooled = nn.functional.adaptive_avg_pool2d(images, 4).flatten(1)
        return pooled @ torch.randn(pooled.shape[1], 16, generator=generator)

    def encode_concepts(self, words):
        return torch.randn(len(words), 16, generator=torch.Generator().manual_seed(7))


@pytest.fixture(scope="module")
def pictures():
    noise = np.random.default_rng(0)
    return [noise.integers(0, 256, (24, 24, 3), dtype=np.uint8) for _ in range(30)]


def dissected(pictures, network, prepare, store=None, *, encoder=None, name="A"):
    return study.dissect(
        network,
        layers=["0", "2"],
        name=name,
        probe=pictures,
        concepts=WORDS,
        encoder=encoder or Embeds(1),
        preprocessing=prepare,
        store=store,
        **FAST,
    )


def table(run) -> str:
    return run.descriptions.to_csv()


def pre_hooked():
    network = small()
    network[0].register_forward_pre_hook(lambda _, given: (given[0].flip(1),))
    return network


def patched():
    network = small()
    inner = network[0].forward
    network[0].forward = lambda images: inner(images.flip(1))
    return network


class Wrapped(nn.Module):
    """A layer behind a function that is no part of its structure."""

    def __init__(self, function):
        super().__init__()
        self.function, self.inner = function, small()[0]

    def forward(self, images):
        return self.inner(self.function(images))


def wrapped(function):
    return nn.Sequential(Wrapped(function), *list(small())[1:])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (by_default(False), by_default(True)),
        (LAMBDAS[0], LAMBDAS[1]),
        (ByAttribute(False), ByAttribute(True)),
        (("mine", by_default(False)), ("mine", by_default(True))),
    ],
    ids=["default argument", "lambdas of one line", "attribute", "one name"],
)
def test_another_preprocessing_finds_nothing_kept(tmp_path, pictures, first, second):
    a = dissected(pictures, small(), first, tmp_path)
    b = dissected(pictures, small(), second, tmp_path, name="B")
    assert table(b) == table(dissected(pictures, small(), second, name="B")) != table(a)
    with pytest.raises(StudyError, match="network's source"):
        study.compare(a, b)


def test_a_changed_global_finds_nothing_kept(tmp_path, pictures, monkeypatch):
    a = dissected(pictures, small(), by_global, tmp_path)
    monkeypatch.setitem(globals(), "FLIP", True)
    b = dissected(pictures, small(), by_global, tmp_path)
    assert table(b) == table(dissected(pictures, small(), by_global)) != table(a)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (small, pre_hooked),
        (small, patched),
        (lambda: wrapped(lambda x: x), lambda: wrapped(lambda x: x.flip(1))),
    ],
    ids=["hook", "patched forward", "function as attribute"],
)
def test_another_network_of_the_same_weights_finds_nothing_kept(tmp_path, pictures, first, second):
    a = dissected(pictures, first(), tensor, tmp_path)
    b = dissected(pictures, second(), tensor, tmp_path)
    assert table(b) == table(dissected(pictures, second(), tensor)) != table(a)


def test_the_same_again_is_found(tmp_path, pictures, capsys):
    dissected(pictures, small(), by_default(False), tmp_path)
    entries = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    again = Embeds(1)
    study.dissect(
        small(), layers=["0", "2"], name="A", probe=pictures, concepts=WORDS, encoder=again,
        preprocessing=by_default(False), store=tmp_path, **(FAST | {"progress": True}),
    )  # fmt: skip
    assert "activations: 0 images (30 kept from before)" in capsys.readouterr().err
    assert set(entries) <= {path for path in tmp_path.rglob("*") if path.is_file()}


def test_encoders_that_state_no_digest_are_told_apart_by_their_features(pictures):
    a = dissected(pictures, small(), tensor, encoder=Embeds(1))
    same = dissected(pictures, small(1), tensor, encoder=Embeds(1), name="B")
    study.compare(a, same)
    other = dissected(pictures, small(1), tensor, encoder=Embeds(2), name="B")
    with pytest.raises(StudyError, match=r"different inputs.*encoder \(Embeds, digest"):
        study.compare(a, other)
    flipped = Embeds(1, by_default(True))
    shown = dissected(pictures, small(1), tensor, encoder=flipped, name="B")
    with pytest.raises(StudyError, match=r"different inputs.*encoder"):
        study.compare(a, shown)
    assert a.manifest["encoder"]["digest_of"] == "features"


def test_a_stated_digest_is_kept(pictures):
    encoder = Embeds(1)
    encoder.sha256 = "a" * 64
    assert OwnEncoder.of(encoder, device="cpu").observed(WORDS).sha256 == "a" * 64


def test_features_of_another_machine_have_the_same_digest():
    noise = np.random.default_rng(1)
    features = [torch.from_numpy(noise.normal(size=(8, 32))) for _ in range(2)]
    near = [part * (1 + 1e-9) for part in features]
    assert behaviour.of_features(near) == behaviour.of_features(features)
    other = [features[0], features[1] + 0.1 * torch.from_numpy(noise.normal(size=(8, 32)))]
    assert behaviour.of_features(other) != behaviour.of_features(features)


def test_a_function_that_refuses_the_fixed_pictures_is_never_found_again():
    def picky(image):
        raise ValueError(image.size)

    sources = {Preparation.of(picky).source for _ in range(2)}
    assert len(sources) == 2


def test_random_preprocessing_is_never_found_again():
    def crop(image):
        return tensor(image) + torch.rand(1)

    assert Preparation.of(crop).source != Preparation.of(crop).source
