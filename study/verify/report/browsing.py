"""Compare the browser of units beside a report with the evidence inside the report."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from study.comparison.results import members
from study.dissection import map_table, picture_table
from study.dissection.loaded import attached_runs
from study.dissection.map_table import Maps
from study.dissection.picture_table import Picture
from study.dissection.run import Run
from study.errors import StudyError
from study.files.documents import sha256_bytes
from study.report.attachments import by_slug
from study.report.browser.content import Content, browser_of, without_pictures
from study.report.browser.units_page import browser_files
from study.verify.report.evidence import Evidence
from study.verify.verdict import FAILED, OK, UNDECIDED, Check

_SHOWN = 8
_ANY = 1 << 40
"""More bytes than any single file has."""


def check_browser(
    name: str, found: Content, files: Mapping[str, bytes], evidence: Evidence
) -> Iterator[Check]:
    """Compare what a browser of units holds with the tables inside a report.

    The data must follow from the tables, its pictures and maps must have the digests that the runs'
    manifests state, and the page and its script must be those that this program writes for them.

    Parameters
    ----------
    name
        The browser's file.
    found, files
        What `study.report.browser.reading.read_browser` returned for it.
    evidence
        The data inside the report.
    """
    networks = members(evidence.results)
    runs = by_slug(attached_runs(evidence.files, networks), evidence.results)
    expected = browser_of(runs, {**evidence.results, "manifest": evidence.manifest})
    stated, rebuilt = (without_pictures(one.document) for one in (found, expected))
    differences = list(_differences(rebuilt, stated, ""))
    for text in differences[:_SHOWN]:
        yield Check("browser", FAILED, text, name)
    if not differences:
        units = sum(len(layer["units"]) for one in stated["networks"] for layer in one["layers"])
        yield Check("browser", OK, f"{units} units as the tables inside the report state them")
        yield from _pictures(found, runs, name)
    again = browser_files(found, largest=_ANY if len(files) == 1 else 0)
    changed = sorted(file for file in files if files[file] != again.get(file))
    for file in changed[:_SHOWN]:
        text = "the page or its script is not what this program writes for these data"
        yield Check("browser", FAILED, text, file)
    if not changed:
        yield Check("browser", OK, "page and script are this program's")


def _differences(expected: Any, found: Any, place: str) -> Iterator[str]:
    """Say where two JSON documents differ, at the deepest places that both have."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted(expected.keys() | found.keys()):
            if key not in expected or key not in found:
                yield f"{place}{key}: {'not in the tables' if key in found else 'missing'}"
            else:
                yield from _differences(expected[key], found[key], f"{place}{key}.")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, pair in enumerate(zip(expected, found, strict=True)):
            yield from _differences(*pair, f"{place}{number}.")
    elif expected != found or isinstance(expected, bool) is not isinstance(found, bool):
        yield f"{place.removesuffix('.')}: expected {expected!r:.100}, found {found!r:.100}"


def _pictures(content: Content, runs: Mapping[str, Run], name: str) -> Iterator[Check]:
    """Compare the digests of pictures and maps with those that the runs' manifests state."""
    unknown = []
    for network in content.document["networks"]:
        slug = network["slug"]
        digests = (runs[slug].manifest or {}).get("files") or {}
        for file, table in _tables(content, network).items():
            if file not in digests:
                unknown += [f"{slug}/{file}"] if table else []
            elif sha256_bytes(table.encode()) != digests[file]:
                text = "pictures or maps are not those of the run: another digest"
                yield Check("browser", FAILED, text, f"{name}: {slug}/{file}")
    if unknown:
        text = f"no manifest states a digest of {', '.join(unknown[:_SHOWN])}"
        yield Check("browser", UNDECIDED, text, name)


def _tables(content: Content, network: Mapping[str, Any]) -> dict[str, str]:
    """Write the tables of a network's pictures and maps again; "" where there are none."""
    try:
        images = content.document["images"]
        pictures = [
            Picture(images[image], base64.b64decode(content.pictures[picture], validate=True))
            for image, picture in network["pictures"]
        ]
        maps = [row for layer in network["layers"] for row in _maps(content, layer)]
    except (LookupError, TypeError, ValueError) as error:
        raise StudyError(f"the browser's pictures cannot be read: {error!r:.120}") from None
    return {
        picture_table.FILE: picture_table.dumps(pictures) if pictures else "",
        map_table.FILE: map_table.dumps(maps) if maps else "",
    }


def _maps(content: Content, layer: Mapping[str, Any]) -> Iterator[Maps]:
    maps = layer.get("maps")
    if not maps:
        return
    top, down, left, right = maps["grid"]
    for unit, entry in zip(layer["units"], maps["units"], strict=True):
        if entry is not None:
            images, rows, columns, low, high, line = entry
            yield Maps(
                layer=layer["name"],
                unit=unit,
                images=images,
                rows=rows,
                columns=columns,
                low=low,
                high=high,
                top=top,
                down=down,
                left=left,
                right=right,
                values=base64.b64decode(content.maps[line], validate=True),
            )
