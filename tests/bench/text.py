"""Row `text`: words at their own length against 77 positions for each."""

from dataclasses import dataclass

import torch
from torch.nn.functional import normalize

from tests.bench import inputs
from tests.bench.measure import timed
from tests.bench.table import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Words in all, words given all positions, and the model."""

    concepts: int = 20_000
    plain: int = 192
    model: str = "ViT-B-16"


def by_length(sizes: Sizes = Sizes()) -> list[Line]:
    """Return a line: the features of all words, as published and by length buckets."""
    encoder = inputs.encoder(sizes.model)
    words, what = inputs.words(sizes.concepts)
    encoder.encode_concepts(words[:8])
    fast, _ = timed(lambda: encoder.encode_concepts(words))
    sample = words[:: max(1, len(words) // sizes.plain)][: sizes.plain]
    tokens = encoder.tokenizer(list(sample))

    def every_position() -> torch.Tensor:
        with torch.no_grad():
            return torch.cat([encoder.module.encode_text(part) for part in tokens.split(64)])

    slow, expected = timed(every_position)
    apart = normalize(encoder.encode_concepts(sample)) - normalize(expected)
    lengths = (tokens != 0).sum(1).float().mean()
    return [
        Line(
            row="text",
            case=f"{len(words)} words, {sizes.model}",
            plain=slow * len(words) / len(sample),
            ours=fast,
            aim=">= 8 x; features equal to 1e-5",
            note=(
                f"{what}, {lengths:.1f} tokens each; plain on {len(sample)}, scaled linearly; "
                f"largest difference of unit features {float(apart.abs().max()):.1e}"
            ),
        )
    ]
