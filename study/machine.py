"""What this process may use of the machine: cores, threads that wait, and standard streams."""

import errno
import io
import os
import sys
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores() -> int:
    """Return the number of cores that this process may use, at least 1.

    These are the cores it may run on, at most as many as its control group grants.
    """
    count = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        granted = -(-int(quota) // int(period))
    except (OSError, ValueError):  # no control group, or "max"
        granted = count
    return max(1, min(count, granted))


def share() -> None:
    """Make compute threads sleep while they wait, as many as `cores`; call it before torch loads.

    Threads that spin take the core that the thread they wait for needs, as soon as another program
    uses one. What the environment states already stays.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("KMP_BLOCKTIME", "0")
    os.environ.setdefault("OMP_NUM_THREADS", str(cores()))


class Closed(io.TextIOBase):
    """Standard output that was closed before the program began; writing to it is an error."""

    def write(self, text: str) -> int:
        """Raise `OSError`: nobody would see the text."""
        raise OSError(errno.EBADF, "it is closed", "standard output")


def open_streams() -> None:
    """Make standard output and error such that any text can be written, whatever the locale.

    Documents are UTF-8, so files and pipes get that; a terminal gets what it can show.
    """
    for number in range(3):  # a file opened later must not take the place of a closed stream
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = Closed()
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
    if isinstance(sys.stdout, io.TextIOWrapper):
        encoding = None if sys.stdout.isatty() else "utf-8"
        sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")
