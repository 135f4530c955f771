"""One photo, layer, word or network more costs what it is worth, and changes no byte."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from study.inputs.batches import batches
from study.models.encoder import Encoder
from study.pipeline import passes
from study.pipeline.cards import making
from tests.small_study import change, contents, run


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What is computed: images of each layer, images of the encoder, words, images of cards."""
    done: dict[str, list[Any]] = {"layers": [], "images": [], "words": [], "cards": []}
    forward, encoded, words = passes.forward, passes.encoded, Encoder.encode_concepts

    def forward_counted(inputs: Any, watched: Any, chosen: Sequence[int], **given: Any) -> Any:
        for network, layers in watched.items():
            names = [inputs.probe.names[index] for index in chosen]
            done["layers"] += [(network.slug, layer, name) for layer in layers for name in names]
        return forward(inputs, watched, chosen, **given)

    def encoded_counted(inputs: Any, chosen: Sequence[int], **given: Any) -> Any:
        done["images"] += [inputs.probe.names[index] for index in chosen]
        return encoded(inputs, chosen, **given)

    def words_counted(self: Encoder, given: Sequence[str], **options: Any) -> Any:
        done["words"] += given
        return words(self, given, **options)

    def batches_counted(probe: Any, transforms: Any, *, indices: Any, size: int) -> Any:
        done["cards"] += [probe.names[index] for index in indices]
        return batches(probe, transforms, indices=indices, size=size)

    monkeypatch.setattr(passes, "forward", forward_counted)
    monkeypatch.setattr(passes, "encoded", encoded_counted)
    monkeypatch.setattr(Encoder, "encode_concepts", words_counted)
    monkeypatch.setattr(making, "batches", batches_counted)
    return done


def photo(study: Path, name: str, seed: int) -> None:
    small = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    image = Image.fromarray(small).resize((64, 64), Image.Resampling.BICUBIC)
    image.save(study / "photos" / name)


def one_photo_more(study: Path) -> None:
    photo(study, "05b.png", 99)


def one_photo_less(study: Path) -> None:
    (study / "photos" / "06.png").unlink()


def one_photo_twice(study: Path) -> None:
    shutil.copy(study / "photos" / "06.png", study / "photos" / "b" / "06.png")


def one_photo_changed(study: Path) -> None:
    photo(study, "06.png", 98)


def one_photo_renamed(study: Path) -> None:
    (study / "photos" / "06.png").rename(study / "photos" / "99.png")


def one_layer_more(study: Path) -> None:
    change(study, '"layer4[1]"]', '"layer4[1]", "layer2"]')


def one_layer_less(study: Path) -> None:
    change(study, '"layer3", ', "")


def one_word_more(study: Path) -> None:
    words = study / "words.txt"
    words.write_text(words.read_text().replace("car\n", "car\npurple\n"))


def words_in_other_order(study: Path) -> None:
    words = study / "words.txt"
    words.write_text("".join(sorted(words.read_text().splitlines(keepends=True))))


def one_network_less(study: Path) -> None:
    path = study / "study.toml"
    path.write_text(path.read_text().rpartition("[[networks]]")[0])


CASES: dict[Callable[[Path], None], dict[str, Any]] = {
    one_photo_more: {"layers": {"05b.png"}, "images": {"05b.png"}},
    one_photo_less: {},
    one_photo_twice: {},
    one_photo_changed: {"layers": {"06.png"}, "images": {"06.png"}},
    one_photo_renamed: {},
    one_layer_more: {"layers": {"layer2"}},
    one_layer_less: {},
    one_word_more: {"words": {"purple"}},
    words_in_other_order: {},
    one_network_less: {},
}


@pytest.mark.parametrize("edit", CASES, ids=lambda edit: edit.__name__)
def test_what_did_not_change_is_not_computed_again(
    study: Path, work: dict[str, list[Any]], edit: Callable[[Path], None]
) -> None:
    """The second run ends with the bytes of a run that found nothing stored."""
    # Deep enough that every image counts for some label, before the change and after.
    change(study, "sensitivity = [8]", "sensitivity = [20]")
    run(study)
    for done in work.values():
        done.clear()
    edit(study)
    out = run(study, "again")
    expected = CASES[edit]
    assert {part for _, *parts in work["layers"] for part in parts} >= expected.get("layers", set())
    counts = {"05b.png": 4, "06.png": 4, "layer2": 2 * 40}
    assert len(work["layers"]) == sum(counts[name] for name in expected.get("layers", ()))
    assert set(work["images"]) == expected.get("images", set())
    assert set(work["words"]) == expected.get("words", set())
    fresh = run(study, "fresh", store=study / "other")
    assert contents(out) == contents(fresh)


@pytest.mark.parametrize("name", ["one", "other"])
def test_cards_that_were_looked_at_are_not_looked_at_again(
    study: Path, work: dict[str, list[Any]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither in a second run, nor in one that follows a Ctrl-C after some of them."""
    whole, all_cards = contents(run(study, "whole", store=study / "other")), list(work["cards"])
    assert 2 * 20 < len(all_cards) <= 2 * 40
    work["cards"].clear()
    write = Path.write_bytes

    def interrupted(self: Path, data: bytes) -> int:
        if self.parts[-3:-1] == (name, "cards"):
            raise KeyboardInterrupt
        return write(self, data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run(study)
    assert not (study / "out").exists()
    before = list(work["cards"])
    assert before == all_cards[: len(before)]
    assert (len(before) == len(all_cards)) == (name == "other")
    assert contents(run(study)) == whole
    assert work["cards"] == all_cards
    assert contents(run(study, "again")) == whole
    assert work["cards"] == all_cards
