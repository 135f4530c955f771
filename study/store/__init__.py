"""Arrays on disk, named by the digest of everything that made them.

Layout, below the store's root (``STUDY_STORE``, else ``store`` in the user's cache folder)::

    KIND/KEY/made_of.json                       what made the arrays, for people to read
    KIND/KEY/00000000-00000512.safetensors      the arrays of images 0 to 511
    KIND/KEY/whole.safetensors                  arrays that were put in one piece
    .part, .lock                                the file being written, the lock on writing

KEY is the SHA-256 of the kind, a line feed and the canonical JSON (sorted keys, no spaces) of
``{"parts": …, "shard": …, "total": …}``. The arrays are in the safetensors format; ``sha256`` in
its ``__metadata__`` is the digest of ``KIND/KEY/NAME``, a line feed and the file with that field
filled by "0". No file holds a time, a path or a host, so the same work leaves the same bytes.

A file appears by being renamed from ``.part`` under the lock, whole and with its digest: a process
killed at any moment, or a full disk, leaves the files that were finished and at most one ``.part``,
which the next write replaces. A file with one byte changed counts as missing.
"""

from study.store.disk import Stored
from study.store.entry import Entry
from study.store.store import Store, default_root

__all__ = ["Entry", "Store", "Stored", "default_root"]
