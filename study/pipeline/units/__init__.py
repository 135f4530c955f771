"""Units: what is said of each from its activations over the whole probe."""
