"""`TarHeaders`: a tar file of which only headers are read, in bounds."""

import io
import tarfile
from pathlib import Path

MOST = 1 << 20
"""The most bytes of a header; long names need some."""


class TarHeaders(io.FileIO):
    """A tar file of which headers are read, none of them large, whatever size they state."""

    def read(self, size: int | None = -1) -> bytes:
        """Return as many bytes; `tarfile.ReadError` for more than any header has."""
        if size is None or not 0 <= size <= MOST:
            raise tarfile.ReadError(f"a header that states {size} bytes")
        return super().read(size) or b""


def tarfile_at(path: Path) -> bool:
    """Tell whether a file is a tar."""
    try:
        return path.is_file() and tarfile.is_tarfile(path)
    except OSError:
        return False
