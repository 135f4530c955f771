"""The training of the small image-text model."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import nn

from study.miniature.training.captions import Language
from study.miniature.training.clip_folder import OPENAI, encode_text
from study.miniature.training.contrast import MIDDLE, caption_loss, name_loss, word_loss
from study.miniature.training.drawn_pictures import KINDS, Pictures, batch_of
from study.miniature.training.loop import Task
from study.miniature.training.recipes import ClipRecipe, Phase

_STREAM = 1
_NEGATIVE_WORDS = 3
_PULL = 10.0
_SHORT = 0.05
_NEVER = 0.02
"""The prior probability given to words that never appear: that of a usual word."""


class Towers(nn.Module):
    """The model and, for its training alone, one free vector and bias for each truth.

    The vectors start short: a linear classifier that is confident before anything is learned
    learns late.
    """

    def __init__(self, clip: CLIP, truths: int, *, seed: int) -> None:
        super().__init__()
        self.clip = clip
        width = clip.text_projection.shape[1]
        noise = torch.randn(truths, width, generator=torch.Generator().manual_seed(seed))
        self.vectors = nn.Parameter(_SHORT * noise)
        self.biases = nn.Parameter(torch.zeros(truths))


class ClipTask(Task):
    """Trains a model on pictures and captions made from their truth, phase after phase."""

    def __init__(
        self,
        model: CLIP,
        recipe: ClipRecipe,
        pictures: Pictures,
        language: Language,
        *,
        seed: int,
        identity: str,
    ) -> None:
        self._towers = Towers(model, pictures.truth.shape[1], seed=seed)
        super().__init__(
            "clip",
            self._towers,
            [(phase.steps, phase.rate) for phase in recipe.phases],
            identity=identity,
            seeds=(seed, _STREAM),
            decay=recipe.decay,
            betas=(0.9, 0.98),
            largest_norm=5.0,
        )
        self._recipe, self._pictures, self._language = recipe, pictures, language
        self._matches = language.matches(pictures.truth)
        self._never = np.flatnonzero(language.column < 0)
        self._categories = language.truth_categories()
        groups = {name: group for group, name in enumerate(sorted(set(self._categories)))}
        self._groups = torch.tensor([*(groups[name] for name in self._categories), -1])
        shares = pictures.truth.mean(axis=0).clip(min=1 / len(pictures), max=0.9)
        # A rare truth counts more, but not in proportion to its rarity.
        self._weights = _with_last(shares**-0.5 / np.mean(shares**-0.5), 1.0)
        self._priors = _with_last(np.log(shares / (1 - shares)), np.log(_NEVER / (1 - _NEVER)))

    def loss(self, stretch: int, rng: np.random.Generator) -> torch.Tensor:
        """Return the loss of what the phase learns, on a batch of pictures or words."""
        phase = self._recipe.phases[stretch]
        if phase.learns == "texts":
            return self._texts_loss(phase, rng)
        rows, seen = self._shown(phase, rng)
        if phase.learns == "pictures":
            logits = seen @ self._towers.vectors.T + self._towers.biases
            return self._word_losses(phase, logits, rows, np.arange(logits.shape[1]))
        features = F.normalize(seen, dim=-1)
        scale = self._scale(phase)
        if phase.learns == "vectors":
            logits = scale * features @ F.normalize(self._towers.vectors, dim=-1).T - MIDDLE
            return self._word_losses(phase, logits, rows, np.arange(logits.shape[1]))
        captions = self._caption_term(phase, features, rows, scale, rng)
        return captions + self._word_term(phase, features, rows, scale, rng)

    def _texts_loss(self, phase: Phase, rng: np.random.Generator) -> torch.Tensor:
        """Return how far forms of words, drawn at random, are from the vectors of their truths."""
        language = self._language
        words = rng.choice(np.flatnonzero(language.column >= 0), phase.batch)
        texts = language.padded([language.bare(word) for word in words])
        vectors = F.normalize(self._towers.vectors.detach(), dim=-1)
        cosines = encode_text(self._towers.clip, texts) @ vectors.T
        truths = torch.from_numpy(language.column[words])
        apart = F.cross_entropy(self._scale(phase) * cosines, truths)
        return apart + _PULL * (1 - cosines.gather(1, truths[:, None])).mean()

    def _shown(self, phase: Phase, rng: np.random.Generator) -> tuple[np.ndarray, torch.Tensor]:
        """Return the pictures of a batch and the image tower's features, not normalised."""
        pictures, recipe = self._pictures, self._recipe
        chances = np.where(pictures.kind == KINDS.index("object"), phase.object_weight, 1.0)
        size = min(phase.batch, len(pictures))
        rows = rng.choice(len(chances), size, replace=False, p=chances / chances.sum())
        images = batch_of(
            pictures.pixels, rows, OPENAI, rng=rng, shift=recipe.shift, size=recipe.image_size
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            seen: torch.Tensor = self._towers.clip.visual(images)
        return rows, seen.float()

    def _scale(self, phase: Phase) -> torch.Tensor:
        """Return the phase's logit scale, written into the model, where it gets no gradient."""
        parameter: nn.Parameter = self._towers.clip.logit_scale
        parameter.requires_grad_(False)
        parameter.grad = None
        parameter.data.fill_(float(np.log(phase.scale)))
        return torch.tensor(phase.scale)

    def _caption_term(
        self,
        phase: Phase,
        features: torch.Tensor,
        rows: np.ndarray,
        scale: torch.Tensor,
        rng: np.random.Generator,
    ) -> torch.Tensor:
        language = self._language
        matches = self._matches[rows[: phase.captions]]
        weights = language.weights(phase.category_weights)
        chosen = [language.chosen(row, weights, rng) for row in matches]
        never = [
            rng.choice(self._never, rng.integers(1, _NEGATIVE_WORDS + 1), replace=False)
            for _ in range(phase.negatives)
        ]
        texts = language.padded([language.caption(words, rng) for words in (*chosen, *never)])
        text_features = encode_text(self._towers.clip, texts)
        logits = scale * features[: len(matches)] @ text_features.T
        own, others = logits[:, : len(matches)], logits[:, len(matches) :]
        known = _known(matches, chosen, longest=phase.masked_words)
        return caption_loss(own, torch.from_numpy(known), others)

    def _word_term(
        self,
        phase: Phase,
        features: torch.Tensor,
        rows: np.ndarray,
        scale: torch.Tensor,
        rng: np.random.Generator,
    ) -> torch.Tensor:
        language = self._language
        words = np.concatenate(
            [language.forms(rng), rng.choice(self._never, phase.negatives, replace=False)]
        )
        texts = language.padded([language.bare(word) for word in words])
        logits = scale * features @ encode_text(self._towers.clip, texts).T - MIDDLE
        return self._word_losses(phase, logits, rows, language.column[words])

    def _word_losses(
        self, phase: Phase, logits: torch.Tensor, rows: np.ndarray, column: np.ndarray
    ) -> torch.Tensor:
        """Return the losses of words, given the column of the truth table of each."""
        truth = np.where(column >= 0, self._pictures.truth[rows[:, None], column], False)
        matches = torch.from_numpy(truth)
        categories = [phase.category_weights.get(name, 1.0) for name in self._categories]
        weights = (self._weights * torch.tensor([*categories, 1.0]))[column]
        own = phase.words * word_loss(logits, matches, weights, self._priors[column])
        return own + phase.names * name_loss(logits, matches, weights, self._groups[column])


def _with_last(values: np.ndarray, last: float) -> torch.Tensor:
    """Append the value for "no truth", which index -1 then selects."""
    return torch.from_numpy(np.append(values, last)).float()


def _known(matches: np.ndarray, chosen: Sequence[np.ndarray], *, longest: int) -> np.ndarray:
    """Return which captions of at most `longest` words are true of which pictures."""
    known = np.zeros((len(matches), len(chosen)), bool)
    for column, words in enumerate(chosen):
        if len(words) <= longest:
            known[:, column] = matches[:, words].all(axis=1)
    return known
