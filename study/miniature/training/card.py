"""The card: what the weights are, how they were made and how good they are."""

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from study.miniature import world
from study.miniature.training import model
from study.miniature.training.recipes import Recipe
from study.miniature.training.tokens import MERGES_FILE
from study.output import write_atomic

SCHEMA = "study-miniature-card/1"
CARD_FILE = "card.json"
WEIGHTS = (
    "object.safetensors",
    "scene.safetensors",
    "untrained.safetensors",
    f"clip/{model.WEIGHTS_FILE}",
)
FILES = (*WEIGHTS, f"clip/{model.CONFIG_FILE}", f"clip/{MERGES_FILE}")
_PACKAGES = ("numpy", "open_clip_torch", "pillow", "torch", "torchvision")


def write_card(folder: Path, recipe: Recipe, *, seed: int, quality: dict[str, Any]) -> None:
    """Write `CARD_FILE` beside the weights that it describes.

    Parameters
    ----------
    quality
        What `quality.measure` found for these files.
    """
    card = {
        "schema": SCHEMA,
        "world": world.digest(),
        "seed": seed,
        "recipe": recipe.to_json(),
        "classes": {"object": list(world.OBJECTS), "scene": list(world.SCENES)},
        "quality": quality,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in _PACKAGES},
        },
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name in FILES
            for data in [(folder / name).read_bytes()]
        },
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    write_atomic(folder / CARD_FILE, (text + "\n").encode())
