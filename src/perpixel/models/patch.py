"""Patch classifier: the label of a pixel is the class of the patch around it.

Cireșan, Giusti, Gambardella & Schmidhuber, 2012, https://papers.nips.cc/paper_files/paper/2012/hash/
459a4ddcb586f24efd9395aa7662bc7c-Abstract.html, table 1, the largest network of those that won the ISBI 2012 challenge:
patches of 95 x 95 pixels; convolutions of 4 x 4, 5 x 5, 4 x 4 and 4 x 4, each halved by max pooling; two fully
connected layers.

Differences from the paper: it runs, and learns, on all pixels of a picture at once, by dilation (`perpixel.layers.
sliding`), which gives the scores of the patches; `classify_patches` runs it patch by patch. ReLU in every layer; any
number of channels and classes. Foveation, nonuniform sampling of the patch, the mean over several networks and rotated
pictures, and the calibration of the probabilities are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.layers import sliding
from perpixel.layers.initialize import initialize
from perpixel.spec import Geometry


class PatchClassifier(Segmenter):
    """Convolutions and pooling down to a small map, which a fully connected layer reads.

    Args:
        in_channels: of the pictures.
        patch: side of the patch, odd, so that the labelled pixel is its middle.
        kernels: side of the filters of each stage; each is followed by 2 x 2 max pooling.
        widths: channels of each stage.
        hidden: units of the fully connected layer before the scores.

    Raises:
        ValueError: the stages do not fit into the patch; the message names patches that fit.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        patch: int = 95,
        kernels: Sequence[int] = (4, 5, 4, 4),
        widths: Sequence[int] = (48, 48, 48, 48),
        hidden: int = 200,
    ) -> None:
        if len(kernels) != len(widths):
            raise ValueError(f"{len(kernels)} kernels {tuple(kernels)} and {len(widths)} widths {tuple(widths)}")
        super().__init__(num_classes, in_channels=in_channels, stride=1, geometry=Geometry(1, 1, 0))
        self.patch = patch
        layers: list[nn.Module] = []
        for before, width, kernel in zip((in_channels, *widths), widths, kernels, strict=False):
            layers += [nn.Conv2d(before, width, kernel), nn.MaxPool2d(2), nn.ReLU()]
        side = map_side(nn.Sequential(*layers), patch)
        layers += [nn.Flatten(), nn.Linear(widths[-1] * side**2, hidden), nn.ReLU(), nn.Linear(hidden, num_classes)]
        self.layers = nn.Sequential(*layers)
        initialize(self, nonlinearity="relu")

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        return {"logits": sliding.dense(self.layers, sliding.mirror(images, self.patch))}

    @torch.inference_mode()
    def classify_patches(self, images: Tensor, *, batch: int = 256) -> Tensor:
        """What `forward` gives, the slow way: one patch after another, `batch` of them in memory.

        Maps raw images (N, in_channels, H, W), float 0 .. 255, to logits (N, num_classes, H, W).
        """
        scores = [
            sliding.classify_patches(self.layers, image, patch=self.patch, batch=batch)
            for image in self.normalization(images)
        ]
        return torch.stack(scores)


def map_side(stages: nn.Sequential, patch: int) -> int:
    """The side of the map that the stages make of a patch.

    Raises:
        ValueError: they leave pixels over, or the patch has no middle.
    """
    least, stride = sliding.patch_side(stages)
    steps, rest = divmod(patch - least, stride)
    if steps < 0 or rest or patch % 2 == 0:
        sides = (least + stride * step for step in range(max(steps - 2, 0), max(steps, 0) + 5))
        fitting = ", ".join(str(side) for side in sides if side % 2)
        raise ValueError(
            f"patch {patch}: these stages take {least} pixels and any number of times {stride} more, and the side "
            f"must be odd: {fitting or 'none; change a kernel by one'}"
        )
    return steps + 1
