"""Opening the browser of units that lies in a report's folder."""

import webbrowser
from pathlib import Path

from study.errors import StudyError
from study.report.browser.units_page import FOLDER, PAGE


def browser_address(path: Path, unit: str = "") -> str:
    """Return the address of the browser in a folder, at a unit such as ``ImageNet/layer4-17``.

    Parameters
    ----------
    path
        The folder of a report, or the page itself.
    unit
        What stands after the ``#`` of the address.

    Raises
    ------
    StudyError
        If there is no browser of units.
    """
    pages = [path / PAGE, path / FOLDER / "index.html"] if path.is_dir() else [path]
    page = next((page for page in pages if page.is_file()), None)
    if page is None:
        raise StudyError(
            f"{path.name or path}: expected a report's folder with {PAGE}, found none: write it "
            "with python -m study.report, or with --browser-only from finished runs"
        )
    return page.resolve().as_uri() + (f"#{unit.removeprefix('#')}" if unit else "")


def view(path: Path, unit: str = "") -> tuple[str, bool]:
    """Open the browser of units; return its address, and whether a web browser took it."""
    address = browser_address(path, unit)
    try:
        return address, webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return address, False
