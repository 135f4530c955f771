"""Files that a study needs and this program may not distribute: pinned, fetched, checked, located.

``pins.toml`` states each file's url, size, digest, licence and terms. `needed_artifacts` names
those of a study, `locate_all` finds what is here, `fetch` downloads the rest.
"""

from study.inputs.artifacts.fetching import announcement, fetch, needed_artifacts
from study.inputs.artifacts.locations import locate_all, search_folders
from study.inputs.artifacts.pins import Artifact, load_pins, pinned, torchvision_name

__all__ = [
    "Artifact",
    "announcement",
    "fetch",
    "load_pins",
    "locate_all",
    "needed_artifacts",
    "pinned",
    "search_folders",
    "torchvision_name",
]
