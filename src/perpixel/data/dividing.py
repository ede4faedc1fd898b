"""divide: hold a fifth out where a data set leaves that to us, with pictures of one photo on one side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from perpixel.data.layout import Layout
from perpixel.data.near_duplicates import groups, signatures
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_chance
from perpixel.data.stratifying import stratified

Groups = Callable[[Sequence[Sample]], Sequence[int]]


def divide(layout: Layout, seed: int, groups_of: Groups) -> Layout:
    """The layout with `train` and `val` in the place of its undivided split; one that has none stays as it is.

    Where a table says which classes a picture has, a fifth of every combination of them is held out (`stratified`);
    else a fifth of all pictures (`by_chance`). Either way the same pictures are divided alike on every machine.

    Args:
        layout: what was recognized.
        seed: of the split.
        groups_of: a number for each sample, the same for pictures of one photo: `photos_of`, or what is known already.
    """
    if layout.undivided is None:
        return layout
    whole = layout.splits[layout.undivided]
    rest = {name: samples for name, samples in layout.splits.items() if name != layout.undivided}
    if len(whole) < 2:
        return replace(
            layout,
            splits={"train": whole, **rest},
            words=f"{layout.words}; of one picture nothing can be held out",
            undivided=None,
        )
    numbers = groups_of(whole)
    part = " of train" if layout.undivided == "train" else ""
    if any(sample.runs for sample in whole):
        made = stratified(whole, [classes_in(sample) for sample in whole], seed, numbers)
        what = f"a fifth{part} held out as val, of every combination of classes"
    else:
        made = by_chance(whole, seed, numbers)
        what = f"a fifth{part} held out as val by chance"
    words = f"{layout.words}; {what}{_together(whole, numbers, set(made['val']))} (split seed {seed})"
    return replace(layout, splits=made | rest, words=words, undivided=None)


def photos_of(samples: Sequence[Sample]) -> list[int]:
    """A number for each sample, the same for pictures of one photo; every picture is looked at."""
    numbers: list[int] = groups(signatures([sample.picture for sample in samples])).tolist()
    return numbers


def _together(samples: Sequence[Sample], numbers: Sequence[int], held_out: set[Sample]) -> str:
    """What is to be said of pictures of one photo."""
    copies = len(samples) - len(set(numbers))
    if not copies:
        return ""
    sides = {(number, sample in held_out) for number, sample in zip(numbers, samples, strict=True)}
    if len(sides) > len(set(numbers)):
        return ", on both sides of which are near-duplicates, since nearly all pictures are alike"
    return f", {copies} near-duplicates beside their likes"


def classes_in(sample: Sample) -> tuple[int, ...]:
    """The classes that a table gives a picture, by number."""
    return tuple(number for number, text in enumerate(sample.runs) if text)
