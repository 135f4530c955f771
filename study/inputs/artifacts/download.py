"""Download one file over HTTP, resuming where a broken connection or an earlier process stopped."""

import time
from dataclasses import dataclass
from pathlib import Path

import requests
import tenacity
import urllib3

from study import __version__
from study.errors import StudyError
from study.progress import Advance

_BLOCK = 1 << 14  # The most that a broken connection loses.
_BUSY = {408, 425, 429, 500, 502, 503, 504}
ATTEMPTS = 5
"""Attempts in a row that bring no new byte, after which a download is given up."""
TIMEOUT = 60.0
"""Seconds of silence after which a connection counts as broken."""
SLOWEST = 1000
"""Bytes a second; a server that sends fewer for as long as `TIMEOUT` is given up."""


class _Broken(requests.RequestException):
    """The transfer stopped for a reason that may pass."""


_PASSING = (
    _Broken,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
)


def download(url: str, part: Path, *, size: int, advance: Advance) -> None:
    """Fill `part` with a file's bytes; checking its digest is left to the caller.

    Bytes that are already there are kept, and a ``Range`` request asks for the rest; a server that
    knows no ranges sends all of it again. Between attempts it waits 1, 2, 4, … at most 30 seconds;
    `part` stays when the call fails, so that the next one can resume. `advance` is called with the
    number of bytes received, those of an earlier call at once, and negative when the server makes
    it start again.

    Raises
    ------
    StudyError
        If the server refuses, offers another size, or keeps failing.
    OSError
        If `part` cannot be written, for instance on a full disk.
    """
    with requests.Session() as session:
        session.headers["User-Agent"] = f"study/{__version__}"
        # The pinned bytes, not a compressed form of them that has another length.
        session.headers["Accept-Encoding"] = "identity"
        transfer = _Transfer(session, url, part, size, advance)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PASSING),
            stop=lambda _: transfer.fruitless >= ATTEMPTS,
            wait=tenacity.wait_exponential(max=30),
            reraise=True,
        )
        try:
            retrying(transfer.attempt)
        except _PASSING as error:
            raise StudyError(
                f"{url}: only {transfer.have:,} of {size:,} bytes arrived; gave up after "
                f"{ATTEMPTS} attempts without progress ({error}); run again to resume"
            ) from error
        except requests.RequestException as error:
            raise StudyError(f"{url}: cannot be downloaded: {error}") from error


def _some(response: requests.Response) -> bytes:
    """Return the next bytes, none at the end; `iter_content` would wait until a block is full."""
    try:
        block: bytes = response.raw.read1(_BLOCK)
    except urllib3.exceptions.HTTPError as error:
        raise _Broken(str(error)) from error
    return block


@dataclass(slots=True)
class _Transfer:
    """The state between attempts: how far the file got, and how much was reported."""

    session: requests.Session
    url: str
    part: Path
    size: int
    advance: Advance
    fruitless: int = 0
    _most: int = 0
    _reported: int = 0

    @property
    def have(self) -> int:
        """Bytes of the file so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def attempt(self) -> None:
        """Fetch what is missing, over one connection."""
        if self.have > self.size:
            self.part.unlink()
        # Only bytes beyond the furthest point count: a server that always starts again and breaks
        # at the same place would otherwise be asked for ever.
        self._most = max(self._most, self.have)
        self._report(self.have)
        try:
            if self.have < self.size:
                self._request()
        finally:
            self.fruitless = 0 if self.have > self._most else self.fruitless + 1
        if self.have < self.size:
            raise _Broken(f"the connection ended after {self.have:,} bytes")

    def _request(self) -> None:
        headers = {"Range": f"bytes={self.have}-"} if self.have else {}
        with self.session.get(self.url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            start = self._start(response)
            with self.part.open("ab" if start else "wb") as file:
                self._report(start)
                clock, before = time.monotonic(), start
                while block := _some(response):
                    if self._reported + len(block) > self.size:
                        raise StudyError(
                            f"{self.url}: the server sent more than {self.size:,} bytes"
                        )
                    file.write(block)
                    self._report(self._reported + len(block))
                    if time.monotonic() - clock > TIMEOUT:
                        self._check_rate(self._reported - before)
                        clock, before = time.monotonic(), self._reported

    def _check_rate(self, received: int) -> None:
        """Refuse a server that would keep a download busy for ever."""
        if received < TIMEOUT * SLOWEST and self._reported < self.size:
            raise StudyError(
                f"{self.url}: only {received:,} bytes arrived in {TIMEOUT:g} s, {self.size:,} in "
                "all are expected: run again to resume, or bring the file by hand"
            )

    def _start(self, response: requests.Response) -> int:
        """Return where in the file the answer's bytes belong, refusing what is not the file."""
        have, code = self.have, response.status_code
        status = f"the server answers {code} {response.reason}"
        if code in _BUSY:
            raise _Broken(status)
        span = response.headers.get("Content-Range", "")
        if code == requests.codes.partial_content and span.startswith(f"bytes {have}-"):
            return have
        if have and code in {206, 416}:
            self.part.unlink()
            raise _Broken(f"{status} to a request for the rest of the file")
        if code != requests.codes.ok:
            raise StudyError(f"{self.url}: cannot be downloaded: {status}")
        length = response.headers.get("Content-Length")
        if length is None and have:
            # Perhaps a login page, which should not replace the bytes that have arrived.
            raise _Broken(f"{status} and does not say how many bytes follow")
        if length not in {None, str(self.size)}:
            raise StudyError(
                f"{self.url}: the server's file has {length} bytes instead of {self.size}"
            )
        return 0

    def _report(self, have: int) -> None:
        if have != self._reported:
            self.advance(have - self._reported)
        self._reported = have
