"""Trains the small networks of the miniature from nothing: ``python -m study.miniature.training``."""
