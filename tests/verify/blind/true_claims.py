"""Files of true claims, in the long and the short format."""

import random
from pathlib import Path

from tests.verify.blind.planting import LAYERS, PAIRED, SETS, SIMILARITIES, Pair, toml, write_runs

LINES = {*SETS, "jaccard", *SIMILARITIES, "present", "absent", "top", "trend", "examples"}
SETTINGS = {
    "probe": ["Broden"],
    "word_list": ["20,000 concepts", "20k"],
    "layers": ["layer2, layer3, layer4"],
    "architecture": ["ResNet18"],
    "encoder": ["CLIP ViT-B/16", "ViT-B/16"],
    "similarity_function": ["soft_wpmi"],
}


def claim(kind: str, network: str | None = None, layer: str | None = None, **more) -> dict:
    """A claim, without what does not apply."""
    whole = {"kind": kind, "network": network, "layer": layer, **more}
    return {key: value for key, value in whole.items() if value is not None}


def decimals(value: float, digits: int) -> str:
    """A number as printed."""
    return f"{value:.{digits}f}"


def words_only(pair: Pair, network: str, layer: str | None) -> list[str]:
    """Labels that the other network lacks in all layers."""
    other = set(pair.counts(pair.other(network), None))
    return sorted(set(pair.counts(network, layer)) - other)


def true_claim(rng: random.Random, pair: Pair) -> dict:
    """One true claim, of a kind drawn by chance."""
    network, layer = rng.choice(pair.names), rng.choice([*LAYERS, *LAYERS, None])
    counts = pair.counts(network, layer)
    match rng.choice(
        [
            "set",
            "set",
            "set",
            "count",
            "count",
            "count",
            "similarity",
            "jaccard",
            "words",
            "rank",
            "label",
            "more",
        ]
    ):
        case "set":
            kind = rng.choice(SETS)
            value = pair.number(kind, network, layer)
            return claim(kind, None if kind in PAIRED else network, layer, value=value)
        case "count":
            (word, value) = rng.choice(pair.top(network, layer, 25))
            return claim("count", network, layer, concepts=[word], value=value)
        case "similarity":
            kind = rng.choice(SIMILARITIES)
            shown = decimals(pair.number(kind, network, layer), rng.choice([3, 4]))
            return claim(kind, network, layer, value=shown)
        case "jaccard":
            value = pair.number("jaccard", network, layer)
            shown = rng.choice([decimals(value, 3), decimals(value, 4), f"{100 * value:.1f} %"])
            return claim("jaccard", None, layer, value=shown)
        case "words":
            if rng.random() < 0.4:
                lacking = sorted(set(pair.counts(pair.other(network), None)) - set(counts))
                return claim("absent", network, layer, concepts=rng.sample(lacking, 2))
            chosen = rng.sample(sorted(counts), min(4, len(counts)))
            return claim("present", network, layer, concepts=chosen)
        case "rank":
            words = [word for word, _ in pair.top(network, layer, 5)]
            if rng.random() < 0.5:
                return claim("among_top", network, layer, concepts=rng.sample(words, 2), k=10)
            return claim("top", network, layer, concepts=words)
        case "label":
            row = pair.rows(network, rng.choice(LAYERS)).sample(1, random_state=rng.randrange(9**6))
            layer, unit, word = row.layer.item(), int(row.unit.item()), row.description.item()
            return claim("label", network, layer, unit=unit, value=word)
        case _:
            mine = pair.number("unique", network, layer)
            theirs = pair.number("unique", pair.other(network), layer)
            kind = "more" if mine > theirs else "fewer" if mine < theirs else "as_many"
            return claim(kind, network, layer, quantity="unique", than=pair.other(network))


def key(one: dict) -> tuple:
    """What a claim is about."""
    words = tuple(one.get("concepts", ())) if one["kind"] == "count" else one.get("unit")
    return one["kind"], one.get("network"), one.get("layer"), words


def true_claims(rng: random.Random, pair: Pair, number: int, taken: list[dict] = ()) -> list[dict]:
    """Different true claims, none about what is taken."""
    found = {key(one): None for one in taken}
    for _ in range(number * 20):
        one = true_claim(rng, pair)
        found.setdefault(key(one), one)
        if len(found) - len(taken) >= number:
            break
    return [one for one in found.values() if one]


def table_of(one: dict, head: str) -> list[str]:
    """A claim written out."""
    return [head, *(f"{name} = {toml(value)}" for name, value in one.items())]


def section_of(name: str, defaults: dict, claims: list[dict]) -> list[str]:
    """Claims of one network and layer as lines of a section."""
    lines, rest, used, counts = [], [], set(), []
    for one in claims:
        kind, body = one["kind"], {k: v for k, v in one.items() if k not in defaults}
        value = one.get("value", one.get("concepts"))
        if kind == "count" and len(one["concepts"]) == 1:
            counts.append([one["concepts"][0], one["value"]])
        elif kind == "among_top" and kind not in used:
            lines += [f"among_top = {toml(one['concepts'])}", f"k = {one['k']}"]
        elif kind in LINES | set(SETTINGS) and kind not in used and "quantity" not in one:
            lines.append(f"{kind} = {toml(value)}")
        else:
            rest += table_of(body, "[[sections.claims]]")
        used.add(kind)
    lines += [f"counts = {toml(counts)}"] if counts else []
    heads = [f"{key} = {toml(value)}" for key, value in defaults.items()]
    return ["[[sections]]", f"id = {toml(name)}", *heads, *lines, *rest]


def written(claims: list[dict], *, short: bool, title: str = "A report") -> str:
    """The file."""
    lines = ['schema = "study-claims/1"', f"title = {toml(title)}"]
    if not short:
        for one in claims:
            lines += table_of(one, "[[claims]]")
        return "\n".join(lines) + "\n"
    groups: dict[tuple, list[dict]] = {}
    for one in claims:
        groups.setdefault((one.get("network"), one.get("layer")), []).append(one)
    for number, ((network, layer), members) in enumerate(groups.items(), 1):
        defaults = {k: v for k, v in (("network", network), ("layer", layer)) if v}
        lines += section_of(f"figure {number}", defaults, members)
    return "\n".join(lines) + "\n"


def claims_file(
    rng: random.Random,
    pair: Pair,
    folder: Path,
    faults: list[dict],
    number: int,
    *,
    runs: bool = True,
    tables: dict | None = None,
    title: str = "A report",
) -> list[str]:
    """Write a file of true claims with the faults among them; the arguments."""
    claims = [*true_claims(rng, pair, number, faults), *faults]
    if len(faults) < 3:
        rng.shuffle(claims)
    file = folder / "claims.toml"
    file.write_text(written(claims, short=rng.random() < 0.5, title=title), encoding="utf-8")
    arguments = ["claims", str(file)]
    return [*arguments, "--runs", *write_runs(pair, folder, tables=tables)] if runs else arguments
