"""Inputs: the study file and what it names (concepts, probe, truth table, artifacts)."""
