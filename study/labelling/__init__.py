"""Labelling: from activations and features to the labels of units and how far to trust them."""
