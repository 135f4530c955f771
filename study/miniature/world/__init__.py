"""A world drawn by code from a seed: every picture comes with what can be seen in it."""

from study.miniature.world.drawn_probe import (
    PRESET_COUNT,
    PRESET_SEED,
    digest,
    probe_files,
    write_probe,
)
from study.miniature.world.objects import OBJECTS
from study.miniature.world.picture import IMAGE_SIZE, KINDS, Picture, draw
from study.miniature.world.scenes import SCENES
from study.miniature.world.vocabulary import TRUTHS, VOCABULARY, Word

__all__ = [
    "IMAGE_SIZE",
    "KINDS",
    "OBJECTS",
    "PRESET_COUNT",
    "PRESET_SEED",
    "SCENES",
    "TRUTHS",
    "VOCABULARY",
    "Picture",
    "Word",
    "digest",
    "draw",
    "probe_files",
    "write_probe",
]
