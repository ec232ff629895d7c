"""Encoders with the output layers that exist in training alone."""

from torch import nn

from .encoder import Encoders, Linears, Shape


class Classifiers(nn.Module):
    def __init__(self, models: int, shape: Shape, emotions: int, speakers: int, features: int):
        super().__init__()
        self.encoders = Encoders(models, shape)
        self.features = Linears(models, shape.width, features)
        self.emotion = Linears(models, shape.width, emotions)
        self.speaker = Linears(models, shape.width, speakers)
