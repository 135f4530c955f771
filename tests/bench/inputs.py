"""Synthetic photos and words, and models with random weights: the inputs of the rows."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

from study.inputs.concepts import ConceptSet
from study.inputs.settings import EncoderSettings, NetworkSettings
from study.models.encoder import Encoder, load_encoder
from study.models.loading import load_network
from study.models.networks import Network

LAYERS = ("layer2", "layer3", "layer4")
_SYLLABLES = [c + v for c in "bdfgklmnprst" for v in ("a", "e", "i", "o", "u", "an", "er", "ing")]


def write_photos(folder: Path, count: int) -> Path:
    """Write JPEGs of the size of photos: smooth colours with fine noise, seeded."""
    folder.mkdir(parents=True)
    for index in range(count):
        generator = np.random.default_rng([7, index])
        size = (640, 480) if index % 4 else (480, 640)
        coarse = generator.integers(0, 256, (*(2 * generator.integers(3, 9, 2)), 3), dtype=np.uint8)
        smooth = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
        noise = generator.normal(0, 12, (size[1], size[0], 1))
        pixels = np.clip(np.asarray(smooth) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:05d}.jpg", quality=90)
    return folder


def words(count: int = 20_000) -> tuple[tuple[str, ...], str]:
    """Return distinct words and their origin: the shared list, or made up."""
    shared = os.environ.get("STUDY_SHARED")
    known = Path(shared) / "concepts" / "20k.txt" if shared else None
    if known is not None and known.is_file():
        listed = ConceptSet.read(known, allow_duplicates=True).words
        return listed[:: max(1, len(listed) // count)][:count], "words of the shared list"
    generator = np.random.default_rng(11)
    distinct: dict[str, None] = {}
    while len(distinct) < count:
        syllables = generator.integers(0, len(_SYLLABLES), generator.integers(1, 4))
        distinct["".join(_SYLLABLES[index] for index in syllables)] = None
    return tuple(distinct), "made-up words"


def network(seed: int) -> Network:
    """Return a ResNet18 with random weights."""
    settings = NetworkSettings(
        name=f"ResNet18 {seed}",
        role="compared",
        architecture="resnet18",
        classes=1000,
        weights=f"random:{seed}",
        layers=LAYERS,
    )
    return load_network(settings)


def encoder(model: str) -> Encoder:
    """Return an image-text model with random weights."""
    return load_encoder(EncoderSettings(model=model, weights="random:0"), precision="float32")
