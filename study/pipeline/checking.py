"""Checking the images: none stops a run half-way that a look at its first bytes would have found.

Headers are read with the digests, before any work. A picture that ends too early shows only when it
is decoded: those that a network sees are checked as they are decoded for it, shard by shard, and
the store remembers them.
"""

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np

from study.errors import StudyError
from study.inputs.pictures import UnreadablePicture
from study.pipeline.entries import activation_entries
from study.pipeline.opening import Inputs
from study.pipeline.store import Entry, Store
from study.progress import Progress, counted

_CHECKED = 4096  # images that are checked before the store remembers them
_FIRST = 16  # images that are decoded before anything else, spread over the probe


def checked_entry(store: Store) -> Entry:
    """Return the store's entry of the images, by digest, that could be read."""
    return store.entry("checked-images", {"pillow": version("pillow"), "looked_for": "one colour"})


def apart(inputs: Inputs, store: Store, unchecked: Sequence[int] | None = None) -> list[int]:
    """Return the images that are not checked yet and that no network is about to decode.

    Unless the unchecked ones are given, damaged files of the store are not noticed.
    """
    images = inputs.probe.image_digests
    if unchecked is None:
        unchecked = checked_entry(store).missing(images)
    if not unchecked:
        return []
    entries = activation_entries(inputs, store).values()
    decoded = set[int]().union(*(entry.missing(images) for entry in entries))
    return [image for image in unchecked if image not in decoded]


def check_images(inputs: Inputs, store: Store, progress: Progress) -> None:
    """Refuse what is known to be unreadable; decode a few images, and those no network will see.

    Raises
    ------
    StudyError
        Naming the first image that cannot be read, and how many there are.
    """
    if inputs.probe.broken:
        raise _unreadable(inputs, inputs.probe.broken)
    unchecked = checked_entry(store).gather(inputs.probe.image_digests).missing
    first = unchecked[:: max(1, -(-len(unchecked) // _FIRST))]
    looks = inputs.probe.check(first)
    if first and all(looks):  # errors, or of one colour: all are looked at before any work
        check_all(inputs, store, progress, unchecked)
        one_coloured(inputs, store, progress)
    elif any(isinstance(look, UnreadablePicture) for look in looks):
        check_all(inputs, store, progress, unchecked)
    else:
        check_all(inputs, store, progress, apart(inputs, store, unchecked))


def check_all(
    inputs: Inputs, store: Store, progress: Progress, chosen: Sequence[int] | None = None
) -> None:
    """Decode images that are not checked yet, all of them or some; the store remembers them.

    Raises
    ------
    StudyError
        Naming the first that cannot be read, and how many there are.
    """
    checked = checked_entry(store).gather(inputs.probe.image_digests)
    chosen = checked.missing if chosen is None else chosen
    unreadable: list[UnreadablePicture] = []
    with progress.stage("checking images", len(chosen), "images") as advance:
        for start in range(0, len(chosen), _CHECKED):
            some = chosen[start : start + _CHECKED]
            looks = inputs.probe.check(some, progress=advance)
            unreadable += [look for look in looks if isinstance(look, UnreadablePicture)]
            read = {
                image: look
                for image, look in zip(some, looks, strict=True)
                if isinstance(look, bool)
            }
            if read:
                checked.add(list(read), {"one_colour": np.array(list(read.values()))})
    if unreadable:
        raise _unreadable(inputs, unreadable)


def one_coloured(inputs: Inputs, store: Store, progress: Progress) -> int:
    """Return how many images are of one colour; all of them are checked.

    Raises
    ------
    StudyError
        If all are: pictures whose range of values is not what their format says decode to that.
    """
    flat = checked_entry(store).gather(inputs.probe.image_digests).arrays()["one_colour"]
    count, images = int(flat.sum()), len(inputs.probe)
    example = inputs.probe.names[int(flat.argmax())]
    if count == images:
        raise StudyError(
            f"{inputs.probe.name}: each image decodes to one colour, such as {example}: save them "
            "so that the least value is black and the largest white"
        )
    if count:
        progress.note(f"{counted(count, 'images')} of {images} of one colour, such as {example}")
    copies = images - len(set(inputs.probe.image_digests))
    if copies:
        progress.note(f"{counted(copies, 'images')} of {images} equal to another, byte by byte")
    return count


def _unreadable(inputs: Inputs, errors: Sequence[UnreadablePicture]) -> StudyError:
    more = f" ({len(errors)} such images of {len(inputs.probe)} in all)"
    return StudyError(f"{errors[0]}{more if len(errors) > 1 else ''}")
