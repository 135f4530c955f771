"""Write what the units of one network respond to."""

from markupsafe import Markup

from study.report import decisions
from study.report.lookup import concepts, leaders
from study.report.node import Node
from study.report.pen import Pen

MANY = 3
"""The most labels that can lead a layer together and still be worth naming."""
_TREND = {
    "rises": "The mean similarity rises from layer to layer: {}.",
    "falls": "The mean similarity falls from layer to layer: {}.",
    "level": "The mean similarity is the same in every layer: {}.",
    "varies": "The mean similarity rises and falls from layer to layer: {}.",
}


def described(pen: Pen, network: Node) -> list[Markup]:
    """Write about one network of the results."""
    sentences = [_size(pen, network), _commonest(pen, network)]
    if len(network["layers"]) > 1:
        sentences += [rule(pen, network) for rule in (_everywhere, _variety, _similarity)]
    sentences.append(_dead(pen, network))
    if network.get("trusted"):
        text = "The name was kept on request although the files found with the table suggest "
        text += "another."
        sentences.append(pen.say(text))
    return [sentence for sentence in sentences if sentence]


def _size(pen: Pen, network: Node) -> Markup:
    return pen.say(
        "The {one[units]} dissected units of {one} carry {one[unique]} distinct labels; the mean "
        "similarity between a unit and its label is {one[mean_similarity]:share}.",
        one=network,
    )


def _commonest(pen: Pen, network: Node) -> Markup:
    led, leaderless = [], []
    for name, layer in network["layers"].items():
        leading = leaders(layer)
        if len(leading) > MANY:
            leaderless.append(name)
            continue
        words = pen.list(pen.t(concept) for concept, _ in leading)
        each = " each" if len(leading) > 1 else ""
        text = f"{{}} in {{}} ({{}} of {{}} units{each})"
        led.append(pen.say(text, words, pen.layer(name), leading[0][1], layer["units"]))
    sentences = []
    if led:
        sentences.append(pen.say("By layer, the most frequent labels are {}.", pen.list(led)))
    if leaderless:
        sentences.append(pen.say("No label stands out in {}.", pen.layers(leaderless)))
    return Markup(" ").join(sentences)


def _everywhere(pen: Pen, network: Node) -> Markup:
    """Name the most frequent labels that occur in every layer."""
    common = set.intersection(*(set(concepts(layer)) for layer in network["layers"]))
    entries = [entry for entry in network["top"] if entry.value[0] in common]
    if not entries:
        return pen.say("No label occurs in every layer.")
    words = pen.list(pen.t(entry[0]) for entry in entries[:5])
    if len(entries) == 1:
        return pen.say("The only label that occurs in every layer is {}.", words)
    verb = "include" if len(entries) > 5 else "are"
    return pen.say(f"The labels that occur in every layer {verb} {{}}.", words)


def _variety(pen: Pen, network: Node) -> Markup:
    layers = network["layers"]
    shares = {name: layer["unique"].value / layer["units"].value for name, layer in layers.items()}
    high, low = decisions.extremes(shares)
    if high == low:
        return pen.say("Every layer has the same number of distinct labels per unit.")

    def shown(names: list[str]) -> Markup:
        text = "{} ({layer[unique]} on {layer[units]} units)"
        return pen.list(pen.say(text, pen.layer(name), layer=layers[name]) for name in names)

    text = "Per unit, distinct labels are most numerous in {} and least numerous in {}."
    return pen.say(text, shown(high), shown(low))


def _similarity(pen: Pen, network: Node) -> Markup:
    means = {name: layer["mean_similarity"] for name, layer in network["layers"].items()}
    shown = [pen.say("{:share} in {}", mean, pen.layer(name)) for name, mean in means.items()]
    trend = decisions.direction([mean.value for mean in means.values()])
    return pen.say(_TREND[trend], pen.list(shown))


def _dead(pen: Pen, network: Node) -> Markup:
    dead = network.get("dead")
    if dead.value is None:
        return pen.say("The tables do not record dead units (units that respond to no image).")
    if dead.value == 0:
        return pen.say("There are no dead units: every unit responds to some image.")
    return pen.say(
        "{} of its units are dead (they respond to no image), so their labels are meaningless.",
        dead,
    )
