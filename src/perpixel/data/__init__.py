"""Data sets: folders of pictures and masks in, pairs that fit together out."""

from perpixel.data.census import Census, census
from perpixel.data.dataset import Dataset, Task
from perpixel.data.layered import LayeredDataset
from perpixel.data.opening import open_dataset
from perpixel.data.sample import Sample

__all__ = ["Census", "Dataset", "LayeredDataset", "Sample", "Task", "census", "open_dataset"]
