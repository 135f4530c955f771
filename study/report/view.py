"""What the template asks for besides numbers: which rows, which parts, which words."""

from collections.abc import Iterable, Mapping
from itertools import zip_longest

from markupsafe import Markup

from study.report import claims
from study.report.pen import Pen, say
from study.report.prose import places

TOP = 7
"""Rows of the table of commonest labels."""
SIDE_BY_SIDE = 4
"""The most pairs in a table of differences; the attached one has all."""
VARIANTS: Mapping[str, str] = {
    "merged": "word forms merged",
    "without_dead": "without units that never respond",
    "confident": "confident labels only",
}
MEASURE_NAMES: Mapping[str, str] = {
    "precision": "precision",
    "pearson": "correlation",
    "auprc": "area under curve",
}
_FINDINGS: Mapping[str, str] = {
    claims.BELOW: "below chance",
    claims.ABOVE: "above chance",
    claims.WITHIN: "as by chance",
    claims.UNCLEAR: "not clear",
    claims.UNDECIDED: "not tested",
}
Entries = list[tuple[str, Markup]]


def verdicts(pen: Pen, pair: str) -> dict[str, str]:
    """Return what each layer's overlap is against chance, in words; "" is the total."""
    decided = claims.overlaps_against_chance(pen.value(pair), pen.value("null.level"))
    return {key: _FINDINGS[verdict] for key, verdict in decided.items()}


def stem(pen: Pen, pair: str) -> str:
    """Return the part of a figure's name that tells the pairs apart; none for a lone pair."""
    if len(places.compared_pairs(pen)) == 1:
        return ""
    return "-" + "-".join(pen.value(f"{key}.slug") for key in places.sides(pen, pair))


def chance(pen: Pen, part: str) -> Markup:
    """Write the mean and the range that chance gives for a part of a pair."""
    if not pen.get(f"{part}.null"):
        return Markup('<span class="none">–</span>')
    mean, low, high = (pen.n(f"{part}.null.{end}", "share") for end in ("mean", "low", "high"))
    return say('{} <span class="range">[{}, {}]</span>', mean, low, high)


def ceilings(pen: Pen, pair: str) -> list[str]:
    """Return the keys of a pair's parts, all layers together last, whose ceiling is known."""
    layers = [f"{pair}.layers.{one}" for one in pen.value(f"{pair}.layers")]
    parts = [*layers, f"{pair}.overall"] if len(layers) > 1 else layers
    return [part for part in parts if (pen.get(f"{part}.ceiling") or {}).get("low") is not None]


def variant_names(pen: Pen, pair: str) -> dict[str, str]:
    """Return the variants that a pair's results hold, with their headings."""
    held = pen.value(f"{pair}.variants")
    return {name: text for name, text in VARIANTS.items() if held.get(name)}


def first(pen: Pen, key: str, limit: int) -> list[int]:
    """Return the places of the first entries of a list."""
    return list(range(min(limit, len(pen.value(key)))))


def own_concepts(pen: Pen, pair: str) -> list[tuple[str | None, str | None]]:
    """Return the keys of each network's commonest concepts that the other lacks, row by row."""
    columns: list[list[str | None]] = []
    a, b = places.sides(pen, pair)
    for mine, other in ((a, b), (b, a)):
        held = {word for word, _ in pen.value(f"{other}.top")}
        top = pen.value(f"{mine}.top")
        columns.append([f"{mine}.top.{i}" for i, (word, _) in enumerate(top) if word not in held])
    return [(one, other) for one, other in zip_longest(*(column[:TOP] for column in columns))]


def top_places(pen: Pen, network: str) -> list[int]:
    """Return the rows of a network's table of commonest labels."""
    layers = pen.value(f"{network}.layers").values()
    return list(range(min(TOP, max(len(one["top"]) for one in layers))))


def manifest_place(pen: Pen, network: str) -> str:
    """Return the key of what the manifest states of a network."""
    name = pen.value(f"{network}.name")
    for place, stated in enumerate(pen.get("manifest.networks") or []):
        if stated.get("name") == name:
            return f"manifest.networks.{place}"
    return "manifest.networks.none"


def cards_by_layer(pen: Pen, slug: str) -> dict[str, dict[str, list[int]]]:
    """Return the places of a network's cards by layer.

    ``chosen`` by rule or asked for, and ``further``: all others; on paper there are none.
    """
    found: dict[str, dict[str, list[int]]] = {}
    for i, card in enumerate(pen.value(f"cards.{slug}")):
        layer = found.setdefault(card["layer"], {"chosen": [], "further": []})
        if card["chosen"] or not pen.paper:
            layer["chosen" if card["chosen"] else "further"].append(i)
    return found


def card_facts(pen: Pen, card: str) -> list[Entries]:
    """Write what was measured about the unit of a card: of its label, and how sure and right."""
    label: Entries = []
    if pen.get(f"{card}.runner_up"):
        label.append(("runner-up", pen.t(f"{card}.runner_up", 24)))
    label += _numbers(pen, card, ("similarity", "margin"))
    right = _numbers(pen, card, ("precision",))
    if pen.get(f"{card}.shows") is not None:
        verb = "shows" if pen.value(f"{card}.shows") == 1 else "show"
        shown, images = pen.n(f"{card}.shows"), pen.n(f"{card}.images")
        text = f"{{}} of the {{}} images above {verb} the label"
        right.append(("", say(text, shown, images)))
    return [part for part in (label, _sure(pen, card), right) if part]


def _numbers(pen: Pen, card: str, names: Iterable[str]) -> Entries:
    return [
        (name, pen.n(f"{card}.{name}", "share"))
        for name in names
        if pen.get(f"{card}.{name}") is not None
    ]


def _sure(pen: Pen, card: str) -> Entries:
    """Write how sure a label is, and the labels that cover nearly all resamples if they are few."""
    facts = _numbers(pen, card, ("stability",))
    cover = pen.get("stability.cover")
    if cover is None or pen.get(f"{card}.confident") is None:
        return facts
    covered = pen.n("stability.cover", "percent")
    if not pen.value(f"{card}.confident"):
        text = "no confident label ({} labels cover {} of resamples)"
        facts.append(("", say(text, pen.n(f"{card}.set_size"), covered)))
    elif pen.get(f"{card}.set"):
        words = [pen.t(f"{card}.set.{i}", 24) for i in range(len(pen.value(f"{card}.set")))]
        facts.append(("", say("at least {} of resamples say {}", covered, pen.list(words, "or"))))
    return facts


def differing(pen: Pen, part: str) -> dict[str, str]:
    """Return the pairs of which differences are known, each with the key of its last layer's.

    The pairs of compared networks and those with a control, as many as fit side by side.
    """
    found = {pair: places.last_difference(pen, pair, part) for pair in places.all_pairs(pen)}
    kept = {
        pair: key
        for pair, key in found.items()
        if key and places.sides(pen, pair)[0].startswith("networks")
    }
    return dict(list(kept.items())[:SIDE_BY_SIDE])


def category_names(pen: Pen) -> list[str]:
    """Return the categories of all networks, each once."""
    held = [pen.get(f"{key}.categories.names") or [] for key in places.networks(pen, controls=True)]
    return list(dict.fromkeys(sorted(kind for kinds in held for kind in kinds)))


def methodology(pen: Pen) -> list[tuple[str, Entries]]:
    """Write what the manifest states of images, concepts, encoder, method and program."""

    def t(key: str) -> Markup:
        return pen.t(f"manifest.{key}", 100)

    def digest(key: str) -> Entries:
        found = pen.get(f"manifest.{key}")
        return [("digest", pen.code(found, 17))] if found else []

    settings = pen.get("manifest.dissection.settings") or {}
    rows: list[tuple[str, Entries]] = [
        ("images (probe)", [("", t("probe.name")), ("images:", t("probe.images"))]),
        ("truth table", [("", t("probe.truth"))]),
        ("concepts", [("", t("concepts.name")), ("words:", t("concepts.count"))]),
        ("encoder", [("", t("encoder.model")), ("weights:", t("encoder.weights"))]),
        ("similarity", [("", t("dissection.similarity"))]),
        ("activations", [("pooled by", t("dissection.pool"))]),
        ("computed in", [("", t("dissection.precision")), ("on", t("dissection.device"))]),
    ]
    rows[0][1].extend(digest("probe.digest"))
    rows[2][1].extend(digest("concepts.digest"))
    rows[3][1].extend(digest("encoder.sha256"))
    rows[4][1].extend(
        ("", say("{} = {}", pen.given(name), t(f"dissection.settings.{name}"))) for name in settings
    )
    if pen.get("manifest.measures"):
        kept = [("resamples of the probe:", t("measures.resamples"))]
        kept.append(("most labels of a confident unit:", t("measures.set_limit")))
        rows.append(("measurements", kept))
    program = pen.get("manifest.program") or {}
    versions = [("study", t("program.study")), ("Python", t("program.python"))] if program else []
    for name in program.get("packages") or {}:
        versions.append(("", say("{} {}", pen.given(name), t(f"program.packages.{name}"))))
    rows.append(("dissected with", versions or [("", t("program"))]))
    if pen.get("manifest.probe.skipped"):
        rows.append(("images left out", [("", pen.n("manifest.probe.skipped.#"))]))
    return rows
