"""Files: written whole or not at all, CSV, JSON documents and digests, the program's folders."""
