"""Write what the units of one network respond to."""

from markupsafe import Markup

from study.report.lookup import concepts, leaders
from study.report.node import Node
from study.report.pen import ELSEWHERE, Pen

MANY = 3
"""The most labels that can lead a layer together and still be worth naming."""


def described(pen: Pen, network: Node) -> list[Markup]:
    """Write about one network of the results."""
    sentences = [_size(pen, network), _commonest(pen, network)]
    if len(network["layers"]) > 1:
        sentences += [rule(pen, network) for rule in (_everywhere, _variety)]
    sentences += [_dead(pen, network), _reading(pen, network)]
    if network.get("trusted"):
        text = "The name was kept on request although the files found with the table suggest "
        text += "another."
        sentences.append(pen.say(text))
    return [sentence for sentence in sentences if sentence]


def _size(pen: Pen, network: Node) -> Markup:
    text = (
        "The {one[units]} dissected units of {one} carry {one[unique]} distinct labels, dead ones "
    )
    text += "left out; "
    if network["mean_similarity"].value is not None:
        text += "the mean similarity of a unit and its label is {one[mean_similarity]:share}."
    elif network["similarity"].get("histogram"):
        text += "no unit is left that has a similarity."
    else:
        text += "the table holds no similarities, so none is printed."
    return pen.say(text, one=network)


def _reading(pen: Pen, network: Node) -> Markup:
    """Say how a table of another tool was read, and that it holds a sample of the units."""
    entries = pen.document.get("manifest", "report", "reading") or ()
    own = [entry for entry in entries if entry["network"].value == network["name"].value]
    notes = [pen.t(note, 200) for entry in own for note in entry["notes"]]
    said = [pen.say("Of the table it is to be known: {}.", pen.list(notes))] if notes else []
    gaps = [
        pen.say("{} in {}", count, pen.layer(name))
        for name, count in (network.get("missing_units") or Node({})).items()
    ]
    if gaps:
        text = (
            "The units' numbers leave gaps, so these units are taken as a sample of the layer: of "
            "the numbers up to the largest, {} are missing. Counts of distinct labels and overlaps "
            "hold for the units in the table alone."
        )
        said.append(pen.say(text, pen.list(gaps)))
    return Markup(" ").join(said)


def significant(pen: Pen, network: Node) -> Markup:
    """Say how many units have a label that random images would not reach."""
    entry = network.get("unit_tests", "overall")
    if not entry:
        return Markup("")
    text = "{entry[count]} of the {entry[tested]} units of {one}"
    return pen.say(text, entry=entry, one=network)


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
        sentences.append(
            pen.say("By layer, the most frequent labels are {}.", pen.some(led, rest=ELSEWHERE))
        )
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
    """State distinct labels at equal numbers of units: per unit they fall with the width alone."""
    entry = network["rarefied"]
    known = {
        name: layer["unique"]
        for name, layer in entry["layers"].items()
        if layer["unique"].value is not None
    }
    if len(known) < len(network["layers"]) or not known:
        return Markup("")
    shown = [pen.say("{:decimal} in {}", count, pen.layer(name)) for name, count in known.items()]
    text = "Among {} units drawn at random from a layer, {} distinct labels are to be expected."
    return pen.say(text, entry["units"], pen.some(shown, rest="the others as in the table"))


def _dead(pen: Pen, network: Node) -> Markup:
    dead = network.get("dead")
    if dead.value is None:
        return pen.say("The tables do not record dead units (units that respond to no image).")
    if dead.value == 0:
        return pen.say("There are no dead units: every unit responds to some image.")
    return pen.say(
        "{} of its units are dead (they respond to no image): their labels mean nothing and are "
        "counted nowhere. With them there would be {} distinct labels.",
        dead,
        network["as_published"]["unique"],
    )
