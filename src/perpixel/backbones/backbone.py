"""What every backbone offers: maps at growing strides, and public weights under their public names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from perpixel.backbones.pretrained import fit, read_weights


class Backbone(nn.Module):
    """A network made to name pictures, as a source of features.

    Attributes:
        channels: of each map that `forward` gives.
        strides: pixels of the picture to one step of each map.
        mean: of the pictures that the public weights were trained on, in gray values 0 .. 255.
        std: likewise.
        published: repository of the public ImageNet weights on the Hugging Face hub.
        classifier_names: how the names begin that only the ImageNet classifier has.
    """

    channels: tuple[int, ...]
    strides: tuple[int, ...]
    mean: tuple[float, ...] = (123.675, 116.28, 103.53)
    std: tuple[float, ...] = (58.395, 57.12, 57.375)
    published: str
    classifier_names: tuple[str, ...]

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to maps (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        raise NotImplementedError(f"{type(self).__name__} must implement forward")

    def cut(self, stride: int) -> None:
        """Drop all that only maps beyond this stride need: a much smaller network, for small things.

        Raises:
            ValueError: this backbone has no map at `stride`, or none of its layers can be left out.
        """
        if stride not in self.strides:
            raise ValueError(f"stride {stride}: {type(self).__name__} has maps at {self.strides}")
        self._keep(self.strides.index(stride) + 1)

    def _keep(self, maps: int) -> None:
        """Keep what the first so many maps need."""
        if maps < len(self.strides):
            raise ValueError(
                f"{type(self).__name__} cannot end at stride {self.strides[maps - 1]}; EfficientNet-Lite can"
            )

    def load_pretrained(self, source: str | Path | None = None) -> None:
        """Load public ImageNet weights: from a file, a repository `owner/name` of the Hugging Face hub, or `published`.

        Raises:
            ModelError: they cannot be had, or do not fit; the message names the tensors.
        """
        source = self.published if source is None else source
        fit(self, self.renamed(read_weights(source)), source=source, classifier=self.classifier_names)

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under this backbone's names, where files with other names are about."""
        return tensors
