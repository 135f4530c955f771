"""The data inside a PDF: files put in, byte for byte, and taken out again."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from study.errors import StudyError

LARGEST = 256 << 20
"""The most bytes that are read from a PDF's attachments together: a bomb is no evidence."""
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
_RELATIONS: Mapping[str, str] = {".json": "Source", ".csv": "Data"}


def attachments(files: Mapping[str, bytes], *, date: datetime | None = None) -> list[Any]:
    """Return files as attachments for WeasyPrint, sorted by name.

    Parameters
    ----------
    files
        Name (may hold slashes) to content.
    date
        When they were made and changed; a fixed day when nobody says, so that bytes stay equal.
    """
    from weasyprint import Attachment

    when = date or _EPOCH
    return [
        Attachment(
            file_obj=io.BytesIO(content),
            name=name,
            description=f"data of this report: {name}",
            created=when,
            modified=when,
            relationship=_RELATIONS.get(Path(name).suffix, "Supplement"),
        )
        for name, content in sorted(files.items())
    ]


def describe(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return size and SHA-256 of each file, sorted by name."""
    return {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    }


def extract(path: Path) -> dict[str, bytes]:
    """Return the files attached to a PDF, by name.

    Raises
    ------
    StudyError
        If the file is no PDF that can be read, carries no files, two of one name, or more than
        256 MiB.
    """
    from pypdf import PdfReader

    found: dict[str, bytes] = {}
    with _readable(path):
        for attached in PdfReader(io.BytesIO(path.read_bytes())).attachment_list:
            name, content = attached.alternative_name or attached.name, attached.content
            if name in found:
                raise StudyError(f"{path.name}: expected one attachment {name!r}, found several")
            found[name] = content
            if sum(map(len, found.values())) > LARGEST:
                raise StudyError(f"{path.name}: expected attachments of at most {LARGEST} bytes")
    if not found:
        raise StudyError(
            f"{path.name}: expected a report with its data attached, found a PDF without files"
        )
    return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn whatever a damaged PDF does to the reader into one line."""
    import logging

    logger = logging.getLogger("pypdf")
    level, logger.level = logger.level, logging.CRITICAL
    try:
        yield
    except (StudyError, MemoryError):
        raise
    except Exception as error:
        kind = " ".join(str(error).split()) or type(error).__name__
        raise StudyError(f"{path.name}: expected a whole PDF, found damage: {kind[:200]}") from None
    finally:
        logger.level = level
