"""Large arrays are mapped to a file without a name; numbers and products stay the same."""

import os
from pathlib import Path

import numpy as np
import pytest

from study.pipeline.store import mapped
from tests.small_study import contents, run


def _is_mapped(values: np.ndarray) -> bool:
    owner: object = values
    while isinstance(owner, np.ndarray) and not isinstance(owner, np.memmap):
        owner = owner.base
    return isinstance(owner, np.memmap)


def test_a_study_whose_arrays_are_mapped_leaves_the_same_bytes(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = contents(run(study, "whole"))
    (study / "store").rename(study / "kept")
    made: list[bool] = []
    plain = mapped.empty

    def watched(root: Path, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        made.append(_is_mapped(values := plain(root, shape, dtype)))
        return values

    monkeypatch.setattr(mapped, "_LARGE", 1)
    monkeypatch.setattr(mapped, "empty", watched)
    assert contents(run(study, "mapped")) == whole
    assert made
    assert all(made)
    assert contents(study / "store") == contents(study / "kept")


def test_small_arrays_and_those_without_space_on_disk_are_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not _is_mapped(mapped.empty(tmp_path, (4, 3), np.float32))
    monkeypatch.setattr(mapped, "_LARGE", 48)
    large = mapped.empty(tmp_path, (4, 3), np.float32)
    large[:] = np.arange(12).reshape(4, 3)
    assert _is_mapped(large)
    assert large.sum(axis=0).tolist() == [18, 22, 26]
    assert not list(tmp_path.iterdir()), "the file has no name"

    def full(*_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "posix_fallocate", full)
    assert not _is_mapped(mapped.empty(tmp_path, (4, 3), np.float32))
