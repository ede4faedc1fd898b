"""Mask R-CNN: public names and shapes, what it predicts, what stays frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from perpixel.errors import ModelError
from perpixel.kernels.regions import anchor_boxes
from perpixel.models.mask_rcnn import LEVELS, MaskRCNN, numbered

SMALL = {"backbone": "mobilenet_v3_small", "width": 8, "hidden": 16, "depth": 1}
# SHA-256 of the sorted lines "name<tab>shape" of torchvision's network.
DIGEST = "e7fd5e8bf9ee05201b9faf308a3b81ee714416522cd8d9c7d638dbf6da74a010"


def small(num_classes: int = 3, **options: object) -> MaskRCNN:
    torch.manual_seed(0)
    return MaskRCNN(num_classes, **{**SMALL, **options}).eval()  # type: ignore[arg-type]


def norm(name: str, channels: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    for leaf in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{leaf}", (channels,)
    yield f"{name}.num_batches_tracked", ()


def body() -> Iterator[tuple[str, tuple[int, ...]]]:
    """ResNet-50 by its table."""
    yield "conv1.weight", (64, 3, 7, 7)
    yield from norm("bn1", 64)
    inner = 64
    for stage, (width, depth) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), start=1):
        for block in range(depth):
            at = f"layer{stage}.{block}"
            for number, (out, channels, kernel) in enumerate(
                ((width, inner, 1), (width, width, 3), (4 * width, width, 1)), start=1
            ):
                yield f"{at}.conv{number}.weight", (out, channels, kernel, kernel)
                yield from norm(f"{at}.bn{number}", out)
            if block == 0:
                yield f"{at}.downsample.0.weight", (4 * width, inner, 1, 1)
                yield from norm(f"{at}.downsample.1", 4 * width)
            inner = 4 * width


def published() -> dict[str, tuple[int, ...]]:
    """The names and shapes of torchvision's `maskrcnn_resnet50_fpn`."""
    weights: dict[str, tuple[int, ...]] = {}
    for level, channels in enumerate((256, 512, 1024, 2048)):
        weights[f"backbone.fpn.inner_blocks.{level}.0"] = (256, channels, 1, 1)
        weights[f"backbone.fpn.layer_blocks.{level}.0"] = (256, 256, 3, 3)
    weights["rpn.head.conv.0.0"] = (256, 256, 3, 3)
    weights["rpn.head.cls_logits"] = (3, 256, 1, 1)
    weights["rpn.head.bbox_pred"] = (12, 256, 1, 1)
    weights["roi_heads.box_head.fc6"] = (1024, 256 * 7 * 7)
    weights["roi_heads.box_head.fc7"] = (1024, 1024)
    weights["roi_heads.box_predictor.cls_score"] = (91, 1024)
    weights["roi_heads.box_predictor.bbox_pred"] = (4 * 91, 1024)
    weights |= {f"roi_heads.mask_head.{index}.0": (256, 256, 3, 3) for index in range(4)}
    weights["roi_heads.mask_predictor.conv5_mask"] = (256, 256, 2, 2)
    weights["roi_heads.mask_predictor.mask_fcn_logits"] = (91, 256, 1, 1)
    shapes = {f"backbone.body.{name}": shape for name, shape in body()}
    for name, shape in weights.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": (shape[0],)}
    return shapes


def own(model: MaskRCNN) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("normalization.")}


def of_2019(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The names that torchvision's own file has: none of the later nesting, and no counters of batches."""
    renamed = {}
    for name, tensor in tensors.items():
        if name.endswith("num_batches_tracked"):
            continue
        for now, then in (
            ("rpn.head.conv.0.0.", "rpn.head.conv."),
            ("roi_heads.mask_head.0.0.", "roi_heads.mask_head.mask_fcn1."),
        ):
            name = name.replace(now, then)
        if "_blocks." in name:
            name = name.replace(".0.weight", ".weight").replace(".0.bias", ".bias")
        renamed[name] = tensor
    return renamed


def test_names_and_shapes_are_torchvisions_and_load_strictly() -> None:
    model = MaskRCNN(91)
    assert {name: tuple(tensor.shape) for name, tensor in own(model).items()} == published()
    tensors = {name: torch.zeros(shape) for name, shape in published().items()}
    buffers = {name: tensor for name, tensor in model.state_dict().items() if name.startswith("normalization.")}
    model.load_state_dict({**tensors, **buffers}, strict=True)
    scales = sum(p.numel() for n, p in model.named_parameters() if ".bn" in n or "downsample.1" in n)
    counted = sum(p.numel() for p in model.parameters())
    assert (counted - scales, scales) == (44_401_393, 53_120)  # those of normalization are no parameters at torchvision


def test_the_list_above_is_that_of_the_published_network() -> None:
    lines = sorted(f"{name}\t{'x'.join(map(str, shape)) or 'scalar'}" for name, shape in published().items())
    assert len(lines) == 360
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == DIGEST


@torch.inference_mode()
def test_published_tensors_give_the_published_answers_and_freeze_the_normalization() -> None:
    theirs, model = small(backbone="resnet18"), small(backbone="resnet18")
    for parameter in model.parameters():
        parameter.fill_(0.5)
    model.load_published(own(theirs))
    images = torch.rand(1, 3, 64, 96) * 255
    for ours, other in zip(model.outputs(images).values(), theirs.outputs(images).values(), strict=True):
        assert torch.equal(ours, other)
    assert not model.train().backbone.body.bn1.training


@torch.inference_mode()
def test_a_file_of_2019_loads_and_its_variances_get_no_epsilon() -> None:
    theirs, model = small(backbone="resnet18"), small(backbone="resnet18")
    tensors = {name: tensor.clone() for name, tensor in own(theirs).items()}
    tensors["backbone.body.bn1.running_var"].fill_(1e-5)  # as much as the epsilon
    model.load_published(of_2019(tensors))
    theirs.load_state_dict(tensors, strict=False)
    for layer in theirs.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0.0
    images = torch.rand(1, 3, 64, 96) * 255
    torch.testing.assert_close(model.outputs(images)["level0"], theirs.outputs(images)["level0"], rtol=1e-3, atol=1e-3)


def test_tensors_that_do_not_fit_are_named() -> None:
    model = small()
    tensors = own(model)
    with pytest.raises(ModelError, match=r"the tensors given: .* it lacks rpn\.head\.cls_logits\.bias$"):
        model.load_published({name: x for name, x in tensors.items() if name != "rpn.head.cls_logits.bias"})
    with pytest.raises(ModelError, match=r"cls_score\.weight \(is 91x16, should be 3x16\)"):
        model.load_published({**tensors, "roi_heads.box_predictor.cls_score.weight": torch.zeros(91, 16)})


@torch.inference_mode()
def test_the_first_stage_has_a_number_for_every_anchor_at_any_size() -> None:
    model = small()
    outputs = model.outputs(torch.rand(2, 3, 50, 70) * 255)
    assert list(outputs) == [*LEVELS, "objectness", "deltas"]
    assert set(model.answers) < set(outputs)
    assert [tuple(outputs[name].shape[2:]) for name in LEVELS] == [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)]
    count = len(anchor_boxes((64, 96), model.rules))
    assert outputs["objectness"].shape == (2, count)
    assert outputs["deltas"].shape == (2, count, 4)


@torch.inference_mode()
def test_the_numbers_of_an_anchor_are_computed_where_it_lies() -> None:
    model = small()
    head = model.rpn.head
    for layer in (head.conv[0][0], head.cls_logits, head.bbox_pred):
        layer.weight.zero_()
        layer.bias.zero_()
    head.conv[0][0].weight[0, 0, 1, 1] = 1  # the first channel passes, to each shape times its number
    head.cls_logits.weight[:, 0, 0, 0] = torch.tensor([1.0, 2.0, 3.0])
    head.bbox_pred.weight[:, 0, 0, 0] = torch.arange(12.0)
    maps = [torch.zeros(1, 8, 16 >> level, 24 >> level) for level in range(4)] + [torch.zeros(1, 8, 1, 2)]
    maps[1][0, 0, 5, 7] = 1.0
    logits, deltas = model.rpn(maps)
    anchors = torch.from_numpy(anchor_boxes((64, 96), model.rules))
    (index,) = logits[0].nonzero(as_tuple=True)
    assert logits[0, index].tolist() == [1, 2, 3]
    centers = (anchors[index, :2] + anchors[index, 2:]) / 2
    assert centers.tolist() == [[7 * 8, 5 * 8]] * 3
    assert deltas[0, index].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_what_is_predicted_lies_in_the_picture_and_no_more_than_asked_for() -> None:
    model = small(detections=7, threshold=0.01)
    found = model.predict(torch.rand(2, 3, 50, 70) * 255)
    assert len(found) == 2
    for each in found:
        count = len(each.scores)
        assert 0 < count <= 7
        assert (each.boxes.shape, each.labels.shape, each.masks.shape) == ((count, 4), (count,), (count, 28, 28))
        assert (each.boxes >= 0).all()
        assert (each.boxes <= torch.tensor([70, 50, 70, 50])).all()
        assert set(each.labels.tolist()) <= {0, 1}
        assert torch.equal(each.scores, each.scores.sort(descending=True).values)


def test_a_picture_is_judged_alike_alone_and_beside_another() -> None:
    model = small(threshold=0.01)
    with torch.no_grad():
        for parameter in model.roi_heads.box_predictor.parameters():
            parameter.normal_(std=0.3)
    images = torch.rand(2, 3, 64, 64) * 255
    together, (alone,) = model.predict(images), model.predict(images[1:])
    for ours, other in zip(together[1], alone, strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-3, atol=1e-3)


def test_nothing_is_found_where_nothing_is_likely_enough() -> None:
    model = small(threshold=0.999)
    (found,) = model.predict(torch.rand(1, 3, 40, 40) * 255)
    assert [len(each) for each in found] == [0, 0, 0, 0]
    assert found.masks.shape == (0, 28, 28)


@torch.inference_mode()
def test_the_mask_of_a_class_is_that_classes() -> None:
    model = small()
    outputs = model.outputs(torch.rand(1, 3, 64, 64) * 255)
    boxes, pictures = torch.tensor([[0.0, 0, 20, 20], [5, 5, 60, 40]]), torch.zeros(2, dtype=torch.int64)
    every = model.roi_heads.masks([outputs[name] for name in LEVELS[:4]], boxes, pictures)
    assert every.shape == (2, 3, 28, 28)
    found = model.masks(outputs, boxes, pictures, torch.tensor([1, 0]))
    assert torch.equal(found, torch.stack([every[0, 2], every[1, 1]]))


def test_smaller_anchors_bring_coarser_levels_to_smaller_boxes() -> None:
    assert small().roi_heads.canonical == 224
    assert small(sizes=(8, 16, 32, 64, 128)).roi_heads.canonical == 56


def test_a_frozen_backbone_keeps_its_statistics_and_another_does_not() -> None:
    for frozen in (False, True):
        model = small(frozen=frozen).train()
        before = [b.clone() for b in model.backbone.body.buffers()]
        model.outputs(torch.rand(1, 3, 64, 64) * 255)
        same = all(torch.equal(old, new) for old, new in zip(before, model.backbone.body.buffers(), strict=True))
        assert same == frozen


def test_gray_pictures_and_pictures_of_five_channels() -> None:
    for channels in (1, 5):
        assert "deltas" in small(in_channels=channels).outputs(torch.rand(1, channels, 33, 40))


def test_logits_of_every_pixel_are_not_to_be_had() -> None:
    with pytest.raises(NotImplementedError, match="call `predict`"):
        small()(torch.rand(1, 3, 32, 32))


def test_what_a_task_decodes_is_what_is_predicted() -> None:
    model, image = small(threshold=0.01), torch.rand(1, 3, 50, 70) * 255
    decodable, (found,) = model.to_decode(image), model.predict(image)
    assert list(decodable) == ["boxes", "labels", "scores", "masks"]
    assert all(torch.equal(decodable[name][0], value) for name, value in found._asdict().items())


@torch.inference_mode()
def test_the_second_stage_alone_judges_what_was_read_as_the_network_does() -> None:
    model = small()
    outputs = model.outputs(torch.rand(1, 3, 64, 64) * 255)
    maps = [outputs[name] for name in LEVELS[:4]]
    boxes, pictures = torch.tensor([[0.0, 0, 20, 20], [5, 5, 60, 40]]), torch.zeros(2, dtype=torch.int64)
    heads = model.second_stage
    logits, deltas, masks = heads(heads.read(maps, boxes, pictures, 7), heads.read(maps, boxes[:1], pictures[:1], 14))
    for ours, own in zip((logits, deltas), model.classify(outputs, boxes, pictures), strict=True):
        assert torch.equal(ours, own)
    assert torch.equal(masks, heads.masks(maps, boxes[:1], pictures[:1]))


def test_the_background_alone_is_no_network() -> None:
    with pytest.raises(ValueError, match="num_classes is 1; at least 2"):
        small(1)
    with pytest.raises(ValueError, match="regions is 0"):
        small(regions=0)


def test_boxes_of_several_pictures_are_numbered() -> None:
    assert numbered([torch.zeros(2, 4), torch.zeros(0, 4), torch.zeros(1, 4)]).tolist() == [0, 0, 2]
