"""The probe index: a second start reads no file that seems unchanged, and trusts no other."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from study.errors import StudyError
from study.inputs import digesting, probe_index
from study.inputs.probe import Probe, open_probe
from study.inputs.probe_index import ProbeIndex, Seen, dumps, loads, settled
from study.inputs.settings import ProbeSettings
from study.progress import Progress
from tests.inputs.test_probe import fill, photo, tarred, zipped

NAMES = ["a/1.png", "a/2.png", "b/1.png"]
LONG_AGO = 1_600_000_000_123_456_789


def aged(path: Path, moment: int = LONG_AGO) -> Path:
    """Give all files the time of modification of files that were there for long."""
    for one in [path] if path.is_file() else path.rglob("*"):
        os.utime(one, ns=(moment, moment))
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the names of the pictures whose bytes are digested."""
    found: list[str] = []
    size_of = digesting.size_of

    def watched(data: bytes, name: str) -> tuple[int, int]:
        found.append(name)
        return size_of(data, name)

    monkeypatch.setattr(digesting, "size_of", watched)
    return found


def opened(path: Path, store: Path, kind: str = "folder", **options: object) -> Probe:
    index = ProbeIndex(store, **options)
    return open_probe(ProbeSettings(kind=kind), path=path, index=index)


MADE: dict[str, Callable[[Path], Path]] = {
    "folder": lambda root: fill(root / "photos", NAMES),
    "zip": lambda root: zipped(root / "p.zip", NAMES),
    "tar": lambda root: tarred(root / "p.tar", NAMES),
}


@pytest.mark.parametrize("kind", MADE)
def test_a_second_start_reads_nothing_and_finds_the_same_probe(
    tmp_path: Path, kind: str, reads: list[str]
) -> None:
    path, store = aged(MADE[kind](tmp_path)), tmp_path / "store"
    first = opened(path, store, kind)
    assert sorted(reads) == NAMES
    reads.clear()
    again = opened(path, store, kind)
    assert reads == []
    assert (again.digest, again.names) == (first.digest, first.names)
    assert opened(path, store, kind, rehash=True).digest == first.digest
    assert sorted(reads) == NAMES


def test_a_file_of_another_size_or_time_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    path, store = aged(MADE["folder"](tmp_path)), tmp_path / "store"
    before = opened(path, store)
    reads.clear()
    (path / "a/1.png").write_bytes(photo(9) + b"more")
    os.utime(path / "a/1.png", ns=(LONG_AGO, LONG_AGO))
    (path / "b/1.png").write_bytes(photo(7))
    os.utime(path / "b/1.png", ns=(LONG_AGO + 1, LONG_AGO + 1))
    after = opened(path, store)
    assert sorted(reads) == ["a/1.png", "b/1.png"]
    plain = open_probe(ProbeSettings(kind="folder"), path=path)
    assert after.image_digests == plain.image_digests != before.image_digests


def test_a_file_modified_just_before_it_was_read_is_not_trusted(
    tmp_path: Path, reads: list[str]
) -> None:
    """As git does with entries as young as its index: the next version may have the same time."""
    path, store = MADE["folder"](tmp_path), tmp_path / "store"
    opened(path, store)
    young = (path / "a/1.png").stat().st_mtime_ns
    (path / "a/1.png").write_bytes(photo(9))
    os.utime(path / "a/1.png", ns=(young, young))
    assert len(photo(9)) == len(photo(0)), "only the time could tell"
    plain = open_probe(ProbeSettings(kind="folder"), path=path)
    assert opened(path, store).digest == plain.digest
    assert settled((1, 0), 2_000_000_001)
    assert not settled((1, 0), 2_000_000_000)
    assert not settled((1, 10**19), 10**18), "a time to come tells nothing"


def test_a_file_that_changes_while_it_is_read_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, store = aged(fill(tmp_path / "photos", ["1.png"])), tmp_path / "store"
    size_of = digesting.size_of

    def meddling(data: bytes, name: str) -> tuple[int, int]:
        (path / name).write_bytes(photo(9))
        return size_of(data, name)

    with monkeypatch.context() as patch:
        patch.setattr(digesting, "size_of", meddling)
        opened(path, store)
    assert ProbeIndex(store).known(path) == {}


@pytest.mark.parametrize("damage", ["cut", "byte", "text", "empty"])
def test_a_damaged_index_is_made_again_with_a_note(
    tmp_path: Path, damage: str, reads: list[str]
) -> None:
    path, store = aged(MADE["folder"](tmp_path)), tmp_path / "store"
    whole = opened(path, store)
    [file] = (store / probe_index.FOLDER).iterdir()
    good = file.read_bytes()
    bad = {
        "cut": good[:-20],
        "byte": good.replace(whole.image_digests[0].encode(), b"0" * 64),
        "text": b"no index",
        "empty": b"",
    }
    file.write_bytes(bad[damage])
    reads.clear()
    notes: list[str] = []
    assert opened(path, store, note=notes.append).digest == whole.digest
    assert sorted(reads) == NAMES
    assert notes == ["photos: the index is damaged; all files are read again"]
    assert file.read_bytes() == good


def test_an_index_that_cannot_be_written_is_noted(tmp_path: Path) -> None:
    path = aged(MADE["folder"](tmp_path))
    (tmp_path / "store").write_text("a file")
    notes: list[str] = []
    assert len(opened(path, tmp_path / "store", note=notes.append)) == len(NAMES)
    assert len(notes) == 1
    assert "cannot be written" in notes[0]


def test_without_writing_no_store_is_made(tmp_path: Path) -> None:
    opened(aged(MADE["folder"](tmp_path)), tmp_path / "store", write=False)
    assert not (tmp_path / "store").exists()


def test_a_part_of_the_probe_keeps_what_is_known_of_the_rest(
    tmp_path: Path, reads: list[str]
) -> None:
    path, store = aged(MADE["folder"](tmp_path)), tmp_path / "store"
    settings, index = ProbeSettings(kind="folder"), ProbeIndex(store)
    open_probe(settings, path=path, index=index, limit=1)
    assert len(reads) == 1
    open_probe(settings, path=path, index=index)
    assert len(reads) == len(NAMES)
    (path / "a/1.png").write_bytes(photo(200) + b"!")
    aged(path)
    open_probe(settings, path=path, index=index, limit=1, seed=3)
    reads.clear()
    open_probe(settings, path=path, index=index)
    assert reads in ([], ["a/1.png"])


def test_several_at_once_leave_a_whole_index(tmp_path: Path) -> None:
    path, store = aged(MADE["folder"](tmp_path)), tmp_path / "store"
    digests: list[str] = []
    threads = [
        threading.Thread(target=lambda: digests.append(opened(path, store, rehash=True).digest))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(digests) == 8
    assert len(set(digests)) == 1
    assert list(ProbeIndex(store).known(path)) == NAMES
    assert len(list((store / probe_index.FOLDER).iterdir())) == 1


def test_a_broken_header_is_named_at_once_and_read_again(tmp_path: Path, reads: list[str]) -> None:
    path, store = fill(tmp_path / "photos", NAMES), tmp_path / "store"
    (path / "a/2.png").write_bytes(b"not a picture")
    aged(path)
    for _ in range(2):
        probe = opened(path, store)
        assert [(one.name, one.reason) for one in probe.broken] == [("a/2.png", "something else")]
    assert sorted(reads) == sorted([*NAMES, "a/2.png"])


def test_any_names_are_written_and_read_back() -> None:
    seen = {
        "a\tb\n.png": Seen((1, 2), "0" * 64, (3, 4)),
        "é/ .png": Seen((5, 6, 7), "f" * 64, (8, 9)),
    }
    assert loads(dumps(seen)) == seen
    assert loads(dumps({})) == {}


def test_listing_and_digesting_are_shown(tmp_path: Path) -> None:
    shown: list[tuple[str, int]] = []

    class Watched(Progress):
        def watch(self, name: str, total: int, unit: str) -> object:
            shown.append((f"{name} {unit}", total))
            return super().watch(name, total, unit)

    path = aged(MADE["folder"](tmp_path))
    settings, index = ProbeSettings(kind="folder"), ProbeIndex(tmp_path / "store")
    for _ in range(2):
        open_probe(settings, path=path, index=index, progress=Watched())
    listed, digested = ("listing files", 0), "digesting images"
    assert shown == [listed, (digested, len(NAMES)), listed, (digested, 0)]


def test_a_stale_index_is_found_when_the_picture_is_decoded(tmp_path: Path) -> None:
    """Size and time were set back: only the bytes tell."""
    path, store = aged(MADE["folder"](tmp_path)), tmp_path / "store"
    opened(path, store)
    (path / "a/1.png").write_bytes(photo(9))
    aged(path)
    with pytest.raises(
        StudyError, match=r"a/1\.png: .* found it changed: run again, with --rehash"
    ):
        opened(path, store).image(0)
    assert opened(path, store, rehash=True).image(0).getpixel((0, 0)) == (9, 4, 246)
