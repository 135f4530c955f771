"""The small image-text model: its tokens, its towers, and the folder that open_clip reads."""

import gzip
import io
import itertools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import load_file, save

from study.errors import StudyError
from study.files.output import write_atomic
from study.miniature import world
from study.miniature.training.captions import CONTEXT, template_words
from study.miniature.training.loop import seeded
from study.miniature.training.recipes import ClipRecipe

CONFIG_FILE = "open_clip_config.json"
MERGES_FILE = "bpe.txt.gz"
WEIGHTS_FILE = "open_clip_model.safetensors"
OPENAI = open_clip.OPENAI_DATASET_MEAN, open_clip.OPENAI_DATASET_STD
"""Mean and standard deviation of pixels by channel, as CLIP models expect them."""

_WIDTH = 128
_HEADER = "#version: 0.2"


def write_tokenizer(folder: Path) -> SimpleTokenizer:
    """Write the merges that the world's words need, and return the tokenizer that reads them."""
    words = (*(word.concept for word in world.VOCABULARY), *template_words())
    write_atomic(folder / MERGES_FILE, cut_merges(words))
    return SimpleTokenizer(bpe_path=str(folder / MERGES_FILE), context_length=CONTEXT)


def cut_merges(words: Iterable[str]) -> bytes:
    """Return the merges of open_clip's byte-pair encoding that some words or phrases need.

    All of them are segmented as with the full list: a merge that applies has the lowest rank of
    those possible, in any subset that holds it and keeps the order. The result is a gzipped merges
    file as `SimpleTokenizer` reads it; equal sets of words give equal bytes.
    """
    full = SimpleTokenizer()
    needed: set[tuple[str, str]] = set()
    for word in words:
        for piece in full.pat.findall(full.clean_fn(word)):
            needed |= _merges_of(
                "".join(full.byte_encoder[byte] for byte in piece.encode()), full.bpe_ranks
            )
    lines = [_HEADER, *(" ".join(pair) for pair in sorted(needed, key=full.bpe_ranks.__getitem__))]
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0) as file:
        file.write("\n".join(lines).encode())
    return buffer.getvalue()


def _merges_of(token: str, ranks: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Return the merges that byte-pair encoding applies to one token."""
    symbols = [*token[:-1], token[-1] + "</w>"]
    applied: set[tuple[str, str]] = set()
    while True:
        pairs = [pair for pair in itertools.pairwise(symbols) if pair in ranks]
        if not pairs:
            return applied
        best = min(pairs, key=ranks.__getitem__)
        applied.add(best)
        merged: list[str] = []
        for symbol in symbols:
            if merged and (merged[-1], symbol) == best:
                merged[-1] += symbol
            else:
                merged.append(symbol)
        symbols = merged


def half(state: Mapping[str, torch.Tensor]) -> bytes:
    """Return a safetensors file with the arrays of a ``state_dict()`` in float16.

    Whole numbers (batch counters) and single numbers (the logit scale) stay as they are. The same
    numbers give the same bytes.
    """
    tensors = {
        name: (tensor.half() if tensor.is_floating_point() and tensor.ndim else tensor).contiguous()
        for name, tensor in state.items()
    }
    data: bytes = save(tensors)
    return data


def config(recipe: ClipRecipe, *, vocabulary: int) -> dict[str, dict[str, object]]:
    """Return what `CONFIG_FILE` holds; the path of the merges is relative to its folder."""
    return {
        "model_cfg": {
            "embed_dim": _WIDTH,
            "vision_cfg": {
                "image_size": recipe.image_size,
                "layers": list(recipe.blocks),
                "width": recipe.width,
                "head_width": 2 * recipe.width,
            },
            "text_cfg": {
                "context_length": CONTEXT,
                "vocab_size": vocabulary,
                "tokenizer_kwargs": {"bpe_path": MERGES_FILE},
                "width": _WIDTH,
                "heads": 4,
                "layers": 2,
            },
        },
        "preprocess_cfg": {
            "size": recipe.image_size,
            "mode": "RGB",
            "mean": list(OPENAI[0]),
            "std": list(OPENAI[1]),
            "interpolation": "bicubic",
            "resize_mode": "shortest",
        },
    }


def build(recipe: ClipRecipe, *, vocabulary: int, seed: int) -> CLIP:
    """Return an untrained model, with open_clip's initial weights drawn from `seed`."""
    with seeded(seed):
        model = CLIP(**config(recipe, vocabulary=vocabulary)["model_cfg"])
    return model.to(memory_format=torch.channels_last)


def write(model: CLIP, recipe: ClipRecipe, folder: Path) -> None:
    """Write configuration and half-precision weights into `folder`, where the merges are."""
    text = json.dumps(config(recipe, vocabulary=model.vocab_size), indent=2) + "\n"
    write_atomic(folder / CONFIG_FILE, text.encode())
    write_atomic(folder / WEIGHTS_FILE, half(model.state_dict()))


def read(folder: Path) -> tuple[CLIP, SimpleTokenizer]:
    """Load a folder through open_clip, and check that its weights were really loaded.

    Raises
    ------
    StudyError
        If files are missing, or the model's weights are not those of the file (open_clip only
        logs a warning when it finds none).
    """
    for name in (CONFIG_FILE, WEIGHTS_FILE, MERGES_FILE):
        if not (folder / name).is_file():
            raise StudyError(f"{folder.name}: {name} is missing; train it first")
    model = open_clip.create_model(f"local-dir:{folder}").eval()
    loaded = model.state_dict()
    for name, tensor in load_file(folder / WEIGHTS_FILE).items():
        if not torch.equal(loaded[name], tensor.to(loaded[name].dtype)):
            raise StudyError(
                f"{folder.name}/{WEIGHTS_FILE}: {name!r} has other numbers in the loaded model; "
                f"check {CONFIG_FILE} next to it"
            )
    return model, SimpleTokenizer(bpe_path=str(folder / MERGES_FILE), context_length=CONTEXT)


def encode_text(clip: CLIP, texts: torch.Tensor) -> torch.Tensor:
    """Return the normalised features of texts that are padded no further than needed.

    ``CLIP.encode_text`` requires its whole context; in a causal tower the positions after the end
    token change nothing, and here they would be most of the work.

    Parameters
    ----------
    texts
        int64 (texts, length), length at most `CONTEXT`; the end token is the highest.
    """
    length = texts.shape[1]
    hidden = clip.token_embedding(texts) + clip.positional_embedding[:length]
    hidden = clip.transformer(hidden, attn_mask=clip.attn_mask[:length, :length])
    ends = clip.ln_final(hidden)[torch.arange(len(texts)), texts.argmax(dim=1)]
    return F.normalize(ends @ clip.text_projection, dim=-1)
