"""Faults in one of two runs that should agree, and honest differences between runs."""

import random

import numpy as np
import pandas as pd

from tests.verify.blind.planting import (
    LAYERS,
    Pair,
    Trial,
    kind,
    pick,
    vocabulary,
    word_list,
    write_table,
)


def start(rng: random.Random, i: int, among: str = "1 2 mini") -> tuple[Pair, str, pd.DataFrame]:
    """A network's table to bend."""
    pair = pick(i, among)
    network = rng.choice(pair.names)
    return pair, network, pair.tables[network].copy()


def runs(pair, network, folder, table, causes, note, **more) -> Trial:
    """The trial of a table against the original."""
    honest = not causes
    write_table(pair.tables[network], folder / "a" / "descriptions.csv")
    write_table(table, folder / "b" / "descriptions.csv", **more)
    for name in ("a", "b"):
        if network in pair.args:
            (folder / name / "args.txt").write_text(pair.args[network])
    arguments = ["runs", str(folder / "a"), str(folder / "b")]
    return Trial(
        "", "", arguments, f"[{pair.name} {network}] {note}", {0} if honest else {1}, causes
    )


def noise(rng: random.Random, table: pd.DataFrame, size: float = 1e-4) -> pd.DataFrame:
    """The table with other last digits."""
    made = table.copy()
    draw = np.random.default_rng(rng.randrange(2**32))
    made["similarity"] = (made.similarity + draw.normal(0, size, len(made))).round(7)
    return made


@kind("tables: rows edited", 7)
def edited(rng, folder, i):
    pair, network, table = start(rng, i)
    if i % 2:
        table = noise(rng, table)
    rows = rng.sample(range(len(table)), rng.randint(2, 6))
    for at in rows:
        table.loc[at, "description"] = rng.choice(
            sorted(vocabulary(pair) - {table.description[at]})
        )
    if i % 2:  # an edit, not a tie: the similarity is another too
        table.loc[rows, "similarity"] = (table.similarity[rows] * 1.2).round(6)
    return runs(pair, network, folder, table, {"edited_table"}, f"rows {rows}")


@kind("tables: similarities edited", 4)
def bettered(rng, folder, i):
    pair, network, table = start(rng, i)
    rows = rng.sample(range(len(table)), rng.randint(1, 5))
    table.loc[rows, "similarity"] = (table.similarity[rows] + rng.uniform(0.1, 0.4)).round(6)
    return runs(pair, network, folder, table, {"edited_table"}, f"similarities of rows {rows}")


@kind("tables: units shuffled", 4)
def shuffled(rng, folder, i):
    pair, network, table = start(rng, i)
    chosen = LAYERS if i % 2 else [rng.choice(LAYERS)]
    for layer in chosen:
        rows = table.index[table.layer == layer].tolist()
        mixed = rng.sample(rows, len(rows))
        columns = ["description", "similarity"]
        table.loc[rows, columns] = table.loc[mixed, columns].to_numpy()
    return runs(pair, network, folder, table, {"other_layers"}, f"shuffled in {chosen}")


@kind("tables: layers exchanged or missing", 5)
def layers(rng, folder, i):
    pair, network, table = start(rng, i)
    match i % 3:
        case 0:
            gone = rng.choice(LAYERS)
            table, note = table[table.layer != gone], f"without {gone}"
        case 1:
            table["layer"] = table.layer.replace({"layer2": "layer3", "layer3": "layer2"})
            note = "layer2 and layer3 exchanged"
        case _:
            table["layer"] = table.layer.replace(
                dict(zip(LAYERS, ["layer1", *LAYERS], strict=False))
            )
            note = "layers named one too low"
    return runs(pair, network, folder, table, {"other_layers"}, note)


@kind("tables: another word list", 5)
def other_list(rng, folder, i):
    pair, network, table = start(rng, i)
    known = vocabulary(pair)
    free = [w for w in word_list("10k" if i % 2 else "20k") if w not in known and len(w) > 3]
    words = sorted(set(table.description))
    share = rng.choice([0.5, 0.8, 1])
    chosen = rng.sample(words, round(len(words) * share))
    new = dict(zip(chosen, rng.sample(free, len(chosen)), strict=True))
    table["description"] = table.description.map(lambda w: new.get(w, w))
    table = noise(rng, table, 0.02)
    causes = {"other_concepts"} | ({"unrelated"} if share == 1 else set())
    return runs(pair, network, folder, table, causes, f"{share:.0%} of words replaced")


@kind("tables: networks swapped", 4)
def swapped(rng, folder, i):
    pair, network, table = start(rng, i)
    table = noise(rng, pair.tables[pair.other(network)])
    causes = {"swapped_or_other_network"}
    return runs(pair, network, folder, table, causes, "the other network's table")


@kind("tables: networks swapped, --against", 4)
def against(rng, folder, i):
    pair = pick(i)
    tables = [pair.tables[n] for n in pair.names]
    for name, table in zip("abcd", [*tables, *tables[::-1]], strict=True):
        write_table(noise(rng, table, 1e-5) if i % 2 else table, folder / name / "descriptions.csv")
    a, b, c, d = (str(folder / name) for name in "abcd")
    causes = {"swapped_or_other_network", "names_swapped"}
    arguments = ["runs", a, b, "--against", c, d]
    return Trial("", "", arguments, f"[{pair.name}] against the swapped pair", {1}, causes)


@kind("tables: fc given for layer4", 3)
def head(rng, folder, i):
    pair, network, table = start(rng, i, "1 2")
    units = 1000 if network == "ImageNet" else 365
    words = sorted(set(table.description))
    fc = pd.DataFrame(
        {
            "layer": "layer4" if i % 2 else "fc",
            "unit": range(units),
            "description": rng.choices(words, k=units),
            "similarity": [round(rng.uniform(0.1, 0.6), 6) for _ in range(units)],
        }
    )
    table = pd.concat([table[table.layer != "layer4"], fc], ignore_index=True)
    return runs(pair, network, folder, table, {"other_layers"}, f"{units} units of fc")


@kind("tables: units numbered from 1", 4)
def from_one(rng, folder, i):
    pair, network, table = start(rng, i)
    chosen = LAYERS if i % 2 else [rng.choice(LAYERS)]
    table.loc[table.layer.isin(chosen), "unit"] += 1
    return runs(pair, network, folder, table, {"other_layers"}, f"{chosen} from 1")


@kind("tables: truncated", 4)
def truncated(rng, folder, i):
    pair, network, table = start(rng, i)
    lost = rng.choice([1, 7, 40, 100])
    return runs(pair, network, folder, table[:-lost], {"other_layers"}, f"without the last {lost}")


@kind("tables: rows twice or unreadable", 6)
def defective(rng, folder, i):
    pair, network, table = start(rng, i)
    if i % 2:
        at = rng.randrange(len(table))
        extra = table.iloc[at : at + rng.randint(1, 5)]
        table = pd.concat([table, extra], ignore_index=True)
        note = f"rows from {at} twice"
    else:
        table["similarity"] = table.similarity.astype(object)
        rows = rng.sample(range(len(table)), 3)
        table.loc[rows, "similarity"] = rng.choice(["n/a", "", "0,2231"])
        note = f"similarity unreadable in rows {rows}"
    return runs(pair, network, folder, table, {"defective_table"}, note)


@kind("tables: disjoint vocabulary", 3)
def disjoint(rng, folder, i):
    pair, network, table = start(rng, i)
    free = sorted(set(word_list("20k")) - vocabulary(pair))
    table["description"] = rng.choices(free, k=len(table))
    table["similarity"] = [round(rng.uniform(0.05, 0.5), 6) for _ in range(len(table))]
    return runs(pair, network, folder, table, {"unrelated", "other_concepts"}, "other words")


@kind("tables: case or spacing changed", 4)
def case(rng, folder, i):
    pair, network, table = start(rng, i)
    change = [str.title, str.upper, lambda w: f" {w}", lambda w: w.replace(" ", "_").capitalize()][
        i
    ]
    table["description"] = table.description.map(change)
    return runs(pair, network, folder, table, {"label_spelling"}, f"now {table.description[0]!r}")


@kind("tables: similarities of other settings", 3)
def settings(rng, folder, i):
    pair, network, table = start(rng, i)
    scale, shift = rng.choice([(1, 0.05), (0.5, 0), (2.3, -0.1)])
    table["similarity"] = (table.similarity * scale + shift).round(6)
    return runs(pair, network, folder, table, {"other_settings"}, f"* {scale} + {shift}")


@kind("tables: the other published probe", 2)
def probe(rng, folder, i):
    network = ["ImageNet", "Places365"][i]
    table = pick(1, "1 2").tables[network]
    return runs(pick(0, "1 2"), network, folder, table, {"probe_variant"}, "published-2")


@kind("tables: another network's layer inside", 4)
def mixed(rng, folder, i):
    pair, network, table = start(rng, i)
    layer = rng.choice(LAYERS)
    other = pair.tables[pair.other(network)]
    table = pd.concat([table[table.layer != layer], other[other.layer == layer]])
    table = table.sort_values(["layer", "unit"])
    causes = {"swapped_or_other_network"}
    return runs(pair, network, folder, table, causes, f"{layer} is the other network's")


# Honest ------------------------------------------------------------------------------------------


@kind("honest: runs equal but for the file's form", 10, honest=True)
def forms(rng, folder, i):
    pair, network, table = start(rng, i)
    more: dict = {}
    match i % 5:
        case 0:
            table, note = table[["similarity", "description", "unit", "layer"]], "columns reversed"
        case 1:
            more, note = {"lineterminator": "\r\n"}, "CRLF"
        case 2:
            more, note = {"encoding": "utf-8-sig"}, "BOM"
        case 3:
            table, note = table.iloc[rng.sample(range(len(table)), len(table))], "rows in any order"
        case _:
            more, note = {"quoting": 1}, "all quoted"
    return runs(pair, network, folder, table, set(), note, **more)


@kind("honest: runs with similarities rounded", 4, honest=True)
def rounded(rng, folder, i):
    pair, network, table = start(rng, i)
    table["similarity"] = table.similarity.round(3 + i % 3)
    return runs(pair, network, folder, table, set(), f"rounded to {3 + i % 3}")


@kind("honest: a rerun, same labels", 5, honest=True)
def same_labels(rng, folder, i):
    pair, network, table = start(rng, i)
    table = noise(rng, table)
    return runs(pair, network, folder, table, set(), "noise 1e-4")


@kind("honest: a rerun, .3-.5 % of labels changed", 6, honest=True)
def rerun(rng, folder, i):
    pair, network, table = start(rng, i, "1 2")
    table = noise(rng, table)
    for at in rng.sample(range(len(table)), rng.choice([3, 4])):
        words = sorted(set(table.description[table.layer == table.layer[at]]))
        table.loc[at, "description"] = rng.choice(words)
    return runs(pair, network, folder, table, set(), "noise 1e-4, 3 or 4 labels")
