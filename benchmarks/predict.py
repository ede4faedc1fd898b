"""Picture in, label map and overlay out, at 480 x 360 and 1024 x 512: the embedded model, and its network in torch.

The torch side is what one writes first: the network in eager mode, logits interpolated to the picture's size, arg-max,
a table of colors, half of it over the picture. It is built anew from the model's description; its weights are random,
which changes nothing in its time. Both sides take as many threads as they like.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from benchmarks.pairing import Row, Work, compare

MODEL = "street"
SMALL, LARGE = (360, 480), (512, 1024)
Size = tuple[int, int]


def picture(size: Size) -> NDArray[np.uint8]:
    """A drawn street."""
    from perpixel.synthetic import street

    return street(1, size=size).image


def ours(size: Size) -> Callable[[], object]:
    from perpixel.draw import overlay
    from perpixel.predict import Predictor

    image, predictor = picture(size), Predictor(MODEL, confidence="none")

    def run() -> object:
        answer = predictor(image)
        return answer, overlay(image, answer, legend=False)

    return run


def ours_small() -> Callable[[], object]:
    return ours(SMALL)


def ours_large() -> Callable[[], object]:
    return ours(LARGE)


def torch_way(size: Size, *, channels_last: bool = False) -> Callable[[], object]:
    import torch

    from perpixel.export import rebuild
    from perpixel.predict import find_model

    found = find_model(MODEL)
    network = rebuild(found.spec, found.graphs["main"]).eval()
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
    colors = torch.from_numpy(found.spec.classes.colors)
    image = picture(size)

    def run() -> object:
        with torch.inference_mode():
            raw = torch.from_numpy(image)
            images = raw.permute(2, 0, 1)[None].float()
            if channels_last:
                images = images.contiguous(memory_format=torch.channels_last)
            labels = network(images).argmax(1)[0]  # the network interpolates its logits to the picture's size
            blended = (raw.float() * 0.5 + colors[labels].float() * 0.5).round().to(torch.uint8)
            return labels.to(torch.uint8).numpy(), blended.numpy()

    return run


def torch_small() -> Callable[[], object]:
    return torch_way(SMALL)


def torch_large() -> Callable[[], object]:
    return torch_way(LARGE)


def channels_last_small() -> Callable[[], object]:
    return torch_way(SMALL, channels_last=True)


def channels_last_large() -> Callable[[], object]:
    return torch_way(LARGE, channels_last=True)


def runtime_small() -> Callable[[], object]:
    """The network without anything after it."""
    from perpixel.predict import OnnxEngine, find_model

    engine, image = OnnxEngine(find_model(MODEL).graphs), picture(SMALL)[None]
    return lambda: engine.run("main", {"image": image})


TORCH = "pip install 'perpixel[train]'"
SMALL_PEERS = [
    Work("torch eager and its post-processing", torch_small, ("torch",), TORCH, promised=2.2),
    Work("  channels_last", channels_last_small, ("torch",), TORCH),
]
LARGE_PEERS = [
    Work("torch eager and its post-processing", torch_large, ("torch",), TORCH, promised=2.2),
    Work("  channels_last", channels_last_large, ("torch",), TORCH),
]


def run() -> list[Row]:
    from perpixel.predict import embedded

    task = "picture to labels and overlay"
    if MODEL not in embedded():
        return [Row(task, "-", None, None, None, note=f"there is no embedded model {MODEL!r}")]
    small = f"{task}, {SMALL[1]} x {SMALL[0]}"
    (alone,) = compare(small, Work("perpixel", ours_small), [Work("the runtime alone", runtime_small)], first_run=False)
    share = f"{1 if alone.ratio is None else alone.ratio:.0%} of our time is the network's, in ONNX Runtime"
    return [
        *compare(small, Work("perpixel", ours_small), SMALL_PEERS),
        Row(small, "of which the network", None, None, None, note=share),
        *compare(f"{task}, {LARGE[1]} x {LARGE[0]}", Work("perpixel", ours_large), LARGE_PEERS, first_run=False),
    ]
