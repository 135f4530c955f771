"""The training of the small image-text model."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from torch import nn

from study.miniature.training.captions import Language
from study.miniature.training.clip_folder import encode_text
from study.miniature.training.contrast import MIDDLE, caption_loss, name_loss, word_loss
from study.miniature.training.drawn_pictures import KINDS, Pictures, batch_of
from study.miniature.training.loop import generator, optimiser_for, rate_at, set_rate, stretch_of
from study.miniature.training.recipes import ClipRecipe, Learns, Phase

_STEP, _BETAS = 1, (0.9, 0.98)
_LARGEST_NORM = 5.0
_NEGATIVE_WORDS = 3
_PULL = 10.0
_SHORT = 0.05
_NEVER = 0.02
"""The prior probability given to words that never appear: that of a usual word."""


class Towers(nn.Module):
    """The model and, for its training alone, one free vector and bias for each truth.

    Parameters
    ----------
    clip
        The model.
    truths
        Number of vectors. They start short: a linear classifier that is confident before anything
        is learned learns late.
    """

    def __init__(self, clip: CLIP, truths: int, *, seed: int) -> None:
        super().__init__()
        self.clip = clip
        width = clip.text_projection.shape[1]
        noise = torch.randn(truths, width, generator=torch.Generator().manual_seed(seed))
        self.vectors = nn.Parameter(_SHORT * noise)
        self.biases = nn.Parameter(torch.zeros(truths))


class ClipTask:
    """Trains a model on pictures and captions made from their truth, phase after phase."""

    name = "clip"

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
        self.module = Towers(model, pictures.truth.shape[1], seed=seed)
        self.identity = identity
        self.optimiser = optimiser_for(self.module, decay=recipe.decay, betas=_BETAS)
        self._recipe, self._pictures, self._language = recipe, pictures, language
        self._seed = seed
        self._matches = language.matches(pictures.truth)
        self._never = np.flatnonzero(language.column < 0)
        self._categories = language.truth_categories()
        groups = {name: group for group, name in enumerate(sorted(set(self._categories)))}
        self._groups = torch.tensor([*(groups[name] for name in self._categories), -1])
        shares = pictures.truth.mean(axis=0).clip(min=1 / len(pictures), max=0.9)
        # A rare truth counts more, but not in proportion to its rarity.
        self._weights = _with_last(shares**-0.5 / np.mean(shares**-0.5), 1.0)
        self._priors = _with_last(np.log(shares / (1 - shares)), np.log(_NEVER / (1 - _NEVER)))
        self._lengths = [phase.steps for phase in recipe.phases]
        self.steps = sum(self._lengths)

    def step(self, number: int) -> float:
        """Take one step of the phase that `number` falls into and return its loss."""
        index, within = stretch_of(number, self._lengths)
        phase = self._recipe.phases[index]
        set_rate(self.optimiser, rate_at(within, self._lengths[index], highest=phase.rate))
        rng = generator(self._seed, _STEP, number)
        loss = _LOSSES[phase.learns](self, phase, rng)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), _LARGEST_NORM)
        self.optimiser.step()
        return float(loss.detach())

    def _pictures_loss(self, phase: Phase, rng: np.random.Generator) -> torch.Tensor:
        rows = self._rows(phase, rng)
        logits = self._seen(rows, rng) @ self.module.vectors.T + self.module.biases
        return self._word_losses(phase, logits, rows, np.arange(logits.shape[1]))

    def _vectors_loss(self, phase: Phase, rng: np.random.Generator) -> torch.Tensor:
        rows = self._rows(phase, rng)
        features = self._features(rows, rng)
        vectors = F.normalize(self.module.vectors, dim=-1)
        logits = self._scale(phase) * features @ vectors.T - MIDDLE
        return self._word_losses(phase, logits, rows, np.arange(logits.shape[1]))

    def _texts_loss(self, phase: Phase, rng: np.random.Generator) -> torch.Tensor:
        language = self._language
        words = rng.choice(np.flatnonzero(language.column >= 0), phase.batch)
        texts = language.padded([language.bare(word) for word in words])
        vectors = F.normalize(self.module.vectors.detach(), dim=-1)
        cosines = encode_text(self.module.clip, texts) @ vectors.T
        truths = torch.from_numpy(language.column[words])
        apart = F.cross_entropy(self._scale(phase) * cosines, truths)
        return apart + _PULL * (1 - cosines.gather(1, truths[:, None])).mean()

    def _both_loss(self, phase: Phase, rng: np.random.Generator) -> torch.Tensor:
        rows = self._rows(phase, rng)
        features = self._features(rows, rng)
        scale = self._scale(phase)
        loss = torch.zeros(())
        if phase.captions:
            loss = loss + self._caption_term(phase, features, rows, scale, rng)
        if phase.words or phase.names:
            loss = loss + self._word_term(phase, features, rows, scale, rng)
        return loss

    def _features(self, rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        return F.normalize(self._seen(rows, rng), dim=-1)

    def _seen(self, rows: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        """Return the image tower's features of `rows`, not normalised."""
        images = batch_of(
            self._pictures.pixels,
            rows,
            mean=open_clip.OPENAI_DATASET_MEAN,
            std=open_clip.OPENAI_DATASET_STD,
            rng=rng,
            shift=self._recipe.shift,
            size=self._recipe.image_size,
        )
        with torch.autocast("cpu", torch.bfloat16, enabled=self._recipe.precision == "bfloat16"):
            seen: torch.Tensor = self.module.clip.visual(images)
        return seen.float()

    def _weighted(self, phase: Phase) -> torch.Tensor:
        """Return the weight of each truth and, last, of a word that never appears."""
        categories = [phase.category_weights.get(name, 1.0) for name in self._categories]
        return self._weights * torch.tensor([*categories, 1.0])

    def _rows(self, phase: Phase, rng: np.random.Generator) -> np.ndarray:
        chances = np.where(self._pictures.kind == KINDS.index("object"), phase.object_weight, 1.0)
        size = min(phase.batch, len(self._pictures))
        return rng.choice(len(chances), size, replace=False, p=chances / chances.sum())

    def _scale(self, phase: Phase) -> torch.Tensor:
        """Return the phase's logit scale, written into the model, where it gets no gradient."""
        parameter: torch.nn.Parameter = self.module.clip.logit_scale
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
        text_features = encode_text(self.module.clip, texts)
        logits = scale * features[: len(matches)] @ text_features.T
        own, others = logits[:, : len(matches)], logits[:, len(matches) :]
        known = _known(matches, chosen, longest=phase.masked_words)
        return caption_loss(own, torch.from_numpy(known), others if phase.negatives else None)

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
        column = language.column[words]
        texts = language.padded([language.bare(word) for word in words])
        text_features = encode_text(self.module.clip, texts)
        return self._word_losses(phase, scale * features @ text_features.T - MIDDLE, rows, column)

    def _word_losses(
        self, phase: Phase, logits: torch.Tensor, rows: np.ndarray, column: np.ndarray
    ) -> torch.Tensor:
        """Return the losses of words, given the column of the truth table of each."""
        truth = np.where(column >= 0, self._pictures.truth[rows[:, None], column], False)
        matches = torch.from_numpy(truth)
        weights = self._weighted(phase)[column]
        own = phase.words * word_loss(logits, matches, weights, self._priors[column])
        return own + phase.names * name_loss(logits, matches, weights, self._groups[column])


_LOSSES: Mapping[Learns, Callable[[ClipTask, Phase, np.random.Generator], torch.Tensor]] = {
    "pictures": ClipTask._pictures_loss,
    "vectors": ClipTask._vectors_loss,
    "texts": ClipTask._texts_loss,
    "both": ClipTask._both_loss,
}


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
