"""The recipe, as data: what is trained on which pictures, and for how long."""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Part = Literal["clip", "object", "scene", "object-twin", "scene-twin"]
Kind = Literal["object", "scene"]
Learns = Literal["pictures", "vectors", "texts", "both"]
TASKS: Mapping[Part, Kind] = {
    "object": "object",
    "scene": "scene",
    "object-twin": "object",
    "scene-twin": "scene",
}
"""The kind of picture that each classifier learns; a twin learns it from another seed."""
PARTS: tuple[Part, ...] = ("clip", *TASKS)


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the image-text training, with a learning rate that warms up and decays.

    A phase learns "pictures": the image tower, with one linear classifier for each truth;
    "vectors": the image tower, by cosines with one free vector for each truth instead of texts;
    "texts": the text tower, to map all forms of a word to the vector of its truth; "both" towers
    together, on captions of several words and on bare ones, one form of each truth.
    """

    images: int  # pictures shown, each as often as it is drawn (learning texts: words read)
    rate: float  # the highest learning rate
    batch: int = 256
    learns: Learns = "both"
    scale: float = 100.0  # the logit scale, fixed
    captions: int = 256  # pictures of a batch that are contrasted with captions
    masked_words: int = 0  # shorter captions are no negatives of pictures that they are true of
    words: float = 0.0  # weight of the loss of each picture and bare word: true or false?
    names: float = 0.0  # weight of the loss that ranks true words above others of their category
    negatives: int = 48  # captions of words that never appear in a batch, and such bare words
    category_weights: Mapping[str, float] = field(default_factory=dict)  # of words; default 1
    object_weight: float = 1.0  # how much likelier a picture of an object is in a batch

    @property
    def steps(self) -> int:
        """Number of steps, the last batch being as large as the others."""
        return -(-self.images // self.batch)


@dataclass(frozen=True, slots=True)
class ClipRecipe:
    """The small image-text model: its towers and its phases.

    The image tower computes in `precision`; weights stay float32.
    """

    phases: tuple[Phase, ...]
    width: int = 12
    blocks: tuple[int, ...] = (1, 1, 1, 1)
    image_size: int = 64
    decay: float = 0.05
    shift: int = 4
    precision: Literal["float32", "bfloat16"] = "bfloat16"


@dataclass(frozen=True, slots=True)
class Cycle:
    """One stretch of a classifier's training: pictures shown, and how many different ones."""

    images: int
    pictures: int


@dataclass(frozen=True, slots=True)
class ClassifierRecipe:
    """A classifier of one kind of picture; the learning rate rises and decays in each cycle."""

    cycles: tuple[Cycle, ...]
    rate: float = 4e-3
    batch: int = 64
    decay: float = 0.05
    smoothing: float = 0.05
    shift: int = 4

    @property
    def lengths(self) -> tuple[int, ...]:
        """Number of steps of each cycle."""
        return tuple(-(-cycle.images // self.batch) for cycle in self.cycles)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that one run trains, and the drawn pictures that it trains on."""

    pictures: Mapping[str, int]
    clip: ClipRecipe
    object: ClassifierRecipe
    scene: ClassifierRecipe

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values, for the card."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain

    def digest(self, part: Part) -> str:
        """Return the sha256 of the settings of one part; a twin has those of its original."""
        text = json.dumps(self.to_json()[TASKS.get(part, part)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


_SLOW: Mapping[str, float] = {"object": 3.0, "texture": 3.0, "part": 2.0}
"""What is learned last counts more."""

_of_pictures = functools.partial(
    Phase, batch=128, words=1.0, names=1.0, category_weights=_SLOW, object_weight=1.5
)

DEFAULT = Recipe(
    pictures={"object": 70_000, "scene": 30_000, "swatch": 30_000},
    clip=ClipRecipe(
        image_size=96,
        blocks=(1, 2, 2, 2),
        phases=(
            _of_pictures(images=1_000_000, rate=4e-3, learns="pictures"),
            _of_pictures(images=120_000, rate=1.5e-3, learns="vectors"),
            Phase(images=40_000, rate=2e-3, learns="texts"),
            _of_pictures(images=180_000, rate=1.5e-3, captions=32, masked_words=2, negatives=24),
        ),
    ),
    object=ClassifierRecipe(cycles=(Cycle(96_000, 18_000), Cycle(130_000, 30_000))),
    scene=ClassifierRecipe(cycles=(Cycle(24_000, 13_000),)),
)
"""The recipe of the committed weights."""
