"""Data sets of depth: pictures, and for each pixel the distance of what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from perpixel.classes.depth_bins import BINS, DepthBins, bins_of, parse_bins
from perpixel.data.dataset import Dataset, Task
from perpixel.data.depth_pairs import recognize
from perpixel.data.listing import list_files
from perpixel.data.sample import Sample
from perpixel.errors import DataError, PictureError
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS, conform, decode_picture, read_bytes, read_file_header, read_header
from perpixel.pictures.tiff import read_values
from perpixel.results import Depth, LabelMap

MILLIMETRES = 1000
_NEVER = 65535  # of 16 bits: no answer, as is 0
_LOOKED_AT = 24
_RIGHT = "give 16-bit PNG in millimetres (0 and 65535: no depth) or float32 TIFF in metres (0: no depth)"


@dataclass(frozen=True)
class DepthDataset(Dataset):
    """Pictures and depth maps. `classes` are bins of distance; scores are of metres, whatever the bins.

    Attributes:
        bins: what is learnt: in which of them a pixel lies.
        binning: how they were chosen, such as `increasing:64`.
    """

    bins: DepthBins = field(default_factory=lambda: DepthBins((0.0, 1.0, 2.0)))
    binning: str = BINS

    task: ClassVar[Task] = "depth"
    classed: ClassVar[bool] = False

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], Depth]:  # type: ignore[override]
        """The picture (H, W, channels) uint8, upright, and the depth (H, W) of its pixels.

        Raises:
            PictureError: the picture cannot be read, or its channels cannot be made `channels`.
            DataError: the depth map cannot be read, has another size, or there is none.
        """
        data, name = read_bytes(sample.picture), str(sample.picture)
        image = conform(decode_picture(data, max_pixels=self.max_pixels, name=name), self.channels, name=name)
        return image, self._fitting(sample, (image.shape[0], image.shape[1]))

    def read_truth(self, sample: Sample) -> Depth:  # type: ignore[override]
        """The depth alone; of the picture, only the header is read, for its size.

        Raises:
            DataError: as `read`.
        """
        return self._fitting(sample, read_file_header(sample.picture, max_pixels=self.max_pixels).upright_size)

    def flat(self, truth: Depth) -> LabelMap:
        """The numbers of the bins."""
        return LabelMap(self.bins.labels(truth.metres, truth.valid), self.classes)

    def pack(self, truth: Depth) -> NDArray[Any]:  # type: ignore[override]
        """(H, W): the numbers of the bins, 255 where nothing is judged."""
        return self.bins.labels(truth.metres, truth.valid)

    def unpack(self, packed: NDArray[Any]) -> Depth:  # type: ignore[override]
        """What `pack` packed, each pixel in the middle of its bin."""
        valid = packed != self.unjudged
        return Depth(self.bins.centers[np.where(valid, packed, 0)], valid)

    def _fitting(self, sample: Sample, size: tuple[int, int]) -> Depth:
        if sample.mask is None:
            raise DataError(f"{sample.picture}: the picture has no depth map, so nothing can be learned or judged")
        depth = read_depth(sample.mask, max_pixels=self.max_pixels)
        if depth.size != size:
            (height, width), (tall, wide) = depth.size, size
            raise DataError(f"{sample.mask}: the depth map is {height} x {width}, its picture is {tall} x {wide}")
        return depth


def open_depths(
    root: Path,
    *,
    bins: str = BINS,
    depths: str | None = None,
    hold_out: bool = True,
    max_pixels: int = MAX_PIXELS,
) -> DepthDataset:
    """What `open_dataset` gives for the task "depth".

    Args:
        root: the folder.
        bins: `uniform`, `increasing` or `adaptive`, and how many: `increasing:64`. They reach as far as the depths of
            the training split do, but for a thousandth at each end, by a look at some of its maps.
        depths: the folder of the depth maps, where names do not tell.
        hold_out: as `depth_pairs.recognize`.
        max_pixels: no larger picture is decoded.

    Raises:
        DataError: not such a folder, a depth map that is none, or none has a valid pixel.
        ValueError: unknown bins.
    """
    parse_bins(bins)
    layout = recognize(root, list_files(root), depths=depths, hold_out=hold_out)
    samples = layout.splits.get("train") or next(iter(layout.splits.values()))
    chosen = bins_of(_looked_at(root, samples, max_pixels), bins)
    headers = [read_file_header(sample.picture, max_pixels=max_pixels) for sample in samples[:16]]
    channels = 3 if any(header.palette or header.channels > 2 for header in headers) else 1
    words = f"{layout.words}; {len(chosen)} bins from {chosen.edges[0]:.3g} to {chosen.edges[-1]:.3g} m, {bins}"
    encoding = Encoding(reason="depth maps hold distances")
    return DepthDataset(root, chosen.table(), encoding, layout.splits, words, channels, max_pixels, chosen, bins)


def read_depth(path: Path, *, max_pixels: int = MAX_PIXELS) -> Depth:
    """A depth map: 16-bit PNG or TIFF in millimetres, where 0 and 65535 are no depth, or float TIFF in metres.

    Raises:
        DataError: the file cannot be read or is no depth map.
    """
    try:
        data = read_bytes(path)
        header = read_header(data, max_pixels=max_pixels, name=str(path))
        if header.channels != 1 or header.bits < 16 or header.format not in ("PNG", "TIFF"):
            raise DataError(
                f"{path}: a {header.format} of {header.channels} channel{'s' * (header.channels > 1)} and "
                f"{header.bits} bits is no depth map; {_RIGHT}"
            )
        if header.format == "TIFF":
            values = read_values(data)[0]
        else:
            values = decode_picture(data, max_pixels=max_pixels, orient=False, name=str(path))[:, :, 0]
    except PictureError as error:
        raise DataError(str(error)) from error
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    if values.ndim == 2 and values.dtype == np.uint16:
        valid = (values != 0) & (values != _NEVER)
        return Depth(np.asarray(values / np.float32(MILLIMETRES), np.float32), valid)
    if values.ndim == 2 and values.dtype.kind == "f":
        valid = np.isfinite(values) & (values > 0)
        return Depth(np.where(valid, values, 0).astype(np.float32), valid)
    raise DataError(f"{path}: values of type {values.dtype} in the shape {values.shape} are no depth map; {_RIGHT}")


def _looked_at(root: Path, samples: Sequence[Sample], max_pixels: int) -> NDArray[np.float32]:
    """Depths of some maps from all over."""
    seen = []
    for sample in samples[:: max(len(samples) // _LOOKED_AT, 1)]:
        if sample.mask is not None:
            depth = read_depth(sample.mask, max_pixels=max_pixels)
            seen.append(depth.metres[::3, ::3][depth.valid[::3, ::3]])
    metres = np.concatenate(seen) if seen else np.zeros(0, np.float32)
    if not metres.size:
        raise DataError(f"{root}: none of the depth maps has a pixel with a depth; {_RIGHT}")
    return metres
