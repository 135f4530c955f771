"""Class names: what the units of a classifier's last layer stand for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from torchvision.models import get_model_weights

from study.errors import StudyError
from study.files.spelling import spelt
from study.inputs.settings import NetworkSettings
from study.inputs.word_files import read_words


def class_names_of(settings: NetworkSettings, paths: Mapping[str, Path]) -> tuple[str, ...]:
    """Read the names of a classifier's classes, spelt as concepts are."""
    source = settings.class_names or ""
    kind, _, rest = source.partition(":")
    if kind == "torchvision":
        names = _torchvision_categories(settings, rest)
    else:
        read = read_words(paths[rest] if kind == "artifact" else Path(rest))
        names = [
            spelt(word.replace("_", " "), f"{Path(source).name}: {place}")
            for place, word in read.located
        ]
    if settings.classes and len(names) != settings.classes:
        raise StudyError(
            f"network {settings.name!r}: expected {settings.classes} class names, found "
            f"{len(names)} in {source}"
        )
    return tuple(names)


def _torchvision_categories(settings: NetworkSettings, tag: str) -> Sequence[str]:
    try:
        weights = get_model_weights(settings.architecture)
    except ValueError:
        raise StudyError(
            f"network {settings.name!r}: torchvision has no class names for "
            f'{settings.architecture}, as class_names = "torchvision:{tag}" says: name a file'
        ) from None
    if tag not in weights.__members__:
        raise StudyError(
            f"network {settings.name!r}: expected class names of one of "
            f"{', '.join(weights.__members__)}, found {tag!r}"
        )
    names: Sequence[str] = weights[tag].meta["categories"]
    return names
