"""Mask R-CNN: find regions that may hold a thing, then say for each what it is, where its box ends, and which pixels.

He, Gkioxari, Dollár & Girshick, 2017, https://arxiv.org/abs/1703.06870, figure 4 (right), on the feature pyramid of
Lin et al., 2017, https://arxiv.org/abs/1612.03144, in the form that torchvision publishes as
`maskrcnn_resnet50_fpn`: 44,401,393 parameters for 90 classes and the background, and 53,120 of normalization, which
are learnt here unless frozen.

Differences from the paper, as torchvision has them: a box is read at the corners of the map's squares, not their
middles; RoIAlign takes two by two samples whatever the size of a box. Difference from torchvision: anchors of the
coarsest level are 64 pixels apart at all sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter, fitting
from perpixel.backbones import BACKBONES
from perpixel.backbones.backbone import Backbone
from perpixel.backbones.pretrained import adapt_channels, fit, read_weights
from perpixel.backbones.published import Source
from perpixel.kernels.region_rules import RegionRules
from perpixel.kernels.regions import anchor_boxes, detect, propose
from perpixel.layers.fpn import FeaturePyramid
from perpixel.layers.regions.heads import RegionHeads, RegionProposals
from perpixel.spec import Geometry, OutputKind, OutputSpec

STRIDES = (4, 8, 16, 32, 64)
READ = len(STRIDES) - 1  # levels that boxes are read from; the coarsest is for proposals alone
LEVELS = tuple(f"level{index}" for index in range(len(STRIDES)))


class Found(NamedTuple):
    """The things of one picture, the surest first: `perpixel.masks.pasting` makes instances of them.

    Boxes (M, 4) float32 x0 y0 x1 y1 in pixels; classes (M,) int64 from 0, without the background; scores (M,) in
    [0, 1]; masks (M, 28, 28), logits that fill the box.
    """

    boxes: Tensor
    labels: Tensor
    scores: Tensor
    masks: Tensor


class MaskRCNN(Segmenter):
    """Kinds of things, each told apart from the others of its kind; the first of `num_classes` is the background.

    `outputs` gives the first stage: "level0" to "level4", the pyramid's maps (N, width, h, w) of strides 4 to 64;
    "objectness" (N, A) and "deltas" (N, A, 4) of all anchors. `classify` and `masks` are the second; `predict` is all
    of it. A light network has, say, `backbone="efficientnet_lite0"`, `width=96`, `hidden=256` and `depth=2`.

    Args:
        num_classes: of things, and one for the background: 91 for COCO, as torchvision counts them.
        in_channels: of the pictures; with other than 3 the first convolution is adapted
            (`perpixel.backbones.pretrained.adapt_channels`).
        width: of the pyramid and the heads on it.
        hidden: of the two linear layers that name a box.
        depth: 3 x 3 convolutions of the mask head.
        sizes: of the anchors on each of the five levels; smaller ones for smaller things. The level from which a box
            is read follows them.
        ratios: of the anchors, height over width.
        proposals: regions of a picture that the second stage sees.
        detections: things that are found in a picture at most; raise it for pictures of many cells.
        threshold: the least score of a thing.
        regions: of a picture, that the second stage is taught from; fewer cost less time.
        frozen: batch normalization of the backbone keeps the statistics that it has, in training too: batches of large
            pictures are too small to measure them. For a backbone that is pretrained, as planned runs have it.
    """

    rules: RegionRules
    answers = (*LEVELS[:READ], "objectness", "deltas")

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "resnet50",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 256,
        hidden: int = 1024,
        depth: int = 4,
        sizes: Sequence[float] = (32, 64, 128, 256, 512),
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        proposals: int = 1000,
        detections: int = 100,
        threshold: float = 0.05,
        regions: int = 512,
        frozen: bool = False,
    ) -> None:
        if num_classes < 2:
            raise ValueError(f"num_classes is {num_classes}; at least 2: the background and a kind of thing")
        if regions < 1:
            raise ValueError(f"regions is {regions}; it must be at least 1")
        features = BACKBONES[backbone]()
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=STRIDES[0],
            geometry=Geometry(multiple=32, minimum=32, margin=0),
            mean=features.mean,
            std=features.std,
        )
        if pretrained:
            features.load_pretrained()
        adapt_channels(features, in_channels)
        self.rules = RegionRules(
            sizes=tuple(map(float, sizes)),
            ratios=tuple(map(float, ratios)),
            strides=STRIDES,
            proposals=proposals,
            detections=detections,
            threshold=threshold,
        )
        self.regions, self.frozen = regions, frozen
        self.backbone = Pyramid(features, width)
        self.rpn = RegionProposals(width, len(self.rules.ratios))
        self.roi_heads = RegionHeads(
            width,
            hidden=hidden,
            depth=depth,
            classes=num_classes,
            strides=STRIDES[:READ],
            canonical=self.rules.canonical,
        )

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to the first stage's outputs, as the class says."""
        maps = self.backbone(images)
        objectness, deltas = self.rpn(maps)
        return {**dict(zip(LEVELS, maps, strict=True)), "objectness": objectness, "deltas": deltas}

    def forward(self, images: Tensor) -> NoReturn:
        """There are no logits for every pixel: things are found, not painted. Call `outputs` or `predict`."""
        raise NotImplementedError("Mask R-CNN has no logits for every pixel: call `predict`")

    def train(self, mode: bool = True) -> MaskRCNN:
        """As every network; a frozen backbone's normalization stays as it is in evaluation."""
        super().train(mode)
        if self.frozen:
            for layer in self.backbone.body.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.eval()
        return self

    @torch.no_grad()
    def propose(
        self, outputs: Mapping[str, Tensor], size: tuple[int, int], *, rules: RegionRules | None = None
    ) -> list[Tensor]:
        """Regions (P_i, 4) that are worth a look in each picture of (height, width), the likeliest first."""
        rules = self.rules if rules is None else rules
        padded = fitting(size[0], self.geometry), fitting(size[1], self.geometry)
        anchors = anchor_boxes(padded, rules)
        every = zip(outputs["objectness"].float().cpu().numpy(), outputs["deltas"].float().cpu().numpy(), strict=True)
        found = [
            propose(logits, deltas, size=size, padded=padded, rules=rules, anchors=anchors) for logits, deltas in every
        ]
        return [torch.from_numpy(boxes).to(outputs["deltas"].device) for boxes in found]

    def classify(self, outputs: Mapping[str, Tensor], boxes: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Judge boxes (M, 4) of pictures (M,) int64: logits (M, num_classes) and deltas (M, num_classes, 4)."""
        return self.roi_heads.classify([outputs[name] for name in LEVELS[:READ]], boxes, pictures)

    def masks(self, outputs: Mapping[str, Tensor], boxes: Tensor, pictures: Tensor, labels: Tensor) -> Tensor:
        """The mask of one class in each of boxes (M, 4) of pictures (M,): logits (M, 28, 28).

        labels (M,) are of things alone, from 0, without the background.
        """
        logits = self.roi_heads.masks([outputs[name] for name in LEVELS[:READ]], boxes, pictures)
        return logits[torch.arange(len(labels), device=labels.device), labels + 1]

    def predict(self, images: Tensor) -> list[Found]:
        """What is found in each of raw images (N, in_channels, H, W), float 0 .. 255.

        Call it in evaluation mode.
        """
        return self.find(self.outputs(images), (images.shape[2], images.shape[3]))

    @torch.no_grad()
    def find(self, outputs: Mapping[str, Tensor], size: tuple[int, int]) -> list[Found]:
        """What the second stage finds in pictures of (height, width), by the outputs of the first."""
        regions = self.propose(outputs, size)
        numbers = numbered(regions)
        logits, deltas = self.classify(outputs, torch.cat(regions), numbers)
        found = []
        for picture, boxes in enumerate(regions):
            judged = (logits[numbers == picture], deltas[numbers == picture], boxes)
            arrays = (x.float().cpu().numpy() for x in judged)
            found.append([torch.from_numpy(x).to(boxes.device) for x in detect(*arrays, size=size, rules=self.rules)])
        numbers = numbered([boxes for boxes, _, _ in found])
        boxes, labels = (torch.cat([each[part] for each in found]) for part in (0, 1))
        masks = self.masks(outputs, boxes, numbers, labels).float()
        return [
            Found(boxes, labels, scores, masks[numbers == picture])
            for picture, (boxes, labels, scores) in enumerate(found)
        ]

    def to_decode(self, images: Tensor) -> dict[str, Tensor]:
        """What is found in one raw image (1, in_channels, H, W), as `perpixel.tasks.two_stage` decodes it.

        "boxes" (1, M, 4), "labels" (1, M), "scores" (1, M) and "masks" (1, M, 28, 28), as `Found` has them; and
        "logits" where there are some.
        """
        outputs = self.outputs(images)
        (found,) = self.find(outputs, (images.shape[2], images.shape[3]))
        logits = {name: value for name, value in outputs.items() if name == "logits"}
        return logits | {name: value[None] for name, value in found._asdict().items()}

    @property
    def second_stage(self) -> RegionHeads:
        """What judges regions, as a module of its own."""
        return self.roi_heads

    def describe_outputs(self, kind: OutputKind) -> tuple[OutputSpec, ...]:
        """What the graph of the first stage gives; anchors have the stride of the finest level."""
        maps = [OutputSpec(name, stride, "features") for name, stride in zip(LEVELS[:READ], STRIDES, strict=False)]
        anchors = [OutputSpec("objectness", self.stride, "objectness"), OutputSpec("deltas", self.stride, "deltas")]
        logits = [OutputSpec("logits", self.stride, kind)] if "logits" in self.answers else []
        return (*logits, *maps, *anchors)

    def load_published(self, source: Source) -> None:
        """Load a whole network under torchvision's names, those of 2019 too: a file, a repository, or named tensors.

        The backbone's normalization is frozen by it, as it was when that network learnt; build the network with
        `frozen=True`, and its checkpoints remember that. The file of 2019 was trained without the small number that is
        added to the variances: it is taken from them here.

        Raises:
            ModelError: they cannot be had, or do not fit, every one; the message names the tensors.
        """
        given = source if isinstance(source, Mapping) else read_weights(source)
        called = "the tensors given" if isinstance(source, Mapping) else source
        tensors = {name: tensor for name, tensor in self.state_dict().items() if name.startswith("normalization.")}
        old = old_names(len(self.roi_heads.mask_head))
        tensors |= {old.get(name, name): tensor for name, tensor in given.items()}
        if not old.keys().isdisjoint(given):
            for name, layer in self.named_modules():
                if isinstance(layer, nn.BatchNorm2d) and f"{name}.running_var" in tensors:
                    tensors[f"{name}.running_var"] = tensors[f"{name}.running_var"] - layer.eps
        fit(self, tensors, source=called, classifier=())
        self.frozen = True
        self.train(self.training)


class Pyramid(nn.Module):
    """A backbone's last four maps, made a feature pyramid of five."""

    def __init__(self, body: Backbone, width: int) -> None:
        super().__init__()
        self.body = body
        self.fpn = FeaturePyramid(body.channels[-READ:], width)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, C, H, W) to maps (N, width, h, w) of strides 4 to 64."""
        maps: list[Tensor] = self.fpn(self.body(images)[-READ:])
        return maps


def numbered(boxes: Sequence[Tensor]) -> Tensor:
    """For each box of several pictures, one after the other, the number of its picture: (M,) int64."""
    counts = torch.tensor([len(each) for each in boxes], device=boxes[0].device)
    return torch.repeat_interleave(torch.arange(len(boxes), device=boxes[0].device), counts)


def old_names(depth: int) -> dict[str, str]:
    """The names of torchvision's file of 2019 that are others now."""
    layers = {f"backbone.fpn.{kind}.{level}": f"backbone.fpn.{kind}.{level}.0" for kind in KINDS for level in range(4)}
    layers |= {f"roi_heads.mask_head.mask_fcn{index + 1}": f"roi_heads.mask_head.{index}.0" for index in range(depth)}
    layers["rpn.head.conv"] = "rpn.head.conv.0.0"
    return {f"{old}.{leaf}": f"{new}.{leaf}" for old, new in layers.items() for leaf in ("weight", "bias")}


KINDS = ("inner_blocks", "layer_blocks")
