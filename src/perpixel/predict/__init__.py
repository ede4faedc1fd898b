"""Predicting: models, engines, the predictor, where pictures come from and where answers go."""

from perpixel.predict.depth_sink import DepthSink
from perpixel.predict.engine import Engine, OnnxEngine
from perpixel.predict.model import Model, embedded, find_model, find_models
from perpixel.predict.predictor import Predictor
from perpixel.predict.sink import FolderSink, Sink
from perpixel.predict.solid_sink import SolidSink
from perpixel.predict.source import FileSource, Frame, Source
from perpixel.predict.thing_sink import ThingSink
from perpixel.predict.video import VideoSource, write_video

__all__ = [
    "DepthSink",
    "Engine",
    "FileSource",
    "FolderSink",
    "Frame",
    "Model",
    "OnnxEngine",
    "Predictor",
    "Sink",
    "SolidSink",
    "Source",
    "ThingSink",
    "VideoSource",
    "embedded",
    "find_model",
    "find_models",
    "write_video",
]
