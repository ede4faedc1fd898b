"""What a training sample is: how large, how many at once, how varied, who prepares it."""

from __future__ import annotations

from math import ceil, pi, sqrt

from perpixel.architecture import fitting
from perpixel.spec import Geometry
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.machine import Machine
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.trial import Measured
from perpixel.training.planning.words import area, duration, percent, several

CROP, GPU_CROP = 320, 512
BATCH, GPU_BATCH = 8, 16
BATCHES = 8  # that a pass over the pictures should make at least
FEW = 100  # pictures, which need more variety
LEAST_REACH, MOST_ZOOM = 1.25, 2.0
LEAST_ZOOM = 0.8  # of that at which the whole picture just fills the crop: less shows too much mirrored border
SMALL = 64  # a set of so few pictures is in memory at once, and a process beside costs more than it gives


def choose_crop(data: Survey, geometry: Geometry, *, side: int) -> Choice[tuple[int, int]]:
    """As much of a typical picture as `side` x `side` pixels hold, of a size that the network takes."""
    height, width = data.typical
    whole = side * side
    rows = _fit(min(height, max(side, whole // width)), geometry)
    columns = _fit(min(width, whole // rows), geometry)
    crop = (rows, columns)
    covered = min(rows, height) * min(columns, width) / (height * width)
    if len(data.sizes) == 1:
        seen = f"{area(data.typical)} in all {data.images} pictures"
    else:
        least, most = min(data.sizes, key=_pixels), max(data.sizes, key=_pixels)
        seen = f"{area(least)} to {area(most)}, three quarters at least {area(data.typical)}"
    return crop, f"{seen}; {area(crop)} is {percent(covered)} of that"


def choose_batch(data: Survey, machine: Machine) -> Choice[int]:
    """Enough for batch normalization, and small where an epoch would have too few steps."""
    most = GPU_BATCH if machine.gpu else BATCH
    wanted = max(data.images // (BATCHES * machine.processes), 2)
    batch = min(most, 2 ** (wanted.bit_length() - 1))
    steps = ceil(data.images / (batch * machine.processes))
    why = "so few pictures" if batch < most else machine.gpu or "a CPU gains nothing from more"
    return batch, f"{data.images} pictures make {steps} {'batch' if steps == 1 else 'batches'} ({why})"


def choose_scale(data: Survey, crop: tuple[int, int]) -> Choice[tuple[float, float]]:
    """Things near and far where there is an above and a below; else what the pictures' own sizes vary by."""
    fills = max(side / whole for side, whole in zip(crop, data.typical, strict=True))
    sides = sorted(sqrt(_pixels(size)) for size in data.sizes)
    varies = sides[-1] / sides[0]
    if data.has_up:
        reach, why = MOST_ZOOM, f"{_way_up(data)}: a scene with things near and far"
    else:
        reach = min(max(varies, LEAST_REACH), MOST_ZOOM)
        why = (
            f"the sides of the pictures vary {varies:.2g} times"
            if varies > 1
            else f"nothing tells near from far in {data.images} pictures of one size"
        )
    border = min(LEAST_ZOOM * fills, 1.0)
    if border > 1 / reach:
        why += f"; below {border:.2g} the crop would show more border than picture"
    least = round(max(1 / reach, border), 2)
    return (least, round(reach, 2)), why


def choose_rotate(data: Survey) -> Choice[float]:
    """Any angle where there is no above and below, by the masks of the pictures."""
    if data.stands:
        return 0.0, f"{_way_up(data)}, so they have a way up"
    if data.has_up:
        return 0.0, f"{_way_up(data)}, left and right by {percent(data.sideways)}: scenes have a way up"
    return round(pi, 4), f"{_way_up(data)}, left and right by {percent(data.sideways)}: there is no way up"


def choose_flip(data: Survey) -> Choice[float]:
    """Half of the samples; classes that have a mirror class swap."""
    swap = "; classes with a mirror class swap" if data.mirrored else ""
    return 0.5, f"left and right differ by {percent(data.sideways)} only{swap}" if data.sideways < 0.5 else (
        f"doubles {data.images} pictures{swap}"
    )


def choose_elastic(data: Survey, crop: tuple[int, int]) -> Choice[float]:
    """What has no way up and no way across, as tissue, may also be bent: 10 pixels, as U-Net's paper has it."""
    if data.has_up:
        return 0.0, f"{_way_up(data)}: upright scenes do not bend"
    if data.images > FEW:
        return 0.0, f"{data.images} pictures are variety enough"
    return round(min(10.0, min(crop) / 32), 1), f"{data.images} pictures are few, and what has no way up may bend"


def choose_color(data: Survey) -> Choice[float]:
    """Light changes everywhere; hue and saturation only exist in three channels."""
    if data.channels == 3:
        return 0.4, "3 channels: brightness, contrast, saturation and hue, as daylight varies"
    return 0.3, f"{several(data.channels, 'channel')}: brightness and contrast alone"


def choose_blur(data: Survey) -> Choice[float]:
    """Cameras lose focus; fine structures would be lost with it."""
    if data.channels == 3 and data.has_up:
        return 0.1, f"{data.images} photos of scenes: some cameras are out of focus"
    return 0.0, f"classes meet in {percent(data.mixed)} of all cells of 4x4 pixels, and a blur would hide where"


def choose_noise(data: Survey) -> Choice[float]:
    """Few gray pictures are soon known by their grain."""
    if data.channels == 1 and data.images <= FEW:
        return 5.0, f"{data.images} gray pictures are soon known by their grain"
    return 0.0, f"the grain of {data.images} pictures is variety enough"


def choose_copy_paste(data: Survey) -> Choice[float]:
    """New neighbors for things where few pictures show them: Ghiasi et al., 2021, gained most from little data."""
    if not data.things:
        return 0.0, f"no things are told apart in these {data.images} pictures"
    if data.images > FEW:
        return 0.0, f"{data.images} pictures show things in scenes enough"
    return 0.5, f"{data.images} pictures are few: things of one are pasted over another"


def choose_workers(data: Survey, machine: Machine, measured: Measured, *, batch: int) -> Choice[int]:
    """Beside a CPU that learns, one process; beside a GPU, as many as keep it busy."""
    batch_seconds = measured.sample_seconds * batch
    cores = several(machine.cores, "core")
    times = f"trial: a batch takes {duration(batch_seconds)} to prepare and {duration(measured.step_seconds)} to learn"
    if data.images <= SMALL or machine.cores < 2:
        return 0, f"{data.images} pictures and {cores}; {times}"
    if not machine.gpu:
        return 1, f"{cores}; {times}"
    needed = ceil(1.5 * batch_seconds / measured.step_seconds)
    return max(1, min(needed, machine.cores - 1, 16)), f"{cores}; {times}"


def _way_up(data: Survey) -> str:
    if data.stands:
        height, width = 1 + data.tall, 1 - data.tall
        ratio = (
            f"{height / width:.2g} times as tall as broad"
            if data.tall > 0
            else (f"{width / height:.2g} times as broad as tall")
        )
        return f"things are {ratio}"
    return f"above and below differ by {percent(data.upright)}"


def _fit(side: int, geometry: Geometry) -> int:
    """The greatest side that the network takes and that is not above this one; its least if there is none."""
    above = fitting(side, geometry)
    return above if above == side or above == geometry.minimum else above - geometry.multiple


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]
