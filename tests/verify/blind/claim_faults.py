"""Faults in claims that are checked on their runs."""

import random

from tests.verify.blind.planting import (
    LAYERS,
    PAIRED,
    SETS,
    SIMILARITIES,
    Pair,
    Trial,
    family,
    kind,
    pick,
)
from tests.verify.blind.true_claims import SETTINGS, claim, claims_file, decimals, words_only


def size(rng: random.Random) -> int:
    """How many true claims stand beside the fault."""
    return rng.choice([8, 15, 25, 40, 55])


def trial(rng, pair, folder, faults, causes, note, **more) -> Trial:
    """The trial of faulty claims among true ones."""
    arguments = claims_file(rng, pair, folder, faults, size(rng))
    note = f"[{pair.name}] {note}"
    return Trial("", "", arguments, note, {1}, set(causes), **more)


def numbers(rng: random.Random, pair: Pair, kinds: tuple = (), layer=...) -> tuple:
    """A quantity drawn by chance: kind, network, layer, words."""
    name = rng.choice(kinds or (*SETS, "count", "count"))
    network = rng.choice(pair.names)
    where = rng.choice([*LAYERS, None]) if layer is ... else layer
    words = (rng.choice(pair.top(network, where, 12))[0],) if name == "count" else ()
    return name, network, where, words


def wrong(quantity: tuple, value) -> dict:
    """The claim that a quantity has this value."""
    name, network, layer, words = quantity
    more = {"concepts": list(words)} if words else {}
    return claim(name, None if name in PAIRED else network, layer, value=value, **more)


def settle(rng, pair, wanted: str, draw) -> tuple[dict, set[str], str]:
    """Draw until the wanted mistake alone gives the number, or accept what else gives it."""
    best = None
    for _ in range(300):
        quantity, value = draw()
        shown = str(value)
        found = pair.explained(*quantity, shown)
        if wanted not in found or abs(pair.number(*quantity) - float(shown)) < 1e-9:
            continue
        if best is None or len(found) < len(best[1]):
            best = (
                wrong(quantity, value),
                found,
                f"{quantity} {pair.number(*quantity)} -> {shown}",
            )
        if found == {wanted}:
            break
    if best is None:
        raise LookupError(wanted)
    one, found, note = best
    if one["kind"] == "count" and one["value"] < 8:
        found = found | {"unexplained"}  # a small count fits something by chance
    return one, found, note


def simple(rng, pair, folder, wanted, draw) -> Trial:
    """A trial of one wrong number."""
    one, found, note = settle(rng, pair, wanted, draw)
    return trial(rng, pair, folder, [one], found, note)


def far(pair: Pair, quantity: tuple, value: float) -> bool:
    """Whether a value is at least two away, or clearly another of a similarity."""
    return abs(pair.number(*quantity) - value) >= (2 if quantity[0] in {*SETS, "count"} else 0.002)


@kind("claims: names swapped, one number", 8)
def swap_number(rng, folder, i):
    pair = pick(i)

    def draw():
        quantity = numbers(rng, pair, ("unique", "only", "count"))
        name, network, layer, words = quantity
        value = pair.number(name, pair.other(network), layer, words)
        return quantity, value if far(pair, quantity, value) else pair.number(*quantity)

    return simple(rng, pair, folder, "names_swapped", draw)


@kind("claims: names swapped, a paragraph", 8)
def swap_paragraph(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(LAYERS)
    other = pair.other(network)
    faults = [claim("unique", network, layer, value=pair.number("unique", other, layer))]
    faults += [
        claim("count", network, layer, concepts=[word], value=count)
        for word, count in pair.top(other, layer, 6)
    ]
    faults.append(claim("top", network, layer, concepts=[w for w, _ in pair.top(other, layer, 5)]))
    note = f"{network} {layer} described by the other's numbers"
    return trial(rng, pair, folder, faults, {"names_swapped"}, note)


@kind("claims: names swapped, a figure", 10)
def swap_figure(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    bars = pair.top(pair.other(network), layer, rng.randint(8, 20))
    faults = [claim("count", network, layer, concepts=[word], value=count) for word, count in bars]
    note = f"{network} {layer}: {len(bars)} bars of the other"
    return trial(rng, pair, folder, faults, {"names_swapped"}, note)


@kind("claims: names swapped, Venn diagram", 6)
def swap_venn(rng, folder, i):
    pair = pick(i)
    layers = [
        x
        for x in [*LAYERS, None]
        if abs(pair.number("only", pair.names[0], x) - pair.number("only", pair.names[1], x)) > 1
    ]
    layer = rng.choice(layers)
    faults = [claim("shared", None, layer, value=pair.number("shared", pair.names[0], layer))]
    for network in pair.names:
        value = pair.number("only", pair.other(network), layer)
        faults.append(claim("only", network, layer, value=value))
    return trial(rng, pair, folder, faults, {"names_swapped"}, f"Venn of {layer} mirrored")


@kind("claims: names swapped throughout", 6)
def swap_all(rng, folder, i):
    pair = pick(i)
    faults = []
    for layer in [*LAYERS, None]:
        for network in pair.names:
            other = pair.other(network)
            faults += [
                claim(name, network, layer, value=pair.number(name, other, layer))
                for name in ("unique", "only")
            ]
            faults += [
                claim("count", network, layer, concepts=[word], value=count)
                for word, count in pair.top(other, layer, 5)
            ]
    return trial(
        rng, pair, folder, faults, {"names_swapped"}, "every number under the other's name"
    )


@kind("claims: series under the other's words", 10)
def series(rng, folder, i):
    pair = pick(i)
    for _ in range(50):
        network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
        k = rng.randint(8, 20)
        words = [word for word, _ in pair.top(pair.other(network), layer, k)]
        values = [value for _, value in pair.top(network, layer, k)]
        head = network if i % 2 else pair.other(network)
        true = pair.counts(head, layer)
        bars = [(w, v) for w, v in zip(words, values, strict=True)]
        if sum(true[word] != value for word, value in bars) >= 4:
            break
    faults = [claim("count", head, layer, concepts=[word], value=value) for word, value in bars]
    note = f"{len(bars)} counts of {network} under the other's words, headed {head}, {layer}"
    return trial(rng, pair, folder, faults, {"series_under_other_labels"}, note)


@kind("claims: sum over layers for union", 8)
def sums(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, _, _ = quantity = numbers(rng, pair, SETS, None)
        return quantity, sum(pair.number(name, network, layer) for layer in LAYERS)

    return simple(rng, pair, folder, "sum_instead_of_union", draw)


@kind("claims: one layer for all", 8)
def one_layer(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, _, words = quantity = numbers(rng, pair, (), None)
        return quantity, pair.number(name, network, rng.choice(LAYERS), words)

    return simple(rng, pair, folder, "one_layer_for_all", draw)


@kind("claims: another layer's number", 10)
def another_layer(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, layer, words = quantity = numbers(rng, pair, (), rng.choice(LAYERS))
        value = pair.number(name, network, rng.choice([x for x in LAYERS if x != layer]), words)
        return quantity, value if far(pair, quantity, value) else pair.number(*quantity)

    return simple(rng, pair, folder, "other_layer", draw)


@kind("claims: a paragraph of another layer", 5)
def layer_paragraph(rng, folder, i):
    pair = pick(i)
    network = rng.choice(pair.names)
    layer, source = rng.sample(LAYERS, 2)
    faults = [
        claim("unique", network, layer, value=pair.number("unique", network, source)),
        claim("only", network, layer, value=pair.number("only", network, source)),
    ]
    faults += [
        claim("count", network, layer, concepts=[word], value=count)
        for word, count in pair.top(network, source, 7)
    ]
    return trial(rng, pair, folder, faults, {"other_layer"}, f"{network} {layer}: {source}'s")


@kind("claims: total for one layer", 8)
def total(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, _, words = quantity = numbers(rng, pair, (), rng.choice(LAYERS))
        return quantity, pair.number(name, network, None, words)

    return simple(rng, pair, folder, "total_for_one_layer", draw)


@kind("claims: off by one, a count", 6)
def off_count(rng, folder, i):
    pair = pick(i)

    def draw():
        quantity = numbers(rng, pair)
        return quantity, pair.number(*quantity) + rng.choice([1, -1])

    one, found, note = settle(rng, pair, "off_by_one", draw)
    return trial(rng, pair, folder, [one], found, note)


@kind("claims: off by one, unit numbers", 6)
def off_unit(rng, folder, i):
    pair = pick(i)
    step = 1 if i % 2 else -1
    for _ in range(100):
        network, layer = rng.choice(pair.names), rng.choice(LAYERS)
        labels = dict(
            zip(*pair.rows(network, layer)[["unit", "description"]].T.values, strict=True)
        )
        units = rng.sample(range(2, len(labels) - 2), 5)
        if all(labels[u] != labels[u + step] for u in units):
            break
    faults = [claim("label", network, layer, unit=u, value=labels[u + step]) for u in units]
    return trial(
        rng, pair, folder, faults, {"off_by_one"}, f"{network} {layer} units {units} {step}"
    )


@kind("claims: impossible count", 6)
def impossible(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, layer, words = numbers(rng, pair, ("count", "unique", "only"))
        units = pair.number("units", network, layer)
        return (name, network, layer, words), units + rng.randint(2, 90)

    return simple(rng, pair, folder, "impossible_count", draw)


@kind("claims: wrong rounding", 8)
def rounding(rng, folder, i):
    pair = pick(i)

    def draw():
        quantity = numbers(rng, pair, ("jaccard", *SIMILARITIES))
        digits = rng.choice([2, 3, 4])
        right = float(decimals(pair.number(*quantity), digits))
        step = 10**-digits * (-1 if right > pair.number(*quantity) else 1)
        return quantity, decimals(right + step, digits)

    return simple(rng, pair, folder, "rounding", draw)


@kind("claims: percentage as fraction", 6)
def percent(rng, folder, i):
    pair = pick(i)

    def draw():
        quantity = numbers(rng, pair, ("jaccard",))
        value = pair.number(*quantity)
        return quantity, decimals(value * 100, 2) if rng.random() < 0.5 else decimals(
            value / 100, 4
        )

    one, found, note = settle(rng, pair, "percent_as_fraction", draw)
    if float(one["value"]) < 0.01:
        one["value"] = f"{float(one['value']) * 100:.4g} %"  # "0.28 %"
    return trial(rng, pair, folder, [one], found, note)


@kind("claims: other denominator", 8)
def denominator(rng, folder, i):
    pair = pick(i)
    network = rng.choice(pair.names)
    for _ in range(200):
        layer = rng.choice([*LAYERS, None])
        if i % 2:
            above, below = pair.number("shared", network, layer), ("union", "unique")
            more = {"of": "shared"}
        else:
            word, above = rng.choice(pair.top(network, layer, 6))
            below, more = ("units", "unique"), {"of": "count", "concepts": [word]}
        values = [100 * above / pair.number(name, network, layer) for name in below]
        theirs = 100 * above / pair.number(below[1], pair.other(network), layer)
        shown = f"{values[1]:.1f} %"
        if shown not in {f"{values[0]:.1f} %", f"{theirs:.1f} %"}:
            break
    one = claim("share", network, layer, denominator=below[0], value=shown, **more)
    note = f"{one} (true {values[0]:.2f})"
    return trial(rng, pair, folder, [one], {"other_denominator"}, note)


@kind("claims: other quantity", 8)
def other_quantity(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, layer, _ = quantity = numbers(rng, pair, SETS)
        value = pair.number(rng.choice([x for x in SETS if x != name]), network, layer)
        return quantity, value

    return simple(rng, pair, folder, "other_quantity", draw)


@kind("claims: mean of layers", 6)
def means(rng, folder, i):
    pair = pick(i)

    def draw():
        name, network, _, _ = quantity = numbers(rng, pair, ("jaccard", "mean_similarity"), None)
        value = sum(pair.number(name, network, layer) for layer in LAYERS) / 3
        shown = decimals(value, 4)
        return quantity, shown

    return simple(rng, pair, folder, "mean_of_layers", draw)


@kind("claims: plural forms added", 6)
def plurals(rng, folder, i):
    pair = pick(i)

    def draw():
        while True:
            network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
            counts = pair.counts(network, layer)
            both = [word for word in sorted(counts) if family(word) & set(counts)]
            if both:
                word = rng.choice(both)
                forms = (family(word) & set(counts)) | {word}
                return ("count", network, layer, (word,)), sum(counts[one] for one in forms)

    return simple(rng, pair, folder, "word_forms", draw)


def strictly(pair: Pair, quantity: str, network: str) -> str | None:
    """Whether a quantity rises or falls from layer to layer."""
    a, b, c = (pair.number(quantity, network, layer) for layer in LAYERS)
    return "rises" if a < b < c else "falls" if a > b > c else None


def with_network(quantity: str, network: str) -> str | None:
    """The network, where the quantity has one."""
    return None if quantity in PAIRED else network


@kind("claims: trend reversed", 6)
def trend(rng, folder, i):
    pair = pick(i)
    for _ in range(200):
        quantity, network = (
            rng.choice(["jaccard", *SETS, "mean_similarity"]),
            rng.choice(pair.names),
        )
        if way := strictly(pair, quantity, network):
            break
    value = "falls" if way == "rises" else "rises"
    one = claim("trend", with_network(quantity, network), quantity=quantity, value=value)
    return trial(rng, pair, folder, [one], {"reversed"}, f"{one}")


@kind("claims: extreme reversed", 6)
def extreme(rng, folder, i):
    pair = pick(i)
    quantity, network = rng.choice(["jaccard", *SETS, "mean_similarity"]), rng.choice(pair.names)
    values = {pair.number(quantity, network, layer): layer for layer in LAYERS}
    name = rng.choice(["highest", "lowest"])
    layer = values[min(values) if name == "highest" else max(values)]
    one = claim(name, with_network(quantity, network), quantity=quantity, value=layer)
    return trial(rng, pair, folder, [one], {"reversed"}, f"{one} of {values}")


def by_difference(pair: Pair, network: str, layer: str | None) -> dict[int, list[str]]:
    """Words by how many more units they label here than in the other network."""
    mine, theirs = pair.counts(network, layer), pair.counts(pair.other(network), layer)
    found: dict[int, list[str]] = {}
    for word in sorted(set(mine) | set(theirs)):
        found.setdefault(mine[word] - theirs[word], []).append(word)
    return found


@kind("claims: emphasis on a tie", 6)
def tie(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    counts = pair.counts(network, layer)
    word = max(by_difference(pair, network, layer)[0], key=lambda w: (counts[w], w))
    one = claim("emphasis", network, layer, concepts=[word])
    return trial(rng, pair, folder, [one], {"as_many"}, f"{one}, both {counts[word]}")


@kind("claims: emphasis reversed", 6)
def emphasis(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(["layer3", "layer4", None])
    least = by_difference(pair, network, layer)
    gap = min(least)
    one = claim("emphasis", network, layer, concepts=[rng.choice(least[gap])])
    return trial(rng, pair, folder, [one], {"reversed", "names_swapped"}, f"{one}: {gap}")


@kind("claims: more reversed", 6)
def more(rng, folder, i):
    pair = pick(i)
    for _ in range(100):
        network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
        quantity = rng.choice(["unique", "only", "mean_similarity"])
        mine = pair.number(quantity, network, layer)
        theirs = pair.number(quantity, pair.other(network), layer)
        if mine != theirs:
            break
    name = "more" if mine < theirs else "fewer"
    one = claim(name, network, layer, quantity=quantity, than=pair.other(network))
    note = f"{one}: {mine}, {theirs}"
    return trial(rng, pair, folder, [one], {"reversed", "names_swapped"}, note)


def elsewhere(pair: Pair, network: str, layer: str | None, word: str, *, there: bool) -> set[str]:
    """Where a word is (or is not), as mistakes; a single word fits something by chance."""
    found = {"unexplained"}
    other = pair.other(network)
    if (word in pair.counts(other, layer)) == there:
        found.add("names_swapped")
    rest = [one for one in LAYERS if one != layer]
    if layer and any((word in pair.counts(network, one)) == there for one in rest):
        found |= {"other_layer", "total_for_one_layer"}
    if not layer and any((word in pair.counts(network, one)) == there for one in rest):
        found.add("one_layer_for_all")
    if any((word in pair.counts(other, one)) == there for one in rest):
        found.add("other_network_and_layer")
    return found | ({"word_forms"} if family(word) & set(pair.counts(network, layer)) else set())


@kind("claims: absent word named present", 8)
def named_present(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    word = rng.choice(words_only(pair, pair.other(network), rng.choice([layer, None])))
    name = rng.choice(["present", "shared_concepts"])
    more = rng.sample(
        sorted(set(pair.counts(network, layer)) & set(pair.counts(pair.other(network), layer))),
        rng.choice([0, 2]),
    )
    one = claim(name, network, layer, concepts=[*more, word])
    found = elsewhere(pair, network, layer, word, there=True)
    return trial(rng, pair, folder, [one], found, f"{one}: {word}")


@kind("claims: present word denied", 8)
def denied(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    if i % 2:
        word = rng.choice(sorted(pair.counts(network, layer)))
        one = claim("absent", network, layer, concepts=[word])
    else:
        both = set(pair.counts(network, layer)) & set(pair.counts(pair.other(network), layer))
        word = rng.choice(sorted(both))
        one = claim("only_concepts", network, layer, concepts=[word])
    found = elsewhere(pair, network, layer, word, there=False) | {"reversed"}
    return trial(rng, pair, folder, [one], found, f"{one}")


@kind("claims: top list in the wrong order", 5)
def order(rng, folder, i):
    pair = pick(i)
    for _ in range(100):
        network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
        top = pair.top(network, layer, rng.randint(5, 10))
        words = [word for word, _ in top]
        at = [j for j in range(len(top) - 1) if top[j][1] != top[j + 1][1]]
        if at:
            break
    j = rng.choice(at)
    words[j], words[j + 1] = words[j + 1], words[j]
    one = claim("top", network, layer, concepts=words)
    return trial(rng, pair, folder, [one], {"unexplained", "reversed"}, f"{one}: {top}")


@kind("claims: top list with a foreign word", 5)
def foreign(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(["layer3", "layer4", None])
    words = [word for word, _ in pair.top(network, layer, 6)]
    word = rng.choice(words_only(pair, pair.other(network), layer))
    words[rng.randrange(6)] = word
    one = claim("top", network, layer, concepts=words)
    return trial(rng, pair, folder, [one], {"unexplained", "names_swapped"}, f"{one}: {word}")


@kind("claims: among the top, but is not", 6)
def among(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    counts, k = pair.counts(network, layer), rng.choice([3, 5, 10])
    least = pair.top(network, layer, k)[-1][1]
    below = sorted(word for word, count in counts.items() if count < least)
    if not below:
        layer, k, counts = None, 3, pair.counts(network, None)
        least = pair.top(network, None, 3)[-1][1]
        below = sorted(word for word, count in counts.items() if count < least)
    word, other = rng.choice(below), pair.other(network)
    one = claim("among_top", network, layer, concepts=[word], k=k)
    found = {"unexplained"}
    places = {"names_swapped": (other, layer)}
    places |= {f"other_layer {x}": (network, x) for x in LAYERS if layer and x != layer}
    places |= {f"one_layer_for_all {x}": (network, x) for x in LAYERS if not layer}
    places |= {f"other_network_and_layer {x}": (other, x) for x in LAYERS if x != layer}
    places |= {"total_for_one_layer": (network, None)} if layer else {}
    for cause, (who, where) in places.items():
        if pair.counts(who, where)[word] >= pair.top(who, where, k)[-1][1]:
            found.add(cause.split()[0])
    return trial(rng, pair, folder, [one], found, f"{one}")


@kind("claims: at least so many units, too high", 6)
def at_least(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    word, count = rng.choice(pair.top(network, layer, 8))
    value = count + rng.randint(1, 6)
    one = claim("at_least_units", network, layer, concepts=[word], value=value)
    found = {"unexplained"} | ({"off_by_one"} if value == count + 1 else set())
    if pair.counts(pair.other(network), layer)[word] >= value:
        found.add("names_swapped")
    if layer:
        if pair.counts(network, None)[word] >= value:
            found.add("total_for_one_layer")
        if any(pair.counts(network, x)[word] >= value for x in LAYERS):
            found.add("other_layer")
    if any(pair.counts(pair.other(network), x)[word] >= value for x in [*LAYERS, None]):
        found.add("other_network_and_layer")
    if value > pair.number("units", network, layer):
        found.add("impossible_count")
    if sum(pair.counts(network, layer)[w] for w in family(word) | {word}) >= value:
        found.add("word_forms")
    return trial(rng, pair, folder, [one], found, f"{one}, true {count}")


WRONG = {
    "probe": ["ImageNet validation set", "CIFAR-100"],
    "word_list": ["10,000 concepts", "3k"],
    "layers": ["layer1, layer2, layer3", "layer4, fc"],
    "architecture": ["ResNet50", "VGG16"],
    "encoder": ["CLIP ViT-B/32", "CLIP RN50"],
    "similarity_function": ["wpmi", "cos_similarity_cubed"],
}
SETTING_CAUSES = {
    "probe": "other_probe",
    "word_list": "other_concept_set",
    "layers": "wrong_layers",
    "architecture": "other_network",
    "encoder": "stated_settings",
    "similarity_function": "stated_settings",
}


@kind("claims: settings wrong", 12)
def settings(rng, folder, i):
    name = list(WRONG)[i % 6]
    pair = pick(i // 6 + i, "1 2")
    value = WRONG[name][i // 6]
    true = [claim(x, value=rng.choice(SETTINGS[x])) for x in SETTINGS if x != name]
    one = claim(name, rng.choice([None, *pair.names]), value=value)
    arguments = claims_file(rng, pair, folder, [one, *true], size(rng))
    causes = {"unexplained", SETTING_CAUSES[name]}
    return Trial("", "", arguments, f"[{pair.name}] {one}", {1}, causes)


@kind("claims: digits exchanged", 20)
def typo(rng, folder, i):
    pair = pick(i)
    for _ in range(2000):
        quantity = numbers(rng, pair, (*SETS, "count", "jaccard", "mean_similarity"))
        true = pair.number(*quantity)
        shown = decimals(true, 4) if isinstance(true, float) else str(true)
        whole = shown.removeprefix("0.")
        if len(whole) < 2:
            continue
        j = rng.randrange(len(whole) - 1)
        bent = whole[:j] + whole[j + 1] + whole[j] + whole[j + 2 :]
        if rng.random() < 0.4:
            bent = whole[:j] + str(rng.randrange(1, 10)) + whole[j + 1 :]
        value = ("0." if "." in shown else "") + bent
        if value != shown and not bent.startswith("0") and not pair.explained(*quantity, value):
            break
    one = wrong(quantity, value if "." in value else int(value))
    note = f"{quantity} {shown} -> {value}"
    causes = {"unexplained"} | ({"set_algebra"} if quantity[0] in {*SETS, "jaccard"} else set())
    return trial(rng, pair, folder, [one], causes, note, typo=True)


@kind("claims: similarity of the other network or layer", 6)
def similarity(rng, folder, i):
    pair = pick(i)
    cause = "names_swapped" if i % 2 else "other_layer"

    def draw():
        layer = rng.choice(LAYERS)
        name, network, _, _ = quantity = numbers(rng, pair, SIMILARITIES, layer)
        other = rng.choice([x for x in LAYERS if x != layer])
        place = (pair.other(network), layer) if i % 2 else (network, other)
        return quantity, decimals(pair.number(name, *place), 4)

    return simple(rng, pair, folder, cause, draw)


@kind("claims: similarity quantile or unit wrong", 8)
def quantile(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(LAYERS)
    rows = pair.rows(network, layer)
    if i % 2:
        share = rng.choice([0.1, 0.25, 0.75, 0.9])
        true = float(rows.similarity.quantile(share))
        more = {"quantile": share}
        name = "similarity_quantile"
    else:
        unit = rng.randrange(len(rows))
        true = float(rows[rows.unit == unit].similarity.item())
        more, name = {"unit": unit}, "similarity"
    value = decimals(true + rng.choice([-1, 1]) * rng.uniform(0.012, 0.03), 4)
    one = claim(name, network, layer, value=value, **more)
    found = {"unexplained"}
    return trial(rng, pair, folder, [one], found, f"{one}, true {true:.4f}", typo=True)


@kind("claims: a unit's label is another", 5)
def label(rng, folder, i):
    pair = pick(i)
    for _ in range(200):
        network, layer = rng.choice(pair.names), rng.choice(LAYERS)
        rows = pair.rows(network, layer).set_index("unit").description
        unit = rng.randrange(2, len(rows) - 2)
        word = rng.choice(sorted(set(rows)))
        near = {rows[unit - 1], rows[unit], rows[unit + 1]}
        others = [
            pair.rows(n, x).set_index("unit").description.get(unit)
            for n in pair.names
            for x in LAYERS
        ]
        if word not in near and word not in others and not family(word) & near:
            break
    one = claim("label", network, layer, unit=unit, value=word)
    return trial(rng, pair, folder, [one], {"unexplained"}, f"{one}, true {rows[unit]}", typo=True)


@kind("claims: so many of the wrong number of units", 4)
def of_units(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(LAYERS)
    word, count = rng.choice(pair.top(network, layer, 5))
    units = pair.number("units", network, layer)
    below = rng.choice([units - 12, units + 38])
    one = claim("count", network, layer, concepts=[word], value=f"{count} of {below}")
    causes = {"unexplained", "other_denominator"}
    return trial(rng, pair, folder, [one], causes, f"{one}")
