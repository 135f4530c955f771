"""The browser of units, driven in Chromium: ``tox run -e browser``."""
