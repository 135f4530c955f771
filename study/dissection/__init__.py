"""Finished dissections: what the folder of a run holds, from the table of descriptions onwards.

Nothing here needs torch, and pandas is loaded for ``labels.csv`` alone.
"""

from study.dissection.inspection import inspect
from study.dissection.table import Dissection, Layer

__all__ = ["Dissection", "Layer", "inspect"]
