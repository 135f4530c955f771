"""From words to tokens and from tokens to features; positions after the end token cost nothing."""

import contextlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import open_clip
import torch
from open_clip.transformer import TextTransformer
from torch import Tensor, nn

from study.errors import StudyError
from study.models.checkpoints import one_line
from study.models.pieces import Room, fitting

_POSITIONS = 256
"""Positions computed at once: measured to be faster than more for the tower of ViT-B/16."""
_LENGTHS = (2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48)
"""Lengths to which texts are cut, each to the first that holds its end token."""


@dataclass(frozen=True, slots=True, eq=False)
class CausalTower:
    """A text tower whose feature, read at the end token, depends on no token after it."""

    tower: Any
    end_id: int | None

    def ends(self, tokens: Tensor) -> Tensor:
        """Return the position of each text's end token, int64 (texts,)."""
        marked = tokens if self.end_id is None else (tokens == self.end_id).int()
        return marked.argmax(dim=1)

    def features(self, tokens: Tensor, ends: Tensor) -> Tensor:
        """Return features (texts, width) of texts cut anywhere after their end tokens."""
        tower, length = self.tower, tokens.shape[1]
        dtype = tower.transformer.get_cast_dtype()
        hidden: Tensor = tower.token_embedding(tokens).to(dtype)
        hidden = hidden + tower.positional_embedding[:length].to(dtype)
        hidden = tower.transformer(hidden, attn_mask=tower.attn_mask[:length, :length])
        hidden = tower.ln_final(hidden)[torch.arange(len(tokens), device=tokens.device), ends]
        projection = tower.text_projection
        if isinstance(projection, nn.Linear):
            hidden = projection(hidden)
        elif projection is not None:
            hidden = hidden @ projection
        return hidden


def causal_tower(module: Any) -> CausalTower | None:
    """Return a model's text tower if it is causal and read at the end token, else None."""
    if isinstance(module, open_clip.CLIP):
        tower, pool, end = module, module.text_pool_type, module.text_eos_id
    elif isinstance(getattr(module, "text", None), TextTransformer):
        tower = module.text
        pool, end = tower.pool_type, tower.eos_id
        if tower.cls_emb is not None or tower.output_tokens:
            return None
    else:
        return None
    if tower.attn_mask is None or pool not in ("argmax", "eos"):
        return None
    return CausalTower(tower, end if pool == "eos" else None)


def encode(
    module: Any,
    tokens: Tensor,
    *,
    progress: Callable[[int], None] | None = None,
    room: Room | None = None,
) -> Tensor:
    """Return the features of texts, in their order.

    Texts of about equal length are encoded together, cut after their end token: features equal
    those of the full context, and a word of two tokens costs 4 positions instead of 77. Towers that
    are not causal get every position. A text is always computed among the same number of others,
    itself repeated if need be, so that its feature does not depend on the list that it stands in.

    Parameters
    ----------
    module
        An open_clip model.
    tokens
        int64 (texts, context), on the model's device.
    progress
        Called with the number of texts done since the last call.
    room
        What is known of the memory, and is learnt.

    Returns
    -------
    torch.Tensor
        float32 (texts, width).
    """
    tower = causal_tower(module)
    context = tokens.shape[1]
    last = torch.full((len(tokens),), context - 1, device=tokens.device)
    ends = last if tower is None else tower.ends(tokens)
    cuts = torch.tensor([*(length for length in _LENGTHS if length < context), context])
    lengths = cuts[torch.searchsorted(cuts, ends.cpu() + 1)]
    encoded: list[Tensor] = []
    orders: list[Tensor] = []
    for length in sorted(set(lengths.tolist())):
        together = max(1, _POSITIONS // length)

        def run(filled: Tensor, length: int = length) -> Tensor:
            if tower is None:
                return torch.as_tensor(module.encode_text(tokens[filled]))
            return tower.features(tokens[filled, :length], ends[filled])

        rows = (lengths == length).nonzero()[:, 0].to(tokens.device)
        orders.append(rows)
        owner = f"texts of {length} tokens"
        for features, count in fitting(
            rows, together, run, room=room or Room(), owner=owner, things="texts"
        ):
            encoded.append(features[:count].float())
            if progress is not None:
                progress(count)
    return torch.cat(encoded)[torch.cat(orders).argsort()]


def load_tokenizer(source: str, *, owner: str, **options: Any) -> Any:
    """Return open_clip's tokenizer of a model's name or folder.

    Raises
    ------
    StudyError
        If a package or file that it needs is missing, or an option is unknown; names `owner`.
    """
    refuse_foreign_code()
    try:
        tokenizer = open_clip.get_tokenizer(source, **options)
        tokenizer(["a word"])  # some can be loaded, but not pad a text
        return tokenizer
    except ModuleNotFoundError as error:
        package = f"{error.name}".partition(".")[0]
        raise StudyError(
            f"{owner}: expected the Python package {package}, which its tokenizer needs, found "
            f"none: pip install {package}, or use another model"
        ) from None
    except Exception as error:  # whatever open_clip and the tokenizer's library raise
        raise StudyError(
            f"{owner}: expected a tokenizer that open_clip can load, found {one_line(error)}: "
            "correct tokenizer_kwargs or supply the tokenizer's files"
        ) from None


def refuse_foreign_code() -> None:
    """Have transformers refuse code that comes with a model, instead of asking on the terminal."""
    with contextlib.suppress(ImportError):
        rules: Any = importlib.import_module("transformers.dynamic_module_utils")
        rules.TIME_OUT_REMOTE_CODE = 0  # of the question; without time it is not asked


def token_rules(tokenizer: Any) -> Any:
    """Return the rules that determine a tokenizer's tokens, as JSON values."""
    if hasattr(tokenizer, "encoder"):
        return list(tokenizer.encoder)
    inner = tokenizer.tokenizer
    backend = getattr(inner, "backend_tokenizer", None)
    rules = inner.get_vocab() if backend is None else backend.to_str()
    # The padding is configured in another file than the rules: tokens of a text include it.
    return [rules, tokenizer(["a word"]).tolist()]
