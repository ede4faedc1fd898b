"""A split that holds out a fifth of every kind of picture and keeps pictures of one group on one side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from hashlib import blake2b

from perpixel.data.sample import Sample

SHARE = 5  # one in so many is held out


def stratified(
    samples: Sequence[Sample], strata: Sequence[Hashable], seed: int, groups: Sequence[int]
) -> dict[str, tuple[Sample, ...]]:
    """`train` and `val`: the groups are dealt out one after the other, by a digest of seed and name.

    Each goes to the side where its strata are missing most; so the same pictures give the same split on every machine.

    Args:
        samples: at least two.
        strata: of each sample, what val shall have a fifth of: the classes that occur in it.
        seed: of the split.
        groups: a number for each sample; those of one number stay together, since a network would know the copy of a
            picture by heart.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(groups):
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
    if len(held_out) == len(samples):  # all are one photo
        held_out = {min(held_out, key=lambda place: _rank(samples, [place], seed))}
    return {
        "train": tuple(sample for place, sample in enumerate(samples) if place not in held_out),
        "val": tuple(sample for place, sample in enumerate(samples) if place in held_out),
    }


def _rank(samples: Sequence[Sample], group: Iterable[int], seed: int) -> bytes:
    name = min(samples[place].name for place in group)
    return blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
