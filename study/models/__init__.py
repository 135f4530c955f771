"""Models: networks and the image-text encoder, from their weights to activations and features."""
