"""Hypothesis domains of words, label lists and dissections; small tables of both kinds."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from study.dissection.table import Dissection, Layer
from study.files.spelling import hidden, plain
from study.inputs.concepts import ConceptSet

NASTY = (
    "null",
    "none",
    "nan",
    "NA",
    "true",
    "a,b",
    'say "x"',
    "=1+1",
    "@SUM(A1)",
    "<b>&amp;</b>",
    r"$\frac{1}{2}$",
    "été",
    "שלום",
    "🦓",
    "x" * 10_000,
)
"""Words that programs are known to mishandle."""

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_names = texts.filter(lambda text: not hidden(plain(text)))
descriptions = st.sampled_from(NASTY) | _names.filter(lambda text: text.strip())
"""Any description that a table may contain, line ends included."""

_single_line = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
_words = _single_line.map(plain).map(str.strip)
words = st.sampled_from(NASTY) | _words.filter(lambda text: text and not hidden(text))
"""Any word that a line of a concept file may contain."""

concept_sets = st.lists(words, min_size=1, max_size=12, unique=True).map(
    lambda chosen: ConceptSet(tuple(chosen), "words.txt")
)

few_words = st.sampled_from(["dot", "dots", "stripe", "stripes", "striped", "grid", "null", "é"])
label_lists = st.lists(few_words, min_size=1, max_size=30)
"""Label lists from a small vocabulary, so that overlaps of every size occur."""


@st.composite
def layers(draw, name, labels=descriptions, max_units=8):
    chosen = draw(st.lists(labels, min_size=1, max_size=max_units))
    width = draw(st.sampled_from([np.float32, np.float64]))
    number = st.floats(-1e9, 1e9, width=32 if width is np.float32 else 64)
    values = draw(st.lists(number, min_size=len(chosen), max_size=len(chosen)))
    return Layer(name, tuple(chosen), np.array(values, dtype=width))


@st.composite
def dissections(draw, name="net", layer_names=None, labels=descriptions, max_units=8):
    if layer_names is None:
        layer_names = draw(st.lists(_names, min_size=1, max_size=3, unique=True))
    return Dissection(name, tuple(draw(layers(layer, labels, max_units)) for layer in layer_names))


def dissection(name="net", **labels):
    """Return a small dissection, written as layer="word word word"."""
    return Dissection(
        name,
        tuple(
            Layer(layer, tuple(words.split()), np.linspace(0.1, 0.9, len(words.split())))
            for layer, words in labels.items()
        ),
    )


def measurements(table, **columns):
    """Return ``labels.csv`` of a dissection: the columns that it must have, and those given."""
    keys = [(layer.name, unit) for layer in table.layers for unit in range(len(layer))]
    frame = pd.DataFrame(keys, columns=["layer", "unit"])
    similarity = np.concatenate([layer.similarities for layer in table.layers])
    measured = {"label": table.descriptions, "similarity": similarity, "runner_up": "other"}
    return frame.assign(**measured | {"margin": 0.125, "dead": 0} | columns)
