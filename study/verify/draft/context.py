"""Which network and which layer a number of a report belongs to."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Mention = tuple[int, int, str]
"""Where a text names something (start, end), and what."""
_DATASETS: Mapping[str, str] = {
    "ImageNet": r"image\s?-?net(?:-?1k)?",
    "Places365": r"places(?:\s?-?365)?",
    "CIFAR-10": r"cifar-?10\b",
    "CIFAR-100": r"cifar-?100\b",
}
_ARCHITECTURE = re.compile(
    r"\b(?:ResNet|ResNeXt|VGG|DenseNet|EfficientNet|ConvNeXt|ViT|Swin|AlexNet|MobileNet|RegNet)"
    r"(?:-?[A-Z]?/?\d+[a-z]?)?(?!\w)"
)
_LETTER = re.compile(r"\b(?:[Nn]etwork|[Mm]odel|[Nn]et)\s([A-Z1-9])\b")
_CALLED = re.compile(r"\b[Tt]he\s([A-Z][A-Za-z0-9-]+)(?=\s(?:network|model|one)\b)")
_TRAINED = re.compile(r"\b(?:pre-?)?trained\son\s(?:the\s)?([A-Z][A-Za-z0-9-]+)")
_LAYER = r"(?:layer|block|stage|conv|features)"
_ONE_LAYER = re.compile(
    rf"\b{_LAYER}[\s._-]?(\d+(?:\.\d+)*(?:\[\d+\])?(?:\.[a-z]+\d*)*)(?:_x)?\b|\b(fc|avgpool|head)\b",
    re.I,
)
_LAYERS = re.compile(rf"\b{_LAYER}s\s((?:\d+\s?(?:,|/|&|and|to|-|–)\s?)+(?:and\s)?\d+)\b", re.I)
_ALL = re.compile(
    r"\b(?:overall|in total|total|altogether|all (?:three )?layers|across (?:all |the )*layers)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a report calls its networks."""

    patterns: Mapping[str, re.Pattern[str]]

    @classmethod
    def of(cls, text: str, given: Sequence[str] = ()) -> "Names":
        """Return the names that a report uses, or those given, with the ways to write them."""
        names = list(given) or _found(text)
        return cls({name: re.compile(_written(name), re.I) for name in names})

    def mentions(self, text: str) -> list[Mention]:
        """Return where networks are named, in order."""
        found = [
            (match.start(), match.end(), name)
            for name, pattern in self.patterns.items()
            for match in pattern.finditer(text)
        ]
        return sorted(found)

    def only(self, texts: Iterable[str]) -> str | None:
        """Return the one network that the innermost of some texts names; `None` for none."""
        for text in reversed(list(texts)):
            named = {name for *_, name in self.mentions(text)}
            if named:
                return named.pop() if len(named) == 1 else None
        return None


def layers(text: str) -> list[Mention]:
    """Return where layers are named, in order; "" stands for all layers together."""
    found = [(m.start(), m.end(), _plain(m)) for m in _ONE_LAYER.finditer(text)]
    for match in _LAYERS.finditer(text):
        numbers = re.findall(r"\d+", match[1])
        if re.search(r"to|-|–", match[1]) and len(numbers) == 2:
            numbers = [str(n) for n in range(int(numbers[0]), min(int(numbers[1]), 20) + 1)]
        kind = re.match(r"[a-z]+?(?=s\b)", match[0], re.I)
        word = kind[0].casefold() if kind else "layer"
        found += [(match.start(), match.end(), f"{word}{number}") for number in numbers]
    found += [(match.start(), match.end(), "") for match in _ALL.finditer(text)]
    return sorted(found, key=lambda mention: mention[:2])


def only_layer(texts: Iterable[str]) -> str | None:
    """Return the one layer that the innermost of some texts names; `None` for none or several."""
    for text in reversed(list(texts)):
        named = {name for *_, name in layers(text)}
        if named:
            return named.pop() if len(named) == 1 else None
    return None


def nearest(mentions: Sequence[Mention], start: int, end: int) -> tuple[str | None, bool]:
    """Return what a number at a place belongs to, and whether that is clear.

    It is what stands directly behind it ("30 in layer3"), else what is named last before it, else
    the only thing that is named later.
    """
    behind = [(s, name) for s, _, name in mentions if 0 <= s - end <= _BEHIND]
    if behind:
        return min(behind)[1], True
    before = [(e, name) for _, e, name in mentions if e <= start]
    if before:
        last = max(place for place, _ in before)
        names = {name for place, name in before if place == last}
        return (names.pop(), True) if len(names) == 1 else (None, False)
    after = {name for s, _, name in mentions if s >= end}
    return (after.pop(), True) if len(after) == 1 else (None, not after)


_NO_NAMES = ("First", "Second", "Same", "Other", "Two", "Vision", "Neural", "CLIP")
_BEHIND = 6
"""Letters between a number and the layer or network directly behind it: " in ", " for "."""


def _found(text: str) -> list[str]:
    datasets = {n: len(re.findall(p, text, re.I)) for n, p in _DATASETS.items()}
    trained = Counter(_TRAINED.findall(text))
    named = [name for name, count in datasets.items() if count]
    named += [
        name
        for name in trained
        if not any(re.fullmatch(p, name, re.I) for p in _DATASETS.values())
        and not _ARCHITECTURE.fullmatch(name)
    ]
    lettered = [match[0] for match in _LETTER.finditer(text)]
    counted = Counter(name[0].upper() + name[1:] for name in lettered)
    letters = [name for name, count in counted.items() if count > 1]
    called = [name for name in Counter(_CALLED.findall(text)) if name not in _NO_NAMES]
    built = Counter(_ARCHITECTURE.findall(text))
    for choice in (letters, named, [n for n in called if n not in built], list(built)):
        if len(choice) > 1:
            return choice[:6]
    return [*letters, *named, *built][:6]


def _written(name: str) -> str:
    for pattern in _DATASETS.values():
        if re.search(pattern, name, re.I) and not _ARCHITECTURE.search(name):
            return rf"(?<![\w]){pattern}"
    parts = re.findall(r"[A-Za-z]+|\d+", name)
    return r"(?<!\w)" + r"[\s_/-]?".join(map(re.escape, parts)) + r"(?!\w)"


def _plain(match: re.Match[str]) -> str:
    text = re.sub(r"_x$", "", match[0].casefold())
    return re.sub(r"^([a-z]+)[\s._-]?(?=\d)", r"\1", text)
