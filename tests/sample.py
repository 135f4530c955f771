"""Makes the sample that the README shows: ``python -m tests.sample report report/sample``.

The first folder holds the miniature's finished report; its PDF is copied, and pictures of the
pages that are found by what stands on them.
"""

import shutil
import sys
from pathlib import Path

import pypdfium2

PICTURES = {
    "page-summary": "Do the units of",
    "page-comparison": "Robustness",
    "page-cards": "Shared concepts, side",
}
WIDTH = 760
LARGEST = 3_000_000


def pages_with(pdf: pypdfium2.PdfDocument, words: str) -> list[int]:
    """Return the pages whose text holds `words`, from 0."""
    return [n for n, page in enumerate(pdf) if words in page.get_textpage().get_text_range()]


def make(report: Path, sample: Path) -> None:
    """Write the sample of a finished report."""
    sample.mkdir(parents=True, exist_ok=True)
    for path in (*sample.glob("*.png"), *sample.glob("*.pdf")):
        path.unlink()
    shutil.copyfile(report / "report.pdf", sample / "report.pdf")
    pdf = pypdfium2.PdfDocument(sample / "report.pdf")
    for name, words in PICTURES.items():
        number, *_ = pages_with(pdf, words)
        page = pdf[number]
        picture = page.render(scale=WIDTH / page.get_width()).to_pil()
        picture.quantize(128).save(sample / f"{name}.png", optimize=True)
    pdf.close()
    written = sorted(path.name for path in sample.iterdir() if path.suffix in {".png", ".pdf"})
    (sample / ".study-output").write_text("".join(f"{name}\n" for name in written))


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
