"""Data sets of label maps, or of a mask for every class: what `open_dataset` tries first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from perpixel.classes import ClassTable
from perpixel.data import camvid, class_folders, folders, run_length_table, voc
from perpixel.data.dataset import Dataset, Task
from perpixel.data.layered import LayeredDataset, layered
from perpixel.data.layout import Layout
from perpixel.data.listing import list_files
from perpixel.data.mask_coding import coding_of, said_of
from perpixel.data.sample import spread
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS, read_file_header

_HEADERS = 64  # of pictures, that channels are told from


def open_masks(
    root: Path,
    *,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    encoding: str | Encoding | None = None,
    masks: str | None = None,
    task: Task | None = None,
    max_pixels: int = MAX_PIXELS,
    divided: Callable[[Layout], Layout] = lambda layout: layout,
) -> Dataset:
    """The data set, whose masks are of classes.

    Args:
        root: the folder; its contract is not looked at.
        classes, ignore, encoding, masks, task, max_pixels: as `open_dataset` takes them.
        divided: makes the splits of what the data leave undivided; by default nothing is held out.

    Raises:
        DataError: as `open_dataset`.
    """
    files = list_files(root)
    if (found := _layers(root, files, classes, ignore, masks, task)) is not None:
        layers, table = divided(found[0]), found[1]
        channels = channels_of(root, layers, max_pixels)
        return LayeredDataset(root, table, Encoding("binary"), layers.splits, layers.words, channels, max_pixels)
    layout = None
    if masks is None:
        layout = camvid.recognize(root, files) or voc.recognize(root, files)
    layout = divided(layout or folders.recognize(root, files, masks=masks))
    stated_classes, stated = stated_table(root, classes, ignore)
    if isinstance(encoding, str):
        stated = Encoding(cast(Any, encoding), reason="it was asked for")
    elif encoding is not None:
        stated = encoding
    inferred = coding_of(root, layout, stated_classes, stated, ignore, max_pixels)
    channels = channels_of(root, layout, max_pixels)
    words = f"{layout.words}; {said_of(inferred)}"
    dataset = Dataset(root, inferred.classes, inferred.encoding, layout.splits, words, channels, max_pixels)
    return layered(dataset) if task == "multilabel" else dataset


def _layers(
    root: Path,
    files: Sequence[Path],
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    masks: str | None,
    task: Task | None,
) -> tuple[Layout, ClassTable] | None:
    """The layout where every class has masks of its own, in a table or in folders; None where it is not so."""
    stated, _ = stated_table(root, classes, ignore)
    if (table := run_length_table.find_truth(root, files, masks)) is not None:
        if task == "semantic":
            raise DataError(
                f"{table}: run lengths of classes that may overlap are multilabel; for one class a pixel give label "
                "maps: `perpixel convert` makes them"
            )
        return run_length_table.recognize(root, files, table, classes=stated)
    if masks is None and task != "semantic":
        return class_folders.recognize(root, files, table=stated)
    return None


def channels_of(root: Path, layout: Layout, max_pixels: int) -> int:
    """1 if all pictures are gray, 3 for color (transparency is none), more where TIFFs have more."""
    found = Counter[int]()
    for sample in list(spread(layout.samples, _HEADERS))[:_HEADERS]:
        header = read_file_header(sample.picture, max_pixels=max_pixels)
        color = 3 if header.palette or header.channels > 2 else 1
        found[header.channels if header.format == "TIFF" and header.channels > 3 else color] += 1
    if set(found) <= {1, 3}:
        return 3 if found[3] else 1
    if len(found) > 1:
        counts = ", ".join(f"{number} of {channels} channels" for channels, number in sorted(found.items()))
        raise DataError(f"{root}: the pictures differ: {counts}; give pictures of one kind")
    return next(iter(found))
