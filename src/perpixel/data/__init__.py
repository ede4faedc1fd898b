"""Data sets: folders of pictures and masks in, pairs that fit together out."""

from perpixel.data.census import Census, census
from perpixel.data.dataset import Dataset, Task
from perpixel.data.depths import DepthDataset
from perpixel.data.layered import LayeredDataset
from perpixel.data.opening import open_dataset
from perpixel.data.sample import Sample
from perpixel.data.solids import SlicesDataset

__all__ = [
    "Census",
    "Dataset",
    "DepthDataset",
    "LayeredDataset",
    "Sample",
    "SlicesDataset",
    "Task",
    "census",
    "open_dataset",
]
