"""Methodology: what a report says of how its dissections were made."""

from markupsafe import Markup

from study.report.lookup import unlike_pairs
from study.report.pen import Pen

Entries = list[tuple[str, Markup]]
"""Values with the words before them."""


def methodology(pen: Pen) -> list[tuple[str, Entries]]:
    """Write what the manifest states about images, concepts, encoder, method and program."""
    manifest = pen.document["manifest"]
    differ = {one["input"].value for pair in unlike_pairs(pen) for one in pair["inputs"]["differ"]}

    def stated(*path: str) -> Markup:
        value = manifest.get(*path)
        if value.value is None and differ & {path[0], path[-1]}:
            return pen.say("differs between the networks")
        return pen.t(value, 100)

    def digest(*path: str) -> Entries:
        sha = manifest.get(*path)
        return [("digest", pen.code(sha.value, 17))] if sha else []

    images = [("", stated("probe", "name")), ("images:", stated("probe", "images"))]
    words = [("", stated("concepts", "name")), ("words:", stated("concepts", "count"))]
    encoder = [("", stated("encoder", "model")), ("weights:", stated("encoder", "weights"))]
    tokens = [("tokens:", stated("dissection", "tokens"))] if _has_tokens(pen) else []
    precision, device = stated("dissection", "precision"), stated("dissection", "device")
    rows: list[tuple[str, Entries]] = [
        ("images (probe)", images + digest("probe", "digest")),
        ("truth table", [("", stated("probe", "truth"))]),
        ("concepts", words + digest("concepts", "digest")),
        ("encoder", encoder + digest("encoder", "sha256")),
        ("similarity", [("", stated("dissection", "similarity")), *_settings(pen)]),
        ("activations", [("pooling:", stated("dissection", "pool")), *tokens]),
        ("computed in", [("", precision), ("on", device)]),
    ]
    if manifest.get("measures"):
        resamples = ("resamples of the probe:", stated("measures", "resamples"))
        splits = ("splits of the probe:", stated("measures", "splits"))
        limit = ("labels of a confident unit, at most:", stated("measures", "set_limit"))
        rows.append(("measurements", [resamples, splits, limit]))
    rows.append(("dissected with", _program(pen)))
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


def _has_tokens(pen: Pen) -> bool:
    return bool(pen.document["manifest"].get("dissection", "tokens"))


def _settings(pen: Pen) -> Entries:
    settings = pen.document.get("manifest", "dissection", "settings")
    entries = settings.items() if settings else []
    return [("", pen.say("{} = {:100}", pen.given(name), value)) for name, value in entries]


def _program(pen: Pen) -> Entries:
    program = pen.document.get("manifest", "program")
    if not program:
        return [("", pen.t(program, 100))]
    packages = program.get("packages")
    return [
        ("study", pen.t(program.get("study"), 100)),
        ("Python", pen.t(program.get("python"), 100)),
        *(
            ("", pen.say("{} {:100}", pen.given(name), version))
            for name, version in (packages.items() if packages else [])
        ),
    ]
