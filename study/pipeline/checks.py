"""What is refused before any work is done: settings, layers and units that fit no run."""

import torch

from study import similarity
from study.card_table import Unit
from study.errors import StudyError
from study.names import dotted
from study.pipeline.calibration import Calibration
from study.pipeline.inputs import Inputs


def check_top_k(inputs: Inputs, settings: dict[str, float]) -> None:
    """Refuse a probe with fewer images than a unit's label is made from."""
    images = len(inputs.probe)
    wanted = [settings["top_k"], *inputs.study.measures.sensitivity] if "top_k" in settings else []
    if max(wanted, default=0) > images:
        raise StudyError(
            f"expected a probe of at least top_k = {max(wanted)} images, found {images}: set a "
            "smaller top_k in [dissection.settings] (about 1 % of the probe)"
        )


def check_settings(inputs: Inputs, settings: dict[str, float]) -> None:
    """Refuse what the similarity function will refuse: it is tried on as many made-up images."""
    images = torch.ones(len(inputs.probe), 1)
    activations = torch.arange(2.0 * len(images)).view(-1, 2)
    function = similarity.SIMILARITY_FUNCTIONS[inputs.study.dissection.similarity]
    try:
        function(images, images[:1], activations, **settings)
    except StudyError as error:
        raise StudyError(f"[dissection.settings] {error}") from None


def check_layers(measured: Calibration) -> None:
    """Refuse layers of one unit where units are told apart by what they share."""
    lam = measured.settings.get("lam", 0)
    for network, layers in zip(measured.inputs.networks, measured.layer_units, strict=True):
        for layer, units in layers.items():
            if units == 1 and lam >= 1:
                raise StudyError(
                    f"{network.name}: {layer}: expected at least two units for lam = {lam:g} (one "
                    "unit shares everything with itself), found one: set lam below 1 in "
                    "[dissection.settings] or leave the layer out"
                )


def asked_units(measured: Calibration, texts: tuple[str, ...]) -> tuple[Unit, ...]:
    """Return the units that ``--units`` names; refuse one that no network has."""
    asked = {_parse_unit(text): text for text in texts}
    if asked and not measured.inputs.study.measures.cards:
        raise StudyError("--units: expected a study with cards, found cards = 0 in [measures]")
    known = measured.dissected_layers
    for (layer, unit), text in asked.items():
        if not any(unit < layers.get(layer, 0) for layers in known):
            have = {name: units for layers in known for name, units in layers.items()}
            listed = ", ".join(f"{name}:0 to {name}:{units - 1}" for name, units in have.items())
            raise StudyError(f"--units: expected a unit from {listed}, found {text!r}")
    return tuple(asked)


def _parse_unit(text: str) -> Unit:
    layer, _, number = text.rpartition(":")
    if not layer or not (number.isascii() and number.isdecimal()):
        raise StudyError(f"--units: expected LAYER:UNIT, e.g. layer4:17, found {text!r}")
    return dotted(layer), int(number)
