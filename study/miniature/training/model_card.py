"""The card: what the weights are, how they were made and how good they are."""

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from study.files.output import write_atomic
from study.miniature import world
from study.miniature.training import clip_folder
from study.miniature.training.drawn_pictures import world_digest
from study.miniature.training.recipes import PARTS, TASKS, Recipe

SCHEMA = "study-miniature-card/1"
CARD_FILE, PAGE_FILE = "card.json", "CARD.md"
FILES: Mapping[str, str] = {
    "object.safetensors": "classifier of objects",
    "scene.safetensors": "classifier of scenes",
    "object-twin.safetensors": "classifier of objects, other seed",
    "scene-twin.safetensors": "classifier of scenes, other seed",
    "untrained.safetensors": "untrained control",
    f"clip/{clip_folder.WEIGHTS_FILE}": "image-text model",
    f"clip/{clip_folder.CONFIG_FILE}": "its configuration",
    f"clip/{clip_folder.MERGES_FILE}": "its byte-pair merges",
}
WEIGHTS = tuple(name for name in FILES if name.endswith(".safetensors"))
_PACKAGES = ("numpy", "open_clip_torch", "pillow", "torch", "torchvision")


def write_card(folder: Path, recipe: Recipe, *, seed: int, quality: Mapping[str, Any]) -> None:
    """Write the card of the weights in `folder` as JSON and, if complete, as a page.

    `quality` is what `evaluation.measure` returns for these files, or for some of them.
    """
    card = {
        "schema": SCHEMA,
        "world": world_digest(),
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
            if (folder / name).is_file()
            for data in [(folder / name).read_bytes()]
        },
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    write_atomic(folder / CARD_FILE, (text + "\n").encode())
    if set(PARTS) <= set(quality):
        write_atomic(folder / PAGE_FILE, page(card).encode())


def page(card: Mapping[str, Any]) -> str:
    """Return the card as Markdown; every number in it is the card's."""
    recipe, quality = card["recipe"], card["quality"]
    clip, probe = recipe["clip"], quality["probe"]
    pictures = ", ".join(f"{count:,} of kind {kind}" for kind, count in recipe["pictures"].items())
    total = sum(card["files"][name]["bytes"] for name in WEIGHTS)
    worst = ", ".join(f"{word} {area:.2f}" for word, area in quality["clip"]["worst"].items())
    versions = ", ".join(f"{name} {number}" for name, number in card["versions"].items())
    files = "\n".join(
        f"| `{name}` | {FILES[name]} | {entry['bytes']:,} | `{entry['sha256']}` |"
        for name, entry in card["files"].items()
    )
    return f"""# The miniature's weights

Small networks trained from scratch on pictures that code draws. They show how a study works; they
say nothing about networks trained on photographs. No outside data or weights were used, except the
list of byte-pair merges that open_clip installs, of which only those that the world's words need
are kept.

| file | what it is | bytes | sha256 |
|---|---|---|---|
{files}

The weights take {total:,} bytes, in half precision.

## How they were made

`python -m study.miniature.training --seed {card["seed"]}`, on the world `{card["world"][:16]}`.

- Training pictures: {pictures}; captions are made from the truth of the drawing.
- Image-text model: open_clip's `CLIP` with a residual image tower (blocks {clip["blocks"]}, \
width {clip["width"]}) and a text tower of 2 x 128; {_shown(clip):,} pictures shown, image \
tower computed in {clip["precision"]}. {_phases(clip)} \
The logit scale is fixed at 100 where cosines are learned.
- Classifiers: `narrow_resnet18`, {_cycles(recipe["object"])} pictures of objects and \
{_cycles(recipe["scene"])} of scenes shown (one number per cycle of the learning rate), mirrored \
and shifted at random. The twins have the same recipe and pictures, and other initial weights and \
batches.
- Untrained control: the same architecture with He's initial weights; its batch-norm statistics \
are measured on training pictures.

## How good they are

Measured on {probe["images"]:,} fresh pictures (seed {probe["seed"]}, used for nothing else), with \
half-precision weights. AUROC: of the cosine with the bare word against the truth, mean over word \
forms. Zero-shot: the picture's own name has the highest cosine among all names of its kind.

{_table(quality, shown=_shown(clip))}

Weakest words: {worst}.

Limits: captions and training pictures come from the same world as the probe, which is kinder than \
reality; words that never appear served as negatives throughout, which makes their cosines low and \
similar.

Versions: {versions}.
"""


def _shown(clip: Mapping[str, Any]) -> int:
    """Return how many pictures the image-text model saw."""
    return sum(int(phase["images"]) for phase in clip["phases"] if phase["learns"] != "texts")


_STEPS = {
    "pictures": "linear classifiers teach the image tower every truth ({} pictures)",
    "vectors": "their vectors become directions, and cosines with them are learned ({} pictures)",
    "texts": "the text tower learns to map all forms of a word to its direction ({} words)",
    "both": "both towers are trained together, on captions of one to eight true words and on bare "
    "words, true ones against false ones and against words that never appear ({} pictures)",
}


def _phases(clip: Mapping[str, Any]) -> str:
    """Return what is learned in which order."""
    steps = [_STEPS[phase["learns"]].format(f"{phase['images']:,}") for phase in clip["phases"]]
    return "In this order: " + "; ".join(steps) + "."


def _cycles(recipe: Mapping[str, Any]) -> str:
    """Return how many pictures a classifier saw in each cycle."""
    return " + ".join(f"{cycle['images']:,}" for cycle in recipe["cycles"])


def _table(quality: Mapping[str, Any], *, shown: int) -> str:
    """Return the figures as rows."""
    clip = quality["clip"]
    rows = {
        "pictures shown to the image-text model": f"{shown:,}",
        **{f"AUROC, {name}": f"{area:.3f}" for name, area in clip["auroc"].items()},
        **{f"zero-shot, {kind}s": f"{share:.1%}" for kind, share in clip["zero_shot"].items()},
        **{f"{part} classifier": f"{quality[part]['accuracy']:.1%}" for part in TASKS},
        "best word is true": f"{clip['top1_true']:.1%}",
        "words that never appear, among the ten best": f"{clip['distractors_in_top']:.1%}",
        "mean cosine of words": f"{clip['mean']:.3f}",
        "standard deviation over words": f"{clip['spread']:.3f}",
    }
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {title} | {text} |" for title, text in rows.items())]
    )
