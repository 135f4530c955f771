"""A pytest plugin for mutants: runs the cheapest test first.

mutmut hands pytest the tests of a mutated function as an unordered set. Most mutants die by any of
them, so the order decides how long that takes.
"""

import gc
import json
from pathlib import Path

_STATISTICS = Path("mutmut-stats.json")


def pytest_configure():
    """Exempt what the forking process has loaded from garbage collection."""
    gc.freeze()


def pytest_collection_modifyitems(items):
    """Sort tests by the seconds that mutmut measured, then by name."""
    if _STATISTICS.is_file():
        seconds = json.loads(_STATISTICS.read_text(encoding="utf-8"))["duration_by_test"]
        items.sort(key=lambda item: (seconds.get(item.nodeid, 0), item.nodeid))
