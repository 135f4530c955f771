"""The training of the small image-text model."""

from collections.abc import Sequence

import numpy as np
import open_clip
import torch
from open_clip.model import CLIP

from study.miniature.training.captions import Language
from study.miniature.training.contrast import caption_loss, word_loss
from study.miniature.training.loop import generator, optimiser_for, rate_at, set_rate
from study.miniature.training.model import LARGEST_SCALE, encode_text
from study.miniature.training.pictures import KINDS, Pictures, batch_of
from study.miniature.training.recipes import ClipRecipe, Phase

_STEP, _BETAS = 1, (0.9, 0.98)
_LARGEST_NORM = 1.0
_NEGATIVE_WORDS = 3


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
        self.module = model
        self.identity = identity
        self.optimiser = optimiser_for(model, decay=recipe.decay, betas=_BETAS)
        self._recipe, self._pictures, self._language = recipe, pictures, language
        self._seed = seed
        self._matches = language.matches(pictures.truth)
        self._never = np.flatnonzero(language.column < 0)
        self._lengths = [-(-phase.images // recipe.batch) for phase in recipe.phases]
        self.steps = sum(self._lengths)

    def step(self, number: int) -> float:
        """Take one step of the phase that `number` falls into and return its loss."""
        index, within = _place(number, self._lengths)
        phase = self._recipe.phases[index]
        set_rate(self.optimiser, rate_at(within, self._lengths[index], highest=phase.rate))
        rng = generator(self._seed, _STEP, number)
        rows = self._rows(phase, rng)
        scale = self._scale(phase)
        images = batch_of(
            self._pictures.pixels,
            rows,
            mean=open_clip.OPENAI_DATASET_MEAN,
            std=open_clip.OPENAI_DATASET_STD,
            rng=rng,
            shift=self._recipe.shift,
        )
        features = self.module.encode_image(images, normalize=True)
        loss = torch.zeros(())
        if phase.captions:
            loss = loss + self._caption_term(phase, features, rows, scale, rng)
        if phase.words:
            loss = loss + phase.words * self._word_term(phase, features, rows, scale, rng)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.module.parameters(), _LARGEST_NORM)
        self.optimiser.step()
        return float(loss.detach())

    def _rows(self, phase: Phase, rng: np.random.Generator) -> np.ndarray:
        chances = np.where(self._pictures.kind == KINDS.index("object"), phase.object_weight, 1.0)
        size = min(self._recipe.batch, len(self._pictures))
        return rng.choice(len(chances), size, replace=False, p=chances / chances.sum())

    def _scale(self, phase: Phase) -> torch.Tensor:
        """Return the logit scale; a fixed one is written into the model and gets no gradient."""
        parameter: torch.nn.Parameter = self.module.logit_scale
        parameter.requires_grad_(phase.scale is None)
        if phase.scale is None:
            return parameter.exp().clamp(max=LARGEST_SCALE)
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
        weights = language.shared_weights(phase.category_weights)
        chosen = [language.chosen(row, weights, rng) for row in matches]
        never = [
            rng.choice(self._never, rng.integers(1, _NEGATIVE_WORDS + 1), replace=False)
            for _ in range(phase.negatives)
        ]
        texts = language.padded([language.caption(words, rng) for words in (*chosen, *never)])
        text_features = encode_text(self.module, texts)
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
        texts = language.padded([language.bare(word) for word in words])
        text_features = encode_text(self.module, texts)
        return word_loss(
            scale * features @ text_features.T,
            torch.from_numpy(self._matches[rows[:, None], words]),
            torch.from_numpy(language.category_weights(phase.category_weights)[words]).float(),
        )


def _place(number: int, lengths: Sequence[int]) -> tuple[int, int]:
    """Return the phase that a step falls into, and its number within the phase."""
    ends = np.cumsum(lengths)
    index = int(np.searchsorted(ends, number, side="right"))
    return index, number - int(ends[index] - lengths[index])


def _known(matches: np.ndarray, chosen: Sequence[np.ndarray], *, longest: int) -> np.ndarray:
    """Return which captions of at most `longest` words are true of which pictures."""
    known = np.zeros((len(matches), len(chosen)), bool)
    for column, words in enumerate(chosen):
        if len(words) <= longest:
            known[:, column] = matches[:, words].all(axis=1)
    return known
