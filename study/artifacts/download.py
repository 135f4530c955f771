"""One file over HTTP: goes on where a broken connection or an earlier process stopped."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests
import tenacity

from study import __version__
from study.errors import StudyError

_BLOCK = 1 << 14  # What a break loses at most.
_RANGE = re.compile(r"bytes (?P<start>\d+)-\d+/(?P<total>\d+|\*)")
_BUSY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a download is kept up.

    ``attempts`` in a row that bring no new byte end it; before each further one it waits 1, 2, 4,
    … at most 30 seconds by calling ``sleep``; a connection silent for ``timeout`` seconds is
    broken.
    """

    attempts: int = 5
    timeout: float = 60.0
    sleep: Callable[[float], None] = time.sleep


class _Broken(Exception):
    """The transfer stopped in a way that may pass."""


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
    """Fill `part` with a file's bytes; its digest is for the caller to check.

    Bytes that are there already are kept: a ``Range`` request asks for the rest, with ``If-Range``
    where the first answer had a strong ETag or a date (kept in ``PART.tag``), so that a server
    whose file changed sends all of it anew, as does one that knows no ranges.

    Parameters
    ----------
    url
        ``http:`` or ``https:``; redirects are followed.
    part
        The growing file. It stays when the call fails, for the next one to go on; what is sent anew
        replaces it only once it is longer (until then it is ``PART.new``), or when a server
        whose file has the right length says that `part` is of another version.
    size
        Bytes of the whole file.
    advance
        Told the bytes that came, those of an earlier call at once; fewer than none when the
        server makes it start again.
    patience
        See `Patience`.

    Raises
    ------
    StudyError
        If the server refuses, offers another size, or keeps failing.
    OSError
        If `part` cannot be written, as on a full disk.
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
                f"{url}: expected {size:,} bytes, found {transfer.have:,} after "
                f"{limits.attempts} attempts in vain ({error}); run again to go on from there"
            ) from error
        except requests.RequestException as error:
            raise StudyError(f"{url}: expected a file to fetch, found {error}") from error


def clear(part: Path) -> None:
    """Delete what `download` keeps beside its file, once that is no longer needed."""
    for beside in (_tag(part), _anew(part)):
        beside.unlink(missing_ok=True)


def _tag(part: Path) -> Path:
    """Where the server's mark of the file's version is kept."""
    return part.with_name(f"{part.name}.tag")


def _anew(part: Path) -> Path:
    """Where an answer that starts again is kept while it is the shorter one."""
    return part.with_name(f"{part.name}.new")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass(slots=True)
class _Transfer:
    """The state between attempts: how far the file got, and what the caller was told."""

    session: requests.Session
    url: str
    part: Path
    size: int
    advance: Callable[[int], object]
    timeout: float
    fruitless: int = 0
    _most: int = field(init=False)
    _told: int = 0

    def __post_init__(self) -> None:
        self._most = self.have

    @property
    def have(self) -> int:
        """Bytes of the file so far."""
        return _size(self.part)

    def attempt(self) -> None:
        """Bring what is missing, over one connection."""
        try:
            if self.have > self.size:
                self.part.unlink()
            self._tell(self.have)
            if self.have < self.size:
                self._ask(self.have)
        finally:
            # Only bytes beyond the furthest point count: a server that starts anew each time
            # and breaks at the same place would otherwise be asked for ever.
            self.fruitless = 0 if self.have > self._most else self.fruitless + 1
            self._most = max(self._most, self.have)

    def _ask(self, have: int) -> None:
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and (mark := self._remembered()):
            headers["If-Range"] = mark
        with self.session.get(
            self.url, headers=headers, stream=True, timeout=self.timeout
        ) as response:
            start, total = self._judge(response, have)
            if total not in {None, self.size}:
                raise StudyError(
                    f"{self.url}: expected {self.size:,} bytes, found {total:,} on the server"
                )
            self._receive(response, start, sure=total is not None)
        if self.have < self.size:
            raise _Broken(f"the connection ended after {self.have:,} bytes")

    def _judge(self, response: requests.Response, have: int) -> tuple[int, int | None]:
        """Return where the answer's bytes start and how many the whole file has, if it says so."""
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
            raise StudyError(
                f"{self.url}: expected the file, found that the server answers {status}"
            )
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if match is None or int(match["start"]) != have:
            self.part.unlink(missing_ok=True)
            raise _Broken("the server sent another part than asked for")
        return have, None if match["total"] == "*" else int(match["total"])

    def _receive(self, response: requests.Response, start: int, *, sure: bool) -> None:
        if start:
            self._write(response, self.part, start)
            return
        mark = _mark(response)
        # A part of another version is of no use: this server would start anew each time. What does
        # not even state the file's length (a login page, say) tells nothing of its version.
        other = sure and mark and self._remembered() not in {"", mark}
        if not self.have or other:
            self.part.unlink(missing_ok=True)
            self._remember(mark)
            self._write(response, self.part, 0)
            return
        anew = _anew(self.part)
        try:
            self._write(response, anew, 0)
        except StudyError:
            anew.unlink()
            raise
        finally:
            # It may have ended before it reached what is here: the longer one stays.
            if _size(anew) > self.have:
                anew.replace(self.part)
                self._remember(mark)
            anew.unlink(missing_ok=True)

    def _write(self, response: requests.Response, path: Path, start: int) -> None:
        with path.open("ab" if start else "wb") as file:
            have = start
            for block in response.iter_content(_BLOCK):
                have += len(block)
                if have > self.size:
                    raise StudyError(f"{self.url}: expected {self.size:,} bytes, found more")
                file.write(block)
                self._tell(have)

    def _remembered(self) -> str:
        tag = _tag(self.part)
        return tag.read_text(encoding="latin-1") if tag.exists() else ""

    def _remember(self, mark: str) -> None:
        tag = _tag(self.part)
        tag.unlink(missing_ok=True)
        if mark:
            tag.write_text(mark, encoding="latin-1")

    def _tell(self, have: int) -> None:
        if have != self._told:
            self.advance(have - self._told)
        self._told = have


def _mark(response: requests.Response) -> str:
    """Return what tells this version of the file from the next, for ``If-Range``."""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
