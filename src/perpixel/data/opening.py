"""open_dataset: look at a folder and say what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from perpixel.classes import PALETTES, ClassTable
from perpixel.data import camvid, class_folders, folders, run_length_table, voc
from perpixel.data.contract import Contract, find_contract
from perpixel.data.dataset import Dataset, Task
from perpixel.data.layered import LayeredDataset, layered
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, list_files
from perpixel.data.names import role_of
from perpixel.data.near_duplicates import groups, signatures
from perpixel.data.sample import Sample
from perpixel.data.splitting import kept_together
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks import Encoding, Evidence, Inferred, decode_labels, infer_encoding, read_raw
from perpixel.pictures import MAX_PIXELS, read_file_header

Groups = Callable[[Sequence[Sample]], Sequence[int]]

BY_CHANCE = "held out as val"  # what layouts say of a split that they made
_LOOKED_AT = 24  # masks that the encoding is told from; `census` checks all
_ENOUGH_PIXELS = 60_000_000  # of large masks, fewer
_HEADERS = 64


def open_dataset(
    path: str | Path,
    *,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    encoding: str | Encoding | None = None,
    masks: str | None = None,
    task: Task | None = None,
    split_seed: int = 0,
    max_pixels: int = MAX_PIXELS,
    groups_of: Groups | None = None,
    contract: bool = True,
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
        task: "multilabel" takes label maps apart into layers (`perpixel.data.layered`). By default what the data are:
            `masks/CLASS/NAME`, a mask for every class, is multilabel.
        split_seed: of the split by chance.
        max_pixels: no larger picture is decoded.
        groups_of: numbers of samples, the same for pictures of one photo, where they are known.
        contract: hold the data to their contract, if there is one.

    Raises:
        DataError: no such folder, an unknown layout, orphans, no class table where one is needed, or a broken contract.
        MaskError: masks whose coding cannot be told, or that do not fit the class table.
        ValueError: an unknown encoding.
    """
    agreed = find_contract(Path(path)) if contract else None
    if agreed is not None:
        return _by_contract(agreed, classes, ignore, encoding, masks, task, split_seed, max_pixels)
    root = Path(path)
    files = list_files(root)
    layout = None
    if (run_lengths := _run_length_table(root, files, masks)) is not None:
        return _of_run_lengths(root, files, run_lengths, classes, ignore, task, split_seed, max_pixels)
    if masks is None and task != "semantic":
        table, _ = stated_table(root, classes, ignore)
        if (found := class_folders.recognize(root, files, table=table, split_seed=split_seed)) is not None:
            layers, table = found
            layers = together(layers, split_seed, groups_of or photos_of)
            samples = [sample for split in layers.splits.values() for sample in split]
            channels = _channels(root, samples, max_pixels)
            return LayeredDataset(root, table, Encoding("binary"), layers.splits, layers.words, channels, max_pixels)
    if masks is None:
        layout = camvid.recognize(root, files) or voc.recognize(root, files, split_seed=split_seed)
    layout = layout or folders.recognize(root, files, masks=masks, split_seed=split_seed)
    layout = together(layout, split_seed, groups_of or photos_of)
    samples = [sample for split in layout.splits.values() for sample in split]
    table, stated = stated_table(root, classes, ignore)
    if isinstance(encoding, str):
        stated = Encoding(cast(Any, encoding), reason="it was asked for")
    elif encoding is not None:
        stated = encoding
    inferred = _infer(root, layout, samples, table, stated, ignore, max_pixels)
    channels = _channels(root, samples, max_pixels)
    words = f"{layout.words}; {_said(inferred)}"
    dataset = Dataset(root, inferred.classes, inferred.encoding, layout.splits, words, channels, max_pixels)
    return layered(dataset) if task == "multilabel" else dataset


def together(layout: Layout, split_seed: int, groups_of: Groups) -> Layout:
    """The layout with pictures of one photo on one side of a split that was made by chance; others stay as they are."""
    if BY_CHANCE not in layout.words:
        return layout
    splits, moved = kept_together(layout.splits, split_seed, groups_of)
    words = f"{layout.words}; {moved} changed sides beside their near-duplicates" if moved else layout.words
    return replace(layout, splits=splits, words=words)


def photos_of(samples: Sequence[Sample]) -> list[int]:
    """A number for each sample, the same for pictures of one photo; every picture is looked at."""
    numbers: list[int] = groups(signatures([sample.picture for sample in samples])).tolist()
    return numbers


def _by_contract(
    agreed: Contract,
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    encoding: str | Encoding | None,
    masks: str | None,
    task: Task | None,
    split_seed: int,
    max_pixels: int,
) -> Dataset:
    """What the contract says, but for what is asked for otherwise."""
    dataset = open_dataset(
        agreed.root,
        classes=agreed.classes if classes is None else classes,
        ignore=ignore,
        encoding=encoding or (agreed.encoding if agreed.task == "semantic" and classes is None else None),
        masks=agreed.masks if masks is None else masks,
        task=task,
        split_seed=split_seed,
        max_pixels=max_pixels,
        groups_of=agreed.groups_of,
        contract=False,
    )
    if masks is None and split_seed == 0:
        agreed.check(dataset)
    return dataset


def _run_length_table(root: Path, files: Sequence[Path], masks: str | None) -> Path | None:
    """The CSV file that has the masks: the one that is asked for, or the only truth that there is.

    Raises:
        DataError: there are masks too, or several tables, and nothing was asked for.
    """
    if masks is not None:
        asked = root / masks if (root / masks).is_file() else Path(masks)
        if Path(masks).suffix.lower() == ".csv" and not asked.is_file():
            raise DataError(f"{root / masks}: there is no such table of run lengths")
        return asked if asked.is_file() else None
    tables = run_length_table.find_tables(root, files)
    folders = sorted({path.parts[0] for path in files if is_picture(path) and role_of(path.parts[0]) == "masks"})
    if not tables or (len(tables) == 1 and not folders):
        return root / tables[0] if tables else None
    truths = [*(f"{folder}/" for folder in folders), *map(str, tables)]
    choices = " or ".join(f"--masks {truth.rstrip('/')}" for truth in truths)
    raise DataError(f"{root}: {' and '.join(truths)} are both the truth of these pictures; choose by {choices}")


def _of_run_lengths(
    root: Path,
    files: Sequence[Path],
    run_lengths: Path,
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    task: Task | None,
    split_seed: int,
    max_pixels: int,
) -> LayeredDataset:
    if task == "semantic":
        raise DataError(
            f"{run_lengths}: run lengths of classes that may overlap are multilabel; for one class a pixel give label "
            "maps: `perpixel convert` makes them"
        )
    table, _ = stated_table(root, classes, ignore)
    layout, table = run_length_table.recognize(root, files, run_lengths, classes=table, split_seed=split_seed)
    samples = [sample for split in layout.splits.values() for sample in split]
    channels = _channels(root, samples, max_pixels)
    return LayeredDataset(root, table, Encoding("binary"), layout.splits, layout.words, channels, max_pixels)


def _infer(
    root: Path,
    layout: Layout,
    samples: Sequence[Sample],
    table: ClassTable | None,
    stated: Encoding | None,
    ignore: int | None,
    max_pixels: int,
) -> Inferred:
    looked, evidence = _look(samples, max_pixels)
    if not looked:
        return Inferred(table or ClassTable.named(("unknown",)), stated or Encoding(reason="there are no masks"))
    inferred = told_by(evidence, layout, table, stated, ignore=ignore, root=root)
    for sample in looked:  # a value without a class stops here, with its place, not after an hour
        if sample.mask is not None:
            raw_mask = read_raw(sample.mask, max_pixels=max_pixels)
            decode_labels(raw_mask, inferred.classes, inferred.encoding, name=str(sample.mask))
    return inferred


def told_by(
    evidence: Evidence,
    layout: Layout,
    table: ClassTable | None,
    stated: Encoding | None,
    *,
    ignore: int | None,
    root: Path,
) -> Inferred:
    """Classes and encoding by what occurs in masks, by what was stated, and by the layout.

    Raises:
        MaskError: they cannot be told.
        DataError: an encoding without the class table that it needs.
    """
    if table is None and layout.known is not None:
        known = PALETTES[layout.known]
        known = known if ignore is None else replace(known, ignore=ignore)
        raw = Encoding("cityscapes-ids", reason="the masks are called labelIds")
        guess = raw if layout.raw_ids else Encoding()
        if evidence.colored or evidence.values <= guess.meaning(known).keys():
            table, stated = known, stated or (raw if layout.raw_ids else None)
    if stated is None:
        return infer_encoding(evidence, table, ignore=ignore, name=str(root))
    if table is None:
        raise DataError(f"{root}: the encoding `{stated.kind}` needs a class table; write `classes:` into classes.yaml")
    return Inferred(table, stated)


def _look(samples: Sequence[Sample], max_pixels: int) -> tuple[list[Sample], Evidence]:
    """Some samples from all over, and what occurs in their masks; on, while nothing but one value was seen."""
    evidence, looked, pixels = Evidence(), list[Sample](), 0
    for sample in _spread([sample for sample in samples if sample.mask is not None], _LOOKED_AT):
        if sample.mask is None:
            continue
        raw = read_raw(sample.mask, max_pixels=max_pixels)
        evidence.look(raw)
        looked.append(sample)
        pixels += raw.values.size
        enough = len(looked) >= _LOOKED_AT or pixels >= _ENOUGH_PIXELS
        if enough and len(evidence.values) + len(evidence.colors) > 1:
            break
    return looked, evidence


def _spread(samples: Sequence[Sample], count: int) -> Iterator[Sample]:
    """All of them, but first `count` from all over."""
    step = max(len(samples) // count, 1)
    first = range(0, len(samples), step)
    yield from (samples[i] for i in first)
    yield from (sample for i, sample in enumerate(samples) if i % step)


def _channels(root: Path, samples: Sequence[Sample], max_pixels: int) -> int:
    """1 if all pictures are gray, 3 for color (transparency is none), more where TIFFs have more."""
    found = Counter[int]()
    for sample in list(_spread(samples, _HEADERS))[:_HEADERS]:
        header = read_file_header(sample.picture, max_pixels=max_pixels)
        color = 3 if header.palette or header.channels > 2 else 1
        found[header.channels if header.format == "TIFF" and header.channels > 3 else color] += 1
    if set(found) <= {1, 3}:
        return 3 if found[3] else 1
    if len(found) > 1:
        counts = ", ".join(f"{number} of {channels} channels" for channels, number in sorted(found.items()))
        raise DataError(f"{root}: the pictures differ: {counts}; give pictures of one kind")
    return next(iter(found))


def _said(inferred: Inferred) -> str:
    reason = f": {inferred.encoding.reason}" if inferred.encoding.reason else ""
    return f"{len(inferred.classes)} classes; masks coded as {inferred.encoding.kind}{reason}"
