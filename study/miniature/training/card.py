"""The card: what the weights are, how they were made and how good they are."""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from study.miniature import world
from study.miniature.training import model
from study.miniature.training.pictures import world_digest
from study.miniature.training.recipes import PARTS, Recipe
from study.miniature.training.tokens import MERGES_FILE
from study.output import write_atomic

SCHEMA = "study-miniature-card/1"
CARD_FILE, PAGE_FILE = "card.json", "CARD.md"
WEIGHTS = (
    "object.safetensors",
    "scene.safetensors",
    "untrained.safetensors",
    f"clip/{model.WEIGHTS_FILE}",
)
FILES = (*WEIGHTS, f"clip/{model.CONFIG_FILE}", f"clip/{MERGES_FILE}")
_PACKAGES = ("numpy", "open_clip_torch", "pillow", "torch", "torchvision")


def card_of(
    folder: Path,
    recipe: Recipe,
    *,
    seed: int,
    quality: Mapping[str, Any],
    beside: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return the card of the weights in `folder`.

    Parameters
    ----------
    quality
        What `quality.measure` found for these files, or for some of them.
    beside
        Cards of other trainings on the same world, whose figures shall stand beside.
    """
    return {
        "schema": SCHEMA,
        "world": world_digest(),
        "seed": seed,
        "recipe": recipe.to_json(),
        "classes": {"object": list(world.OBJECTS), "scene": list(world.SCENES)},
        "quality": quality,
        "beside": [
            {key: other[key] for key in ("world", "seed", "recipe", "quality")} for other in beside
        ],
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


def write_card(folder: Path, card: Mapping[str, Any]) -> None:
    """Write a card as JSON beside the weights that it describes, and if complete as a page."""
    text = json.dumps(card, indent=1, ensure_ascii=False)
    write_atomic(folder / CARD_FILE, (text + "\n").encode())
    if set(PARTS) <= set(card["quality"]):
        write_atomic(folder / PAGE_FILE, page(card).encode())


def page(card: Mapping[str, Any]) -> str:
    """Return the card as Markdown; every number in it is the card's."""
    recipe, quality = card["recipe"], card["quality"]
    shown = _shown(recipe)
    pictures = ", ".join(f"{count:,} of kind {kind}" for kind, count in recipe["pictures"].items())
    total = sum(card["files"][name]["bytes"] for name in WEIGHTS)
    lines = [
        "# The miniature's weights",
        "",
        "Small networks trained from nothing on pictures that code draws. They show how a study",
        "works; they say nothing about networks trained on photographs. No outside data or weights",
        "went in; the one outside ingredient is the list of byte-pair merges that open_clip",
        "installs, of which the few are kept that the world's words need.",
        "",
        "| file | what it is | bytes | sha256 |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {_WHAT[name]} | {entry['bytes']:,} | `{entry['sha256']}` |"
            for name, entry in card["files"].items()
        ),
        "",
        f"Weights {total:,} bytes in all, half precision.",
        "",
        "## How they were made",
        "",
        f"`python -m study.miniature.training --seed {card['seed']}`, recipe "
        f"`{recipe['name']}`, on the world `{card['world'][:16]}`.",
        "",
        f"- Training pictures: {pictures}; captions are made from the truth of the drawing.",
        "- Image-text model: open_clip's `CLIP` with a residual tower (blocks "
        f"{recipe['clip']['blocks']}, width {recipe['clip']['width']}) and a text tower of "
        f"2 x 128; {shown:,} pictures shown{_computed(recipe['clip'])}. {_phases(recipe['clip'])} "
        "The logit scale is fixed at 100 where cosines are learnt.",
        f"- Classifiers: `narrow_resnet18`, {_cycles(recipe['object'])} pictures of objects and "
        f"{_cycles(recipe['scene'])} of scenes shown (cycles of the learning rate added up), "
        "mirrored and shifted at random.",
        "- Untrained control: the same architecture with He's initial weights; its batch-norm "
        "statistics are measured on training pictures.",
        "",
        "## How good they are",
        "",
        f"On {quality['probe']['images']:,} fresh pictures (seed {quality['probe']['seed']}, used "
        "for nothing else), half-precision weights. AUROC: of the cosine with the bare word "
        "against the truth, mean over word forms. Zero-shot: the own name has the highest cosine "
        "among all names of that kind.",
        "",
        *_table([card, *card["beside"]]),
        "",
        f"Weakest words: {', '.join(f'{w} {v:.2f}' for w, v in quality['clip']['worst'].items())}.",
        "",
        "Limits: captions and training pictures come from the same world as the probe, which is "
        "kinder than reality; words that never appear were negatives all along, which makes their "
        "cosines low and alike.",
        "",
        f"Versions: {', '.join(f'{name} {v}' for name, v in card['versions'].items())}.",
        "",
    ]
    return "\n".join(lines)


def _shown(recipe: Mapping[str, Any]) -> int:
    """Return how many pictures the image-text model saw."""
    phases = recipe["clip"]["phases"]
    return sum(int(phase["images"]) for phase in phases if phase["learns"] != "texts")


_STEPS = {
    "pictures": "linear classifiers teach the tower of pictures every truth ({} pictures)",
    "vectors": "their vectors become directions, and cosines with them are learnt ({} pictures)",
    "texts": "the tower of texts learns to put all forms of a word there ({} words)",
    "both": "both towers learn with each other, from captions of one to eight true words and from "
    "bare words, true ones against false ones and against words that never appear ({} pictures)",
}


def _phases(recipe: Mapping[str, Any]) -> str:
    """Return what is learnt in which order."""
    told = [_STEPS[phase["learns"]].format(f"{phase['images']:,}") for phase in recipe["phases"]]
    return "In this order: " + "; ".join(told) + "."


def _computed(recipe: Mapping[str, Any]) -> str:
    """Return in which precision the tower of pictures computed."""
    return f", computed in {recipe['precision']}" if "precision" in recipe else ""


def _cycles(recipe: Mapping[str, Any]) -> str:
    """Return how many pictures a classifier saw in each cycle."""
    return " + ".join(f"{cycle['images']:,}" for cycle in recipe["cycles"])


_WHAT = {
    "object.safetensors": "classifier of objects",
    "scene.safetensors": "classifier of scenes",
    "untrained.safetensors": "untrained control",
    f"clip/{model.WEIGHTS_FILE}": "image-text model",
    f"clip/{model.CONFIG_FILE}": "its configuration",
    f"clip/{MERGES_FILE}": "its byte-pair merges",
}


def _table(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the figures as rows, one column a card."""
    found = [card["quality"] for card in cards]
    names = [card["recipe"]["name"] for card in cards]
    shown = [_shown(card["recipe"]) for card in cards]
    rows: list[tuple[str, list[str]]] = [
        ("pictures shown to the image-text model", [f"{n:,}" for n in shown])
    ]
    rows += [
        (f"AUROC, {name}", [f"{one['clip']['auroc'][name]:.3f}" for one in found])
        for name in found[0]["clip"]["auroc"]
    ]
    rows += [
        (f"zero-shot, {kind}s", [f"{one['clip']['zero_shot'][kind]:.1%}" for one in found])
        for kind in ("object", "scene")
    ]
    rows += [
        (
            f"{kind} classifier",
            [f"{one[kind]['accuracy']:.1%}" if kind in one else "not trained" for one in found],
        )
        for kind in ("object", "scene")
    ]
    rows += [
        ("best word is true", [f"{one['clip']['top1_true']:.1%}" for one in found]),
        (
            "words that never appear among ten best",
            [f"{one['clip']['distractors_in_top']:.1%}" for one in found],
        ),
        ("mean cosine of words", [f"{one['clip']['mean']:.3f}" for one in found]),
        ("its spread over words", [f"{one['clip']['spread']:.3f}" for one in found]),
    ]
    head = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    return head + [f"| {title} | " + " | ".join(values) + " |" for title, values in rows]
