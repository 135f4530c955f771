"""Network dissection as a tested, reproducible study."""

__version__ = "0.1.0"
