"""What submissions of a class have in common, listed without a judgement on how it came about.

All submissions dissect the same networks, and a run on the same machine, or the published run,
gives equal tables to the last digit. An equal table alone therefore says little, and less the more
submissions have it; a picture drawn by the same script from an equal table is equal as well.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.verify.cohort.record import Record

KINDS: Mapping[str, str] = {
    "table": "tables",
    "picture": "pictures",
    "document": "texts and PDFs",
    "number": "wrong numbers",
}
"""What may be shared, and what it is called."""
COMMON_SHARE, COMMON_LEAST = 0.1, 4
"""What at least so large a share of the class, and so many submissions, have is common."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What the same submissions have in common.

    ``members`` are the numbers of the submissions in the class, ``shared`` the names of what they
    share by kind. ``common``: so much of the class has it that it says nothing about anybody.
    """

    members: tuple[int, ...]
    shared: Mapping[str, tuple[str, ...]]
    common: bool
    commonest_table: bool

    def sentence(self, total: int) -> str:
        """Return in words what is shared, and how little or much that says."""
        parts = [
            f"{len(names)} {KINDS[kind] if len(names) > 1 else _SINGULAR[kind]}"
            for kind, names in self.shared.items()
        ]
        text = f"{len(self.members)} of {total} submissions have in common: {', '.join(parts)}"
        if set(self.shared) == {"table"}:
            most = ", the most common one of the class" if self.commonest_table else ""
            says = "nothing" if self.common else "little"
            return f"{text}{most}; all dissect the same networks, so this alone says {says}"
        if self.common:
            return f"{text}; so many have it that it may have been handed out"
        if self.commonest_table:
            return f"{text}; the table is the most common one of the class"
        if set(self.shared) == {"number"}:
            return f"{text}; the same mistake made twice gives the same number"
        return text

    def to_json(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the likeness as JSON can hold it, submissions by name."""
        return {
            "submissions": [names[member] for member in self.members],
            "shared": {kind: list(items) for kind, items in self.shared.items()},
            "common": self.common,
            "most_common_table": self.commonest_table,
            "says": self.sentence(len(names)),
        }


_SINGULAR: Mapping[str, str] = {
    "table": "table",
    "picture": "picture",
    "document": "text or PDF",
    "number": "wrong number",
}


def likenesses(records: Sequence[Record]) -> list[Likeness]:
    """Return what submissions share, what says most first; what is common in the class comes last.

    Equal are tables with the same units, labels and similarities to the last digit, pictures with
    the same pixels, texts and PDFs with the same bytes, and numbers in texts that are wrong in the
    same way. Items that the same submissions share are listed together.
    """
    owners: dict[str, dict[int, str]] = defaultdict(dict)
    for number, record in enumerate(records):
        for trait, name in record.traits.items():
            owners[trait][number] = name
    tables = Counter(
        {trait: len(having) for trait, having in owners.items() if trait.startswith("table:")}
    )
    most = max(tables.values(), default=0)
    groups: dict[tuple[int, ...], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    commonest = set()
    for trait, having in sorted(owners.items()):
        if len(having) > 1:
            members = tuple(having)
            groups[members][trait.partition(":")[0]].append(having[members[0]])
            if tables[trait] == most:
                commonest.add(members)
    common = max(COMMON_LEAST, COMMON_SHARE * len(records))
    found = [
        Likeness(
            members,
            {kind: tuple(sorted(shared[kind])) for kind in KINDS if kind in shared},
            len(members) >= common,
            members in commonest,
        )
        for members, shared in groups.items()
    ]
    return sorted(found, key=_weight)


def _weight(likeness: Likeness) -> tuple[Any, ...]:
    """Return what sorts likenesses: those that say most first."""
    besides = [kind for kind in likeness.shared if kind != "table"]
    items = sum(map(len, likeness.shared.values()))
    return likeness.common, -len(besides), -len(likeness.shared), -items, likeness.members
