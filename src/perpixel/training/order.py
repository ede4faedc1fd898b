"""Which picture is drawn when: a pure function of the seed, so that a resumed run needs no memory of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Draw:
    """One picture of an epoch: the `number`-th draw of it shows sample `index`."""

    epoch: int
    number: int
    index: int


@dataclass(frozen=True)
class Order:
    """Every epoch shows each of `count` samples `repeat` times, shuffled anew, in batches for `processes` at once.

    The last batch is filled up with the first samples of another shuffle, so that all batches have one size: batch
    normalization never sees a batch of one picture, and no process is left without work.

    With `shares`, (count,) probabilities, the draws of an epoch follow them instead: their number for a sample is its
    expected number, rounded up or down by chance.
    """

    count: int
    batch: int
    seed: int
    repeat: int = 1
    processes: int = 1
    shares: tuple[float, ...] | None = None

    @property
    def batches(self) -> int:
        """Batches of one process in one epoch."""
        return -(-self.count * self.repeat // (self.batch * self.processes))

    def epoch(self, epoch: int) -> NDArray[np.intp]:
        """(batches * processes * batch,) the sample of each draw of this epoch."""
        generator = np.random.default_rng([self.seed, epoch])
        length, once = self.batches * self.processes * self.batch, self.count * self.repeat
        if self.shares is not None:
            # Systematic sampling: one random offset, so that no sample comes much more often than expected.
            edges = np.cumsum(np.array(self.shares) / sum(self.shares)) * length
            drawn = np.searchsorted(edges, np.arange(length) + generator.random(), side="right")
            return generator.permutation(np.minimum(drawn, self.count - 1))
        rounds = [generator.permutation(once) for _ in range(-(-length // once))]
        return np.concatenate(rounds)[:length] % self.count

    def batches_from(self, start: int, *, process: int = 0) -> Iterator[list[Draw]]:
        """The batches of one process from its `start`-th of the whole run, without end."""
        epoch, first = divmod(start, self.batches)
        while True:
            samples = self.epoch(epoch)
            for batch in range(first, self.batches):
                begin = (batch * self.processes + process) * self.batch
                yield [Draw(epoch, number, int(samples[number])) for number in range(begin, begin + self.batch)]
            epoch, first = epoch + 1, 0
