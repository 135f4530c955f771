"""Row `text`: words at their own length against 77 positions for each."""

from dataclasses import dataclass

import torch

from tests.bench import inputs
from tests.bench.measure import isolated, timed
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Words in all, words given all positions, seconds for ours, and the model."""

    concepts: int = 20_000
    plain: int = 192
    seconds: float = 60
    model: str = "ViT-B-16"


def by_length(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: the features of all words, as published and by length buckets."""
    return [isolated(_one, sizes)]


def _one(sizes: Sizes) -> Line:
    encoder = inputs.encoder(sizes.model)
    words, what = inputs.words(sizes.concepts)
    encoder.encode_concepts(words[:8])
    trial = words[:: max(1, len(words) // 64)]
    rate = len(trial) / timed(lambda: encoder.encode_concepts(trial))[0]
    ours_words = words[:: max(1, round(len(words) / rate / sizes.seconds))]
    fast, _ = timed(lambda: encoder.encode_concepts(ours_words))
    sample = words[:: max(1, len(words) // sizes.plain)][: sizes.plain]
    tokens = encoder.tokenizer(list(sample))

    def every_position() -> torch.Tensor:
        with torch.no_grad():
            return torch.cat([encoder.module.encode_text(part) for part in tokens.split(64)])

    slow, expected = timed(every_position)
    apart = _unit(encoder.encode_concepts(sample)) - _unit(expected)
    slow *= len(words) / len(sample)
    fast *= len(words) / len(ours_words)
    scaled = f", study's on {len(ours_words)}" if len(ours_words) < len(words) else ""
    lengths = (encoder.tokenizer(list(trial)) != 0).sum(1).float().mean()
    return Line(
        row="text",
        case=f"{len(words)} words, {sizes.model}",
        plain=slow,
        ours=fast,
        aim=">= 8 x; features equal to 1e-5",
        note=(
            f"{what}, {lengths:.1f} tokens each; plain on {len(sample)}{scaled}, scaled linearly; "
            f"largest difference of unit features {float(apart.abs().max()):.1e}"
        ),
    )


def _unit(features: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.normalize(features, dim=1)
