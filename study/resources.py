"""Where the templates, fixtures and presets lie: in the checkout, else in the installed package."""

from pathlib import Path

from study.errors import StudyError

_PACKAGE = Path(__file__).resolve().parent


def resource_root() -> Path:
    """Return the folder that holds ``templates/`` and ``fixtures/``.

    In a checkout (or an editable install of one) that is the folder above the package; a wheel
    carries copies inside the package.
    """
    checkout = _PACKAGE.parent
    if (checkout / "templates").is_dir() and (checkout / "fixtures").is_dir():
        return checkout
    return _PACKAGE / "_bundled"


def resource(relative: str) -> Path:
    """Return the path of a bundled file or folder.

    Parameters
    ----------
    relative
        Path below the resource root, e.g. ``"templates/report.css"``.

    Raises
    ------
    StudyError
        If the file did not travel with this installation.
    """
    path = resource_root() / relative
    if not path.exists():
        raise StudyError(
            f"expected {relative} to come with the program, found nothing at "
            f"{path.parent.name}/{path.name}: install study again"
        )
    return path


def preset_names() -> tuple[str, ...]:
    """Return the names of the studies that come with the program, sorted."""
    return tuple(sorted(path.stem for path in (_PACKAGE / "presets").glob("*.toml")))


def preset(name: str) -> Path:
    """Return the TOML file of a preset.

    Raises
    ------
    StudyError
        If there is no preset of that name.
    """
    path = _PACKAGE / "presets" / f"{name}.toml"
    if name not in preset_names():
        raise StudyError(f"expected one of the presets {', '.join(preset_names())}, found {name!r}")
    return path
