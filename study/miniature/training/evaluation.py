"""Measure trained weights on freshly drawn pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from open_clip.model import CLIP
from safetensors.torch import load_file
from scipy.stats import rankdata
from torch import nn

from study.errors import StudyError
from study.miniature import world
from study.miniature.training import classifier, clip_folder
from study.miniature.training.captions import Language, language
from study.miniature.training.drawn_pictures import KINDS, Pictures, draw
from study.miniature.training.recipes import PARTS, TASKS, Part

PROBE = 3_000
FRESH_SEED = 104_729
"""A seed used neither in training nor in choosing the recipe."""

_NAMES: Mapping[str, tuple[str, ...]] = {"object": world.OBJECTS, "scene": world.SCENES}
_TOP = 10


def measure(
    folder: Path, parts: Sequence[Part] = PARTS, *, seed: int = FRESH_SEED, count: int = PROBE
) -> dict[str, Any]:
    """Draw `count` pictures of `seed` and measure the weights in `folder` on them.

    Returns
    -------
    dict
        "probe": seed and number of pictures; "clip": see `clip_quality`; each classifier:
        accuracy on the pictures of its kind, with their number.

    Raises
    ------
    StudyError
        If the weights of one of `parts` are missing.
    """
    pictures = draw(seed, range(count))
    quality: dict[str, Any] = {"probe": {"seed": seed, "images": count}}
    for part in parts:
        if part == "clip":
            quality[part] = clip_quality(*clip_folder.read(folder / part), pictures)
        else:
            kind = TASKS[part]
            network = read_classifier(folder / f"{part}.safetensors", len(_NAMES[kind]))
            quality[part] = classifier_quality(network, pictures.of(kind))
    return quality


def classifier_quality(network: nn.Module, pictures: Pictures) -> dict[str, float]:
    """Return the accuracy on some pictures, their number, and the accuracy of chance."""
    right = classifier.predict(network, pictures) == pictures.label
    classes = int(network.get_parameter("fc.weight").shape[0])
    return {"accuracy": float(right.mean()), "images": len(pictures), "chance": 1 / classes}


def clip_quality(clip: CLIP, tokenizer: Any, pictures: Pictures) -> dict[str, Any]:
    """Return how well the cosines of pictures and bare words predict the truth.

    Returns
    -------
    dict
        "auroc": mean over word forms, "all" and by category, of the area under the ROC curve of
        cosine against truth (forms that are true of no or of every picture are left out);
        "word_forms": their number; "zero_shot": share of the pictures of objects and of scenes
        whose own name has the highest cosine among all names; "top1_true": share of pictures
        whose best word is true; "distractors_in_top": share of words that never appear among each
        picture's ten best; "mean", "spread": of cosines of words that do appear, mean and mean
        over pictures of the standard deviation over words; "logit_scale".
    """
    words = language(tokenizer)
    cosines = _cosines(clip, words, pictures)
    matches = words.matches(pictures.truth)
    areas = np.array([auroc(*pair) for pair in zip(cosines.T, matches.T, strict=True)])
    known = np.isfinite(areas)
    categories = np.array(words.categories)
    by_category = {
        name: _mean(areas[known & (categories == name)]) for name in sorted(set(categories[known]))
    }
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :_TOP]
    appearing = cosines[:, words.column >= 0]
    return {
        "auroc": {"all": _mean(areas[known]), **by_category},
        "word_forms": int(known.sum()),
        "zero_shot": {
            kind: _zero_shot(cosines, pictures, kind, names) for kind, names in _NAMES.items()
        },
        "top1_true": _mean(np.take_along_axis(matches, order[:, :1], axis=1)),
        "distractors_in_top": _mean(words.column[order] < 0),
        "mean": _mean(appearing),
        "spread": _mean(appearing.std(axis=1)),
        "logit_scale": float(np.exp(clip.logit_scale.item())),
        "worst": {
            world.VOCABULARY[word].concept: float(areas[word])
            for word in np.argsort(np.where(known, areas, np.inf), kind="stable")[:_TOP]
        },
    }


def auroc(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the area under the ROC curve, ties counting half; NaN if there is only one class."""
    positives, negatives = int(truth.sum()), int((~truth).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = float(rankdata(scores)[truth].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def read_classifier(path: Path, classes: int) -> nn.Module:
    """Load the half-precision weights of a classifier; `StudyError` if the file is missing."""
    if not path.is_file():
        raise StudyError(f"{path.name} is missing; train it first")
    network = classifier.build(classes, seed=0)
    network.load_state_dict(load_file(path))
    return network.eval()


@torch.no_grad()
def _cosines(clip: CLIP, words: Language, pictures: Pictures) -> np.ndarray:
    """Return (images, words)."""
    bare = [words.bare(word) for word in range(len(words.tokens))]
    texts = clip_folder.encode_text(clip, words.padded(bare))
    batches = pictures.batches(clip_folder.OPENAI, size=clip.visual.image_size)
    images = [clip.encode_image(batch, normalize=True) for batch in batches]
    cosines: np.ndarray = (torch.cat(images) @ texts.T).numpy()
    return cosines


def _zero_shot(cosines: np.ndarray, pictures: Pictures, kind: str, names: tuple[str, ...]) -> float:
    indices: Mapping[str, int] = {word.concept: i for i, word in enumerate(world.VOCABULARY)}
    shown = pictures.kind == KINDS.index(kind)
    best = cosines[shown][:, [indices[name] for name in names]].argmax(axis=1)
    return _mean(best == pictures.label[shown])


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values))
