"""Unit cards: pictures of a unit's top images, plain and with its activation map."""

import functools
import io
from collections.abc import Collection, Sequence

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from study.dissection.card_table import Unit

TILE = 96
"""Width and height of one picture on a card, in pixels."""
QUALITY = 65
_STRENGTH = 0.6
_GAP = 2


def choose_units(labels: pd.DataFrame, asked: Collection[Unit] = ()) -> dict[Unit, str]:
    """Choose the units that a report shows: per layer the surest, a typical and the least sure.

    Sureness is stability, then margin, where stability was measured; else margin alone. The
    typical unit is the one in the middle. Dead units are not chosen.

    Parameters
    ----------
    labels
        ``labels.csv`` of one network.
    asked
        Further units; those that the network lacks belong to another and are left out.

    Returns
    -------
    dict
        Layer and unit to ``"surest"``, ``"typical"``, ``"least sure"`` or ``"asked for"``.
    """
    chosen: dict[Unit, str] = {}
    live = labels[labels["dead"] == 0]
    keys = [column for column in ("stability", "margin") if column in live] + ["unit"]
    for layer, rows in live.groupby("layer", sort=False):
        order = rows.sort_values(keys, ascending=False, kind="stable")["unit"].tolist()
        for rank, kind in ((0, "surest"), (len(order) // 2, "typical"), (-1, "least sure")):
            chosen.setdefault((str(layer), int(order[rank])), kind)
    known = set(zip(labels["layer"], labels["unit"], strict=True))
    return {unit: "asked for" for unit in asked if unit in known} | chosen


def overlay(
    image: npt.NDArray[np.uint8], weights: npt.NDArray[np.float32], *, low: float, high: float
) -> npt.NDArray[np.uint8]:
    """Lay an activation map over an image: bright where the unit responds, dark where not.

    Parameters
    ----------
    image
        uint8 (height, width, 3).
    weights
        float32 (height, width): the map, already at the image's size.
    low, high
        The ends of the unit's colour scale; equal ends give the dark end everywhere.

    Returns
    -------
    numpy.ndarray
        uint8 (height, width, 3).
    """
    span = high - low
    scaled = np.clip((weights - low) / span, 0, 1) if span > 0 else np.zeros_like(weights)
    colours = _scale()[np.rint(scaled * 255).astype(np.intp)]
    grey = image.mean(axis=2, keepdims=True)
    mixed = (1 - _STRENGTH) * grey + _STRENGTH * colours
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def tile(image: npt.NDArray[np.uint8], side: int = TILE) -> npt.NDArray[np.uint8]:
    """Return an image, uint8 (height, width, 3), made `side` pixels wide and high."""
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


@functools.cache
def _scale() -> npt.NDArray[np.float64]:
    """Return the 256 colours of the scale from dark to bright, (256, 3), 0 to 255."""
    return np.asarray(mpl.colormaps["inferno"](np.arange(256))[:, :3] * 255)


def strip(
    images: Sequence[npt.NDArray[np.uint8]], maps: Sequence[npt.NDArray[np.float32]]
) -> bytes:
    """Return one unit's card as JPEG: images in a row, below each the same image with its map.

    A unit without maps, of a layer that keeps nothing of the image's space, has the images alone.

    Parameters
    ----------
    images
        uint8 (side, side, 3) each, as the network saw them, strongest first.
    maps
        float32 (side, side) each, or none at all. One colour scale for all of them: from the
        smallest to the largest value on the card.
    """
    rows = [list(images)]
    if maps:
        low = min(float(weights.min()) for weights in maps)
        high = max(float(weights.max()) for weights in maps)
        pairs = zip(images, maps, strict=True)
        rows.append([overlay(image, weights, low=low, high=high) for image, weights in pairs])
    step = len(images[0]) + _GAP
    sheet = Image.new("RGB", (len(images) * step - _GAP, len(rows) * step - _GAP), "white")
    for row, pictures in enumerate(rows):
        for column, pixels in enumerate(pictures):
            sheet.paste(Image.fromarray(pixels), (column * step, row * step))
    data = io.BytesIO()
    sheet.save(data, "JPEG", quality=QUALITY)
    return data.getvalue()
