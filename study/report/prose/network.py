"""What one network's units respond to, in words."""

from markupsafe import Markup

from study.report import claims
from study.report.pen import Pen, say
from study.report.prose.places import layer, leaders, name

MANY = 3
"""The most labels that can lead a layer together and still be worth naming."""
_TREND = {
    "rises": "The mean similarity rises from layer to layer: {}.",
    "falls": "The mean similarity falls from layer to layer: {}.",
    "level": "The mean similarity is the same in every layer: {}.",
    "varies": "The mean similarity rises and falls from layer to layer: {}.",
}


def described(pen: Pen, key: str) -> list[Markup]:
    """Write about the network at a key of the results."""
    layers = list(pen.value(f"{key}.layers"))
    sentences = [_size(pen, key), _commonest(pen, key, layers), _everywhere(pen, key, layers)]
    if len(layers) > 1:
        sentences += [_variety(pen, key, layers), _similarity(pen, key, layers)]
    sentences.append(_dead(pen, key))
    if pen.get(f"{key}.trusted"):
        sentences.append(
            say("The name was kept on demand although the files beside the table speak against it.")
        )
    return [sentence for sentence in sentences if sentence]


def _size(pen: Pen, key: str) -> Markup:
    return say(
        "The {} dissected units of {} carry {} different concepts; the mean similarity between a "
        "unit and its label is {}.",
        pen.n(f"{key}.units"),
        name(pen, key),
        pen.n(f"{key}.unique"),
        pen.n(f"{key}.mean_similarity", "share"),
    )


def _commonest(pen: Pen, key: str, layers: list[str]) -> Markup:
    parts, without = [], []
    for one in layers:
        part = f"{key}.layers.{one}"
        first = leaders(pen, part)
        if len(first) > MANY:
            without.append(layer(pen, one))
            continue
        words = pen.list(pen.t(f"{part}.top.{place}.0") for place in first)
        each = Markup(" each") if len(first) > 1 else Markup("")
        parts.append(
            say(
                "{} in {} ({}{} of {} units)",
                words,
                layer(pen, one),
                pen.n(f"{part}.top.{first[0]}.1"),
                each,
                pen.n(f"{part}.units"),
            )
        )
    sentences = []
    if parts:
        sentences.append(say("By layer, the commonest labels are {}.", pen.list(parts)))
    if without:
        sentences.append(say("No label leads in {}.", pen.list(without)))
    return Markup(" ").join(sentences)


def _everywhere(pen: Pen, key: str, layers: list[str]) -> Markup:
    """Name the commonest labels that occur in every layer."""
    if len(layers) < 2:
        return Markup("")
    held = [{word for word, _ in pen.value(f"{key}.layers.{one}.top")} for one in layers]
    common = set.intersection(*held)
    places = [i for i, (word, _) in enumerate(pen.value(f"{key}.top")) if word in common]
    if not places:
        return say("No concept is a label in every layer.")
    words = [pen.t(f"{key}.top.{i}.0") for i in places[:5]]
    if len(places) > 5:
        return say("Among the labels that occur in every layer are {}.", pen.list(words))
    if len(places) > 1:
        return say("The labels that occur in every layer are {}.", pen.list(words))
    return say("The only label that occurs in every layer is {}.", *words)


def _variety(pen: Pen, key: str, layers: list[str]) -> Markup:
    parts = {one: pen.value(f"{key}.layers.{one}") for one in layers}
    shares = {one: part["unique"] / part["units"] for one, part in parts.items()}
    high, low = (claims.extremes(shares, largest=largest) for largest in (True, False))
    if high == low:
        return say("Every layer has as many different concepts per unit as the others.")

    def places(keys: list[str]) -> Markup:
        return pen.list(
            say(
                "{} ({} on {} units)",
                layer(pen, one),
                pen.n(f"{key}.layers.{one}.unique"),
                pen.n(f"{key}.layers.{one}.units"),
            )
            for one in keys
        )

    return say(
        "Per unit, there are most different concepts in {} and fewest in {}.",
        places(high),
        places(low),
    )


def _similarity(pen: Pen, key: str, layers: list[str]) -> Markup:
    means = [pen.value(f"{key}.layers.{one}.mean_similarity") for one in layers]
    shown = [
        say("{} in {}", pen.n(f"{key}.layers.{one}.mean_similarity", "share"), layer(pen, one))
        for one in layers
    ]
    return say(_TREND[claims.direction(means)], pen.list(shown))


def _dead(pen: Pen, key: str) -> Markup:
    dead = pen.get(f"{key}.dead")
    if dead is None:
        return say("How many units never respond (and so have no label to speak of) is not stated.")
    if dead == 0:
        return say("Every unit responds to some image.")
    return say(
        "{} of its units never respond to any image; their labels mean nothing.",
        pen.n(f"{key}.dead"),
    )
