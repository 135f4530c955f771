"""Methodology: what a report says of how its dissections were made."""

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup

from study.report.lookup import unlike_pairs
from study.report.node import Node
from study.report.pen import MANY_LAYERS, Pen

Entries = list[tuple[str, Markup]]
"""Values with the words before them."""


class Made(NamedTuple):
    """How dissections were made: stated facts by heading, and what nobody states."""

    rows: list[tuple[str, Entries]]
    missing: list[str]


def methodology(pen: Pen) -> Made:
    """Write what the manifest states about images, concepts, encoder, method and program."""
    manifest = pen.document["manifest"]
    differ = {one["input"].value for pair in unlike_pairs(pen) for one in pair["inputs"]["differ"]}

    def stated(*path: str, before: str = "") -> Entries:
        value = manifest.get(*path)
        if value.value is None and differ & {path[0], path[-1]}:
            return [(before, pen.say("differs between the networks"))]
        return [] if value.value in (None, "") else [(before, pen.t(value, 100))]

    def digest(*path: str) -> Entries:
        sha = manifest.get(*path)
        return [("digest", pen.code(sha.value, 17))] if sha else []

    images = [*stated("probe", "name"), *stated("probe", "images", before="images:")]
    words = [*stated("concepts", "name"), *stated("concepts", "count", before="words:")]
    encoder = [*stated("encoder", "model"), *stated("encoder", "weights", before="weights:")]
    pooled = stated("dissection", "pool", before="pooling:")
    tokens = stated("dissection", "tokens", before="tokens:")
    computed = [*stated("dissection", "precision"), *stated("dissection", "device", before="on")]
    facts: list[tuple[str, Entries]] = [
        ("images (probe)", images + digest("probe", "digest")),
        ("truth table", stated("probe", "truth")),
        ("concepts", words + digest("concepts", "digest")),
        ("encoder", encoder + digest("encoder", "sha256")),
        ("similarity", [*stated("dissection", "similarity"), *_settings(pen)]),
        ("activations", pooled + tokens),
        ("computed in", computed),
        ("measurements", _measurements(pen)),
        ("dissected with", _program(pen)),
    ]
    optional = ("truth table", "measurements")
    missing = [text for text, entries in facts if not entries and text not in optional]
    rows = [(text, entries) for text, entries in facts if entries]
    return Made([*rows, *_notes(pen)], missing)


def _measurements(pen: Pen) -> Entries:
    measures = pen.document["manifest"].get("measures")
    if not measures:
        return []
    return [
        (text, pen.t(measures.get(name)))
        for text, name in (
            ("resamples of the probe:", "resamples"),
            ("splits of the probe:", "splits"),
            ("labels of a confident unit, at most:", "set_limit"),
        )
        if measures.get(name).value is not None
    ]


def _notes(pen: Pen) -> list[tuple[str, Entries]]:
    """Return what a study noticed about its inputs."""
    manifest = pen.document["manifest"]
    rows: list[tuple[str, Entries]] = []
    if skipped := manifest.get("probe", "skipped"):
        rows.append(("images left out", [("", pen.n(skipped.length))]))
    if left_out := manifest.get("probe", "left_out"):
        kinds = [("", pen.say("{} {}", pen.given(e), pen.n(c))) for e, c in left_out.items()]
        rows.append(("files that are no images", kinds))
    if notes := manifest.get("concepts", "notes"):
        rows.append(("of the word list", [("", pen.t(note, 320)) for note in notes]))
    said = [
        pen.say("{}: {}", pen.given(str(network["name"].value)), pen.t(note, 320))
        for network in manifest.get("networks") or []
        for note in network.get("notes") or []
    ]
    if said:
        rows.append(("of the networks", [("", note) for note in said]))
    for label, key in (("images of one colour", "one_colour"), ("equal images", "copies")):
        count = manifest.get("probe", key)
        if count and count.value:
            rows.append((label, [("", pen.n(count))]))
    return rows


def _settings(pen: Pen) -> Entries:
    settings = pen.document.get("manifest", "dissection", "settings")
    entries = settings.items() if settings else []
    return [("", pen.say("{} = {:100}", pen.given(name), value)) for name, value in entries]


def _program(pen: Pen) -> Entries:
    program = pen.document.get("manifest", "program")
    if not program:
        return []
    packages = program.get("packages")
    return [
        ("study", pen.t(program.get("study"), 100)),
        ("Python", pen.t(program.get("python"), 100)),
        *(
            ("", pen.say("{} {:100}", pen.given(name), version))
            for name, version in (packages.items() if packages else [])
        ),
    ]


def layer_list(pen: Pen, network: Node) -> Markup:
    """Write a network's layers with their units, or of many the first and the last."""
    layers = network["layers"].items()
    shown = [pen.say("{} ({})", pen.given(name), layer["units"]) for name, layer in layers]
    if len(shown) <= MANY_LAYERS:
        return Markup(", ").join(shown)
    text = "{} to {}, {} layers"
    return pen.say(text, shown[0], shown[-1], network["layers"].length)


_OF_NETWORKS = {"architecture": "architecture", "classes": "classes", "weights": "weights"}


def stated_of_networks(networks: Iterable[Node]) -> tuple[list[str], list[str]]:
    """Return which facts any network's manifest entry states, and which none does."""
    entries = list(networks)
    known = [
        name
        for name in _OF_NETWORKS
        if any(entry.get(name).value not in (None, "") for entry in entries)
    ]
    return known, [name for name in _OF_NETWORKS if name not in known]
