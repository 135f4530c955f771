"""Write how stable and how correct the labels are, where that was measured."""

from collections.abc import Callable, Mapping

import numpy as np
from markupsafe import Markup

from study.comparison.statistics import holm
from study.report import decisions
from study.report.lookup import having, is_control, last_difference, pairs_of_compared, sides
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.categories import categories, classes

MEASURES: Mapping[str, str] = {
    "precision": "share of top images that show the label",
    "pearson": "correlation of activation and truth",
    "auprc": "AUPRC",
}
_BASELINES = ("shuffled", "constant")
_BASELINE_WORDS: Mapping[str, str] = {
    decisions.ABOVE: "better than every baseline in {}",
    decisions.WITHIN: "not clearly better than every baseline in {}",
}
_CONTROL_WORDS: Mapping[str, str] = {
    decisions.ABOVE: "significantly better in {}",
    decisions.BELOW: "significantly worse in {}",
    decisions.WITHIN: "not significantly different in {}",
}


def quality(pen: Pen) -> dict[str, list[Markup]]:
    """Write about stability, truth, categories, the known answer, and other settings."""
    return {part: [sentence for sentence in rule(pen) if sentence] for part, rule in _PARTS.items()}


def _stability(pen: Pen) -> list[Markup]:
    measured = having(pen, "stability")
    if not measured:
        return []
    shown = [pen.say("{:share} for {}", one["stability"]["overall"], one) for one in measured]
    covers = pen.say(
        "The probe was resampled and every unit relabelled. This shows how much labels depend on "
        "the images that happen to be in the probe, not on the kind of probe, the list of "
        "concepts, the encoder or the training run."
    )
    average = "Averaged over units, the share of resamples that reproduce a label is {}."
    return [pen.say(average, pen.list(shown)), covers]


def _truth(pen: Pen) -> list[Markup]:
    judged = [network for network in having(pen, "truth") if not is_control(network)]
    pairs = [pair for pair in pairs_of_compared(pen) if is_control(sides(pen, pair)[1])]
    return [
        *(_against_baselines(pen, network) for network in judged),
        *(_against_control(pen, pair) for pair in pairs),
    ]


def _last_layer(measured: Node) -> tuple[str, Node]:
    """Return the last layer, by name: the only one about which anything is claimed."""
    return measured["layers"].items()[-1]


def _against_baselines(pen: Pen, network: Node) -> Markup:
    """Say by which measures the labels of the last layer do better than each baseline."""
    name, layer = _last_layer(network["truth"])
    verdicts = {}
    for measure in MEASURES:
        if estimate := layer.get(measure):
            baselines = [layer.get(f"{measure}_{baseline}") for baseline in _BASELINES]
            beaten = all(decisions.apart(estimate, one) == decisions.ABOVE for one in baselines)
            verdicts[measure] = decisions.ABOVE if beaten else decisions.WITHIN
    parts = _by_verdict(pen, layer, verdicts, _BASELINE_WORDS)
    if not parts:
        return Markup("")
    return pen.say("Labels of {} in {} are {}.", network, pen.layer(name), parts)


def _against_control(pen: Pen, pair: Node) -> Markup:
    """Say by which measures labels are better than those of a control, in the last layer."""
    last = last_difference(pair, "truth")
    if last is None:
        return Markup("")
    name, differences = last
    verdicts = {
        measure: decisions.sign(difference)
        for measure in MEASURES
        if (difference := differences.get(measure))
    }
    parts = _by_verdict(pen, differences, verdicts, _CONTROL_WORDS)
    if not parts:
        return Markup("")
    a, b = sides(pen, pair)
    text = "Labels of {} compared with those of the control {}, in {}: {}."
    return pen.say(text, a, b, pen.layer(name), parts)


def _by_verdict(
    pen: Pen, estimates: Node, verdicts: Mapping[str, str], words: Mapping[str, str]
) -> Markup:
    """Write the measures with their estimates, those of one verdict together."""

    def shown(measure: str) -> Markup:
        return pen.say("{} ({:share})", MEASURES[measure], estimates[measure])

    groups = decisions.grouped(verdicts, words)
    return Markup("; ").join(pen.say(text, pen.list(map(shown, names))) for text, names in groups)


def _prediction(pen: Pen) -> list[Markup]:
    """Say for each network whether stability predicts right labels in the last layer."""
    last = {one: _last_layer(one["foretelling"]) for one in having(pen, "foretelling")}
    last = {network: (name, layer) for network, (name, layer) in last.items() if layer}
    tested = {network: layer for network, (_, layer) in last.items() if layer.get("chance")}
    p = holm(np.array([layer["chance"]["p"].value for layer in tested.values()]))
    level = pen.document["null"]["level"].value
    skilled = [one for one, value in zip(tested, p.tolist(), strict=True) if value <= 1 - level]
    sentences = []
    for network, (name, layer) in last.items():
        verb = "predicts" if network in skilled else "does not significantly predict"
        text = (
            f"In {{}}, stability {verb} which labels of {{}} are right: AUPRC "
            "{layer[auprc]:share}, base rate {layer[base_rate]:share}; null "
            "{layer[chance][low]:share} to {layer[chance][high]:share} (p {layer[chance][p]:p}, "
            "unadjusted)."
        )
        if network not in tested:
            text = "In {0}, {layer[right]} of the {layer[units]} labels of {1} are right, so there "
            text += "is nothing to predict."
        sentences.append(pen.say(text, pen.layer(name), network, layer=layer))
    return sentences


def _sensitivity(pen: Pen) -> list[Markup]:
    if not having(pen, "sensitivity"):
        return []
    text = "The labels depend on settings of the method; the table shows how many stay the same "
    return [pen.say(text + "when a setting is changed.")]


_PARTS: Mapping[str, Callable[[Pen], list[Markup]]] = {
    "stability": _stability,
    "truth": _truth,
    "foretelling": _prediction,
    "categories": categories,
    "classes": classes,
    "sensitivity": _sensitivity,
}
