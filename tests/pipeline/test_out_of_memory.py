"""Out of memory: the batch is halved for all that follows, and the labels stay the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from study.__main__ import main as command
from study.dissection.labels import read
from study.errors import StudyError
from study.models import encoder as encoders
from study.models.encoder import text
from study.models.pieces import Room, fitting, memory_named, run_pieces
from tests.small_study import run as run_study

ERRORS: dict[str, Callable[[], Exception]] = {
    "cuda": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.30 GiB."),
    "cpu": lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 B"),
    "python": MemoryError,
}


def short_of_memory(
    monkeypatch: pytest.MonkeyPatch, most: int, error: str = "cuda"
) -> dict[str, list[int]]:
    """Make networks and encoders fail as a device does whose memory holds `most` images."""
    seen: dict[str, list[int]] = {"network": [], "encoder": []}

    def limited(kind: str, forward: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
        def run(images: torch.Tensor, *given: object, **options: object) -> torch.Tensor:
            if len(images) > most:
                raise ERRORS[error]()
            seen[kind].append(len(images))
            return forward(images, *given, **options)

        return run

    encoding = encoders.Encoder.to

    def to(self: encoders.Encoder, **options: object) -> encoders.Encoder:
        placed = encoding(self, **options)
        module = placed.module
        module.encode_image = limited("encoder", module.encode_image)
        return placed

    forward = nn.Conv2d.forward

    def convolved(self: nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
        if self.in_channels == 3 and self.kernel_size != self.stride:  # no encoder's patches
            return limited("network", lambda batch: forward(self, batch))(images)
        return forward(self, images)

    monkeypatch.setattr(nn.Conv2d, "forward", convolved)
    monkeypatch.setattr(encoders.Encoder, "to", to)
    return seen


def labels_of(out: Path) -> list[list[str]]:
    return [
        read(out / slug / "labels.csv")["label"].fillna("").tolist() for slug in ("one", "other")
    ]


@pytest.mark.parametrize(("most", "error"), [(1, "cuda"), (5, "cpu"), (11, "python")])
def test_a_study_in_a_small_memory_has_the_same_labels_and_one_note(
    study: Path, most: int, error: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_study(study, "whole")
    (study / "store").rename(study / "kept")
    notes: list[str] = []
    with monkeypatch.context() as patch:
        seen = short_of_memory(patch, most, error)
        patch.setattr("study.progress.Progress.note", lambda _, text: notes.append(text))
        small = run_study(study, "small")
    assert labels_of(small) == labels_of(whole)
    assert max(seen["network"]) <= most
    assert max(seen["encoder"]) <= most
    [note] = [note for note in notes if "out of memory" in note]
    assert "images at a time: going on with" in note
    manifests = [(out / "manifest.json").read_text() for out in (whole, small)]
    assert "memory" not in manifests[1]
    assert len(manifests[0]) == len(manifests[1])


def test_no_memory_for_one_image_is_one_line_and_exit_2(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = study, study / "out"
    short_of_memory(monkeypatch, 0)
    words = ["run", str(folder / "study.toml"), "--out", str(out), "--store", str(folder / "store")]
    assert command(words) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "One: the device ran out of memory with one image at a time; " in said.splitlines()[-1]
    assert "rejects" not in said
    assert not out.exists()


def test_what_did_not_fit_is_not_tried_again() -> None:
    tried: list[int] = []

    def run(piece: torch.Tensor) -> torch.Tensor:
        tried.append(len(piece))
        if len(piece) > 3:
            raise ERRORS["cuda"]()
        return piece

    net, notes = nn.Linear(1, 1), list[str]()
    room, images = Room(notes.append), torch.rand(24, 3, 224, 224)
    for _ in range(2):
        parts = [found[:count] for found, count in run_pieces(images, net, run, room=room)]
        assert torch.equal(torch.cat(parts), images)
    assert tried == [12, 6, *[3] * 16]
    assert len(notes) == 1
    list(run_pieces(images[:4], nn.Linear(1, 1), lambda piece: tried.append(len(piece)), room=room))
    assert tried[-1] == 12, "another network may be smaller"


@pytest.mark.parametrize("most", [1, 3, 20])
def test_texts_are_halved_too(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tower:
        def ends(self, tokens: torch.Tensor) -> torch.Tensor:
            return (tokens == 9).int().argmax(dim=1)

        def features(self, tokens: torch.Tensor, ends: torch.Tensor) -> torch.Tensor:
            if len(tokens) > most:
                raise ERRORS["cpu"]()
            return tokens[torch.arange(len(tokens)), ends - 1][:, None].float()

    def fail(*_: object) -> torch.Tensor:
        raise ERRORS["cuda"]()

    monkeypatch.setattr(text, "causal_tower", lambda _: Tower())
    tokens = torch.zeros(40, 16, dtype=torch.int64)
    for row in range(40):
        tokens[row, row % 13 + 1], tokens[row, row % 13] = 9, row + 10
    counted: list[int] = []
    found = text.encode(None, tokens, progress=counted.append, room=Room())
    assert found[:, 0].tolist() == [*range(10, 50)]
    assert sum(counted) == 40
    monkeypatch.setattr(Tower, "features", fail)
    with pytest.raises(StudyError, match="ran out of memory with one text at a time"):
        text.encode(None, tokens)


def test_another_error_is_no_lack_of_memory() -> None:
    def run(_: torch.Tensor) -> None:
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        list(fitting(torch.zeros(2, 1), 2, run, room=Room(), owner="net"))
    with pytest.raises(RuntimeError, match="size mismatch"), memory_named("net"):
        run(torch.zeros(1))
    with pytest.raises(StudyError, match=r"^net: the device ran out"), memory_named("net"):
        raise ERRORS["cpu"]()


def test_an_encoder_of_ones_own_goes_on_with_less() -> None:
    class Own:
        preprocessing = staticmethod(lambda image: torch.from_numpy(np.asarray(image)).float())

        def encode_images(self, images: torch.Tensor) -> torch.Tensor:
            if len(images) > 2:
                raise ERRORS["python"]()
            return images.flatten(1)[:, :4]

        def encode_concepts(self, words: list[str]) -> torch.Tensor:
            return torch.ones(len(words), 4)

    own = encoders.OwnEncoder.of(Own(), device=torch.device("cpu"))
    images = torch.rand(9, 3, 224, 224)
    assert torch.equal(own.encode_images(images), images.flatten(1)[:, :4])
