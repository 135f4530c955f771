"""The image-text model that says how much an image shows a concept, through open_clip."""

from study.encoder.load import load_encoder
from study.encoder.model import Encoder

__all__ = ["Encoder", "load_encoder"]
