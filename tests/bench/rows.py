"""The rows of the table by name."""

from collections.abc import Callable, Mapping

from tests.bench import growth, images, similarity, stability, text, whole
from tests.bench.table import Line

ROWS: Mapping[str, Callable[[], list[Line]]] = {
    "similarity-1000": similarity.against_published,
    "similarity-20000": similarity.against_products,
    "text": text.by_length,
    "images": images.against_plain_loop,
    "whole": whole.from_nothing,
    "growth": growth.by_stage,
    "stability": stability.of_resamples,
}
