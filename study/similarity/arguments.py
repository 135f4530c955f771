"""Checks of the arrays and settings that similarity functions take."""

import torch
from torch import Tensor

from study.errors import StudyError


def check_arrays(image_features: Tensor, concept_features: Tensor, activations: Tensor) -> None:
    """Raise `StudyError` for arrays that are not 2-d, empty or not finite, or do not fit together.

    They are (images, width), (concepts, width) and (images, units).
    """
    check_features(image_features, concept_features)
    check_finite("activations", activations, ("image", "unit"))
    if len(image_features) != len(activations):
        raise StudyError(
            f"expected features and activations of the same images, found {len(image_features)} "
            f"and {len(activations)}"
        )


def check_features(image_features: Tensor, concept_features: Tensor) -> None:
    """Raise `StudyError` for features that are not 2-d, not finite, or of two widths."""
    check_finite("image features", image_features, ("image", "column"))
    check_finite("concept features", concept_features, ("concept", "column"))
    if image_features.shape[1] != concept_features.shape[1]:
        raise StudyError(
            "expected image and concept features of one width, found "
            f"{image_features.shape[1]} and {concept_features.shape[1]}: "
            "they must come from the same encoder"
        )


def check_finite(name: str, array: Tensor, axes: tuple[str, str]) -> None:
    """Raise `StudyError` for an array that is not 2-d, is empty, or has an entry not finite."""
    if array.ndim != 2 or array.numel() == 0:
        shape = ", ".join(f"{axis}s" for axis in axes)
        raise StudyError(f"{name}: expected ({shape}), found {tuple(array.shape)}")
    # A sum over a row is finite unless an entry is not (or the row overflows, seen below).
    suspects = (~torch.isfinite(array.sum(1))).nonzero()[:, 0].tolist()
    for row in suspects:
        columns = (~torch.isfinite(array[row])).nonzero()[:, 0].tolist()
        if columns:
            value = float(array[row, columns[0]])
            raise StudyError(
                f"{name}: expected finite numbers, found {value} at {axes[0]} {row}, "
                f"{axes[1]} {columns[0]}"
            )


def check_setting(function: str, name: str, value: float, expected: str, fits: bool) -> None:
    """Raise `StudyError` for a setting out of its range: unless `fits`."""
    if not fits:
        raise StudyError(f"{function}: expected {name} {expected}, found {value}")
