"""What goes into an exported graph beside the network: the picture's own layout in, coarse logits out."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter, surround


class Deployed(nn.Module):
    """A network that takes pictures as they lie in memory: (1, H, W, C), raw values of any type, channels last.

    The picture's border is repeated, or mirrored for networks with a margin, until the network takes the size, so the
    logits (1, num_classes, rows, columns) cover at least the picture; what lies beyond it is at the right and bottom.
    A network with more answers than logits gives all of them, of that height and width, in their order.
    """

    def __init__(self, model: Segmenter) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor) -> Tensor | tuple[Tensor, ...]:
        images = image.to(torch.float32).permute(0, 3, 1, 2)
        if self.model.geometry.margin:
            images = surround(images, self.model.geometry)
        outputs = self.model.outputs(images)
        answers = tuple(outputs[name] for name in self.model.answers)
        return answers if len(answers) > 1 else answers[0]
