"""Unit cards: the images that activate a unit most, drawn with their activation maps."""
