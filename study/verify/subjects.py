"""Which of two networks knows animals and which knows places, judged by their labels alone."""

import math
import re
from collections.abc import Sequence

from study.inflections import merged
from study.verify.tables import Table

_WORD = re.compile(r"\w+")
_ANIMALS = frozenset(
    _WORD.findall(
        """
    animal ape bear beaver bee beetle bird bovine bull bulldog butterfly camel canine cat
    cattle chicken cow crab deer dog dolphin dragonfly duck eagle elephant emu feline ferret
    fish flamingo fox frog goat goose gorilla hamster hare hawk hen horse hound insect
    jellyfish kitten lamb leopard lion lizard lobster mammal monkey moth mouse otter owl ox
    panda parrot peacock penguin pet pig pony poodle poultry pug puppy rabbit raccoon ram
    rat reptile retriever rooster salmon seal shark sheep shepherd snail snake spaniel
    spider squirrel swan tiger terrier tortoise trout turkey turtle watchdog whale wolf worm
    zebra
    """
    )
)
_PLACES = frozenset(
    _WORD.findall(
        """
    airport alley apartment arcade arena attic auditorium avenue bakery balcony bar barn
    basement bathroom beach bedroom bookshop bookstore bridge building bungalow cabin
    cafeteria campground campus canal canyon castle cathedral cave cemetery chalet chapel
    church city classroom closet coast condominium corridor cottage courthouse courtroom
    courtyard crypt desert dock dorm dune factory farm field forest fountain garage garden
    glacier gym hall hallway harbor harbour highway hill hospital hotel house island jungle
    kitchen laboratory lake landfill library lobby locker loft lounge mall market meadow
    mill mosque motel mountain museum nursery ocean office orchard palace park pasture patio
    pavilion penthouse piazza platform playground plaza pond pool port restaurant river road
    room ruin salon sauna school sea shed shop shore showroom skyline stadium station street
    subway suite supermarket swamp tavern temple terrace theater theatre tower town
    townhouse tunnel valley village vineyard warehouse waterfall wetland winery yard
    """
    )
)
_SPEAKS = (
    ("places", re.compile(r"places|scene", re.IGNORECASE)),
    ("objects", re.compile(r"imagenet|object", re.IGNORECASE)),
)
_SURE = 3.5
"""Standard errors by which the shares must differ. (Published runs: the layer-4 labels of the
places network are 94 % places among animals and places, those of the object network 60 %.)"""


def claimed_subject(texts: Sequence[str]) -> str:
    """Return what names speak of: "places", "objects", or "" for neither or both."""
    spoken = {subject for subject, word in _SPEAKS for text in texts if word.search(text)}
    return spoken.pop() if len(spoken) == 1 else ""


def counts(table: Table) -> tuple[int, int]:
    """Return how many units of the deepest layer carry the name of an animal, and of a place."""
    labels = merged(table.labels(list(table.parts)[-1]))
    return sum(w in _ANIMALS for w in labels), sum(w in _PLACES for w in labels)


def exchanged(objects: Table, places: Table) -> str | None:
    """Say why two tables seem to be exchanged; `None` if they do not.

    Among the labels that name animals or places, the places network must not hold clearly fewer
    places than the object network.
    """
    (animals_o, places_o), (animals_p, places_p) = counts(objects), counts(places)
    total_o, total_p = animals_o + places_o, animals_p + places_p
    if min(total_o, total_p) < 20:
        return None
    share_o, share_p = places_o / total_o, places_p / total_p
    pooled = (places_o + places_p) / (total_o + total_p)
    error = math.sqrt(pooled * (1 - pooled) * (1 / total_o + 1 / total_p))
    if not error or (share_o - share_p) / error < _SURE:
        return None
    return (
        f"the deepest layer of {places.name} names {animals_p} animals and {places_p} places, that "
        f"of {objects.name} {animals_o} animals and {places_o} places: the other way round than "
        "their names say"
    )
