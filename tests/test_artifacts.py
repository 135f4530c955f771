"""Artifacts: terms first, nothing unchecked gets a name, and a broken transfer goes on."""

import contextlib
import dataclasses
import errno
import functools
import hashlib
import http.server
import os
import random
import signal
import socket
import stat
import subprocess
import sys
import textwrap
import threading
import time
import zipfile
from pathlib import Path

import pytest

from study import artifacts
from study.artifacts import (
    Artifact,
    Patience,
    check_zip,
    checking,
    extract_zip,
    fetch,
    locate_all,
    read_member,
)
from study.errors import StudyError
from study.progress import Progress

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)


class Server(http.server.ThreadingHTTPServer):
    """Serves `body` on 127.0.0.1; each request takes the next of `script`, then all is well."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.script, self.requests = BODY, [], []
        self.etag, self.go_on = '"v1"', threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/file.bin"

    def handle_error(self, *_):
        """A client that hangs up is part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        server.requests.append(dict(self.headers))
        action = server.script.pop(0) if server.script else plain
        action(self)

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", *, length=None, **headers):
        self.send_response(status)
        length = len(body) if length is None else length
        if length >= 0:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def part_of(handler):
    """Status, bytes and headers as a server gives them that knows ranges."""
    body, etag = handler.server.body, handler.server.etag
    headers = {"ETag": etag} if etag else {}
    asked, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    if asked is None or condition not in {None, etag}:
        return 200, body, headers
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    where = f"bytes {start}-{len(body) - 1}/{len(body)}"
    return 206, body[start:], {**headers, "Content-Range": where}


def plain(handler):
    status, body, headers = part_of(handler)
    handler.answer(status, body, **headers)


def drop(handler):
    """Promise all, send half, hang up."""
    status, body, headers = part_of(handler)
    handler.answer(status, body[: len(body) // 2], length=len(body), **headers)


def hush(handler):
    """Send half without a word on the length, and end as if that were all."""
    status, body, headers = part_of(handler)
    handler.answer(status, body[: len(body) // 2], length=-1, **headers)


def stall(handler):
    """Send half, then nothing until the test lets go."""
    status, body, headers = part_of(handler)
    handler.answer(status, body[: len(body) // 2], length=len(body), **headers)
    handler.wfile.flush()
    handler.server.go_on.wait(20)


def slow(handler):
    status, body, headers = part_of(handler)
    handler.answer(status, length=len(body), **headers)
    for start in range(0, len(body), 60_000):
        time.sleep(0.02)
        handler.wfile.write(body[start : start + 60_000])


def no_ranges(handler):
    handler.answer(200, handler.server.body)


def no_ranges_drop(handler):
    body = handler.server.body
    handler.answer(200, body[: len(body) // 2], length=len(body))


def code(status, **headers):
    return lambda handler: handler.answer(status, b"<html>sorry</html>", **headers)


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    """A cache of one's own, and no socket but to this machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("STUDY_ARTIFACT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    connect = socket.socket.connect

    def only_here(self, address):
        assert address[0] == "127.0.0.1", f"a test asked for {address}"
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture
def server():
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        served.go_on.set()
        served.shutdown()
        thread.join()


class Heard(Progress):
    """Progress that keeps what it was told, in order."""

    def __init__(self):
        super().__init__()
        self.notes, self.moves = [], []

    def note(self, text):
        self.notes.append(text)

    @contextlib.contextmanager
    def _bar(self, name, total, unit):
        yield self.moves.append


def pin(server, body=BODY, **changes):
    fields = {
        "name": "thing",
        "url": server.url,
        "filename": "thing.bin",
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "licence": "CC BY",
        "terms": "credit the makers",
    }
    return Artifact(**{**fields, **changes})


@pytest.fixture
def bring(server, tmp_path):
    """Fetch one artifact into a folder, never really waiting."""
    waits = []

    def call(artifact=None, *, timeout=5.0, attempts=3, progress=None):
        artifact = artifact or pin(server)
        patience = Patience(attempts=attempts, timeout=timeout, sleep=waits.append)
        pins = {artifact.name: artifact}
        folder = tmp_path / "folder"
        return fetch(
            [artifact.name], folder=folder, pins=pins, patience=patience, progress=progress
        )[artifact.name]

    call.waits = waits
    return call


def left(tmp_path):
    """What a fetch left behind, but the lock."""
    return sorted(p.name for p in (tmp_path / "folder").iterdir() if not p.name.endswith(".lock"))


# --- transfers ----------------------------------------------------------------------------------


def test_a_file_is_brought_once_and_checked(server, bring, tmp_path):
    heard = Heard()
    path = bring(progress=heard)
    assert path.read_bytes() == BODY
    assert sum(heard.moves) == len(BODY)
    assert left(tmp_path) == ["thing.bin"]
    assert bring() == path
    assert len(server.requests) == 1


def test_terms_are_shown_before_the_first_byte_of_any_file(server, tmp_path):
    pins = {name: pin(server, name=name, filename=name) for name in ("a", "b")}
    asked = []

    class Listener(Heard):
        def note(self, text):
            super().note(text)
            asked.append(len(server.requests))

    heard = Listener()
    fetch(["a", "b"], folder=tmp_path, pins=pins, progress=heard)
    said = [text for text in heard.notes if "licence" in text]
    assert asked[:2] == [0, 0]
    assert len(said) == 2
    for text in said:
        assert "licence: CC BY" in text
        assert "terms: credit the makers" in text
        assert server.url in text


@pytest.mark.parametrize("fault", [drop, hush])
def test_a_dropped_connection_goes_on_where_it_broke(server, bring, fault):
    server.script = [fault, fault]
    assert bring().read_bytes() == BODY
    starts = [int(headers.get("Range", "bytes=0-")[6:-1]) for headers in server.requests]
    assert starts[0] == 0 < starts[1] < starts[2]
    assert {headers.get("If-Range") for headers in server.requests[1:]} == {'"v1"'}
    assert bring.waits == [1, 2]


def test_a_server_that_ignores_ranges_sends_it_all_again(server, bring):
    server.script = [no_ranges_drop, no_ranges]
    heard = Heard()
    assert bring(progress=heard).read_bytes() == BODY
    assert "Range" in server.requests[1]
    assert sum(heard.moves) == len(BODY)


def test_a_server_that_always_starts_anew_and_breaks_is_given_up(server, bring):
    server.script = [no_ranges_drop] * 20
    with pytest.raises(StudyError, match="attempts in vain"):
        bring()
    assert len(server.requests) == 4


def test_many_breaks_are_borne_while_bytes_come(server, bring):
    server.script = [drop] * 3
    assert bring(attempts=1).read_bytes() == BODY


def test_a_file_that_changed_meanwhile_is_sent_whole(server, bring):
    """`If-Range` tells the server which version the first half was of."""

    def change(handler):
        drop(handler)
        handler.server.body, handler.server.etag = BODY, '"v2"'

    server.body = OTHER
    server.script = [change]
    assert bring().read_bytes() == BODY
    assert len(server.requests) == 2


@pytest.mark.parametrize("page", ["", '"v1"', '"login page"'])
@pytest.mark.parametrize("etag", ["", '"v1"'])
def test_an_answer_from_the_start_that_breaks_early_costs_nothing(
    server, bring, tmp_path, etag, page
):
    """A captive portal, say, or a proxy that forgets ranges for a moment."""
    server.etag = etag
    put(tmp_path / "folder", BODY[:290_000], "thing.bin.part")
    put(tmp_path / "folder", etag.encode(), "thing.bin.part.tag")
    headers = {"ETag": etag} if etag else {}
    server.script = [
        lambda handler: handler.answer(200, OTHER[:1000], length=-1, ETag=page),
        lambda handler: handler.answer(200, BODY[:1000], length=len(BODY), **headers),
    ]
    heard = Heard()
    assert bring(progress=heard).read_bytes() == BODY
    assert [headers["Range"] for headers in server.requests] == ["bytes=290000-"] * 3
    assert sum(heard.moves) == len(BODY)
    assert left(tmp_path) == ["thing.bin"]


def test_an_answer_from_the_start_that_gets_further_is_kept(server, bring, tmp_path):
    put(tmp_path / "folder", BODY[:1000], "thing.bin.part")
    server.script = [
        lambda handler: handler.answer(200, BODY[:2000], length=-1, ETag='"v1"'),
        plain,
    ]
    assert bring().read_bytes() == BODY
    assert server.requests[1]["Range"] == "bytes=2000-"
    assert server.requests[1]["If-Range"] == '"v1"'


def test_more_bytes_than_pinned_leave_the_part_as_it_is(server, bring, tmp_path):
    part = put(tmp_path / "folder", BODY[:1000], "thing.bin.part")
    server.script = [lambda handler: handler.answer(200, OTHER * 3, length=-1)]
    with pytest.raises(StudyError, match="found more"):
        bring()
    assert part.read_bytes() == BODY[:1000]
    assert left(tmp_path) == ["thing.bin.part"]


def test_a_part_of_another_version_gives_way_to_a_shorter_one(server, bring, tmp_path):
    put(tmp_path / "folder", OTHER[:290_000], "thing.bin.part")
    put(tmp_path / "folder", b'"v0"', "thing.bin.part.tag")
    server.script = [drop]
    assert bring().read_bytes() == BODY
    [first, second] = [int(headers["Range"][6:-1]) for headers in server.requests]
    assert first == 290_000
    assert 0 < second <= 150_000


def test_what_a_killed_process_had_begun_anew_is_cleared_away(server, bring, tmp_path):
    put(tmp_path / "folder", BODY[:290_000], "thing.bin.part")
    put(tmp_path / "folder", BODY[:5], "thing.bin.part.new")
    assert bring().read_bytes() == BODY
    assert left(tmp_path) == ["thing.bin"]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_a_mixed_file_is_brought_again_from_nothing(server, bring, tmp_path, etag):
    """Without a strong mark of the version, only the digest tells."""
    server.etag = etag
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thing.bin.part").write_bytes(OTHER[:100_000])
    heard = Heard()
    assert bring(progress=heard).read_bytes() == BODY
    assert "If-Range" not in server.requests[0]
    assert [headers.get("Range") for headers in server.requests] == ["bytes=100000-", None]
    assert sum(heard.moves) == len(BODY)


@pytest.mark.parametrize("have", [len(BODY), len(BODY) + 5])
def test_a_part_that_is_complete_or_too_long(server, bring, tmp_path, have):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "thing.bin.part").write_bytes((BODY + b"more!")[:have])
    assert bring().read_bytes() == BODY
    assert len(server.requests) == (0 if have == len(BODY) else 1)


def test_an_answer_for_another_range_is_not_used(server, bring):
    def shifted(handler):
        where = f"bytes 7-{len(BODY) - 1}/{len(BODY)}"
        handler.answer(206, BODY[7:], Content_Range=where)

    server.script = [drop, shifted]
    assert bring().read_bytes() == BODY


def test_a_range_beyond_the_servers_file_starts_again(server, bring):
    server.script = [drop, code(416), plain]
    assert bring().read_bytes() == BODY
    assert "Range" not in server.requests[2]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(server, bring, status):
    server.script = [code(status), code(status)]
    assert bring().read_bytes() == BODY
    assert bring.waits == [1, 2]


def test_a_server_that_stays_busy_is_given_up_in_one_sentence(server, bring):
    server.script = [code(503)] * 9
    with pytest.raises(StudyError, match=r"3 attempts in vain \(the server answered 503"):
        bring()
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refusal_is_not_asked_again(server, bring, tmp_path, status):
    server.script = [code(status)]
    with pytest.raises(StudyError, match=f"answers {status}") as caught:
        bring()
    assert len(server.requests) == 1
    assert left(tmp_path) == []
    for fact in (server.url, f"{len(BODY):,} bytes", pin(server).sha256, str(tmp_path / "folder")):
        assert fact in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_followed(server, bring, status):
    server.script = [code(status, Location=f"{server.url}?there")]
    assert bring().read_bytes() == BODY


@pytest.mark.parametrize("where", ["ftp://127.0.0.1/x", "file:///etc/passwd"])
def test_a_redirect_to_another_scheme_is_refused(server, bring, where):
    server.script = [code(302, Location=where)]
    with pytest.raises(StudyError, match="expected a file to fetch"):
        bring()


def test_redirects_without_end_are_refused(server, bring):
    server.script = [code(302, Location=server.url)] * 50
    with pytest.raises(StudyError, match="redirects"):
        bring()


def test_a_slow_server_is_waited_for(server, bring):
    server.script = [slow]
    assert bring(timeout=2.0).read_bytes() == BODY
    assert len(server.requests) == 1


def test_a_silent_server_counts_as_broken(server, bring):
    server.script = [stall]
    assert bring(timeout=0.2).read_bytes() == BODY
    assert len(server.requests) == 2


def test_nobody_listening_is_said_in_one_sentence(server, bring):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        with pytest.raises(StudyError, match="2 attempts in vain"):
            bring(pin(server, url=url), attempts=2)


@pytest.mark.parametrize("length", [0, 10, len(BODY) - 1, len(BODY) + 1])
def test_another_length_is_refused_before_a_byte_is_kept(server, bring, tmp_path, length):
    server.body = (BODY + b"x")[:length]
    with pytest.raises(StudyError, match=f"expected {len(BODY):,} bytes, found {length:,} on the"):
        bring()
    assert len(server.requests) == 1
    assert left(tmp_path) == []


def test_more_bytes_than_pinned_are_cut_off(server, bring):
    server.script = [lambda handler: handler.answer(200, BODY * 3, length=-1)]
    with pytest.raises(StudyError, match="found more"):
        bring()


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_wrong_bytes_never_get_the_name(server, bring, tmp_path, kind):
    digest = hashlib.new(kind, OTHER).hexdigest()
    artifact = pin(server, **{"sha256": None, kind: digest})
    with pytest.raises(StudyError, match=rf"{kind} \w+ instead of {digest}"):
        bring(artifact)
    assert left(tmp_path) == []


def test_a_full_disk_is_one_sentence_and_the_next_call_goes_on(server, bring, monkeypatch):
    real = Path.open

    class Full:
        def __init__(self, file):
            self.file, self.left = file, 100_000

        def write(self, data):
            self.file.write(data[: self.left])
            self.left -= len(data)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

    def full(self, mode="r", *arguments, **options):
        file = real(self, mode, *arguments, **options)
        return Full(file) if self.suffix == ".part" and mode in {"ab", "wb"} else file

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StudyError, match="a full disk; what came is kept"):
        bring()
    monkeypatch.setattr(Path, "open", real)
    assert bring().read_bytes() == BODY
    assert server.requests[1]["Range"] == "bytes=100000-"


def test_a_disk_too_small_is_said_before_the_first_byte(server, bring, monkeypatch):
    usage = type("usage", (), {"free": len(BODY) - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StudyError, match="a full disk"):
        bring()
    assert server.requests == []


# --- processes ----------------------------------------------------------------------------------

_FETCH = """
    from study.artifacts import fetch
    print(fetch(["concepts-10k"])["concepts-10k"].name)
"""


@pytest.fixture
def start(server, tmp_path, monkeypatch):
    """Start processes that fetch by the command's defaults, pins and folder from outside."""
    digest = hashlib.sha256(BODY).hexdigest()
    pins = tmp_path / "pins.toml"
    pins.write_text(
        f'[concepts-10k]\nurl = "{server.url}"\nbytes = {len(BODY)}\nsha256 = "{digest}"\n'
    )
    monkeypatch.setenv("STUDY_ARTIFACT_PINS", str(pins))
    monkeypatch.setenv("STUDY_ARTIFACTS", str(tmp_path / "folder"))
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(_FETCH)]
    with contextlib.ExitStack() as stack:

        def call():
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            process = stack.enter_context(subprocess.Popen(command, **pipes))
            stack.callback(process.kill)
            return process

        yield call


def test_two_processes_at_once_fetch_one_file_once(server, start, tmp_path):
    server.script = [slow]
    for process in [start(), start()]:
        out, err = process.communicate()
        assert (out.strip(), err) == ("google-10000-english-no-swears.txt", "")
    assert len(server.requests) == 1
    assert left(tmp_path) == ["google-10000-english-no-swears.txt"]


def test_a_killed_process_is_followed_by_one_that_goes_on(server, start, tmp_path):
    server.script = [stall]
    first = start()
    part = tmp_path / "folder" / "google-10000-english-no-swears.txt.part"
    while not part.exists() or part.stat().st_size < 60_000:
        assert first.poll() is None
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    have = part.stat().st_size
    path = artifacts.fetch(["concepts-10k"])["concepts-10k"]
    assert path.read_bytes() == BODY
    assert server.requests[1]["Range"] == f"bytes={have}-"
    assert server.requests[1]["If-Range"] == '"v1"'


# --- files that are here ------------------------------------------------------------------------


def put(folder, body=BODY, name="thing.bin"):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name


def test_a_file_brought_by_hand_is_used_and_nothing_is_asked(server, tmp_path, monkeypatch):
    path = put(tmp_path / "hand")
    pins = {"thing": pin(server)}
    assert locate_all(["thing"], folders=[tmp_path / "hand"], pins=pins) == {"thing": path}
    monkeypatch.setenv("STUDY_ARTIFACTS", str(tmp_path / "hand"))
    assert artifacts.locate("thing", pins=pins) == path
    assert fetch(["thing"], pins=pins) == {"thing": path}
    assert server.requests == []


def test_folders_are_searched_in_order_and_damaged_files_passed_over(server, tmp_path, monkeypatch):
    given, named, cache = (tmp_path / name for name in ("given", "named", "cache"))
    monkeypatch.setenv("STUDY_ARTIFACTS", str(named))
    pins = {"thing": pin(server)}
    assert artifacts.search_folders([given])[:2] == (given, named)
    put(given, OTHER)
    path = put(named)
    assert artifacts.locate("thing", folders=[given], pins=pins) == path
    path.unlink()
    path = put(artifacts.search_folders()[-1].parent / "artifacts")
    assert path.is_relative_to(cache)
    assert artifacts.locate("thing", folders=[given], pins=pins) == path


def test_no_cache_folder_matters_only_where_there_is_no_other(server, bring, tmp_path, monkeypatch):
    def nowhere():
        raise StudyError("expected a cache folder that can be written")

    for module in ("places", "checking"):
        monkeypatch.setattr(f"study.artifacts.{module}.cache_folder", nowhere)
    given, named = tmp_path / "given", tmp_path / "named"
    assert artifacts.search_folders([given]) == (given,)
    assert bring().read_bytes() == BODY
    with pytest.raises(StudyError, match="expected a cache folder"):
        artifacts.search_folders()
    monkeypatch.setenv("STUDY_ARTIFACTS", str(named))
    assert artifacts.search_folders() == (named,)
    path = put(named)
    assert locate_all(["thing"], pins={"thing": pin(server)}) == {"thing": path}


def test_fetching_into_a_folder_copies_what_lies_elsewhere(server, bring, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_ARTIFACTS", str(tmp_path / "hand"))
    put(tmp_path / "hand")
    assert bring() == tmp_path / "folder" / "thing.bin"
    assert bring().read_bytes() == BODY
    assert server.requests == []


def test_another_file_of_the_name_is_not_overwritten(server, bring, tmp_path):
    path = put(tmp_path / "folder", b"my own list")
    with pytest.raises(StudyError, match="found 11 bytes instead of 300,000; move that file away"):
        bring()
    assert path.read_bytes() == b"my own list"


def test_what_is_missing_is_one_message_with_all_that_is_needed(server, tmp_path):
    pins = {
        name: pin(server, name=name, filename=f"{name}.bin", url=f"{server.url}/{name}", bytes=size)
        for name, size in {"a": 1, "b": 2_000_000, "c": 3}.items()
    }
    put(tmp_path / "hand", b"x", "c.bin")
    with pytest.raises(StudyError) as caught:
        locate_all(["a", "b", "c"], folders=[tmp_path / "hand"], pins=pins)
    text = str(caught.value)
    assert text.startswith("expected 3 files")
    assert "c.bin has 1 bytes instead of 3" in text
    for artifact in pins.values():
        for fact in (artifact.filename, artifact.url, artifact.sha256, f"{artifact.bytes:,}"):
            assert fact in text
    assert str(tmp_path / "hand") in text
    assert server.requests == []


def test_an_unknown_artifact_is_named_with_those_that_exist():
    with pytest.raises(StudyError, match=r"resnet18-imagenet.*found 'resnet19'"):
        locate_all(["resnet19"])


def test_an_unchanged_file_is_hashed_once_and_a_changed_one_again(server, tmp_path, monkeypatch):
    path = put(tmp_path / "hand")
    find = functools.partial(
        locate_all, ["thing"], folders=[tmp_path / "hand"], pins={"thing": pin(server)}
    )
    reads = []
    real = checking._read
    monkeypatch.setattr(checking, "_read", lambda *a: reads.append(1) or real(*a))
    find()
    find()
    assert len(reads) == 2, "a file that changed just now may change again unnoticed"
    later = time.time_ns() + 10**10
    monkeypatch.setattr(time, "time_ns", lambda: later)
    find()
    find()
    assert len(reads) == 3, "an old file is hashed once"
    times = path.stat()
    path.write_bytes(OTHER)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(StudyError, match="instead of"):
        find()
    replacement = put(tmp_path / "hand", OTHER, "new")
    os.utime(replacement, ns=(times.st_atime_ns, times.st_mtime_ns))
    replacement.replace(path)
    with pytest.raises(StudyError, match="instead of"):
        find()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"identity": 1}', '{"identity": [], "facts": 3}'])
def test_a_damaged_memory_is_no_memory(server, tmp_path, text):
    put(tmp_path / "hand")
    memory = tmp_path / "cache" / "study" / "checked" / "thing.json"
    memory.parent.mkdir(parents=True)
    memory.write_text(text)
    locate_all(["thing"], folders=[tmp_path / "hand"], pins={"thing": pin(server)})


def test_the_first_downloads_sha256_is_recorded_and_held_to(server, bring, tmp_path):
    """Where only an MD5 is known; two files of one MD5 can be made."""
    artifact = pin(server, sha256=None, md5=hashlib.md5(BODY).hexdigest())
    path = bring(artifact)
    beside = tmp_path / "folder" / "thing.bin.sha256"
    assert beside.read_text() == f"{hashlib.sha256(BODY).hexdigest()}  thing.bin\n"
    assert bring(artifact) == path
    beside.write_text(f"{hashlib.sha256(OTHER).hexdigest()}  thing.bin\n")
    with pytest.raises(StudyError, match="sha256"):
        bring(artifact)
    path.unlink()
    with pytest.raises(StudyError, match="sha256"):
        bring(artifact)


# --- pins ---------------------------------------------------------------------------------------


def test_the_built_in_pins_are_complete():
    pins = artifacts.load_pins()
    assert {name: pin.bytes for name, pin in pins.items()} == {
        "resnet18-imagenet": 46_830_571,
        "resnet18-places365": 45_506_139,
        "clip-vit-b-16-openai": 598_516_980,
        "broden": 937_582_103,
        "concepts-20k": 155_418,
        "concepts-10k": 75_153,
        "places365-categories": 6_833,
    }
    assert [name for name, pin in pins.items() if pin.sha256 is None] == ["broden"]
    assert (pins["broden"].images, pins["broden"].include) == (63_305, ("*.jpg",))
    for name, artifact in pins.items():
        assert artifact.name == name
        assert artifact.origin == "built in"
        assert artifact.filename == artifact.url.rpartition("/")[2]
        assert artifact.licence
        assert artifact.terms
    assert len({artifact.filename for artifact in pins.values()}) == len(pins)


def test_the_presets_name_pinned_artifacts():
    from study.resources import preset

    text = preset("assignment").read_text()
    pins = artifacts.load_pins()
    named = {word for word in pins if f'"{word}"' in text or f'"artifact:{word}"' in text}
    assert named == set(pins) - {"concepts-10k"}


def test_the_word_lists_beside_the_checkout_are_those_pinned(shared, tmp_path):
    for name, file in {"concepts-20k": "20k.txt", "concepts-10k": "10k.txt"}.items():
        artifact = artifacts.load_pins()[name]
        path = put(tmp_path, (shared / "concepts" / file).read_bytes(), artifact.filename)
        assert checking.complaint(artifact, path) is None


def test_pins_are_replaced_field_by_field(tmp_path, monkeypatch):
    path = tmp_path / "local.toml"
    path.write_text(
        f'[broden]\nurl = "http://127.0.0.1/b.zip"\nbytes = 7\nsha256 = "{"ab" * 32}"\nimages = 3\n'
        f'[new]\nurl = "http://x/y"\nfilename = "y"\nbytes = 1\nmd5 = "{"0" * 32}"\n'
        'licence = "MIT"\nterms = "none"\n'
    )
    before = artifacts.load_pins()
    monkeypatch.setenv("STUDY_ARTIFACT_PINS", str(path))
    pins = artifacts.load_pins()
    assert pins == artifacts.load_pins(path)
    assert pins["broden"] == dataclasses.replace(
        before["broden"],
        url="http://127.0.0.1/b.zip",
        bytes=7,
        sha256="ab" * 32,
        md5=None,
        images=3,
        origin="local.toml",
    )
    assert pins["new"].origin == "local.toml"
    assert "pinned by: local.toml" in artifacts.announcement(pins["new"])
    assert {name: pins[name] for name in before if name != "broden"} == {
        name: pin for name, pin in before.items() if name != "broden"
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[broden]\nsize = 3", "found 'size'"),
        ("[broden]\nbytes = -1", "0 or more"),
        ("[broden]\nbytes = true", "to be int"),
        ("[broden]\nurl = 3", "to be str"),
        ('[broden]\nsha256 = "xyz"', "hex digits"),
        ('[broden]\nsha256 = "AB"', "hex digits"),
        ('[broden]\nfilename = "../x"', "without folders"),
        ('[broden]\nfilename = "a\\\\b"', "without folders"),
        ('[broden]\nfilename = ""', "without folders"),
        ('[new]\nurl = "http://x"', "expected a field 'bytes'"),
        ('[n]\nurl="u"\nfilename="f"\nbytes=1\nlicence="l"\nterms="t"', "found neither"),
        ("broden = 3", "expected a table"),
        ("[broden", "expected a TOML file"),
    ],
)
def test_a_malformed_pin_is_one_line(tmp_path, text, found):
    path = tmp_path / "pins.toml"
    path.write_text(text)
    with pytest.raises(StudyError, match=found) as caught:
        artifacts.load_pins(path)
    assert "\n" not in str(caught.value)


def test_torchvision_weights_are_found_by_their_name():
    assert artifacts.torchvision_name("resnet18", "IMAGENET1K_V1") == "resnet18-imagenet"
    with pytest.raises(StudyError, match=r"resnet18:IMAGENET1K_V1.*'resnet50:IMAGENET1K_V2'"):
        artifacts.torchvision_name("resnet50", "IMAGENET1K_V2")


# --- zips ---------------------------------------------------------------------------------------


def make_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    """Write a zip; a member is a name or a ZipInfo, with its bytes."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data, compress_type=compression)
    return path


def special(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_masks_are_left_out_by_rule_and_images_counted(server, bring, tmp_path):
    members = [
        ("b/images/a/1.jpg", b"1"),
        ("b/images/a/1_color.png", b"mask"),
        ("b/images/a/2.JPG", b"2"),
        ("b/index.csv", b"x"),
    ]
    body = make_zip(tmp_path / "b.zip", members).read_bytes()
    server.body = body
    fields = {"filename": "b.zip", "include": ("*.jpg",)}
    with pytest.raises(StudyError, match="2 images instead of 3"):
        bring(pin(server, body, images=3, **fields))
    path = bring(pin(server, body, images=2, **fields))
    names = [member.filename for member in check_zip(path, include=["*.jpg"])]
    assert names == ["b/images/a/1.jpg", "b/images/a/2.JPG"]
    written = extract_zip(path, tmp_path / "out", include=["*.jpg"])
    assert [file.read_bytes() for file in written] == [b"1", b"2"]
    assert sorted(file.name for file in (tmp_path / "out").rglob("*.*")) == ["1.jpg", "2.JPG"]


@pytest.mark.parametrize(
    "name",
    [
        "../evil.jpg",
        "a/../../evil.jpg",
        "..",
        "/etc/evil.jpg",
        "//host/evil.jpg",
        "C:/evil.jpg",
        "C:evil.jpg",
        "..\\evil.jpg",
        "a\\..\\..\\evil.jpg",
        "\\evil.jpg",
        "a\\evil.jpg",
    ],
)
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    path = make_zip(tmp_path / "z.zip", [("good.jpg", b"x"), (name, b"x")])
    for use in (check_zip, lambda path: extract_zip(path, tmp_path / "in" / "out")):
        with pytest.raises(StudyError, match=r"z\.zip: expected members that stay inside"):
            use(path)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["z.zip"]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path, mode):
    path = make_zip(tmp_path / "z.zip", [(special("link.jpg", mode | 0o777), b"/etc/passwd")])
    with pytest.raises(StudyError, match="a link or a device"):
        check_zip(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_is_refused_unread(tmp_path, compression):
    path = make_zip(tmp_path / "z.zip", [("bomb.jpg", bytes(20_000_000))], compression)
    with pytest.raises(StudyError, match="expected at most 200 bytes out of one"):
        check_zip(path)
    assert check_zip(path, include=["*.png"]) == ()


def test_a_bomb_of_many_small_members_is_refused(tmp_path):
    path = make_zip(tmp_path / "z.zip", [(f"{n}.jpg", bytes(900_000)) for n in range(20)])
    with pytest.raises(StudyError, match="in all and 200 out of one"):
        check_zip(path)


@pytest.mark.parametrize(("limit", "value"), [("max_members", 2), ("max_total", 29)])
def test_limits_are_the_callers(tmp_path, limit, value):
    path = make_zip(tmp_path / "z.zip", [(f"{n}.jpg", b"0123456789") for n in range(3)])
    assert len(check_zip(path, **{limit: value + 1})) == 3
    with pytest.raises(StudyError, match="expected at most"):
        check_zip(path, **{limit: value})


def test_members_that_occur_twice_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        path = make_zip(tmp_path / "z.zip", [("a.jpg", b"1"), ("a.jpg", b"2")])
    with pytest.raises(StudyError, match=r"'a\.jpg' twice"):
        check_zip(path)


@pytest.mark.parametrize("data", [b"", b"PK", b"<html>", BODY[:1000]])
def test_what_is_no_zip_is_refused(tmp_path, data):
    path = put(tmp_path, data, "z.zip")
    with pytest.raises(StudyError, match="expected a zip file"):
        check_zip(path)


def forge(path, real, stated):
    """Change the size that a zip states for its only member, in both places."""
    data = path.read_bytes()
    assert data.count(real.to_bytes(4, "little")) == 2
    path.write_bytes(data.replace(real.to_bytes(4, "little"), stated.to_bytes(4, "little")))


@pytest.mark.parametrize("stated", [100, 5_000_007])
def test_a_member_that_lies_about_its_size_is_never_unpacked_beyond_it(tmp_path, stated):
    import tracemalloc

    path = make_zip(tmp_path / "z.zip", [("a.jpg", BODY[:50_000] + bytes(4_950_000))])
    forge(path, 5_000_000, stated)
    [member] = check_zip(path)
    with zipfile.ZipFile(path) as archive:
        tracemalloc.start()
        with pytest.raises(StudyError, match=r"a\.jpg: expected"):
            read_member(archive, member)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert stated > 100 or peak < 1_000_000
    with pytest.raises(StudyError, match=r"to unpack 'a\.jpg'"):
        extract_zip(path, tmp_path / "out")
    assert not [file for file in (tmp_path / "out").rglob("*") if file.is_file()]


@pytest.mark.parametrize("where", [40, 60])
def test_a_damaged_member_is_refused(tmp_path, where):
    path = make_zip(tmp_path / "z.zip", [("a.jpg", BODY[:500])])
    data = bytearray(path.read_bytes())
    data[where] ^= 0xFF
    path.write_bytes(data)
    [member] = check_zip(path)
    with zipfile.ZipFile(path) as archive, pytest.raises(StudyError, match=r"a\.jpg: expected"):
        read_member(archive, member)
    with pytest.raises(StudyError, match="to unpack"):
        extract_zip(path, tmp_path / "out")
    assert not [file for file in (tmp_path / "out").rglob("*") if file.is_file()]


@pytest.mark.parametrize("compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_whose_unpacking_has_no_bound_are_not_unpacked(tmp_path, compression):
    path = make_zip(tmp_path / "z.zip", [("a.jpg", b"x")], compression)
    [member] = check_zip(path)
    said = r"a\.jpg: .* packing method 1[24], where only stored"
    with zipfile.ZipFile(path) as archive, pytest.raises(StudyError, match=said):
        read_member(archive, member)
    with pytest.raises(StudyError, match="packing method"):
        extract_zip(path, tmp_path / "out")


def test_members_are_read_whole(tmp_path):
    path = make_zip(tmp_path / "z.zip", [("a.jpg", BODY), ("empty.jpg", b"")])
    with zipfile.ZipFile(path) as archive:
        assert [read_member(archive, member) for member in check_zip(path)] == [BODY, b""]


def test_unpacking_overwrites_nothing(tmp_path):
    path = make_zip(tmp_path / "z.zip", [("a.jpg", b"new")])
    put(tmp_path / "out", b"old", "a.jpg")
    with pytest.raises(StudyError, match="there already"):
        extract_zip(path, tmp_path / "out")
    assert (tmp_path / "out" / "a.jpg").read_bytes() == b"old"


def test_no_test_reaches_beyond_this_machine():
    with socket.socket() as outside, pytest.raises(AssertionError, match="asked for"):
        outside.connect(("192.0.2.1", 80))
