"""Artifacts: terms first, nothing unchecked gets its name, and a broken transfer is resumed."""

import contextlib
import dataclasses
import functools
import hashlib
import http.server
import os
import random
import resource
import socket
import subprocess
import sys
import threading
import time
import types

import pytest

from study.errors import StudyError
from study.files.folders import preset
from study.inputs import artifacts
from study.inputs.artifacts import Artifact, download, fetch, locate_all
from study.inputs.artifacts.locations import complaint
from study.progress import Progress

BODY = random.Random(1).randbytes(300_000)
OTHER = random.Random(2).randbytes(300_000)


class Server(http.server.ThreadingHTTPServer):
    """Serves `body` on 127.0.0.1; requests take the steps of `script`, then are answered well."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.script, self.requests = BODY, [], []
        self.go_on = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/file.bin"

    @property
    def starts(self):
        """The first byte that each request asked for."""
        return [int(headers.get("Range", "bytes=0-")[6:-1]) for headers in self.requests]

    def handle_error(self, *_):
        """A client that hangs up is part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(dict(self.headers))
        action = self.server.script.pop(0) if self.server.script else plain
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


def proper(handler):
    """Status, bytes and headers as a server gives them that knows ranges."""
    body, asked = handler.server.body, handler.headers.get("Range")
    if asked is None:
        return 200, body, {}
    start = int(asked.removeprefix("bytes=").removesuffix("-"))
    span = f"bytes {start}-{len(body) - 1}/{len(body)}"
    return 206, body[start:], {"Content-Range": span}


def plain(handler, *, parts=1, stated=True):
    """Send the first of equal parts and hang up; with `stated`, after promising all."""
    status, body, headers = proper(handler)
    length = len(body) if stated else -1
    handler.answer(status, body[: len(body) // parts], length=length, **headers)


drop = functools.partial(plain, parts=2)


def stall(handler):
    """Send half, then nothing until the test lets go."""
    drop(handler)
    handler.wfile.flush()
    handler.server.go_on.wait(20)


def slow(handler):
    status, body, headers = proper(handler)
    handler.answer(status, length=len(body), **headers)
    for start in range(0, len(body), 60_000):
        time.sleep(0.02)
        handler.wfile.write(body[start : start + 60_000])


def drip(handler):
    """Send a byte at a time, so that the connection is never silent for long."""
    status, body, headers = proper(handler)
    handler.answer(status, length=len(body), **headers)
    with contextlib.suppress(OSError):
        for byte in body:
            handler.wfile.write(bytes([byte]))
            time.sleep(0.02)


def send(status, body=b"<html>sorry</html>", *, length=None, **headers):
    return lambda handler: handler.answer(status, body, length=length, **headers)


HALF_FROM_THE_START = send(200, BODY[: len(BODY) // 2], length=len(BODY))
ANOTHER_RANGE = send(206, BODY[7:], Content_Range=f"bytes 7-{len(BODY) - 1}/{len(BODY)}")


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


class Recorder(Progress):
    """Progress that records its notes, each with how many requests the server had seen."""

    def __init__(self, server):
        super().__init__()
        self.server, self.notes, self.moves = server, [], []

    def note(self, text):
        self.notes.append((text, len(self.server.requests)))

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


def put(folder, body=BODY, name="thing.bin"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "folder"


def know(monkeypatch, *known):
    """Replace the pins by these artifacts."""
    pins = {artifact.name: artifact for artifact in known}
    monkeypatch.setattr("study.inputs.artifacts.pins.load_pins", lambda: pins)


@pytest.fixture
def bring(server, folder, monkeypatch):
    """Fetch one artifact into a folder, without really waiting; progress must add up."""
    waits = []
    monkeypatch.setattr("tenacity.nap.time", types.SimpleNamespace(sleep=waits.append))

    def call(artifact=None, *, timeout=5.0, attempts=3):
        artifact = artifact or pin(server)
        know(monkeypatch, artifact)
        monkeypatch.setattr(download, "ATTEMPTS", attempts)
        monkeypatch.setattr(download, "TIMEOUT", timeout)
        progress = Recorder(server)
        paths = fetch([artifact.name], folder=folder, progress=progress)
        assert sum(progress.moves) in {0, artifact.bytes}
        return paths[artifact.name]

    call.waits = waits
    return call


def left(folder):
    """What a fetch left behind, except the lock."""
    return sorted(p.name for p in folder.iterdir() if not p.name.endswith(".lock"))


# --- transfers ----------------------------------------------------------------------------------


def test_terms_are_shown_before_the_first_byte_of_any_file(server, monkeypatch, tmp_path):
    know(monkeypatch, *(pin(server, name=name, filename=name) for name in ("a", "b")))
    progress = Recorder(server)
    fetch(["a", "b"], folder=tmp_path, progress=progress)
    for text, requests in progress.notes[:2]:
        assert requests == 0
        for fact in ("licence: CC BY", "terms: credit the makers", server.url):
            assert fact in text


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        ([HALF_FROM_THE_START, send(200, BODY)], 2),
        ([drop, ANOTHER_RANGE], 3),
        ([drop, send(416)], 3),  # A range beyond the server's file.
        ([stall], 2),
        ([send(429), send(429)], 3),
        ([send(500), send(503)], 3),
        ([send(301, Location="?"), send(302, Location="/a"), send(307, Location="/b")], 4),
        ([send(308, Location="?there")], 2),
    ],
)
def test_a_fault_that_passes_is_survived(server, bring, script, requests):
    timeout = 0.2 if stall in script else 5.0
    server.script = script
    assert bring(timeout=timeout).read_bytes() == BODY
    assert len(server.requests) == requests


def test_a_server_that_sends_next_to_nothing_is_given_up(server, bring, folder):
    server.script = [drip]
    with pytest.raises(StudyError, match=r"only \d+ bytes arrived in 0\.5 s, 300,000 in all"):
        bring(timeout=0.5)
    assert 0 < (folder / "thing.bin.part").stat().st_size < 100
    assert len(server.requests) == 1
    assert bring().read_bytes() == BODY


@pytest.mark.parametrize("fault", [drop, functools.partial(drop, stated=False)])
def test_a_dropped_connection_is_resumed_where_it_broke(server, bring, fault):
    server.script = [fault, fault]
    assert bring(attempts=1).read_bytes() == BODY, "bytes came, so no attempt was in vain"
    first, second, third = server.starts
    assert first == 0 < second < third
    assert bring.waits == [1, 2]


@pytest.mark.parametrize(
    ("fault", "reason", "requests"),
    [
        (HALF_FROM_THE_START, "attempts without progress", 4),  # It starts again each time.
        (send(503), r"3 attempts without progress \(the server answers 503", 3),
        (send(302, Location="/file.bin"), "redirects", 31),
        (send(302, Location="ftp://127.0.0.1/x"), "cannot be downloaded", 1),
        (send(302, Location="file:///etc/passwd"), "cannot be downloaded", 1),
        (send(200, BODY * 3, length=-1), "sent more than 300,000 bytes", 1),
    ],
)
def test_a_fault_that_stays_is_given_up_in_one_sentence(server, bring, fault, reason, requests):
    server.script = [fault] * 40
    with pytest.raises(StudyError, match=reason):
        bring()
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("part", "script", "starts"),
    [
        (BODY, [], []),
        (BODY + b"more!", [], [0]),
        # A captive portal that does not say how long its page is.
        (BODY[:290_000], [send(200, OTHER[:1000], length=-1)], [290_000] * 2),
        (BODY[:290_000], [send(503)], [290_000] * 2),
        # Of another version of the file, which only the digest shows.
        (OTHER[:1000], [], [1000, 0]),
    ],
)
def test_a_part_is_resumed_as_far_as_it_is_good(server, bring, folder, part, script, starts):
    server.script = script
    put(folder, part, "thing.bin.part")
    assert bring().read_bytes() == BODY
    assert server.starts == starts
    assert left(folder) == ["thing.bin"]


@pytest.mark.parametrize(
    ("answer", "reason", "requests"),
    [
        (send(200, OTHER * 3), "file has 900000 bytes instead of 300000", 1),
        (send(200, OTHER * 3, length=-1), "does not say how many bytes follow", 3),
        *((send(status), f"answers {status}", 1) for status in (401, 403, 404, 410)),
    ],
)
def test_another_answer_leaves_the_part(server, bring, folder, answer, reason, requests):
    part = put(folder, BODY[:1000], "thing.bin.part")
    server.script = [answer] * 3
    with pytest.raises(StudyError, match=reason) as caught:
        bring()
    assert server.starts == [1000] * requests
    assert part.read_bytes() == BODY[:1000]
    assert left(folder) == ["thing.bin.part"]
    for fact in (server.url, f"{len(BODY):,} bytes", pin(server).sha256, str(folder)):
        assert fact in str(caught.value)


def test_nobody_listening_is_one_sentence(server, bring):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/x"
        with pytest.raises(StudyError, match="2 attempts without progress"):
            bring(pin(server, url=url), attempts=2)


@pytest.mark.parametrize(
    ("body", "changes", "reason"),
    [
        *(
            ((BODY + b"x")[:length], {}, f"file has {length} bytes instead of 300000")
            for length in (0, 10, len(BODY) - 1, len(BODY) + 1)
        ),
        (OTHER, {}, r"sha256 \w+ instead of"),
        (OTHER, {"sha256": None, "md5": hashlib.md5(BODY).hexdigest()}, r"md5 \w+ instead of"),
    ],
)
def test_wrong_bytes_never_get_the_name(server, bring, folder, body, changes, reason):
    server.body = body
    with pytest.raises(StudyError, match=reason):
        bring(pin(server, **changes))
    assert len(server.requests) == 1
    assert left(folder) == []


def test_a_full_disk_is_one_sentence_and_the_next_call_resumes(server, bring):
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, unlimited[1]))
    try:
        with pytest.raises(StudyError, match="disk is full; free some space and run again"):
            bring()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert bring().read_bytes() == BODY
    assert server.starts == [0, 100_000]


def test_a_disk_too_small_is_reported_before_the_first_byte(server, bring, monkeypatch):
    usage = type("usage", (), {"free": len(BODY) - 1})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StudyError, match="the disk is full"):
        bring()
    assert server.requests == []


# --- processes ----------------------------------------------------------------------------------

LIST = "google-10000-english-no-swears.txt"


@pytest.fixture
def start(server, folder, tmp_path, monkeypatch):
    """Start processes that fetch by the command's defaults, pins and folder from outside."""
    fields = f'url = "{server.url}"\nbytes = {len(BODY)}\nsha256 = "{pin(server).sha256}"\n'
    put(tmp_path, f"[concepts-10k]\n{fields}".encode(), "pins.toml")
    monkeypatch.setenv("STUDY_ARTIFACT_PINS", str(tmp_path / "pins.toml"))
    monkeypatch.setenv("STUDY_ARTIFACTS", str(folder))
    code = "from study.inputs.artifacts import fetch; print(*fetch(['concepts-10k']))"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with contextlib.ExitStack() as stack:

        def call():
            command = [sys.executable, "-W", "error", "-c", code]
            process = stack.enter_context(subprocess.Popen(command, **pipes))
            stack.callback(process.kill)
            return process

        yield call


def test_two_processes_at_once_fetch_one_file_once(server, start, folder):
    server.script = [slow]
    for process in [start(), start()]:
        assert process.communicate() == ("concepts-10k\n", "")
    assert len(server.requests) == 1
    assert left(folder) == [LIST]


def test_a_killed_process_is_followed_by_one_that_resumes(server, start, folder):
    server.script = [stall]
    first = start()
    part = folder / f"{LIST}.part"
    while not part.exists() or part.stat().st_size < 60_000:
        assert first.poll() is None
        time.sleep(0.01)
    first.kill()
    first.wait()
    have = part.stat().st_size
    assert fetch(["concepts-10k"])["concepts-10k"].read_bytes() == BODY
    assert server.starts == [0, have]


# --- files that are here ------------------------------------------------------------------------


def test_folders_are_searched_in_order_without_damaged_files(server, tmp_path, monkeypatch):
    given, named = tmp_path / "given", tmp_path / "named"
    monkeypatch.setenv("STUDY_ARTIFACTS", str(named))
    know(monkeypatch, pin(server))
    *searched, cache = artifacts.search_folders([given])
    assert searched == [given, named]
    assert cache.is_relative_to(tmp_path / "cache")
    put(given, OTHER)
    for folder in (cache, named):
        path = put(folder)
        assert locate_all(["thing"], folders=[given]) == {"thing": path}
        assert locate_all(["thing"]) == fetch(["thing"]) == {"thing": path}
    path = put(given)
    assert locate_all(["thing"], folders=[given]) == {"thing": path}
    assert server.requests == []


def test_no_cache_folder_matters_only_where_there_is_no_other(server, bring, tmp_path, monkeypatch):
    def nowhere():
        raise StudyError("expected a cache folder that can be written")

    monkeypatch.setattr("study.inputs.artifacts.locations.cache_folder", nowhere)
    named = tmp_path / "named"
    assert artifacts.search_folders([named]) == (named,)
    assert bring().read_bytes() == BODY
    with pytest.raises(StudyError, match="expected a cache folder"):
        artifacts.search_folders()
    monkeypatch.setenv("STUDY_ARTIFACTS", str(named))
    assert artifacts.search_folders() == (named,)


def test_what_lies_elsewhere_is_copied(server, bring, folder, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_ARTIFACTS", str(tmp_path / "mine"))
    put(tmp_path / "mine")
    assert bring() == folder / "thing.bin"
    assert bring().read_bytes() == BODY
    assert server.requests == []


def test_another_file_of_the_name_is_not_overwritten(bring, folder):
    path = put(folder, b"my own list")
    with pytest.raises(StudyError, match="has 11 bytes instead of 300,000; move that file away"):
        bring()
    assert path.read_bytes() == b"my own list"


def test_what_is_missing_is_one_message_with_all_that_is_needed(server, monkeypatch, tmp_path):
    pins = [
        pin(server, name=name, filename=f"{name}.bin", url=f"{server.url}/{name}", bytes=size)
        for name, size in {"a": 1, "b": 2_000_000, "c": 3}.items()
    ]
    know(monkeypatch, *pins)
    mine = put(tmp_path / "mine", b"x", "c.bin").parent
    with pytest.raises(StudyError, match=r"3 files .*missing.*study fetch STUDY") as caught:
        locate_all(["a", "b", "c"], folders=[mine])
    facts = {str(mine), "c.bin has 1 bytes instead of 3"}
    for artifact in pins:
        facts |= {artifact.filename, artifact.url, artifact.sha256, f"{artifact.bytes:,}"}
    assert {fact for fact in facts if fact not in str(caught.value)} == set()
    assert server.requests == []


def test_the_first_downloads_sha256_is_recorded_and_held_to(server, bring, tmp_path):
    """Where only an MD5 is known; two files of one MD5 can be made."""
    artifact = pin(server, sha256=None, md5=hashlib.md5(BODY).hexdigest())
    path = bring(artifact)
    record = path.with_name("thing.bin.sha256")
    assert record.read_text() == f"{hashlib.sha256(BODY).hexdigest()}  thing.bin\n"
    assert bring(artifact) == path
    record.write_text(f"{hashlib.sha256(OTHER).hexdigest()}  thing.bin\n")
    for _ in range(2):
        with pytest.raises(StudyError, match="sha256"):
            bring(artifact)
        path.unlink(missing_ok=True)


# --- pins ---------------------------------------------------------------------------------------


def test_the_built_in_pins_are_complete():
    pins = artifacts.load_pins()
    assert [name for name, artifact in pins.items() if artifact.sha256 is None] == ["broden"]
    for name, artifact in pins.items():
        assert (artifact.name, artifact.origin) == (name, "built in")
        assert artifact.filename == artifact.url.rpartition("/")[2]
        assert artifact.licence
        assert artifact.terms
    assert len({artifact.filename for artifact in pins.values()}) == len(pins)
    text = preset("imagenet-places365").read_text()
    named = {name for name in pins if f'"{name}"' in text or f'"artifact:{name}"' in text}
    assert named == set(pins) - {"concepts-10k"}


def test_the_word_lists_in_the_shared_folder_are_those_pinned(shared, tmp_path):
    for name, file in {"concepts-20k": "20k.txt", "concepts-10k": "10k.txt"}.items():
        artifact = artifacts.load_pins()[name]
        path = put(tmp_path, (shared / "concepts" / file).read_bytes(), artifact.filename)
        assert complaint(artifact, path) is None


def test_pins_are_replaced_field_by_field(tmp_path, monkeypatch):
    path = tmp_path / "local.toml"
    path.write_text(
        f'[broden]\nurl = "http://127.0.0.1/b.zip"\nbytes = 7\nsha256 = "{"ab" * 32}"\n'
        f'[new]\nurl = "http://x/y"\nfilename = "y"\nbytes = 1\nmd5 = "{"0" * 32}"\n'
        'licence = "MIT"\nterms = "none"\n'
    )
    before = artifacts.load_pins()
    monkeypatch.setenv("STUDY_ARTIFACT_PINS", str(path))
    pins = artifacts.load_pins()
    assert "pinned by: local.toml" in artifacts.announcement(pins.pop("new"))
    changes = {"url": "http://127.0.0.1/b.zip", "bytes": 7, "sha256": "ab" * 32, "md5": None}
    broden = dataclasses.replace(before["broden"], **changes, origin="local.toml")
    assert pins == {**before, "broden": broden}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[broden]\nsize = 3", "unknown field 'size'"),
        ("[broden]\nbytes = -1", "at least 0, not -1"),
        ("[broden]\nbytes = true", "a whole number .*, not True"),
        ("[broden]\nurl = 3", "url must be an address, not 3"),
        ('[broden]\nsha256 = "xyz"', "hex digits, not 'xyz'"),
        ('[broden]\nsha256 = "AB"', "hex digits, not 'AB'"),
        ('[broden]\nfilename = "../x"', "without folders, not '../x'"),
        ('[broden]\nfilename = "a\\\\b"', "without folders"),
        ('[broden]\nfilename = ""', "without folders, not ''"),
        ('[new]\nurl = "http://x"', "field 'bytes' is missing"),
        ('[n]\nurl="u"\nfilename="f"\nbytes=1\nlicence="l"\nterms="t"', "'sha256' or 'md5'"),
        ("broden = 3", "expected a table"),
        ("[broden", "expected a TOML file"),
    ],
)
def test_a_malformed_pin_is_one_line(tmp_path, monkeypatch, text, reason):
    path = put(tmp_path, text.encode(), "pins.toml")
    monkeypatch.setenv("STUDY_ARTIFACT_PINS", str(path))
    with pytest.raises(StudyError, match=reason) as caught:
        artifacts.load_pins()
    assert "\n" not in str(caught.value)


def test_unknown_names_are_answered_with_those_that_exist():
    with pytest.raises(StudyError, match=r"'resnet19'.*resnet18-imagenet"):
        locate_all(["resnet19"])
    assert artifacts.torchvision_name("resnet18", "IMAGENET1K_V1") == "resnet18-imagenet"
    with pytest.raises(StudyError, match=r"'resnet50:IMAGENET1K_V2'.*resnet18:IMAGENET1K_V1"):
        artifacts.torchvision_name("resnet50", "IMAGENET1K_V2")


def test_no_test_reaches_beyond_this_machine():
    with socket.socket() as outside, pytest.raises(AssertionError, match="asked for"):
        outside.connect(("192.0.2.1", 80))
