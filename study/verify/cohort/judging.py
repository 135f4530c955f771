"""Judge one submission: its verdict, what others may share, and small copies of its pictures."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.comparison.word_lists import WordList, read_list
from study.errors import StudyError
from study.files.documents import sha256_bytes, sha256_file
from study.progress import plain_line
from study.verify.claims.claim_file import read_claims
from study.verify.cohort.members import only_archive
from study.verify.cohort.record import Record, unread
from study.verify.cohort.thumbnails import pixels, small_copy
from study.verify.reading.descriptions import read_table, read_text
from study.verify.reading.known import Known, read_expected
from study.verify.submission import verify_submission
from study.verify.submission.scan import Files, scan
from study.verify.submission.texts import is_word_list
from study.verify.verdict import OK, UNDECIDED, Check, Verdict, verdict_of

if TYPE_CHECKING:
    from study.verify.cohort.kept import Finished

PICTURES = 4
"""Small copies of one submission's pictures on the page, at most."""
_FILES = 24
_PROSE = re.compile(r"of (\d+) claims (\d+) hold, (\d+) differ, (\d+) cannot be decided")
_SHORTEST = 200
"""Bytes of a text below which being equal says nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How each submission is verified; see `study.verify.submission.verify_submission`."""

    lists: tuple[Path, ...] = ()
    claims: Path | None = None
    expect: Path | None = None
    rerun: bool = False

    def files(self) -> Iterator[Path]:
        """Yield the files that the settings name."""
        yield from self.lists
        named = (self.claims, self.expect)  # "assignment" is bundled
        yield from (path for path in named if path is not None and path.exists())

    def check(self) -> None:
        """Read every file once.

        Raises
        ------
        StudyError
            For the first that cannot be read, before any submission is.
        """
        _read(self)
        if self.claims is not None:
            read_claims(self.claims)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges submissions; travels to other processes."""

    settings: Settings
    finished: "Finished | None" = None

    def __call__(self, task: tuple[Path, str]) -> dict[str, Any]:
        """Return the record of a submission as a document, from what is finished or made anew."""
        folder, name = task
        if self.finished is None:
            return judged(folder, name, self.settings).document()
        key = self.finished.key(folder, name)
        record = self.finished.find(key)
        if record is None:
            record = judged(folder, name, self.settings).document()
            self.finished.keep(key, record)
        return record


def judged(folder: Path, name: str, settings: Settings) -> Record:
    """Return the record of a submission; what cannot be read is said in its one line."""
    try:
        if archive := only_archive(sorted(entry.name for entry in os.scandir(folder))):
            reason = f"holds only an archive, {plain_line(archive)}: unpack it here and run again"
            return unread(name, reason)
        verdict = _verdict(folder, settings)
        files = scan(folder)
        pictures = _pictures(files)
        shown, unshown = _shown(files, verdict)
        traits = dict(sorted(_traits(files, pictures, verdict)))
        return Record(verdict, traits, _claims(verdict), _files(files, verdict), shown, unshown)
    except StudyError as error:
        return unread(name, plain_line(str(error)))
    except OSError as error:
        return unread(name, plain_line(error.strerror or type(error).__name__))
    except (MemoryError, RecursionError):
        return unread(name, "too large to read")
    except Exception as error:  # one submission must not stop the others
        return unread(name, f"{type(error).__name__} while it was read")


@cache
def _read(settings: Settings) -> tuple[tuple[WordList, ...], Known | None]:
    lists = tuple(map(read_list, settings.lists))
    return lists, read_expected(settings.expect) if settings.expect else None


def _verdict(folder: Path, settings: Settings) -> Verdict:
    """Return a submission's verdict; claims that cannot be put to its tables are undecided."""
    lists, known = _read(settings)
    rerun = settings.rerun
    try:
        return verify_submission(
            folder, lists=lists, claims=settings.claims, rerun=rerun, known=known
        )
    except StudyError as error:
        if settings.claims is None:
            raise
        verdict = verify_submission(folder, lists=lists, rerun=rerun, known=known)
        check = Check("claims", UNDECIDED, plain_line(str(error)), settings.claims.name)
    return verdict_of("submission", verdict.verdict, (*verdict.checks, check), verdict.causes)


def _claims(verdict: Verdict) -> tuple[int, int, int]:
    """Count the claims that hold, differ and are undecided, of the file and of the texts."""
    counts = [0, 0, 0]
    for check in verdict.checks:
        if check.check == "numbers in prose" and (found := _PROSE.search(check.detail)):
            counts = [a + int(b) for a, b in zip(counts, found.groups()[1:], strict=True)]
        elif "claim" in check.facts and check.check != "number_against_table":
            counts[0 if check.status == OK else 2 if check.status == UNDECIDED else 1] += 1
    return counts[0], counts[1], counts[2]


def _pictures(files: Files) -> dict[str, str]:
    """Return the digest of each picture's pixels by name, of those that are worth comparing."""
    return {
        files.name(path): digest
        for path in files.pictures
        if path.parent.name != "cards" and (digest := pixels(path))
    }


def _shown(files: Files, verdict: Verdict) -> tuple[dict[str, str], int]:
    """Return small copies of the pictures that findings are about, and how many more there are."""
    failed = [check for check in verdict.checks if check.status == "failed"]
    by_name = {files.name(path): path for path in files.pictures}
    named = [name for check in failed for name in _named(check, by_name)]
    shown: dict[str, str] = {}
    unshown = 0
    for name in dict.fromkeys(named):
        copy = small_copy(by_name[name]) if len(shown) < PICTURES else ""
        unshown += len(shown) >= PICTURES
        if copy:
            shown[name] = copy
    return shown, unshown


def _named(check: Check, names: Mapping[str, Path]) -> Iterator[str]:
    """Yield the pictures that a finding is about: its place, and the other of two alike."""
    if check.place in names:
        yield check.place
        found = re.match(r"shows what (.+) shows \(", check.detail)
        if found and found[1] in names:
            yield found[1]


def _files(files: Files, verdict: Verdict) -> tuple[str, ...]:
    """Return the files that the page links to: those that findings are about come first."""
    known = [
        files.name(path)
        for path in (*files.tables, *files.stubs, *files.texts, *files.pdfs, *files.pictures)
    ]
    failed = [check.place for check in verdict.checks if check.status == "failed"]
    first = [name for name in dict.fromkeys(failed) if name in set(known)]
    return tuple(dict.fromkeys((*first, *known)))[:_FILES]


def _traits(
    files: Files, pictures: Mapping[str, str], verdict: Verdict
) -> Iterator[tuple[str, str]]:
    """Yield what other submissions may share, as ``kind:digest``, and its name here."""
    for path in files.tables:
        if digest := _table(path):
            yield f"table:{digest}", files.name(path)
    for name, digest in pictures.items():
        yield f"picture:{digest}", name
    yield from _documents(files.texts, files, texts=True)
    yield from _documents(files.pdfs, files, texts=False)
    for check in verdict.checks:
        if check.check == "number_against_table" and check.status == "failed" and check.facts:
            claimed, found = check.facts.get("claimed"), check.facts.get("found")
            found = f"{found:.2g}" if isinstance(found, int | float) else found  # reruns differ
            stated = f"{claimed} for {found}".encode("utf-8", "replace")
            yield f"number:{sha256_bytes(stated)}", check.detail


def _documents(paths: Sequence[Path], files: Files, *, texts: bool) -> Iterator[tuple[str, str]]:
    for path in paths:
        if path.stat().st_size >= _SHORTEST and not (texts and is_word_list(read_text(path))):
            yield f"document:{sha256_file(path)}", files.name(path)


def _table(path: Path) -> str:
    """Return a digest of a table's units, labels and similarities to the last digit, or ""."""
    try:
        table = read_table(path, beside=False)
    except StudyError:
        return ""
    if not any(map(len, table.parts.values())):
        return ""
    lines = [
        f"{layer}\t{unit}\t{label}\t{similarity!r}"
        for layer, part in sorted(table.parts.items())
        for unit, label, similarity in zip(
            part.units.tolist(), part.labels, part.similarities.tolist(), strict=True
        )
    ]
    return sha256_bytes("\n".join(lines).encode("utf-8", "replace"))
