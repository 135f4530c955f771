"""The store: a hit is identical content, and nothing that stops a process harms what is kept."""

import errno
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from study.errors import StudyError
from study.files import folders
from study.files.folders import store_folder
from study.pipeline.shards import chunks
from study.pipeline.store import Store, disk, keys
from tests.small_study import contents

THOROUGH = os.environ.get("STUDY_PROFILE") == "thorough"
PARTS = {"weights": "ab" * 32, "layers": ["layer2", "layer3"], "versions": {"torch": "2.9"}}

_name = st.text(max_size=3)
_json = st.recursive(
    st.sampled_from([None, True, False, 0, 1, -1, 0.0, -0.0, 1.0, 1e300, "", "1", "true", "é"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_name, inner, max_size=3),
    max_leaves=4,
)
_parts = st.dictionaries(_name, _json, max_size=3)


def typed(value):
    """A value that differs where types do (1, 1.0, True), whatever the order of a mapping."""
    if isinstance(value, dict):
        return "dict", tuple(sorted((key, typed(item)) for key, item in value.items()))
    if isinstance(value, list):
        return "list", tuple(typed(item) for item in value)
    return type(value).__name__, repr(value)


def name(row: int) -> str:
    return hashlib.sha256(f"{row}".encode()).hexdigest()


NAMES = [name(row) for row in range(10)]


def file_of(rows: Sequence[int]) -> str:
    """The name of the file that holds some rows."""
    return hashlib.sha256(b"".join(bytes.fromhex(name(row)) for row in rows)).hexdigest()


def rows_of(rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Arrays that depend on the row alone, two of them, of different types."""
    index = np.array(rows)
    return {"a": (index[:, None] * [1.0, 0.5, -2.0]).astype(np.float32), "b": index % 2 == 0}


def fill(entry, rows=range(10), size=4):
    """Store the rows that are missing, `size` in a file; return all rows."""
    rows = list(rows)
    gathered = entry.gather([name(row) for row in rows])
    for positions in chunks(gathered.missing, size):
        gathered.add(positions, rows_of([rows[position] for position in positions]))
    return gathered.arrays()


def put(store, arrays):
    """Store arrays of one kind in one file; return what is read of them."""
    names = [name(row) for row in range(len(next(iter(arrays.values()))))]
    entry = store.entry("k", {})
    entry.write(names, arrays)
    return entry.gather(names).arrays()


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def entry(store):
    return store.entry("activations", PARTS)


@given(_parts, _name, _json, _json)
def test_keys_are_equal_exactly_for_equal_parts_in_any_order(parts, key, one, other):
    first, second = ({**parts, key: value} for value in (one, other))
    assert keys.digest("k", first) == keys.digest("k", dict(reversed(first.items())))
    equal = typed(first) == typed(second)
    assert (keys.digest("k", first) == keys.digest("k", second)) == equal


def test_kind_and_parts_enter_the_key(store, entry):
    assert store.entry("activations", {**PARTS}).key == entry.key
    assert store.entry("features", PARTS).key != entry.key != store.entry("activations", {}).key


@pytest.mark.parametrize(
    ("kind", "value", "error", "text"),
    [
        *(("k", x, TypeError, "expected") for x in (Path("a"), np.float32(1), {1: 2}, b"x", {1})),
        *(("k", x, ValueError, "finite") for x in (float("nan"), float("inf"))),
        *((kind, 1, ValueError, "kind") for kind in ("", "..", "a/b", "Images", "-x")),
    ],
)
def test_only_finite_json_data_and_a_plain_folder_name_make_a_key(store, kind, value, error, text):
    with pytest.raises(error, match=text):
        store.entry(kind, {"x": value})


@given(st.lists(st.lists(st.integers(0, 12), max_size=9), max_size=4), st.integers(1, 5))
def test_rows_come_back_in_any_order_and_company(calls, size):
    """Whatever was asked for before: each row is computed once, equal names share one."""
    with tempfile.TemporaryDirectory() as folder:
        entry, seen = Store(Path(folder)).entry("k", {}), set()
        for rows in calls:
            names = [name(row) for row in rows]
            missing = entry.missing(names)
            assert [rows[position] for position in missing] == list(
                dict.fromkeys(row for row in rows if row not in seen)
            )
            assert entry.gather(names).missing == missing
            read = fill(entry, rows, size)
            expected = rows_of(rows) if rows else {}
            assert read.keys() == expected.keys()
            for key, values in expected.items():
                np.testing.assert_array_equal(read[key], values, strict=True)
                assert read[key].flags.writeable
            seen |= set(rows)


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", "int64", "uint8", "bool"])
@pytest.mark.parametrize("shape", [(2,), (2, 0), (2, 3), (2, 3, 4)])
def test_arrays_come_back_with_type_and_shape(store, dtype, shape):
    values = np.arange(int(np.prod(shape))).reshape(shape).astype(dtype)
    read = put(store, {"v": values, "t": values[..., ::-1]})
    np.testing.assert_array_equal(read["v"], values, strict=True)
    np.testing.assert_array_equal(read["t"], values[..., ::-1], strict=True)


def test_the_same_arrays_are_the_same_bytes_in_any_folder_and_order(tmp_path):
    one, other = (Store(tmp_path / folder).entry("k", PARTS) for folder in ("one", "other"))
    fill(one)
    for rows in ([8, 9], [4, 5, 6, 7], [0, 1, 2, 3]):
        other.write([name(row) for row in rows], dict(reversed(rows_of(rows).items())))
    assert contents(tmp_path / "one") == contents(tmp_path / "other")
    assert len(contents(tmp_path / "one")) == 7


def test_files_are_safetensors_that_other_programs_read(entry, store):
    fill(entry)
    path = store.root / "activations" / entry.key / f"{file_of(range(4, 8))}.safetensors"
    np.testing.assert_array_equal(safetensors.numpy.load_file(path)["a"], rows_of(range(4, 8))["a"])
    assert json.loads((path.parent / "made_of.json").read_text()) == PARTS


def test_files_that_do_not_fit_each_other_are_not_read(store):
    mixed = store.entry("k", {})
    mixed.write(NAMES[:2], {"a": np.zeros((2, 3))})
    mixed.write(NAMES[2:4], {"a": np.zeros((2, 4))})
    with pytest.raises(StudyError, match="found different ones: clear the store"):
        mixed.gather(NAMES[:4])
    assert mixed.gather(NAMES[2:6]).missing == [2, 3]


@pytest.mark.parametrize(
    ("rows", "count"),
    [(NAMES[:3], 2), ([], 0), (NAMES[:2] + NAMES[:1], 3), (["ab"], 1), ([NAMES[0] * 2], 1)],
)
def test_only_rows_of_different_names_are_written(entry, rows, count):
    with pytest.raises(ValueError, match="expected"):
        entry.write(rows, {"a": np.zeros((count, 2))})
    with pytest.raises(ValueError, match="found 10"):
        entry.gather(NAMES).arrays()


def test_what_is_kept_is_not_written_again(entry):
    entry.write(NAMES[:4], rows_of(range(4)))
    entry.write(NAMES[:4], {"a": np.zeros((4, 3), np.float32)})
    np.testing.assert_array_equal(fill(entry)["a"], rows_of(range(10))["a"])


def flipped(data):
    return bytes([*data[:30], data[30] ^ 1, *data[31:]])


@pytest.mark.parametrize(
    "damage",
    [flipped, *(lambda data, n=n: data[:n] for n in (0, 7, 60, -1))],
    ids=["flipped", "empty", "7 bytes", "60 bytes", "one byte less"],
)
def test_a_damaged_file_makes_its_rows_missing_and_no_others(entry, store, damage):
    fill(entry)
    before = contents(store.root)
    for ending in ("safetensors", "rows"):
        path = store.root / "activations" / entry.key / f"{file_of(range(4, 8))}.{ending}"
        path.write_bytes(damage(path.read_bytes()))
        assert entry.gather(NAMES).missing == entry.missing(NAMES, verify=True) == [4, 5, 6, 7]
        assert entry.gather(NAMES[:4]).missing == entry.gather(NAMES[8:]).missing == []
        np.testing.assert_array_equal(fill(entry)["a"], rows_of(range(10))["a"])
        assert contents(store.root) == before


def test_a_damaged_file_is_replaced_by_rows_in_other_company(entry):
    fill(entry)
    path = entry.folder / f"{file_of(range(4))}.safetensors"
    path.write_bytes(b"")
    np.testing.assert_array_equal(fill(entry, [7, 1, 0], 4)["a"], rows_of([7, 1, 0])["a"])
    assert entry.gather(NAMES).missing == [2, 3]


def test_every_single_flipped_bit_is_noticed():
    data = bytearray(disk.encode(rows_of(range(3)), address="p"))
    assert disk.decode(bytes(data), address="p") is not None
    for position in range(len(data) * 8):
        data[position // 8] ^= 1 << position % 8
        assert disk.decode(bytes(data), address="p") is None
        data[position // 8] ^= 1 << position % 8


def test_a_file_moved_to_another_place_is_missing(entry, store):
    fill(entry)
    other = store.entry("activations", {**PARTS, "weights": "cd" * 32})
    entry.folder.rename(other.folder)
    assert other.gather(NAMES).missing == list(range(10))


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_line_and_leaves_what_was_whole(entry, store, code, monkeypatch):
    entry.write(NAMES[:4], rows_of(range(4)))
    before = contents(store.root)
    real = os.fsync

    def half(handle):
        os.ftruncate(handle, os.fstat(handle).st_size // 2)
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", half)
    with pytest.raises(StudyError, match="the disk is full; free some space") as caught:
        entry.write(NAMES[4:8], rows_of(range(4, 8)))
    assert "\n" not in str(caught.value)
    assert contents(store.root) == before
    monkeypatch.setattr(os, "fsync", real)
    np.testing.assert_array_equal(fill(entry)["a"], rows_of(range(10))["a"])


def test_a_file_size_limit_of_the_system_leaves_what_was_whole(entry, store):
    """A write that the kernel cuts short in the middle, not a planted exception."""
    entry.write(NAMES[:4], rows_of(range(4)))
    before = contents(store.root)
    script = """
        import resource, sys, numpy as np
        from pathlib import Path
        from study.errors import StudyError
        from study.pipeline.store import Store
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            Store(Path(sys.argv[1])).entry("k", {}).write(["0" * 64], {"a": np.zeros((1, 10_000))})
        except StudyError as error:
            print(error)
    """
    assert "disk is full" in run_script(script, str(store.root))
    assert {name for name in contents(store.root) if name.startswith("activations")} == set(before)
    assert not list((store.root / "k").rglob("*.safetensors"))
    assert not (store.root / ".part").exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StudyError, match="cannot write to the store"):
        put(Store(tmp_path / "file"), {"a": np.zeros(1)})


def test_a_lock_that_is_never_let_go_is_one_line(entry, store, monkeypatch):
    monkeypatch.setattr(disk, "PATIENCE", 0.1)
    store.root.mkdir()
    with (
        FileLock(store.root / ".lock"),
        pytest.raises(StudyError, match=r"held its lock for 0\.1 s and may be stopped: end it"),
    ):
        entry.write(NAMES[:4], rows_of(range(4)))
    fill(entry)


def run_script(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def wide_entry(root):
    return Store(root, study="Mine").entry("activations", {"x": 1})


def fill_wide(entry):
    gathered = entry.gather([name(row) for row in range(20)])
    for rows in chunks(gathered.missing, 3):
        values = np.repeat(np.array(rows)[:, None] * 0.5, 2000, axis=1)
        gathered.add(rows, {"a": values, "b": np.array(rows) % 2 == 0})


# A process that forks writers and kills each: at a line of the store's code counted from the
# start, or from outside after some microseconds (so in the middle of a call as well).
_KILLER = """
    import os, signal, sys, time
    from pathlib import Path
    from tests.pipeline.test_store import fill_wide, wide_entry

    lines = 0
    def trace(limit):
        def local(frame, event, argument):
            global lines
            if event == "line":
                lines += 1
                if lines == limit:
                    os.kill(os.getpid(), signal.SIGKILL)
            return local
        return lambda frame, *_: local if "pipeline/store" in frame.f_code.co_filename else None

    root, how, moment = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    if how == "count":
        sys.settrace(trace(None)); fill_wide(wide_entry(root))
        sys.settrace(None); print(lines); sys.exit()
    for number, moment in enumerate(sys.argv[3:]):
        place = root / str(number)
        child = os.fork()
        if not child:
            if how == "line":
                sys.settrace(trace(int(moment)))
            fill_wide(wide_entry(place))
            os._exit(0)
        if how == "time":
            time.sleep(int(moment) / 1e6)
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or how == "time", status
"""


@pytest.mark.parametrize("how", ["line", "time"])
def test_a_killed_writer_is_resumed_to_the_same_bytes(tmp_path, how):
    lines = int(run_script(_KILLER, str(tmp_path / "whole"), "count", "0"))
    whole = contents(tmp_path / "whole")
    chance = random.Random(int(os.environ["STUDY_SEED"]))
    count, limit = (100 if THOROUGH else 10), {"line": lines, "time": 12_000}[how]
    moments = sorted(chance.randrange(1, limit + 1) for _ in range(count))
    run_script(_KILLER, str(tmp_path), how, *map(str, moments))
    missing = set()
    for number in range(count):
        root = tmp_path / str(number)
        entry = wide_entry(root)
        missing.add(len(entry.missing([name(row) for row in range(20)])))
        fill_wide(entry)
        assert contents(root) == whole
    if how == "line":
        assert len(missing) > 3, "the kills should fall on different shards"


def test_writers_at_once_leave_what_one_leaves(tmp_path):
    script = """
        import sys
        from pathlib import Path
        from tests.pipeline.test_store import fill_wide, wide_entry
        fill_wide(wide_entry(Path(sys.argv[1])))
    """
    fill_wide(wide_entry(tmp_path / "one"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(run_script, [script] * 3, [str(tmp_path / "many")] * 3))
    assert contents(tmp_path / "many") == contents(tmp_path / "one")


def test_entries_tell_what_is_kept_without_its_arrays(entry, store):
    fill(entry)
    put(store, {"v": np.zeros(4)})
    activations, features = store.entries()
    assert (activations.kind, activations.key, activations.files) == ("activations", entry.key, 3)
    assert activations.made_of == PARTS
    assert (features.kind, features.files) == ("k", 1)
    sizes = sum(path.stat().st_size for path in store.root.rglob("*.safetensors"))
    assert activations.bytes + features.bytes == sizes


def test_entries_tell_which_studies_have_used_them(store):
    """Whoever writes or reads is noted, once; looking for what is missing notes nobody."""
    for study in ("One", "Two", "One", ""):
        fill(Store(store.root, study).entry("activations", PARTS))
    Store(store.root, "Three").entry("activations", PARTS).missing(NAMES)
    fill(Store(store.root, "Two").entry("activations", {}))
    assert {entry.used_by for entry in store.entries()} == {("One", "Two"), ("Two",)}
    for note in ("{", '{"One": 1}', "[1]"):
        (store.entry("activations", {}).folder / "used_by.json").write_text(note)
        assert {entry.used_by for entry in store.entries()} == {("One", "Two"), ()}


@pytest.mark.parametrize("record", ['{"a": NaN}', "[1]", "{}", "{"])
def test_a_strange_record_hides_nothing(entry, store, record):
    fill(entry)
    (entry.folder / "made_of.json").write_text(record)
    (entry.folder / ".DS_Store").write_text("foreign")
    assert entry.missing(NAMES, verify=True) == []
    assert [(kept.made_of, kept.files) for kept in store.entries()] == [({}, 3)]
    other = store.entry("activations", {})
    assert store.explain(other, NAMES).endswith("not kept, nor anything else of this kind")
    store.clear()
    assert [each.rpartition("/")[2] for each in contents(store.root)] == [".DS_Store"]


def test_a_miss_is_explained_by_the_nearest_entry(entry, store):
    assert "nor anything else" in store.explain(entry, NAMES)
    entry.write(NAMES[:4], rows_of(range(4)))
    assert store.explain(entry, NAMES).endswith("4 of 10 rows kept")
    fill(entry)
    fill(store.entry("activations", {"weights": "ff", "layers": []}))
    assert store.explain(entry, [*NAMES, NAMES[0]]).endswith("10 of 10 rows kept")
    changed = {**PARTS, "versions": {"torch": "2.10"}}
    text = store.explain(store.entry("activations", changed), NAMES)
    assert f"nearest, {entry.key[:12]}, differs in versions.torch" in text
    assert '"2.10" wanted, "2.9" kept' in text
    assert "weights" not in text
    (entry.folder / f"{file_of(range(4))}.safetensors").write_bytes(b"")
    assert store.explain(entry, NAMES).endswith("6 of 10 rows kept")


def test_clear_removes_entries_and_nothing_else(entry, store):
    fill(entry)
    put(store, {"v": np.zeros(4)})
    stranger = store.root / "k" / ("0" * 64) / "thesis.tex"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("years of work")
    assert [removed.kind for removed in store.clear("activations")] == ["activations"]
    assert entry.missing(NAMES) == list(range(10))
    assert store.entry("k", {}).missing(NAMES[:4]) == []
    assert len(store.clear()) == 1
    assert store.entries() == ()
    assert contents(store.root) == {f"k/{'0' * 64}/thesis.tex": b"years of work"}
    fill(entry)
    assert entry.missing(NAMES) == []


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_STORE", str(tmp_path / "x"))
    assert store_folder() == tmp_path / "x"


def test_an_empty_home_falls_back_to_a_private_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("STUDY_STORE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    root = store_folder()
    assert root.is_relative_to(tmp_path)
    assert root.parent.stat().st_mode & 0o077 == 0
    put(Store(root), {"a": np.zeros(1)})
    root.parent.chmod(0o777)
    with pytest.raises(StudyError, match="STUDY_STORE"):
        folders.cache_folder()


def test_a_home_that_is_no_folder_falls_back_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("x")
    for home in (tmp_path / "file" / "cache", Path("~/.cache/study")):
        monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, home=home, **__: home)
        assert folders.cache_folder().parent == tmp_path
    assert not (tmp_path / "~").exists()
