"""Files that a study needs and this program may not carry: pinned, fetched, checked, found.

``pins.toml`` states each one's url, size, digest, licence and terms. `locate_all` finds files that
are here, `fetch` brings those that are not, `check_zip` judges an archive before it is read.
"""

from study.artifacts.archive import check_zip, extract_zip, read_member
from study.artifacts.download import Patience
from study.artifacts.fetching import announcement, fetch
from study.artifacts.pins import Artifact, load_pins, torchvision_name
from study.artifacts.places import find, locate, locate_all, search_folders

__all__ = [
    "Artifact",
    "Patience",
    "announcement",
    "check_zip",
    "extract_zip",
    "fetch",
    "find",
    "load_pins",
    "locate",
    "locate_all",
    "read_member",
    "search_folders",
    "torchvision_name",
]
