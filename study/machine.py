"""What this process may use of the machine: cores, and threads that wait without spinning."""

import os
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
