"""Read untrusted PDFs in a separate process with limits on time and memory."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from study.errors import StudyError

SECONDS = 8
"""Processor time that reading a PDF may take."""
_PATIENCE = 5
"""How many times longer it may take by the clock, since other programs run as well."""
MEMORY = 900 << 20
"""Bytes of address space of the reading process, where the system can limit it."""
MAX_PDF_BYTES = 200 << 20
_MAX_ANSWER = 64 << 20


def read_pdf(path: Path, *, folder: Path | None = None, seconds: int = SECONDS) -> dict[str, Any]:
    """Return a PDF's texts, pictures and attachments; see `study.verify.reading.pdf_content.read`.

    Attached files are written to `folder`; without one they are only listed.

    Raises
    ------
    StudyError
        If the file is not a PDF that can be read within the limits.
    """
    return _ask(["read", str(path), *([str(folder)] if folder else [])], path, seconds)


def compare_pages(path: Path, other: Path) -> dict[str, Any]:
    """Return where two PDFs look different; see `study.verify.reading.pdf_content.compare`."""
    return _ask(["compare", str(path), str(other)], path, 120)


def read_facts(path: Path) -> list[tuple[str, str]]:
    """Return what a PDF holds besides its pages; see `study.verify.reading.pdf_structure.facts`."""
    return [(kind, text) for kind, text in _ask(["facts", str(path)], path, 60)["facts"]]


def limit_process(seconds: int) -> None:
    """Limit the memory and the processor time of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def _ask(words: list[str], path: Path, seconds: int) -> dict[str, Any]:
    if not path.is_file():
        raise StudyError(f"cannot read {path.name}: no such file")
    if path.stat().st_size > MAX_PDF_BYTES:
        raise StudyError(f"{path.name}: too large; a PDF may have at most {MAX_PDF_BYTES >> 20} MB")
    with path.open("rb") as file:
        if b"%PDF-" not in file.read(1024):
            raise StudyError(f"{path.name}: not a PDF file")
    command = [sys.executable, "-m", "study.verify.reading.pdf_content", str(seconds), *words]
    try:
        done = subprocess.run(  # noqa: S603 - our own module, arguments are passed as a list
            command, capture_output=True, timeout=seconds * _PATIENCE, check=False
        )
        answer = json.loads(done.stdout[:_MAX_ANSWER])
    except subprocess.TimeoutExpired:
        answer = {"damage": f"not read within {seconds * _PATIENCE} seconds"}
    except ValueError:
        answer = {"damage": f"not readable within {seconds} seconds and {MEMORY >> 20} MB"}
    if "damage" in answer:
        raise StudyError(f"{path.name}: damaged PDF: {answer['damage']}")
    return dict(answer)
