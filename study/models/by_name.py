"""Models by name: the encoder and networks, loaded from Python as a study file names them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.inputs import study_file
from study.inputs.settings import EncoderSettings, NetworkSettings
from study.models import loading, sources
from study.models.encoder import Encoder, load
from study.models.networks import Network
from study.models.speed import choose_device


def load_encoder(
    model: str | Path | None = None,
    *,
    weights: str | Path,
    device: str = "auto",
    precision: str = "float32",
) -> Encoder:
    """Load the image-text model that says how much an image shows a concept.

    Parameters
    ----------
    model
        A name of open_clip's, such as ``"ViT-B-16-quickgelu"``, or a folder with its
        configuration; None for files that OpenAI published.
    weights
        A file, a tag of open_clip's (downloaded), or ``"random:SEED"``.
    device
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:N"`` or ``"mps"``.
    precision
        ``"float32"`` or ``"bfloat16"``.

    Raises
    ------
    StudyError
        If the model is unknown, or the weights cannot be read or do not fit.
    """
    settings = EncoderSettings(
        model=None if model is None else str(model), weights=_weights(weights)
    )
    return load.load_encoder(settings, precision=precision, device=choose_device(device))


def load_network(
    architecture: str,
    *,
    layers: Sequence[str],
    weights: str | Path = "",
    classes: int = 0,
    name: str = "Mine",
    prefix: str = "",
    preprocessing: Mapping[str, Any] | None = None,
    trust_code: bool = False,
) -> Network:
    """Build a network by name and give it weights from a file, as a study file does.

    Parameters
    ----------
    architecture
        A name of torchvision's, ``"timm:NAME"``, ``"hf:FOLDER"``, or ``"code:FILE.py:FUNCTION"``
        with `trust_code`.
    layers
        The layers that will be dissected; weights of others may be missing.
    weights
        A checkpoint of any common layout (PyTorch, Lightning, safetensors), read without running
        its code; ``"random:SEED"``, ``"torchvision:TAG"``; or, for a folder or code, left out.
    classes
        Outputs of its classifier; needed for torchvision's names alone.
    name
        Its name in the report.
    prefix
        What its names begin with in a file of several networks.
    preprocessing
        ``resize``, ``crop``, ``mean``, ``std``, ``interpolation``, ``mode``, if not as the weights
        state them.
    trust_code
        Whether to run the file that ``code:`` names.

    Raises
    ------
    StudyError
        If the architecture is unknown, or the weights cannot be read or do not fit.
    """
    settings = NetworkSettings(
        name=name,
        architecture=architecture,
        classes=classes,
        weights=_weights(weights) if weights else "",
        prefix=prefix,
        layers=(layers,) if isinstance(layers, str) else tuple(layers),
        preprocessing=preprocessing,
    )
    sources.check_known(architecture)
    if fault := study_file.source_fault(settings):
        raise StudyError(
            f"load_network: {fault[0]}: expected {fault[1]}, found {fault[2] or 'nothing'}"
        )
    return loading.load_network(settings, trust_code=trust_code)


def _weights(weights: str | Path) -> str:
    """Return weights as a study file spells them: a path is a file."""
    text = os.fspath(weights)
    path = Path(text).expanduser()
    named = ":" not in text and (path.suffix.lower() in _ENDINGS or path.name != text)
    return f"file:{path}" if isinstance(weights, Path) or path.is_file() or named else text


_ENDINGS = (".pt", ".pth", ".bin", ".ckpt", ".safetensors", ".tar")
