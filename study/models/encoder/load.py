"""Loads the encoder of a study, and refuses two mistakes that open_clip accepts.

open_clip warns at most if weights that expect QuickGELU run in a model with GELU, or if no weights
were loaded at all. Here both are errors.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import open_clip
import torch
from torch import Tensor

from study.errors import StudyError
from study.inputs.settings import EncoderSettings
from study.models import checkpoints
from study.models.architectures import parse_seed
from study.models.encoder import towers
from study.models.encoder.images import check_preprocessing, preprocessing_in, preprocessing_of
from study.models.encoder.model import Encoder
from study.models.encoder.towers import Architecture

_OPENAI_FILES = frozenset({"4b8699299b1e8997753c64b052ba32031449d5d853f55a039148560ee02b820f"})
"""SHA-256 of files with OpenAI's weights in open_clip's layout: ViT-B/16 of timm on the hub."""


def load_encoder(
    settings: EncoderSettings,
    *,
    weights_path: Path | None = None,
    precision: str = "float32",
    device: torch.device | str = "cpu",
) -> Encoder:
    """Build an image-text model and load its weights.

    Parameters
    ----------
    settings
        ``model`` is a name that open_clip knows, a folder with ``open_clip_config.json``, or None
        for a file in OpenAI's state-dict layout. ``weights`` is ``"file:PATH"``,
        ``"artifact:NAME"``, ``"random:SEED"`` or a tag of open_clip's.
    weights_path
        The file of the weights. Not needed for ``"file:PATH"``; without it the weights of a tag are
        downloaded through open_clip, which checks no hash.
    precision
        "float32" or "bfloat16" (weights and activations).
    device
        Device to compute on.

    Raises
    ------
    StudyError
        If the model is unknown, the weights cannot be read or do not match entry by entry, or they
        were trained with another GELU than the model computes. open_clip knows which for its tags;
        otherwise only OpenAI's weights are recognised, by "openai" in a name or by the file's
        digest: a renamed copy that was saved again looks like any other file of its layout.
    """
    stated = settings.preprocessing or {}
    check_preprocessing(stated, owner="[encoder] preprocessing")
    tag = _tag(settings)
    kind, _, value = settings.weights.partition(":")
    if kind == "random":
        try:
            seed = parse_seed(value)
        except StudyError as error:
            raise StudyError(f"encoder: {error}") from None
        model = _architecture(settings, {}, {}, file=settings.weights, seed=seed)
    else:
        path = weights_path or _path(settings, tag)
        state = checkpoints.read_state_dict(path)
        preprocess = preprocessing_in(tag) if tag else _of_all_tags(settings, path)
        model = _architecture(settings, state, preprocess, file=path.name)
        if not model.quick_gelu and _are_openai(settings, path):
            raise _other_gelu(f"OpenAI's weights ({path.name})", model.name, quick=False)
        towers.fill(model, state, file=path.name)
    _check_vocabulary(model)
    module = model.module.requires_grad_(False).eval()
    encoder = Encoder(
        module=module,
        tokenizer=model.tokenizer,
        preprocessing=preprocessing_of(module, {**model.preprocess, **stated}),
        model_name=model.name,
        sha256=checkpoints.digest(module.state_dict()),
        configuration=model.configuration,
        width=_width(module),
        device=torch.device("cpu"),
    )
    return encoder.to(device=device, precision=precision)


def _architecture(
    settings: EncoderSettings,
    state: Mapping[str, Tensor],
    preprocess: Mapping[str, Any],
    *,
    file: str,
    seed: int = 0,
) -> Architecture:
    if settings.model is None:
        return towers.of_openai_weights(state, file=file)
    folder = Path(settings.model)
    if folder.is_dir():
        return towers.in_folder(folder, seed=seed)
    return towers.named(settings.model, preprocess=preprocess, seed=seed)


def _tag(settings: EncoderSettings) -> Mapping[str, Any]:
    """Return open_clip's settings for the weights if they are one of its tags, else nothing.

    An unknown model, or a tag whose weights expect another GELU, is refused before any download.
    """
    name = settings.model
    if name is None or ":" in settings.weights or Path(name).is_dir():
        return {}
    quick = bool(towers.open_clip_configuration(name).get("quick_gelu", False))
    tag: dict[str, Any] = open_clip.get_pretrained_cfg(name, settings.weights)
    if tag and bool(tag.get("quick_gelu", False)) != quick:
        raise _other_gelu(f"the weights {settings.weights!r}", name, quick=quick)
    return tag


def _of_all_tags(settings: EncoderSettings, path: Path) -> dict[str, Any]:
    """Return the image settings that all published weights of a model share.

    Raises
    ------
    StudyError
        If they differ, and neither the study states them nor are these OpenAI's weights.
    """
    name = settings.model
    if name is None or Path(name).is_dir():
        return {}
    tags = open_clip.list_pretrained_tags_by_model(name)
    known = {tag: preprocessing_in(open_clip.get_pretrained_cfg(name, tag)) for tag in tags}
    first = next(iter(known.values()), {})
    stated = settings.preprocessing or {}
    for other in known.values():
        differing = [key for key in other if other[key] != first.get(key)]
        if not any(key not in stated for key in differing):
            continue
        if "openai" in known and _are_openai(settings, path):
            return known["openai"]
        shown = "; ".join(
            f"{value} for {', '.join(t for t in known if known[t].get(differing[0]) == value)}"
            for value in (first.get(differing[0]), other[differing[0]])
        )
        raise StudyError(
            f"encoder: the published weights of {name} differ in {differing[0]} ({shown}), and "
            f"{path.name} does not say which it is: set preprocessing = "
            f"{{ {differing[0]} = … }} in [encoder]"
        )
    return first


def _path(settings: EncoderSettings, tag: Mapping[str, Any]) -> Path:
    """Return the file of the weights if the caller gave none; that of a tag is downloaded."""
    kind, _, value = settings.weights.partition(":")
    if kind == "file":
        return Path(value)
    if kind == "artifact":
        raise StudyError(f"encoder: expected a path to the weights of {value}, found no path")
    if not tag:
        tags = open_clip.list_pretrained_tags_by_model(settings.model or "")
        raise StudyError(
            "encoder: weights: expected file:PATH, artifact:NAME, random:SEED or one of open_clip's"
            f" tags for {settings.model} ({', '.join(tags) or 'none'}), found {settings.weights!r}"
        )
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    try:
        logger.setLevel(logging.ERROR)  # It would report each of a dozen attempts.
        return Path(open_clip.download_pretrained(dict(tag)))
    except Exception as error:  # whatever the downloading library raises
        hub = str(tag.get("hf_hub") or "").strip("/")
        where = f"huggingface.co/{hub}" if hub else tag.get("url") or "where its makers offer it"
        raise StudyError(
            f"encoder: cannot download the weights {settings.weights!r} of {settings.model} "
            f"({type(error).__name__}): bring the file from {where} (open_clip_model.safetensors "
            'or open_clip_pytorch_model.bin, where there are several) and set weights = "file:PATH"'
        ) from None
    finally:
        logger.setLevel(level)


def _other_gelu(weights: str, name: str, *, quick: bool) -> StudyError:
    """Return the error for a model that computes another GELU (`quick`) than its weights expect."""
    expected, found = ("plain GELU", "QuickGELU") if quick else ("QuickGELU", "plain GELU")
    twin = name.removesuffix("-quickgelu") if quick else f"{name}-quickgelu"
    exists = twin != name and twin in open_clip.list_models()
    remedy = f'set model = "{twin}", or ' if exists else ""
    return StudyError(
        f"encoder: expected a model with {expected} for {weights}, found {name}, which computes "
        f'{found}: {remedy}set model to a folder whose {towers.CONFIG_FILE} has "quick_gelu":'
        f" {json.dumps(not quick)}"
    )


def _are_openai(settings: EncoderSettings, path: Path) -> bool:
    hints = (settings.weights.rpartition("/")[2], path.name)
    if any("openai" in hint.lower() for hint in hints):
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() in _OPENAI_FILES


def _check_vocabulary(model: Architecture) -> None:
    """Refuse a tokenizer with more tokens than the model has embeddings for."""
    tokens = getattr(model.tokenizer, "vocab_size", None)
    tower = getattr(model.module, "text", model.module)
    known = getattr(tower, "vocab_size", None)
    if isinstance(tokens, int) and isinstance(known, int) and tokens != known:
        raise StudyError(
            f"encoder: expected a tokenizer of {known} tokens for {model.name}, found {tokens}: "
            "name the tokenizer's merges (bpe_path) in the folder's configuration"
        )


def _width(module: Any) -> int:
    """Return the width of a feature, by encoding one empty text."""
    length = getattr(getattr(module, "text", module), "context_length", 77)
    try:
        with torch.inference_mode():
            return int(module.encode_text(torch.zeros(1, length, dtype=torch.long)).shape[1])
    except Exception as error:  # whatever its text tower raises
        raise StudyError(
            f"encoder: expected a model that encodes texts, found {checkpoints.one_line(error)}: "
            "supply the configuration that belongs to the weights"
        ) from None
