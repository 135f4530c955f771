"""Two dissections side by side, and every number that a report prints about them."""

from study.comparison.pair import Comparison, compare

__all__ = ["Comparison", "compare"]
