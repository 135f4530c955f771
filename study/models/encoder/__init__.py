"""The image-text model that says how much an image shows a concept, through open_clip."""

from study.models.encoder.load import load_encoder
from study.models.encoder.model import Encoder
from study.models.encoder.own import OwnEncoder
from study.models.encoder.truth_encoder import TruthEncoder

__all__ = ["Encoder", "OwnEncoder", "TruthEncoder", "load_encoder"]
