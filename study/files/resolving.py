"""Resolve paths: links are followed, and a link to itself is a path like others."""

import os
from pathlib import Path


def resolved(path: Path) -> Path:
    """Return a path as absolute, links in it followed.

    `pathlib.Path.resolve` raises `RuntimeError` for a link that leads to itself; here it stays, for
    whatever opens it to say that it cannot be opened.
    """
    return Path(os.path.realpath(path))
