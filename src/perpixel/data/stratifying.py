"""A split that holds out a fifth of every kind of picture and keeps near-duplicates on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b

from perpixel.data.near_duplicates import groups, signatures
from perpixel.data.sample import Sample

SHARE = 5  # one in so many is held out


def stratified(
    samples: Sequence[Sample], strata: Sequence[Hashable], seed: int
) -> tuple[dict[str, tuple[Sample, ...]], str]:
    """`train` and `val`, and in words how they were made.

    Pictures that are one photo (`near_duplicates`) stay together: a network would know its copy by heart. The groups
    are dealt out one after the other, by a digest of seed and name, each to the side where its strata are missing most;
    so the same pictures give the same split on every machine.

    Args:
        samples: at least one.
        strata: of each sample, what val shall have a fifth of: the classes that occur in it.
        seed: of the split.
    """
    if len(samples) < 2:
        return {"train": tuple(samples)}, "one picture, so there is nothing to hold out"
    numbers = groups(signatures([sample.picture for sample in samples])).tolist()
    members: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers):
        members[number].append(place)
    wanted = {stratum: count / SHARE for stratum, count in Counter(strata).items()}
    held, held_out = Counter[Hashable](), set[int]()
    for group in sorted(members.values(), key=lambda own: _rank(samples, own, seed)):
        inside = Counter(strata[place] for place in group)
        before = sum(abs(wanted[stratum] - held[stratum]) for stratum in inside)
        after = sum(abs(wanted[stratum] - held[stratum] - count) for stratum, count in inside.items())
        if after < before:
            held.update(inside)
            held_out.update(group)
    if not held_out:  # every kind has fewer than three pictures
        held_out.update(min(members.values(), key=lambda own: _rank(samples, own, seed)))
    copies = len(samples) - len(members)
    together = f", {copies} near-duplicates beside their likes" if copies else ""
    splits = {
        "train": tuple(sample for place, sample in enumerate(samples) if place not in held_out),
        "val": tuple(sample for place, sample in enumerate(samples) if place in held_out),
    }
    words = f"{len(held_out)} pictures held out as val, a fifth of every combination of classes{together}"
    return splits, f"{words} (split seed {seed})"


def _rank(samples: Sequence[Sample], group: Iterable[int], seed: int) -> bytes:
    name = min(samples[place].name for place in group)
    return blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
