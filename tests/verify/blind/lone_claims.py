"""Claims without runs, claims about reruns, and honest claims."""
# ruff: noqa: B023 - each function is called before the next turn of its loop

import random

import numpy as np

from tests.verify.blind.claim_faults import numbers, size, strictly, with_network, wrong
from tests.verify.blind.planting import (
    LAYERS,
    PAIRED,
    SETS,
    SIMILARITIES,
    WORDS,
    Pair,
    Trial,
    kind,
    pick,
    vocabulary,
    word_list,
    write_runs,
)
from tests.verify.blind.true_claims import (
    SETTINGS,
    claim,
    claims_file,
    decimals,
    true_claims,
    written,
)


def alone(rng, pair, folder, faults, causes, note, *more, title="A report", number=None) -> Trial:
    """A trial without runs."""
    kept = [one for one in faults if one]
    arguments = claims_file(rng, pair, folder, kept, number or size(rng), runs=False, title=title)
    return Trial("", "", [*arguments, *more], f"[{pair.name}] {note}", {1}, set(causes))


@kind("alone: sum for union", 4)
def lone_sum(rng, folder, i):
    pair = pick(i)
    network = rng.choice(pair.names)
    values = [pair.number("unique", network, layer) for layer in LAYERS]
    faults = [claim("unique", network, x, value=v) for x, v in zip(LAYERS, values, strict=True)]
    faults.append(claim("unique", network, None, value=sum(values)))
    note = f"{network} {values}, all {sum(values)}"
    return alone(rng, pair, folder, faults, {"sum_instead_of_union"}, note, number=8)


@kind("alone: more labels than units", 4)
def lone_impossible(rng, folder, i):
    pair = pick(i, "1 2")
    network, layer = rng.choice(pair.names), rng.choice(LAYERS)
    units = pair.number("units", network, layer)
    one = claim("unique", network, layer, value=units + rng.randint(3, 60))
    setting = claim("architecture", value="ResNet18") if i % 2 else None
    title = "A report" if i % 2 else "ResNet18 on ImageNet and Places365"
    faults = [one, setting]
    return alone(rng, pair, folder, faults, {"impossible_count"}, f"{one}", title=title, number=10)


@kind("alone: word outside the list", 4)
def lone_word(rng, folder, i):
    pair = pick(i, "1 2")
    word = ["purple giraffe", "zigzaggedness", "crocodile skin pattern", "bathroomish"][i % 4]
    assert word not in word_list("20k")
    one = claim("present", rng.choice(pair.names), rng.choice(LAYERS), concepts=[word])
    more = ("--concepts", str(WORDS["20k"]))
    causes = {"not_in_concept_set", "other_concept_set", "unexplained"}
    return alone(rng, pair, folder, [one], causes, f"{one}", *more)


@kind("alone: one word with two counts", 4)
def lone_twice(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice(LAYERS)
    word, count = rng.choice(pair.top(network, layer, 5))
    faults = [
        claim("count", network, layer, concepts=[word], value=value)
        for value in (count, count + rng.choice([2, 3, 5]))
    ]
    return alone(rng, pair, folder, faults, {"set_algebra"}, f"{faults}")


@kind("alone: Venn diagram mirrored", 4)
def lone_venn(rng, folder, i):
    pair = pick(i)
    layer = rng.choice(
        [x for x in [*LAYERS, None] if len({pair.number("only", n, x) for n in pair.names}) == 2]
    )
    faults = [claim("shared", None, layer, value=pair.number("shared", pair.names[0], layer))]
    for network in pair.names:
        faults.append(claim("unique", network, layer, value=pair.number("unique", network, layer)))
        value = pair.number("only", pair.other(network), layer)
        faults.append(claim("only", network, layer, value=value))
    return alone(rng, pair, folder, faults, {"names_swapped"}, f"Venn of {layer} mirrored")


@kind("alone: highest against own numbers", 4)
def lone_highest(rng, folder, i):
    pair = pick(i)
    values = {pair.number("jaccard", pair.names[0], layer): layer for layer in LAYERS}
    faults = [claim("jaccard", None, x, value=decimals(v, 4)) for v, x in values.items()]
    name = rng.choice(["highest", "lowest"])
    end = min(values) if name == "highest" else max(values)
    faults.append(claim(name, quantity="jaccard", value=values[end]))
    return alone(rng, pair, folder, faults, {"reversed"}, f"{name} in {values[end]} of {values}")


@kind("alone: more against own numbers", 4)
def lone_more(rng, folder, i):
    pair = pick(i)
    layer = rng.choice(
        [x for x in [*LAYERS, None] if len({pair.number("unique", n, x) for n in pair.names}) == 2]
    )
    faults = [claim("unique", n, layer, value=pair.number("unique", n, layer)) for n in pair.names]
    network = min(pair.names, key=lambda n: pair.number("unique", n, layer))
    faults.append(claim("more", network, layer, quantity="unique", than=pair.other(network)))
    causes = {"reversed", "names_swapped"}
    return alone(rng, pair, folder, faults, causes, f"{network} more in {layer}")


@kind("alone: set algebra", 6)
def lone_algebra(rng, folder, i):
    pair = pick(i)
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    values = {name: pair.number(name, network, layer) for name in (*SETS, "jaccard")}
    step = rng.choice([-7, 5, 9])
    if i % 2:
        kinds = ["only", "shared", "unique"]
        values["only"] += step
    else:
        kinds = ["shared", "union", "jaccard"]
        values["jaccard"] += 0.021 * (1 if step > 0 else -1)
    faults = [
        claim(
            name,
            None if name in PAIRED else network,
            layer,
            value=decimals(values[name], 3) if name == "jaccard" else values[name],
        )
        for name in kinds
    ]
    return alone(rng, pair, folder, faults, {"set_algebra"}, f"{faults}")


# Reruns ------------------------------------------------------------------------------------------


def jittered(rng: random.Random, pair: Pair, claims: list[dict]) -> dict:
    """Tables as an honest rerun gives them: the claims stay within GRADING.md's tolerances."""
    for _ in range(200):
        tables = {}
        for network, table in pair.tables.items():
            made = table.copy()
            noise = np.random.default_rng(rng.randrange(2**32)).normal(0, 1e-4, len(made))
            made["similarity"] = (made.similarity + noise).round(7)
            for at in rng.sample(range(len(made)), round(len(made) * rng.uniform(0.003, 0.005))):
                words = sorted(set(made.description[made.layer == made.layer[at]]))
                made.loc[at, "description"] = rng.choice(words)
            tables[network] = made
        again = Pair(pair.name, pair.names, tables)
        if all(tolerated(pair, again, one) for one in claims):
            return tables
    raise LookupError("no rerun within the tolerances")


MAY = {"unique": 2, "only": 4, "shared": 2, "union": 6, "count": 1, "jaccard": 0.0055}


def tolerated(pair: Pair, again: Pair, one: dict) -> bool:
    """Whether the true numbers of a claim's quantity differ by no more than allowed."""
    name = one["kind"]
    if name not in {*MAY, *SIMILARITIES}:
        return name not in {"top", "among_top", "label", "more", "fewer", "as_many", "present"}
    place = (one.get("network", pair.names[0]), one.get("layer"), tuple(one.get("concepts", ())))
    return abs(pair.number(name, *place) - again.number(name, *place)) <= MAY.get(name, 0.001)


def steady(rng, pair, number, faults) -> list[dict]:
    """True claims of kinds whose tolerance is stated."""
    names = {*MAY, *SIMILARITIES, "absent"}
    return [x for x in true_claims(rng, pair, number * 2, faults) if x["kind"] in names]


def rerun(rng, pair, folder, faults, causes, note) -> Trial:
    """Faulty claims under --rerun."""
    true = steady(rng, pair, size(rng), faults)
    tables = jittered(rng, pair, true)
    again = Pair(pair.name, pair.names, tables)
    (folder / "claims.toml").write_text(written([*true, *faults], short=rng.random() < 0.5))
    arguments = ["claims", str(folder / "claims.toml"), "--rerun", "--runs"]
    arguments += write_runs(pair, folder, tables=tables)
    wanted = set(causes)
    if len(faults) == 1 and faults[0]["kind"] in MAY:
        one = faults[0]
        place = (one.get("network", pair.names[0]), one.get("layer"))
        words = tuple(one.get("concepts", ()))
        found = again.explained(one["kind"], *place, words, str(one["value"]))
        wanted |= found or {"unexplained"}
    return Trial("", "", arguments, f"[{pair.name}] {note}", {1}, wanted)


@kind("rerun: one number", 9)
def rerun_number(rng, folder, i):
    pair = pick(i)
    wanted = ["names_swapped", "sum_instead_of_union", "one_layer_for_all", "other_layer"][i % 4]
    for _ in range(500):
        layer = (
            None if wanted in {"sum_instead_of_union", "one_layer_for_all"} else rng.choice(LAYERS)
        )
        name, network, layer, _words = quantity = numbers(rng, pair, ("unique", "only"), layer)
        value = {
            "names_swapped": lambda: pair.number(name, pair.other(network), layer),
            "sum_instead_of_union": lambda: sum(pair.number(name, network, x) for x in LAYERS),
            "one_layer_for_all": lambda: pair.number(name, network, "layer4"),
            "other_layer": lambda: pair.number(name, network, rng.choice(LAYERS)),
        }[wanted]()
        if abs(value - pair.number(*quantity)) > MAY[name] * 2 + 1:
            break
    note = f"{wanted} {quantity} {pair.number(*quantity)} -> {value}"
    return rerun(rng, pair, folder, [wrong(quantity, value)], {wanted}, note)


@kind("rerun: a figure of the other", 5)
def rerun_figure(rng, folder, i):
    pair = pick(i, "1 2")
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, None])
    bars = pair.top(pair.other(network), layer, rng.randint(8, 16))
    faults = [claim("count", network, layer, concepts=[word], value=count) for word, count in bars]
    note = f"{network} {layer}: the other's bars"
    return rerun(rng, pair, folder, faults, {"names_swapped"}, note)


@kind("rerun: series under the other's words", 4)
def rerun_series(rng, folder, i):
    pair = pick(i, "1 2")
    network, layer = rng.choice(pair.names), rng.choice(["layer2", "layer4", None])
    words = [word for word, _ in pair.top(pair.other(network), layer, 12)]
    values = [value for _, value in pair.top(network, layer, 12)]
    faults = [
        claim("count", network, layer, concepts=[word], value=value)
        for word, value in zip(words, values, strict=True)
    ]
    causes = {"series_under_other_labels"}
    return rerun(rng, pair, folder, faults, causes, f"{network} {layer}")


@kind("rerun: trend or extreme reversed", 4)
def rerun_trend(rng, folder, i):
    pair = pick(i, "1 2")
    network = rng.choice(pair.names)
    quantity = rng.choice(["jaccard", "unique", "shared", "union"])
    way = strictly(pair, quantity, network)
    if i % 2 and way:
        one = claim(
            "trend",
            with_network(quantity, network),
            quantity=quantity,
            value="falls" if way == "rises" else "rises",
        )
    else:
        values = {pair.number(quantity, network, layer): layer for layer in LAYERS}
        one = claim(
            "highest", with_network(quantity, network), quantity=quantity, value=values[min(values)]
        )
    return rerun(rng, pair, folder, [one], {"reversed"}, f"{one}")


@kind("honest: claims under --rerun", 14, honest=True)
def honest_rerun(rng, folder, i):
    pair = pick(i, "1 2")
    true = steady(rng, pair, size(rng), [])
    tables = jittered(rng, pair, true)
    (folder / "claims.toml").write_text(written(true, short=bool(i % 2)))
    arguments = ["claims", str(folder / "claims.toml"), "--rerun", "--runs"]
    arguments += write_runs(pair, folder, tables=tables)
    return Trial("", "", arguments, f"[{pair.name}] {len(true)} claims", {0, 3})


# Honest claims -----------------------------------------------------------------------------------


@kind("honest: true claims", 18, honest=True)
def honest_claims(rng, folder, i):
    pair = pick(i)
    arguments = claims_file(rng, pair, folder, [], size(rng))
    return Trial("", "", arguments, f"[{pair.name}]", {0})


def vaguely(rng: random.Random, value: int) -> str | int:
    """A count in words that leave room."""
    about = max(1, int(value * 0.04))
    return rng.choice(
        [
            f"around {value + rng.randint(-about, about) if value > 30 else value}",
            f"~{value}",
            f"about {value}",
            f"over {value - 1}",
            f"at least {value}",
            f"under {value + 1}",
            f"up to {value}",
            f"nearly {value + about if value > 30 else value}",
        ]
    )


@kind("honest: about, over, nearly", 9, honest=True)
def honest_vague(rng, folder, i):
    pair = pick(i)
    true = true_claims(rng, pair, 30)
    for one in true:
        if one["kind"] in {*SETS, "count"}:
            one["value"] = vaguely(rng, one["value"])
    (folder / "claims.toml").write_text(written(true, short=bool(i % 2)))
    arguments = ["claims", str(folder / "claims.toml"), "--runs", *write_runs(pair, folder)]
    return Trial("", "", arguments, f"[{pair.name}]", {0})


@kind("honest: words in other case and spacing", 6, honest=True)
def honest_case(rng, folder, i):
    pair = pick(i)
    true = true_claims(rng, pair, 30)
    known = vocabulary(pair)
    for one in true:
        if one["kind"] != "label" and "concepts" in one:
            change = rng.choice([str.upper, str.title, lambda w: w.replace(" ", "_")])
            one["concepts"] = [w if change(w) in known else change(w) for w in one["concepts"]]
    (folder / "claims.toml").write_text(written(true, short=bool(i % 2)))
    arguments = ["claims", str(folder / "claims.toml"), "--runs", *write_runs(pair, folder)]
    return Trial("", "", arguments, f"[{pair.name}]", {0})


@kind("honest: layers spelt otherwise", 4, honest=True)
def honest_layers(rng, folder, i):
    pair = pick(i)
    spelt = ["Layer {}", "layer {}", "Layer{}", "layer-{}"][i % 4]
    true = true_claims(rng, pair, 12)
    for one in true:
        if "layer" in one:
            one["layer"] = spelt.format(one["layer"][-1])
    (folder / "claims.toml").write_text(written(true, short=bool(i % 2)))
    arguments = ["claims", str(folder / "claims.toml"), "--runs", *write_runs(pair, folder)]
    return Trial("", "", arguments, f"[{pair.name}] {spelt}", {0})


@kind("honest: true settings", 4, honest=True)
def honest_settings(rng, folder, i):
    pair = pick(i, "1 2")
    true = true_claims(rng, pair, 10)
    true += [claim(name, value=rng.choice(values)) for name, values in SETTINGS.items()]
    (folder / "claims.toml").write_text(written(true, short=bool(i % 2)))
    arguments = ["claims", str(folder / "claims.toml"), "--runs", *write_runs(pair, folder)]
    return Trial("", "", arguments, f"[{pair.name}]", {0})


@kind("honest: true claims without runs", 6, honest=True)
def honest_alone(rng, folder, i):
    pair = pick(i)
    arguments = claims_file(rng, pair, folder, [], size(rng), runs=False)
    return Trial("", "", arguments, f"[{pair.name}]", {0, 3})
