"""Write HTML as PDF/A-3a with files attached, reproducibly, and extract the files again."""

import hashlib
import io
import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from study.errors import StudyError
from study.report.charts import font_folder
from study.report.charts.glyphs import FURTHER
from study.report.engine import engine

VARIANT = "pdf/a-3a"
_FACES = (
    ("Source Sans Pro", "SourceSansPro-Regular.ttf", "normal", "normal"),
    ("Source Sans Pro", "SourceSansPro-Bold.ttf", "bold", "normal"),
    ("Source Sans Pro", "SourceSansPro-It.ttf", "normal", "italic"),
    ("DejaVu Sans", "DejaVuSans.ttf", "normal", "normal"),
    ("DejaVu Sans", "DejaVuSans-Bold.ttf", "bold", "normal"),
    ("DejaVu Sans", "DejaVuSans-Oblique.ttf", "normal", "italic"),
    ("DejaVu Sans Mono", "DejaVuSansMono.ttf", "normal", "normal"),
    ("DejaVu Serif", "DejaVuSerif.ttf", "normal", "normal"),
    ("DejaVu Serif", "DejaVuSerif-Bold.ttf", "bold", "normal"),
)
_FONTS = Path(__file__).with_name("fonts")
"""The text face, unmodified, with its licence."""
LARGEST = 256 << 20
"""Limit on the total size of a PDF's attachments, in bytes, against decompression bombs."""
_BESIDE = "beside:/"
"""The report's folder: addresses of files in it stay relative, as no scheme is known for it."""
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
_RELATIONS: Mapping[str, str] = {".json": "Source", ".csv": "Data"}


def write(
    html: str, files: Mapping[str, bytes], *, date: datetime | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """Return a page as PDF, and the warnings of WeasyPrint and fontTools.

    Parameters
    ----------
    html
        The page for paper.
    files
        To attach, by name.
    date
        Written into the PDF; left out by default.

    Raises
    ------
    StudyError
        If a system library is missing; it says what to install.
    """
    messages: list[str] = []
    when = date or _EPOCH  # a fixed day by default, so that bytes stay equal
    with _collected(messages), _epoch(when), warnings.catch_warnings():
        # WeasyPrint 70 leaves its own colour profile open, which no user can help.
        warnings.simplefilter("ignore", ResourceWarning)
        weasyprint = engine()
        fetcher = _fetcher()
        document = weasyprint.HTML(string=html, url_fetcher=fetcher, base_url=_BESIDE)
        fonts = weasyprint.text.fonts.FontConfiguration()
        faces = weasyprint.CSS(string=_font_faces(), font_config=fonts, url_fetcher=fetcher)
        pdf: bytes = document.write_pdf(
            stylesheets=[faces],
            font_config=fonts,
            attachments=_attachments(files, when),
            pdf_variant=VARIANT,
            finisher=_scope_headers,
        )
    return pdf, tuple(messages)


def _scope_headers(_: Any, pdf: Any) -> None:
    """Say of each header cell whether it heads a column or a row, which WeasyPrint leaves out."""

    def parent(element: Any) -> Any:
        return pdf.objects[int(element["P"].split()[0])]

    for element in pdf.objects:
        if isinstance(element, dict) and element.get("S") == "/TH":
            heads_columns = parent(parent(element))["S"] == "/THead"
            element["A"]["Scope"] = "/Column" if heads_columns else "/Row"


def _font_faces() -> str:
    faces = "".join(
        f'@font-face {{font-family: "{family}"; src: url("{_font(file).as_uri()}"); '
        f"font-weight: {weight}; font-style: {style}}}\n"
        for family, file, weight, style in _FACES
    )
    if not FURTHER:
        return faces
    faces += "".join(
        f'@font-face {{font-family: "{family}"; src: url("{path.as_uri()}")}}\n'
        for family, (path, _) in FURTHER.items()
    )
    further = "".join(f', "{family}"' for family in FURTHER)
    faces += f'body {{font-family: "Source Sans Pro", "DejaVu Sans"{further}}}\n'
    return faces + f'.code, code {{font-family: "DejaVu Sans Mono"{further}}}\n'


def _font(file: str) -> Path:
    """Return the path of a font: the text face is this program's own, the rest matplotlib's."""
    own = _FONTS / file
    return own if own.is_file() else font_folder() / file


def _fetcher() -> Any:
    """Return a URL fetcher limited to embedded data and the bundled fonts."""
    from weasyprint.urls import URLFetcher

    folders = (_FONTS.as_uri(), font_folder().as_uri())
    files = {path.as_uri() for path, _ in FURTHER.values()}

    class Inside(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if not url.startswith(("data:", *folders)) and url not in files:
                raise ValueError("a report refers to nothing outside itself")
            return super().fetch(url, headers)

    return Inside(allowed_protocols=("data", "file"))


@contextmanager
def _collected(messages: list[str]) -> Iterator[None]:
    """Collect the warnings of WeasyPrint and fontTools, each once."""

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = " ".join(record.getMessage().split())
            if text not in messages:
                messages.append(text)

    handler = Collector(level=logging.WARNING)
    levels = {logging.getLogger(name): 0 for name in ("weasyprint", "fontTools")}
    for logger in levels:
        levels[logger] = logger.level
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, level in levels.items():
            logger.removeHandler(handler)
            logger.setLevel(level)


@contextmanager
def _epoch(when: datetime) -> Iterator[None]:
    """Set the date that libraries stamp into files: they read it from the environment."""
    name = "SOURCE_DATE_EPOCH"
    before = os.environ.get(name)
    os.environ[name] = str(int(when.timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _attachments(files: Mapping[str, bytes], when: datetime) -> list[Any]:
    """Return files as attachments for WeasyPrint, sorted by name."""
    from weasyprint import Attachment

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
        If the file is not a readable PDF, carries no files, two of the same name, or more than
        256 MiB.
    """
    from pypdf import PdfReader

    files: dict[str, bytes] = {}
    with _readable(path):
        for attached in PdfReader(io.BytesIO(path.read_bytes())).attachment_list:
            name, content = attached.alternative_name or attached.name, attached.content
            if name in files:
                raise StudyError(f"{path.name}: expected one attachment {name!r}, found several")
            files[name] = content
            if sum(map(len, files.values())) > LARGEST:
                raise StudyError(f"{path.name}: expected attachments of at most {LARGEST} bytes")
    if not files:
        raise StudyError(
            f"{path.name}: expected a report with its data attached, found a PDF without files"
        )
    return files


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn any failure of the reader on a damaged PDF into a one-line error."""
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
