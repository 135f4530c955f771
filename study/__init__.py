"""Network dissection as a tested, reproducible study.

>>> import study
>>> words = study.read_concepts(["dog", "fire engine"])
"""

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from study.comparison.finished import compare, load_run
    from study.errors import StudyError
    from study.inputs.given import open_probe, read_concepts
    from study.models.by_name import load_encoder, load_network
    from study.pipeline.dissecting import dissect
    from study.report import write_report
    from study.report.charts import shown as charts

_PLACES = {
    "charts": "study.report.charts.shown",
    "compare": "study.comparison.finished",
    "dissect": "study.pipeline.dissecting",
    "load_encoder": "study.models.by_name",
    "load_network": "study.models.by_name",
    "load_run": "study.comparison.finished",
    "open_probe": "study.inputs.given",
    "read_concepts": "study.inputs.given",
    "write_report": "study.report",
    "StudyError": "study.errors",
}
"""Where each name lives; `charts` is a module itself."""
__all__ = [
    "StudyError",
    "charts",
    "compare",
    "dissect",
    "load_encoder",
    "load_network",
    "load_run",
    "open_probe",
    "read_concepts",
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Load a name on first use: ``import study`` itself is fast and loads no torch."""
    if name not in _PLACES:
        raise AttributeError(f"module 'study' has no attribute {name!r}")
    module = importlib.import_module(_PLACES[name])
    return module if name == "charts" else getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
