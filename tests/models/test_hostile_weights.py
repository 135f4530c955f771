"""Files of weights that would wait for ever, fill the memory or hold no plain numbers."""

import os
import zipfile
from pathlib import Path

import pytest
import torch

from study.errors import StudyError
from study.models.checkpoints import MAX_HEADER, read_state_dict


def refused(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        read_state_dict(path)
    return str(caught.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights.pth")
    assert "cannot read the weights weights.pth: not a file" in refused(tmp_path / "weights.pth")


def test_a_packed_archive_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", b"\0" * (64 << 20))
    assert "unpacks to 67,108,864 bytes" in refused(path)


def test_an_endless_header_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes((MAX_HEADER + 1).to_bytes(8, "little") + b"{" + b" " * 100)
    assert "no safetensors" in refused(path)


TENSORS = {
    "a sparse tensor": lambda: torch.eye(3).to_sparse(),
    "a tensor without data": lambda: torch.empty(3, device="meta"),
    "numbers of type torch.complex64": lambda: torch.zeros(3, dtype=torch.complex64),
    "numbers of type torch.float8_e5m2": lambda: torch.zeros(3).to(torch.float8_e5m2),
}


@pytest.mark.parametrize("kind", TENSORS)
def test_tensors_without_plain_numbers_are_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"fc.weight": TENSORS[kind]()}, path)
    assert f"weights.pth: fc.weight: expected plain numbers, found {kind}" in refused(path)


def test_names_with_escapes_reach_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from study.command import guarded

    def fail() -> int:
        raise StudyError("\x1b]0;title\x07 name\nsecond line\x9b31m")

    assert guarded(fail) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert all(character.isprintable() for character in said.rstrip("\n"))
