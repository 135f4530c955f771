"""Arrays on disk, named by the digest of everything that they were computed from.

Layout, below the store's root (``STUDY_STORE``, else ``store`` in the user's cache folder)::

    KIND/KEY/made_of.json                       what the arrays were made from, for people to read
    KIND/KEY/00000000-00000512.safetensors      the arrays of images 0 to 511
    .part, .lock                                the file being written, the lock on writing

KEY is the SHA-256 of the kind, a line feed and the canonical JSON (sorted keys, no spaces) of
``{"parts": …, "shard": …, "total": …}``. The arrays are in the safetensors format; ``sha256`` in
its ``__metadata__`` is the digest of ``KIND/KEY/NAME``, a line feed and the file with "0" in that
field. No file holds a time, a path or a host, so the same work leaves the same bytes.

A file is written as ``.part`` under the lock and renamed when it is complete: a process killed at
any moment, or a full disk, leaves the finished files and at most one ``.part``, which the next
write replaces. A file with one changed byte counts as missing.
"""

from study.pipeline.store.store import Entry, Store, Stored

__all__ = ["Entry", "Store", "Stored"]
