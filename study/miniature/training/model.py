"""The small image-text model as a folder that open_clip reads, and back."""

import json
from pathlib import Path

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from open_clip.model import CLIP
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import load_file

from study.errors import StudyError
from study.miniature import world
from study.miniature.training.captions import CONTEXT, template_words
from study.miniature.training.export import half
from study.miniature.training.loop import seeded
from study.miniature.training.recipes import ClipRecipe
from study.miniature.training.tokens import MERGES_FILE, cut_merges
from study.output import write_atomic

CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILE = "open_clip_model.safetensors"
LARGEST_SCALE = 100.0
_WIDTH = 128


def write_tokenizer(folder: Path) -> SimpleTokenizer:
    """Write the cut merges into `folder` and return the tokenizer that reads them."""
    words = (*(word.concept for word in world.VOCABULARY), *template_words())
    write_atomic(folder / MERGES_FILE, cut_merges(words))
    return SimpleTokenizer(bpe_path=str(folder / MERGES_FILE), context_length=CONTEXT)


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
            "mean": list(open_clip.OPENAI_DATASET_MEAN),
            "std": list(open_clip.OPENAI_DATASET_STD),
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
    """Write configuration and half-precision weights beside the merges in `folder`."""
    text = json.dumps(config(recipe, vocabulary=model.vocab_size), indent=2) + "\n"
    write_atomic(folder / CONFIG_FILE, text.encode())
    write_atomic(folder / WEIGHTS_FILE, half(model.state_dict()))


def read(folder: Path) -> tuple[CLIP, SimpleTokenizer]:
    """Load a folder through open_clip, and see that the weights really came in.

    Raises
    ------
    StudyError
        If files are missing, or the model's weights are not those of the file (open_clip only
        logs a warning when it finds none).
    """
    for name in (CONFIG_FILE, WEIGHTS_FILE, MERGES_FILE):
        if not (folder / name).is_file():
            raise StudyError(f"{folder.name}: expected {name} in it, found none: train it first")
    model = open_clip.create_model(f"local-dir:{folder}").eval()
    loaded = model.state_dict()
    for name, tensor in load_file(folder / WEIGHTS_FILE).items():
        if not torch.equal(loaded[name], tensor.to(loaded[name].dtype)):
            raise StudyError(
                f"{folder.name}/{WEIGHTS_FILE}: expected its {name!r} in the model, found other "
                "numbers: check the configuration beside it"
            )
    return model, SimpleTokenizer(bpe_path=str(folder / MERGES_FILE), context_length=CONTEXT)


def encode_text(clip: CLIP, texts: torch.Tensor) -> torch.Tensor:
    """Return the normalised features of texts that are padded no further than needed.

    ``CLIP.encode_text`` wants its whole context; in a causal tower the places behind the end token
    change nothing, and here they are most of the work.

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


def scale_of(model: CLIP) -> float:
    """Return the factor that the model's cosines are multiplied by."""
    return float(np.exp(model.logit_scale.item()))
