"""open_dataset: look at a folder and say what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from perpixel.classes import ClassTable
from perpixel.classes.depth_bins import BINS
from perpixel.data import folders, opening_things
from perpixel.data.contract import Contract, find_contract
from perpixel.data.dataset import OF_THINGS, Dataset, Task
from perpixel.data.depths import open_depths
from perpixel.data.dividing import Groups, divide, photos_of
from perpixel.data.lanes import open_lanes
from perpixel.data.layout import Layout
from perpixel.data.listing import list_files
from perpixel.data.opening_masks import channels_of, open_masks
from perpixel.data.solids import as_slices
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS


def open_dataset(
    path: str | Path,
    *,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    encoding: str | Encoding | None = None,
    masks: str | None = None,
    task: Task | None = None,
    split_seed: int | None = 0,
    max_pixels: int = MAX_PIXELS,
    groups_of: Groups | None = None,
    contract: bool = True,
    bins: str | None = None,
) -> Dataset:
    """Recognize a folder of pictures and masks: pairs in folders, CamVid as published, Pascal VOC.

    A contract (`perpixel.yaml`, which `perpixel inspect` writes) in the folder, or given as the path, states classes,
    encoding and splits; data that are no longer so are refused.

    `train` and `val` come from split folders or lists; where there are none, a fifth is held out by `split_seed`, and
    pictures of one photo stay on one side: that takes a look at each picture, one or two milliseconds for a JPEG. A
    folder of pictures alone opens too, with the one split `all`, to predict on. The masks' encoding is told from some
    of them and never guessed where two readings are as likely; `census` checks every one.

    Args:
        path: the folder.
        classes: a known table (camvid, cityscapes, voc), a file, or a table. By default the file classes.yaml,
            classes.csv, class_dict*.csv, class_names.txt, classes.txt or labels.txt in the folder, or what layout,
            palette and values tell.
        ignore: the value in the mask files of pixels that are not judged. By default the table's.
        encoding: one of `perpixel.masks.ENCODINGS`. By default what classes.yaml says, or what the masks tell.
        masks: the folder of the masks below `path`, or a CSV file of run lengths (`data.run_length_table`), where the
            names do not tell or both are there.
        task: "multilabel" takes label maps apart into layers (`perpixel.data.layered`); "instance" and "panoptic" want
            things told apart (`perpixel.data.things`), in any of the formats of `perpixel.data.formats`. By default
            what the data are: `masks/CLASS/NAME` is multilabel; where there are no masks of classes, things. "depth"
            wants depth maps (`perpixel.data.depths`), of which `masks` may name the folder. "slices" takes
            layers for slices of a solid (`perpixel.data.solids`). "lanes" wants lines of roads (`perpixel.data.lanes`).
        split_seed: of the split by chance; None makes none, and there is the split `all`, or `train` without `val`.
        max_pixels: no larger picture is decoded.
        groups_of: numbers of samples, the same for pictures of one photo, where they are known.
        contract: hold the data to their contract, if there is one.
        bins: of the task "depth": what distances are learnt as, such as `increasing:64` (`data.depths.open_depths`).

    Raises:
        DataError: no such folder, an unknown layout, orphans, no class table where one is needed, or a broken contract.
        MaskError: masks whose coding cannot be told, or that do not fit the class table.
        ValueError: an unknown encoding.
    """
    agreed = find_contract(Path(path)) if contract else None
    if agreed is not None and task is None and agreed.task in ("depth", "slices"):
        task = agreed.task
    if task == "depth":
        if classes is not None or ignore is not None or encoding is not None:
            raise ValueError("classes, ignore and encoding are of masks; depth maps have no classes: leave them out")
        root, hold_out = Path(path) if agreed is None else agreed.root, split_seed is not None
        depths = open_depths(root, bins=bins or BINS, depths=masks, hold_out=hold_out, max_pixels=max_pixels)
        if agreed is not None and agreed.task == "depth" and masks is None and split_seed == 0:
            agreed.check(depths)
        return depths
    if task == "lanes":
        return _lanes(Path(path), split_seed, groups_of, max_pixels)
    if task == "slices":
        layers = open_dataset(
            path, classes=classes, ignore=ignore, encoding=encoding, masks=masks, task="multilabel",
            split_seed=split_seed, max_pixels=max_pixels, groups_of=groups_of, contract=contract, bins=bins,
        )  # fmt: skip
        return as_slices(layers)
    if bins is not None:
        raise ValueError(f"bins {bins!r} are of distances: give --task depth with them")
    if agreed is not None:
        return _by_contract(agreed, classes, ignore, encoding, masks, task, split_seed, max_pixels)
    root = Path(path)

    def divided(layout: Layout) -> Layout:
        return layout if split_seed is None else divide(layout, split_seed, groups_of or photos_of)

    def things() -> Dataset | None:
        return _things(root, divided, classes, ignore, masks, task, max_pixels)

    if task in OF_THINGS or root.is_file():
        if (found := things()) is not None:
            return found
        raise DataError(f"{root}: not a folder, nor annotations of things; give the folder of the data set")
    try:
        dataset = open_masks(
            root, classes=classes, ignore=ignore, encoding=encoding, masks=masks, task=task, max_pixels=max_pixels,
            divided=divided,
        )  # fmt: skip
    except DataError as error:
        if task is not None or not root.is_dir():
            raise
        if (found := things() if isinstance(error, folders.OnlyIdsError) else _or_none(things)) is None:
            raise
        return found
    has_truth = any(sample.has_truth for samples in dataset.splits.values() for sample in samples)
    return dataset if has_truth or task is not None else things() or dataset


def _lanes(root: Path, split_seed: int | None, groups_of: Groups | None, max_pixels: int) -> Dataset:
    """Lanes; a fifth is held out where the data say nothing of splits."""
    layout, dataset = open_lanes(root, list_files(root), max_pixels=max_pixels)
    divided = layout if split_seed is None else divide(layout, split_seed, groups_of or photos_of)
    return replace(dataset, splits=divided.splits, layout=divided.words)


def _things(
    root: Path,
    divided: Callable[[Layout], Layout],
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    masks: str | None,
    task: Task | None,
    max_pixels: int,
) -> Dataset | None:
    """Annotations that tell things apart; None if there are none."""
    folder = root if root.is_dir() else root.parent
    table, _ = stated_table(folder, classes, ignore)
    collection = opening_things.read_things(
        root, classes=table, ignore=ignore, masks=masks, task=task, max_pixels=max_pixels
    )
    if collection is None:
        return None
    layout = divided(opening_things.layout_of(collection))
    channels = channels_of(root, layout, max_pixels)
    return opening_things.things_of(collection, layout, task=task, channels=channels, max_pixels=max_pixels)


def _or_none(find: Callable[[], Dataset | None]) -> Dataset | None:
    """What is found, if it can be read: what was in the way of masks of classes is the better thing to tell."""
    try:
        return find()
    except DataError:
        return None


def _by_contract(
    agreed: Contract,
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    encoding: str | Encoding | None,
    masks: str | None,
    task: Task | None,
    split_seed: int | None,
    max_pixels: int,
) -> Dataset:
    """What the contract says, but for what is asked for otherwise."""
    dataset = open_dataset(
        agreed.root,
        classes=agreed.classes if classes is None else classes,
        ignore=ignore,
        encoding=encoding or (agreed.encoding if agreed.task == "semantic" and classes is None else None),
        masks=agreed.masks if masks is None else masks,
        task=task or (agreed.task if agreed.things else None),
        split_seed=split_seed,
        max_pixels=max_pixels,
        groups_of=agreed.groups_of,
        contract=False,
    )
    if masks is None and split_seed == 0:
        agreed.check(dataset)
    return dataset
