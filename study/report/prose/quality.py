"""Write how stable and how correct the labels are, where that was measured."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import having, is_control, last_difference, pairs_of_compared, sides
from study.report.node import Node
from study.report.pen import Pen
from study.report.prose.categories import classes

MEASURES: Mapping[str, str] = {
    "pearson": "correlation of activation and truth",
    "auprc": "AUPRC",
    "precision": "precision on the top images",
    "excess": "excess precision",
}
_BASELINE_WORDS: Mapping[str, str] = {
    "both": "better than every baseline in {}",
    "others": "better than labels of other units, but not than the best constant concept, in {}",
    "neither": "not clearly better than the labels of other units in {}",
}
_CONTROL_WORDS: Mapping[str, str] = {
    decisions.ABOVE: "significantly better in {}",
    decisions.BELOW: "significantly worse in {}",
    decisions.WITHIN: "not significantly different in {}",
}


def quality(pen: Pen) -> dict[str, list[Markup]]:
    """Write about stability, truth, the known answer, and other settings."""
    return {part: [sentence for sentence in rule(pen) if sentence] for part, rule in _PARTS.items()}


def _stability(pen: Pen) -> list[Markup]:
    measured = having(pen, "stability")
    if not measured:
        return []
    shown = [pen.say("{:share} for {}", one["stability"]["overall"], one) for one in measured]
    covers = pen.say(
        "The probe was split at random into disjoint parts of equal size, again and again, and "
        "every unit labelled from each part. This shows how much labels depend on the images that "
        "happen to be in the probe; not on the kind of probe, the list of concepts, the encoder or "
        "the training run. A part is smaller than the probe, so labels from another probe of full "
        "size would agree a little more often."
    )
    average = "Averaged over units, the share of splits in which the parts agree on a label is {}."
    return [pen.say(average, pen.list(shown)), covers]


def _truth(pen: Pen) -> list[Markup]:
    judged = [network for network in having(pen, "truth") if not is_control(network)]
    pairs = [pair for pair in pairs_of_compared(pen) if is_control(sides(pen, pair)[1])]
    return [
        *(_against_baselines(pen, network) for network in judged),
        *(_sanity(pen, network) for network in judged),
        *(_against_control(pen, pair) for pair in pairs),
    ]


def _last_layer(measured: Node) -> tuple[str, Node]:
    """Return the last layer, by name: the only one about which anything is claimed."""
    return measured["layers"].items()[-1]


def _against_baselines(pen: Pen, network: Node) -> Markup:
    """Say which baselines the labels of the last layer beat, by each measure, unit by unit."""
    name, layer = _last_layer(network["truth"])
    verdicts: dict[str, str] = {}
    for measure in MEASURES:
        if gains := layer.get("gains", measure):
            others, constant = (
                decisions.sign(gains[baseline]) == decisions.ABOVE
                for baseline in ("others", "constant")
            )
            verdicts[measure] = "both" if others and constant else "others" if others else "neither"
    parts = _by_verdict(pen, layer, verdicts, _BASELINE_WORDS)
    if not parts:
        return Markup("")
    return pen.say("Labels of {} in {} are {}.", network, pen.layer(name), parts)


def _sanity(pen: Pen, network: Node) -> Markup:
    """Say which measures pass the tests of missing and extra labels on the last layer."""
    name, layer = _last_layer(network["truth"])
    passed = {
        measure: layer["sanity"][measure]["passes"].value
        for measure in MEASURES
        if layer.get("sanity", measure)
    }
    groups = [
        (text, [MEASURES[measure] for measure, passes in passed.items() if passes is verdict])
        for verdict, text in ((True, ("{} passes", "{} pass")), (False, ("{} fails", "{} fail")))
    ]
    parts = [
        pen.say(one if len(measures) == 1 else several, pen.list(map(pen.say, measures)))
        for (one, several), measures in groups
        if measures
    ]
    if not parts:
        return Markup("")
    text = "In the tests of missing and extra labels, on {} in {}, {}."
    return pen.say(text, network, pen.layer(name), Markup("; ").join(parts))


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
    level = pen.document["null"]["level"].value
    sentences = []
    for network in having(pen, "foretelling"):
        name, layer = _last_layer(network["foretelling"])
        if not layer:
            continue
        if not layer.get("chance"):
            text = "In {0}, {layer[right]} of the {layer[units]} labels of {1} are right, so there "
            text += "is nothing to predict."
            sentences.append(pen.say(text, pen.layer(name), network, layer=layer))
            continue
        skilled = layer["chance"]["p_adjusted"].value <= 1 - level
        verb = "predicts" if skilled else "does not significantly predict"
        text = (
            f"In {{}}, stability {verb} which labels of {{}} are right: AUPRC "
            "{layer[auprc]:share}, base rate {layer[base_rate]:share}; null "
            "{layer[chance][low]:share} to {layer[chance][high]:share} (adjusted p "
            "{layer[chance][p_adjusted]:p}). "
        )
        rival = layer["rivals"]["base_rate"]
        if rival.value is not None:
            text += "For comparison, the base rate of the label alone has an AUPRC of "
            text += "{layer[rivals][base_rate]:share}, the similarity one of "
            text += "{layer[rivals][similarity]:share}."
        sentences.append(pen.say(text.strip(), pen.layer(name), network, layer=layer))
    return sentences


def _sensitivity(pen: Pen) -> list[Markup]:
    measured = having(pen, "sensitivity")
    if not measured:
        return []
    parts = [
        (entry, network, layer, part["agreement"])
        for network in measured
        for entry in network["sensitivity"]
        for layer, part in entry["layers"].items()
        if part["agreement"].value is not None
    ]
    agreements = {number: part[-1].value for number, part in enumerate(parts)}
    said = []
    if agreements:
        shown = []
        for numbers in decisions.extremes(agreements)[::-1]:
            entry, network, layer, agreement = parts[numbers[0]]
            text = "{:tenths} ({} in {}, {entry[setting]} = {entry[value]})"
            shown.append(pen.say(text, agreement, network, pen.layer(layer), entry=entry))
        text = "With a setting changed, from {} to {} of the labels stay the same: labels depend "
        said.append(pen.say(text + "on the settings of the method.", *shown))
    text = (
        "Precision is that of the new labels on the images that gave them, and beside it that of "
        "the study's labels on the same images."
    )
    return [*said, pen.say(text)]


_PARTS: Mapping[str, Callable[[Pen], list[Markup]]] = {
    "stability": _stability,
    "truth": _truth,
    "foretelling": _prediction,
    "classes": classes,
    "sensitivity": _sensitivity,
}
