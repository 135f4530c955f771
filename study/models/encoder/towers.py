"""Builds image-text models without weights: by open_clip's name, a folder, or shapes of weights."""

import copy
import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import open_clip
import torch
from open_clip.model import build_model_from_openai_state_dict
from torch import Tensor, nn

from study.errors import StudyError
from study.files.resolving import resolved
from study.models import checkpoints
from study.models.checkpoints import one_line
from study.models.encoder.configuration import check_sizes, table
from study.models.encoder.images import check_preprocessing
from study.models.encoder.text import load_tokenizer, refuse_foreign_code, token_rules

CONFIG_FILE = "open_clip_config.json"
_OPENAI_EXTRAS = ("input_resolution", "context_length", "vocab_size")


@dataclass(frozen=True, slots=True, eq=False)
class Architecture:
    """A model with its structure but not yet its weights."""

    name: str  # in the manifest: never a path
    module: nn.Module  # the open_clip model, float32 on the CPU, freshly initialised
    tokenizer: Any  # words to int64 (words, context)
    preprocess: Mapping[str, Any]  # of images, in open_clip's terms
    quick_gelu: bool  # computes GELU as x·sigmoid(1.702 x), which OpenAI's weights expect
    configuration: str  # SHA-256 of what else determines features: settings and tokens


def open_clip_configuration(name: str) -> dict[str, Any]:
    """Return open_clip's configuration of an architecture.

    Raises
    ------
    StudyError
        If open_clip has no architecture of that name; the message names the closest one.
    """
    # Checked first: open_clip takes "hf-hub:NAME" for a download and "local-dir:PATH" for a file.
    names = open_clip.list_models()
    if name in names:
        config: dict[str, Any] = open_clip.get_model_config(name)
        return config
    folded = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower().replace("/", "-"), folded, n=1)
    if ":" in name:
        remedy = f"put the model's files into a folder, {CONFIG_FILE} among them, and name it"
    elif close:
        remedy = f"the closest name is {folded[close[0]]}"
    else:
        remedy = "python -c 'import open_clip; print(open_clip.list_models())' lists the names"
    raise StudyError(
        f"encoder: expected an open_clip model or a folder with {CONFIG_FILE}, found {name!r}: "
        f"{remedy}"
    )


def named(
    name: str, *, preprocess: Mapping[str, Any] = MappingProxyType({}), seed: int = 0
) -> Architecture:
    """Build one of open_clip's architectures, with initial weights drawn from a seed.

    Raises
    ------
    StudyError
        If open_clip has none of that name, or a package or file that it needs is missing.
    """
    config = open_clip_configuration(name)
    owner = f"encoder model {name}"
    tokenizer = load_tokenizer(name, owner=owner)
    return _assembled(name, config, tokenizer, preprocess, owner=owner, seed=seed)


def _check_harmless(text: Mapping[str, Any], options: Mapping[str, Any], *, owner: str) -> None:
    """Refuse a configuration that would run code of its folder, or read a folder elsewhere."""
    if options.get("trust_remote_code"):
        raise StudyError(
            f"{owner}: tokenizer_kwargs ask for trust_remote_code, which would run code that comes "
            "with the model: remove it, and use a tokenizer of the transformers package"
        )
    bpe = Path(str(options.get("bpe_path", "")).replace("\\", "/"))
    if bpe.is_absolute() or ".." in bpe.parts:
        raise StudyError(
            f"{owner}: bpe_path: expected the name of a file in the folder, found "
            f"{options['bpe_path']!r:.80}: put the file beside the configuration"
        )
    for key in ("hf_model_name", "hf_tokenizer_name"):
        name = str(text.get(key, ""))
        if Path(name).is_absolute() or ".." in Path(name).parts or (name and Path(name).exists()):
            raise StudyError(
                f"{owner}: {key}: expected the name of a model, found the path of a folder: put "
                "the tokenizer's files beside the configuration"
            )


def in_folder(folder: Path, *, seed: int = 0) -> Architecture:
    """Build what a folder's ``open_clip_config.json`` describes; nothing is written into it.

    A relative ``bpe_path`` among the tokenizer's settings is relative to the folder.

    Raises
    ------
    StudyError
        If the configuration is missing or cannot be understood, or what it names is missing.
    """
    owner = f"{folder.name}/{CONFIG_FILE}"
    try:
        document = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{owner}: expected a configuration in JSON, found {one_line(error)}: supply the file "
            "that belongs to the weights"
        ) from None
    document = table(document, owner)
    preprocess = table(document.get("preprocess_cfg", {}), f"{owner}: preprocess_cfg")
    check_preprocessing(preprocess, owner=owner)
    config = table(document.get("model_cfg"), f"{owner}: model_cfg")
    check_sizes(config, owner=owner)
    options = config["text_cfg"].get("tokenizer_kwargs", {})
    options = dict(table(options, f"{owner}: tokenizer_kwargs"))
    _check_harmless(config["text_cfg"], options, owner=owner)
    if "bpe_path" in options:
        options["bpe_path"] = str(resolved(folder / str(options["bpe_path"])))
        if not Path(options["bpe_path"]).is_file():
            raise StudyError(
                f"{owner}: expected the tokenizer's bpe_path to name a file, found none: put it "
                f"into {folder.name}"
            )
    tokenizer = load_tokenizer(f"local-dir:{folder}", owner=owner, **options)
    name = resolved(folder).name
    return _assembled(name, config, tokenizer, preprocess, owner=owner, seed=seed)


def of_openai_weights(state: Mapping[str, Tensor], *, file: str) -> Architecture:
    """Build the architecture that fits weights in OpenAI's layout, with QuickGELU.

    The shapes determine every size, but not the activation: weights of this layout that were
    trained with plain GELU need a named model.

    Raises
    ------
    StudyError
        If the weights are of another layout.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            # A copy: the builder takes entries out of the mapping that it is given.
            module = build_model_from_openai_state_dict(dict(state), cast_dtype=None).float()
    except (KeyError, IndexError, ValueError, RuntimeError, ZeroDivisionError, AssertionError):
        refuse_other_layout(state, file=file)
        raise StudyError(
            f"{file}: expected OpenAI's state-dict layout, as the study names no encoder model, "
            "found another: set model to an open_clip name or to a folder with " + CONFIG_FILE
        ) from None
    tokenizer = open_clip.SimpleTokenizer(context_length=module.context_length)
    shapes = {key: list(value.shape) for key, value in state.items()}
    size = module.visual.image_size
    height, width = size if isinstance(size, tuple) else (size, size)
    return Architecture(
        name=f"OpenAI layout, {height}x{width} px, width {module.text_projection.shape[1]}",
        module=module,
        tokenizer=tokenizer,
        preprocess={},
        quick_gelu=True,
        configuration=_digest(shapes, tokenizer),
    )


def fill(architecture: Architecture, state: Mapping[str, Tensor], *, file: str) -> None:
    """Load weights of any of open_clip's layouts into a model, see `checkpoints.fill`."""
    refuse_other_layout(state, file=file)
    module = architecture.module
    entries = {key: value for key, value in state.items() if key not in _OPENAI_EXTRAS}
    if "text_projection" in entries and not hasattr(module, "text_projection"):
        entries = open_clip.model.convert_to_custom_text_state_dict(entries)
    expected = module.state_dict()
    for key in ("logit_scale", "logit_bias"):
        if key in entries and key in expected and entries[key].numel() == expected[key].numel():
            entries[key] = entries[key].reshape(expected[key].shape)
    checkpoints.fill(module, entries, file=file, model=f"encoder model {architecture.name}")


def refuse_other_layout(state: Mapping[str, Tensor], *, file: str) -> None:
    """Name the layout of the library transformers, and where the same weights lie in open_clip's.

    Raises
    ------
    StudyError
        If the weights are in that layout.
    """
    if any(name.startswith(("vision_model.", "text_model.")) for name in state):
        raise StudyError(
            f"encoder: {file}: found a CLIP as the library transformers saves it: take the same "
            "weights in open_clip's layout, open_clip_model.safetensors or "
            "open_clip_pytorch_model.bin, from its page or its twin's (timm/… or laion/…) on "
            "huggingface.co"
        )


def _digest(config: Mapping[str, Any], tokenizer: Any) -> str:
    text = json.dumps([config, token_rules(tokenizer)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _assembled(
    name: str,
    config: Mapping[str, Any],
    tokenizer: Any,
    preprocess: Mapping[str, Any],
    *,
    owner: str,
    seed: int,
) -> Architecture:
    try:
        module = _instantiate(config, seed=seed)
    except Exception as error:  # whatever open_clip and the libraries of its towers raise
        raise StudyError(
            f"{owner}: expected a model_cfg that open_clip understands, found {one_line(error)}: "
            "supply the configuration that belongs to the weights"
        ) from None
    quick_gelu = bool(config.get("quick_gelu", False))
    return Architecture(name, module, tokenizer, preprocess, quick_gelu, _digest(config, tokenizer))


def _instantiate(settings: Mapping[str, Any], *, seed: int) -> nn.Module:
    """Build an open_clip model with initial weights drawn from `seed`, and none downloaded."""
    refuse_foreign_code()
    config: dict[str, Any] = copy.deepcopy(dict(settings))
    text, vision = config["text_cfg"], config["vision_cfg"]
    custom = config.pop("custom_text", False) or "hf_model_name" in text
    if "timm_model_name" in vision:
        vision["timm_model_pretrained"] = False
    if "hf_model_name" in text:
        text["hf_model_pretrained"] = False
    model: type[nn.Module] = open_clip.CLIP
    if custom:
        model = open_clip.CoCa if "multimodal_cfg" in config else open_clip.CustomTextCLIP
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return model(**config)
