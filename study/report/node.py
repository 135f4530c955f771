"""`Node`: a value of the report's document together with its key."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, overload


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the document and the dotted key at which it stands.

    Indexing goes down and extends the key, so whatever prints a number can print its key as well.
    Two nodes are equal when their keys are; a node is true when its value is.

    Parameters
    ----------
    value
        A number, text, list or mapping; `None` where nothing stands at the key.
    key
        Names and positions from the top, e.g. ``pairs.0.layers.layer2.jaccard``.

    Examples
    --------
    >>> pair = Node({"pairs": [{"overall": {"jaccard": 0.5}}]})["pairs"][0]
    >>> pair["overall"]["jaccard"]
    Node(value=0.5, key='pairs.0.overall.jaccard')
    >>> pair.get("ceiling", "low").value is None
    True
    """

    value: Any = field(compare=False)
    key: str = ""

    @overload
    def __getitem__(self, name: str | int) -> "Node": ...
    @overload
    def __getitem__(self, name: slice) -> "list[Node]": ...
    def __getitem__(self, name: str | int | slice) -> "Node | list[Node]":
        """Return the node at a name or position, or a list of them; `KeyError` if none is there."""
        if isinstance(name, slice):
            return [self[i] for i in range(len(self))[name]]
        key = f"{self.key}.{name}".removeprefix(".")
        try:
            return Node(self.value[name], key)
        except (LookupError, TypeError):
            raise KeyError(key) from None

    def get(self, *names: str | int) -> "Node":
        """Return the node at the end of a path; its value is `None` where the path breaks off."""
        node = self
        for name in names:
            try:
                node = node[name]
            except KeyError:
                node = Node(None, f"{node.key}.{name}".removeprefix("."))
        return node

    def items(self) -> "list[tuple[str, Node]]":
        """Return the names of a mapping, each with its node."""
        return [(name, self[name]) for name in self.value]

    def __iter__(self) -> "Iterator[Node]":
        """Go through the nodes of a list or mapping."""
        names = self.value if isinstance(self.value, Mapping) else range(len(self.value))
        return (self[name] for name in names)

    def __len__(self) -> int:
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    @property
    def length(self) -> "Node":
        """The number of entries, under the key ``<key>.#``."""
        return Node(len(self.value), f"{self.key}.#")
