"""Checks before any work: settings, layers and units that no run could use are refused."""

from collections.abc import Sequence

import torch

from study import similarity
from study.comparison.conditions import GEOMETRY
from study.comparison.pairing import paired
from study.dissection.card_table import Unit
from study.dissection.provenance import dotted
from study.errors import StudyError
from study.models.networks import Network
from study.pipeline.opening import Inputs


def check_fit(inputs: Inputs) -> None:
    """Refuse settings that do not fit the probe or the networks.

    Raises
    ------
    StudyError
        If a label would need more images than the probe has, the similarity function refuses its
        settings, or a layer has too few units for them.
    """
    _check_top_k(inputs)
    _check_settings(inputs)
    _check_layers(inputs)


def check_compared(networks: Sequence[Network]) -> None:
    """Refuse networks of one architecture that see another part of each image.

    Raises
    ------
    StudyError
        Naming what differs. Networks of the same weights may differ: they are states of one.
    """
    for a, b in paired(networks):
        seen = [network.preprocessing.to_json() for network in (a, b)]
        other = [key for key in GEOMETRY if seen[0].get(key) != seen[1].get(key)]
        if a.architecture == b.architecture and a.sha256 != b.sha256 and other:
            raise StudyError(
                f"{a.name} and {b.name} are both {a.architecture}, but would see the images "
                f"differently ({other[0]} {seen[0].get(other[0])} and {seen[1].get(other[0])}), "
                "so their labels could not be compared: set the same preprocessing, or add "
                "--allow-different-inputs"
            )


def _check_top_k(inputs: Inputs) -> None:
    images = len(inputs.probe)
    most = max(inputs.top_k or 0, *inputs.measures.sensitivity, 0)
    own = inputs.top_k == most
    where = (
        'top_k in [dissection.settings] (in Python: settings={"top_k": …})'
        if own
        else "number in [measures] sensitivity"
    )
    if inputs.top_k is not None and most > images:
        raise StudyError(
            f"expected a probe of at least top_k = {most} images, found {images}: set a smaller "
            f"{where} (about 1 % of the probe)"
        )


def _check_settings(inputs: Inputs) -> None:
    """Try the similarity function on as many made-up images as the probe has."""
    images = torch.ones(len(inputs.probe), 1)
    activations = torch.arange(2.0 * len(images)).view(-1, 2)
    function = similarity.SIMILARITY_FUNCTIONS[inputs.dissection.similarity]
    try:
        function(images, images[:1], activations, **inputs.dissection.settings)
    except StudyError as error:
        raise StudyError(f"[dissection.settings] {error}") from None


def _check_layers(inputs: Inputs) -> None:
    """Refuse layers of one unit where the score subtracts what all units share."""
    lam = inputs.dissection.settings.get("lam", 0)
    for network in inputs.networks:
        for layer, units in network.units.items():
            if units == 1 and lam >= 1:
                raise StudyError(
                    f"{network.name}: {layer}: expected at least two units for lam = {lam:g} (one "
                    "unit shares everything with itself), found one: set lam below 1 in "
                    "[dissection.settings] or leave the layer out"
                )


def asked_units(inputs: Inputs, texts: Sequence[str]) -> tuple[Unit, ...]:
    """Return the units that ``--units`` names.

    Raises
    ------
    StudyError
        If no network has such a unit, or the study draws no cards.
    """
    asked = {_parse_unit(text): text for text in texts}
    if asked and not inputs.measures.cards:
        raise StudyError("--units needs a study with cards, but [measures] has cards = 0")
    widths: dict[str, int] = {}
    for network in inputs.networks:
        for layer in network.dissected:
            widths[layer] = max(widths.get(layer, 0), network.units[layer])
    for (layer, unit), text in asked.items():
        if unit >= widths.get(layer, 0):
            choices = ", ".join(f"{name}:0 to {name}:{n - 1}" for name, n in widths.items())
            raise StudyError(f"--units: no network has the unit {text!r}; there are {choices}")
    return tuple(asked)


def _parse_unit(text: str) -> Unit:
    layer, _, number = text.rpartition(":")
    if not layer or not (number.isascii() and number.isdecimal()):
        raise StudyError(f"--units: expected LAYER:UNIT, e.g. layer4:17, found {text!r}")
    return dotted(layer), int(number)
