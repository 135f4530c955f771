"""Arrays on disk, named by the digest of everything that they were computed from.

Layout, below the store's root (``STUDY_STORE``, else ``store`` in the user's cache folder)::

    KIND/KEY/made_of.json                       what the arrays were made from, for people to read
    KIND/KEY/used_by.json                       the studies that have used them
    KIND/KEY/NAME.rows                          the names of some rows, 32 bytes each
    KIND/KEY/NAME.safetensors                   the arrays of these rows
    probe-index/PROBE.index                     what was read of a probe's files, see
                                                `study.inputs.probe_index`
    .part, .lock                                the file being written, the lock on writing

KEY is the SHA-256 of the kind, a line feed and the canonical JSON (sorted keys, no spaces) of
``made_of.json``: of a network and a layer, say, but of no probe. A row is one image or one word,
named by its digest; NAME is the SHA-256 of the list of rows. A study with one image, word or layer
more therefore finds all others. The arrays are in the safetensors format; ``sha256`` in its
``__metadata__`` is the digest of ``KIND/KEY/NAME.safetensors``, a line feed and the file with "0"
in that field. Arrays hold no time, path or host, so the same work leaves the same bytes.

A file is written as ``.part`` under the lock and renamed when it is complete: a process killed at
any moment, or a full disk, leaves the finished files and at most one ``.part``, which the next
write replaces. A file with one changed byte counts as missing.
"""

from study.pipeline.store.entry import Entry, Gathered
from study.pipeline.store.store import Store, Stored

__all__ = ["Entry", "Gathered", "Store", "Stored"]
