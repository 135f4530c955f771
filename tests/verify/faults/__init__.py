"""Faults as students make them, planted one at a time, and honest variants that are none."""
