"""Large pictures in tiles: without a seam for valid convolutions, blended for others."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tiny_graph import shade_picture, shades_spec, write_shades

from perpixel.architecture import Segmenter
from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.export.deployed import Deployed
from perpixel.models import build
from perpixel.predict import Predictor
from perpixel.predict.tiles import check_tile, spans, tiled
from perpixel.spec import Geometry, InputSpec, ModelSpec, OutputSpec

PAPER = Geometry(multiple=16, minimum=188, margin=92)
CLASSES = ClassTable.named(("membrane", "cell"))


def spec_of(model: Segmenter) -> ModelSpec:
    outputs = (OutputSpec("logits", model.stride),)
    return ModelSpec("test", "semantic", CLASSES, input=InputSpec(1), outputs=outputs, geometry=model.geometry)


def unet(widths: tuple[int, ...], *, padding: str = "valid") -> Segmenter:
    torch.manual_seed(0)
    options = {"widths": widths, "padding": padding, "norm": False}
    return build("unet", len(CLASSES), in_channels=1, options=options).eval()


def runner(model: Segmenter) -> Any:
    """The network as an exported graph runs it, and the sizes that it was given."""
    deployed, sizes = Deployed(model), []

    @torch.inference_mode()
    def run(part: NDArray[Any]) -> NDArray[Any]:
        sizes.append(part.shape[:2])
        return deployed(torch.from_numpy(np.ascontiguousarray(part))[None])[0].numpy()

    return run, sizes


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (height, width, 1), np.uint8)


@pytest.mark.parametrize(
    ("size", "tile"),
    [((97, 130), 24), ((64, 64), 4), ((41, 150), 40), ((50, 44), 43), ((33, 20), 32), ((33, 45), 8), ((3, 90), 16)],
)
def test_tiles_of_valid_convolutions_are_the_whole_pictures_answer(size: tuple[int, int], tile: int) -> None:
    model = unet((4, 6, 8))  # multiple 4, margin 20
    image, (run, _) = noise(*size), runner(model)
    whole = run(image)[:, : size[0], : size[1]]
    np.testing.assert_allclose(tiled(run, image, spec_of(model), tile=tile), whole, atol=1e-4)


def test_tiles_of_the_papers_depth_are_the_whole_pictures_answer() -> None:
    model = unet((2, 2, 3, 3, 4))
    image, (run, sizes) = noise(300, 410), runner(model)
    whole = run(image)[:, :300, :410]
    sizes.clear()
    np.testing.assert_allclose(tiled(run, image, spec_of(model), tile=100), whole, atol=1e-4)
    assert max(max(size) for size in sizes) == 96 + 2 * 96  # six rows of 16 pixels, and surroundings


def test_tiles_abut_and_see_a_margin_more_than_they_answer_for() -> None:
    # 388 is 24 * 16 + 4: the next tile begins on the network's grid of 16 pixels, 384 after the first.
    first, middle, last = spans(1000, 388, PAPER)
    assert [span.answered for span in (first, middle, last)] == [(0, 384), (384, 768), (768, 1000)]
    assert (first.seen, middle.seen, last.seen) == ((0, 480), (288, 864), (672, 1000))
    assert len(spans(388, 388, PAPER)) == 1


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 700), st.integers(32, 300), st.sampled_from([PAPER, Geometry(4, 44, 20), Geometry(16, 16, 0)]))
def test_every_pixel_is_answered_for_by_a_tile_on_the_networks_grid(length: int, tile: int, geometry: Geometry) -> None:
    found = spans(length, tile, geometry)
    counts = np.zeros(length, np.int64)
    for span in found:
        counts[span.answered[0] : span.answered[1]] += 1
        assert span.seen[0] % geometry.multiple == 0
        assert 0 <= span.seen[0] <= span.answered[0] < span.answered[1] <= span.seen[1] <= length
        assert span.answered[1] - span.answered[0] <= tile
    assert counts.min() == 1
    assert geometry.margin == 0 or counts.max() == 1


def test_answers_of_tiles_that_overlap_are_averaged_by_weights_that_fall_toward_their_edges() -> None:
    # Tiles of 16 overlap by 4 steps of stride 1; each answers with its own number.
    spec = ModelSpec("test", "semantic", ClassTable.named(("one",)), geometry=Geometry(1, 1, 0))
    count = iter(range(1, 9))

    def run(part: NDArray[Any]) -> NDArray[Any]:
        return np.full((1, *part.shape[:2]), next(count), np.float32)

    values = tiled(run, np.zeros((1, 28, 1), np.uint8), spec, tile=16)[0, 0]
    # The tiles are at 0..16 and 12..28; in between the weights of the second are 1, 2, 3, 4 fifths.
    np.testing.assert_allclose(values, [1] * 12 + [1.2, 1.4, 1.6, 1.8] + [2] * 12, rtol=1e-6)


@pytest.mark.parametrize("size", [(97, 130), (33, 64), (200, 31)])
@pytest.mark.parametrize("tile", [16, 40, 64])
def test_tiles_of_a_network_that_sees_one_step_only_are_the_whole_pictures_answer(
    tmp_path: Path, size: tuple[int, int], tile: int
) -> None:
    shades, image = write_shades(tmp_path / "shades.onnx"), shade_picture(size)
    for flip in (False, True):
        whole = Predictor(shades, flip=flip)(image)
        parts = Predictor(shades, flip=flip, tile=tile)(image)
        assert whole.confidence is not None
        assert parts.confidence is not None
        assert (whole.labels == parts.labels).mean() > 0.999
        np.testing.assert_allclose(whole.confidence, parts.confidence, atol=1e-4)


def test_blended_tiles_of_padded_convolutions_agree_with_the_whole_picture_inside() -> None:
    model = unet((4, 6, 8), padding="same")
    image, (run, _) = noise(96, 160), runner(model)
    whole, parts = run(image), tiled(run, image, spec_of(model), tile=64)
    difference = np.abs(whole - parts).max(axis=0)
    assert difference[:28, :28].max() < 1e-4  # farther from every inner edge than the network sees
    assert difference.max() < 0.5 * np.abs(whole).max()


class Running:
    """An engine that runs a network as its graph would (that both agree is tested with the export)."""

    def __init__(self, model: Segmenter) -> None:
        self.deployed = Deployed(model)

    @torch.inference_mode()
    def run(self, graph: str, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {"logits": self.deployed(torch.from_numpy(inputs["image"])).numpy()}


def test_a_valid_networks_labels_are_those_of_the_whole_picture(tmp_path: Path) -> None:
    model = unet((4, 6, 8))
    file = write_shades(tmp_path / "model.onnx", spec_of(model), centers=(0.1, 0.9))

    def predictor(**options: Any) -> Predictor:
        made = Predictor(file, **options)
        made._engines = (Running(model),)
        return made

    image = noise(97, 131)
    for flip in (False, True):
        whole, parts = predictor(flip=flip)(image), predictor(flip=flip, tile=32)(image)
        np.testing.assert_array_equal(parts.labels, whole.labels)
        assert whole.confidence is not None
        np.testing.assert_allclose(parts.confidence, whole.confidence, atol=1e-4)


def test_a_predictor_keeps_its_tiles_in_another_process(tmp_path: Path) -> None:
    predictor = Predictor(write_shades(tmp_path / "shades.onnx"), tile=48)
    assert pickle.loads(pickle.dumps(predictor)).tile == 48


def test_tiles_that_cannot_be_are_refused() -> None:
    spec = shades_spec()
    with pytest.raises(ValueError, match="tiles of 15 pixels are too small for shades: take 16 or more"):
        check_tile(15, spec)
    with pytest.raises(ValueError, match="take 16 or more"):
        check_tile(15, replace(spec, geometry=PAPER))
    with pytest.raises(ModelError, match="takes pictures of 32x48 only"):
        check_tile(64, replace(spec, input=InputSpec(size=(32, 48))))
