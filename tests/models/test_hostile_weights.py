"""Files of weights that would wait for ever, fill the memory or hold no plain numbers."""

import os
import struct
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

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
    "a nested tensor": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "a tensor without data": lambda: torch.empty(3, device="meta"),
    "numbers of type torch.complex64": lambda: torch.zeros(3, dtype=torch.complex64),
    "numbers of type torch.float8_e5m2": lambda: torch.zeros(3).to(torch.float8_e5m2),
}


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("kind", TENSORS)
def test_tensors_without_plain_numbers_are_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "weights.pth"
    torch.save({"fc.weight": TENSORS[kind]()}, path)
    assert f"weights.pth: fc.weight: expected plain numbers, found {kind}" in refused(path)


def test_a_jagged_tensor_is_nested(tmp_path: Path) -> None:
    parts = [torch.ones(2), torch.ones(3)]
    jagged = torch.nested.nested_tensor(parts, layout=torch.jagged)
    torch.save({"state_dict": {"a": torch.ones(2)}, "model": {"a": jagged}}, tmp_path / "w.pth")
    assert "w.pth: " in refused(tmp_path / "w.pth")


@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_weights_beyond_single_precision_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"w.{kind}"
    save = torch.save if kind == "pth" else save_file
    save({"a": torch.tensor([1.0, 2.0], dtype=torch.float64)}, path)
    assert read_state_dict(path)["a"].tolist() == [1.0, 2.0]
    save({"a": torch.tensor([1.0, 1e300], dtype=torch.float64)}, path)
    said = "a: expected weights that single precision holds, found 1e+300"
    assert refused(path) == f"w.{kind}: {said}"


def test_a_flipped_bit_in_an_archive_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    torch.save({"a": torch.full((100,), 1.5)}, path)
    data = bytearray(path.read_bytes())
    data[data.find(struct.pack("<f", 1.5) * 3) + 2] ^= 0x40
    path.write_bytes(data)
    assert refused(path) == (
        "w.pth: the file is damaged: w/data/0 does not fit its checksum: copy or download the file "
        "again"
    )


def test_an_archive_without_checksums_is_read(tmp_path: Path) -> None:
    torch.serialization.set_crc32_options(False)
    try:
        torch.save({"a": torch.ones(3)}, tmp_path / "w.pth")
    finally:
        torch.serialization.set_crc32_options(True)
    assert read_state_dict(tmp_path / "w.pth")["a"].tolist() == [1, 1, 1]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    torch.save({"a\ud800": torch.ones(3)}, tmp_path / "w.pth")
    assert "expected tensors by name, found Tensor under 'a\\ud800'" in refused(tmp_path / "w.pth")


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
