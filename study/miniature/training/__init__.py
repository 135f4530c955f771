"""Trains the miniature's small networks from nothing: ``python -m study.miniature.training``."""
