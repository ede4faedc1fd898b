"""Predicting: models, engines, the predictor, where pictures come from and where answers go."""

from perpixel.predict.engine import Engine, OnnxEngine
from perpixel.predict.model import Model, embedded, find_model, find_models
from perpixel.predict.predictor import Predictor
from perpixel.predict.sink import FolderSink, Sink
from perpixel.predict.source import FileSource, Frame, Source
from perpixel.predict.thing_sink import ThingSink

__all__ = [
    "Engine",
    "FileSource",
    "FolderSink",
    "Frame",
    "Model",
    "OnnxEngine",
    "Predictor",
    "Sink",
    "Source",
    "ThingSink",
    "embedded",
    "find_model",
    "find_models",
]
