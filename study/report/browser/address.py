"""Addresses of units in the browser, as its script reads them."""

from urllib.parse import quote

from study.report.node import Node
from study.report.pen import Pen

_PLAIN = "!~*'()"
"""What JavaScript's ``encodeURIComponent`` leaves as it is, besides letters, digits and _.-"""


def fragment(network: str, layer: str, unit: int) -> str:
    """Return the fragment of a unit's address.

    Examples
    --------
    >>> fragment("My net", "features.3", 17)
    'My+net/features.3-17'
    """
    named, within = (quote(part, safe=_PLAIN).replace("%20", "+") for part in (network, layer))
    return f"{named}/{within}-{unit}"


def address(pen: Pen, network: Node, card: Node) -> str:
    """Return a unit's address in the browser beside the report; "" if the report has none."""
    page = pen.document.get("manifest", "report", "units")
    if not page:
        return ""
    place = fragment(network["name"].value, card["layer"].value, card["unit"].value)
    return f"{page.value}#{place}"
