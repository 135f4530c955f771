"""Download one file over HTTP, resuming where a broken connection or an earlier process stopped."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests
import tenacity

from study import __version__
from study.errors import StudyError

_BLOCK = 1 << 14  # The most that a broken connection loses.
_RANGE = re.compile(r"bytes (?P<start>\d+)-\d+/(?P<total>\d+|\*)")
_BUSY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a download keeps trying.

    It gives up after ``attempts`` in a row that bring no new byte; before each further one it
    waits 1, 2, 4, … at most 30 seconds by calling ``sleep``. A connection that is silent for
    ``timeout`` seconds counts as broken.
    """

    attempts: int = 5
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep


class _Broken(Exception):
    """The transfer stopped for a reason that may pass."""


_PASSING = (
    _Broken,
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


def download(
    url: str,
    part: Path,
    *,
    size: int,
    advance: Callable[[int], object],
    patience: Patience | None = None,
) -> None:
    """Fill `part` with a file's bytes; checking its digest is left to the caller.

    Bytes that are already there are kept: a ``Range`` request asks for the rest, with ``If-Range``
    if the first answer had a strong ETag or a date (kept in ``PART.tag``), so that a server whose
    file has changed sends all of it again, as does one that does not know ranges.

    Parameters
    ----------
    url
        ``http:`` or ``https:``; redirects are followed.
    part
        The growing file. It stays when the call fails, so that the next call can resume. An answer
        that starts again goes to ``PART.new`` and replaces `part` only once it is longer, unless
        the server says that `part` is of another version of the file.
    size
        Bytes of the whole file.
    advance
        Called with the number of bytes received, those of an earlier call at once; negative when
        the server makes it start again.
    patience
        See `Patience`.

    Raises
    ------
    StudyError
        If the server refuses, offers another size, or keeps failing.
    OSError
        If `part` cannot be written, for instance on a full disk.
    """
    limits = patience or Patience()
    with requests.Session() as session:
        session.headers["User-Agent"] = f"study/{__version__}"
        # The pinned bytes, not a compressed form of them that has another length.
        session.headers["Accept-Encoding"] = "identity"
        transfer = _Transfer(session, url, part, size, advance, limits.timeout)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_PASSING),
            stop=lambda _: transfer.fruitless >= limits.attempts,
            wait=tenacity.wait_exponential(max=30),
            sleep=limits.sleep,
            reraise=True,
        )
        try:
            retrying(transfer.attempt)
        except _PASSING as error:
            raise StudyError(
                f"{url}: only {transfer.have:,} of {size:,} bytes arrived; gave up after "
                f"{limits.attempts} attempts without progress ({error}); run again to resume"
            ) from error
        except requests.RequestException as error:
            raise StudyError(f"{url}: cannot be downloaded: {error}") from error


def clear(part: Path) -> None:
    """Delete what `download` keeps next to its file, once that is no longer needed."""
    for suffix in (".tag", ".new"):
        _sibling(part, suffix).unlink(missing_ok=True)


def _sibling(part: Path, suffix: str) -> Path:
    return part.with_name(f"{part.name}{suffix}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass(slots=True)
class _Transfer:
    """The state between attempts: how far the file got, and how much was reported."""

    session: requests.Session
    url: str
    part: Path
    size: int
    advance: Callable[[int], object]
    timeout: float
    fruitless: int = 0
    _most: int = field(init=False)
    _reported: int = 0

    def __post_init__(self) -> None:
        self._most = self.have

    @property
    def have(self) -> int:
        """Bytes of the file so far."""
        return _size(self.part)

    def attempt(self) -> None:
        """Fetch what is missing, over one connection."""
        try:
            if self.have > self.size:
                self.part.unlink()
            self._report(self.have)
            if self.have < self.size:
                self._request(self.have)
        finally:
            # Only bytes beyond the furthest point count: a server that always starts again and
            # breaks at the same place would otherwise be asked for ever.
            self.fruitless = 0 if self.have > self._most else self.fruitless + 1
            self._most = max(self._most, self.have)

    def _request(self, have: int) -> None:
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and (version := self._version()):
            headers["If-Range"] = version
        with self.session.get(
            self.url, headers=headers, stream=True, timeout=self.timeout
        ) as response:
            start, total = self._interpret(response, have)
            if total not in {None, self.size}:
                raise StudyError(
                    f"{self.url}: the server's file has {total:,} bytes instead of {self.size:,}"
                )
            if start:
                self._write(response, self.part, start)
            else:
                self._restart(response, sure=total is not None)
        if self.have < self.size:
            raise _Broken(f"the connection ended after {self.have:,} bytes")

    def _interpret(self, response: requests.Response, have: int) -> tuple[int, int | None]:
        """Return where the answer's bytes start and the size of the whole file, if it states it."""
        status = f"{response.status_code} {response.reason}"
        if response.status_code in _BUSY:
            raise _Broken(f"the server answered {status}")
        if response.status_code == requests.codes.requested_range_not_satisfiable and have:
            self.part.unlink()
            raise _Broken(f"the server answered {status}")
        if response.status_code == requests.codes.ok:
            length = response.headers.get("Content-Length", "")
            plain = "Content-Encoding" not in response.headers
            return 0, int(length) if plain and length.isdigit() else None
        if response.status_code != requests.codes.partial_content:
            raise StudyError(f"{self.url}: cannot be downloaded: the server answers {status}")
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match["start"]) != have:
            self.part.unlink(missing_ok=True)
            raise _Broken("the server sent another range than requested")
        return have, None if match["total"] == "*" else int(match["total"])

    def _restart(self, response: requests.Response, *, sure: bool) -> None:
        """Receive the file from its start, keeping a longer part until the answer outgrows it."""
        etag = response.headers.get("ETag", "")
        version = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
        # A part of another version is useless: this server would start again each time. An answer
        # that does not even state the file's length (a login page, say) does not prove a version.
        outdated = sure and version and self._version() not in {"", version}
        if not self.have or outdated:
            self.part.unlink(missing_ok=True)
            self._keep_version(version)
            self._write(response, self.part, 0)
            return
        new = _sibling(self.part, ".new")
        try:
            self._write(response, new, 0)
        except StudyError:
            new.unlink()
            raise
        finally:
            if _size(new) > self.have:
                new.replace(self.part)
                self._keep_version(version)
            new.unlink(missing_ok=True)

    def _write(self, response: requests.Response, path: Path, start: int) -> None:
        with path.open("ab" if start else "wb") as file:
            have = start
            for block in response.iter_content(_BLOCK):
                have += len(block)
                if have > self.size:
                    raise StudyError(f"{self.url}: the server sent more than {self.size:,} bytes")
                file.write(block)
                self._report(have)

    def _version(self) -> str:
        """Return the server's mark of the version that `part` is of, for ``If-Range``."""
        tag = _sibling(self.part, ".tag")
        return tag.read_text(encoding="latin-1") if tag.exists() else ""

    def _keep_version(self, version: str) -> None:
        tag = _sibling(self.part, ".tag")
        tag.unlink(missing_ok=True)
        if version:
            tag.write_text(version, encoding="latin-1")

    def _report(self, have: int) -> None:
        if have != self._reported:
            self.advance(have - self._reported)
        self._reported = have
