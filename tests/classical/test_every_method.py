"""What must hold for every classical method."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical import METHODS, find_method
from perpixel.errors import ModelError

EXTRA = ("skimage", "sklearn", "scipy")
BRIGHTNESS = ("threshold", "otsu", "adaptive")
GRAY_OR_RGB = ("mean_shift", "threshold", "otsu", "adaptive", "contours", "grabcut")

WRONG: dict[str, list[tuple[dict[str, Any], str]]] = {
    "graph": [({"scale": -1}, "scale"), ({"connectivity": 5}, "connectivity"), ({"min_size": -1}, "min_size")],
    "kmeans": [
        ({"clusters": 0}, "clusters 0 must be a whole number from 1"),
        ({"clusters": 2.5}, "clusters 2.5 is not a whole number"),
        ({"position": -1}, "position -1 must be a number from 0 on"),
        ({"texture": float("inf")}, "texture inf must be a number"),
        ({"seed": -1}, "seed -1"),
    ],
    "slic": [({"regions": 0}, "regions 0"), ({"compactness": 0}, "compactness 0"), ({"sigma": -1}, "sigma -1")],
    "mean_shift": [
        ({"spatial_radius": 0}, "spatial_radius 0"),
        ({"color_radius": float("nan")}, "color_radius nan"),
        ({"min_size": -1}, "min_size -1"),
    ],
    "watershed": [
        ({"min_depth": -1}, "min_depth -1"),
        ({"sigma": "wide"}, "sigma 'wide' is not a number"),
        ({"on": "color"}, "on 'color' is not known; it can be 'gradient' or 'distance'"),
        ({"strokes": np.ones((2, 2), int)}, r"the strokes are \(2, 2\) and the picture is \(24, 32\)"),
    ],
    "grow": [
        ({"points": None}, "either strokes"),
        ({"points": [(0, 0)], "strokes": np.ones((24, 32), int)}, "either strokes"),
        ({"points": []}, "there are no points"),
        ({"points": [(1, 2, 3)]}, r"expected \(x, y\)"),
        ({"points": [(24, 10), (10, 24)]}, "point 2 at x 10, y 24 is outside the picture, 32 wide and 24 high"),
        ({"points": [(3, 4), (3, 4)]}, "point 2 is on the pixel of point 1"),
        ({"tolerance": -1}, "tolerance -1"),
        ({"connectivity": 6}, "connectivity 6 is not known; it can be 4 or 8"),
        ({"against": "all"}, "against 'all'"),
    ],
    "split_merge": [({"tolerance": -1}, "tolerance -1"), ({"min_size": 1.5}, "min_size 1.5")],
    "threshold": [({"level": float("nan")}, "level nan"), ({"level": "half"}, "level 'half' is not a number")],
    "otsu": [({"levels": 1}, "levels 1 must be a whole number from 2 to 5"), ({"levels": 6}, "levels 6")],
    "adaptive": [
        ({"window": 4}, "window 4 must be odd, so that it has a middle: take 5"),
        ({"window": 1}, "window 1"),
        ({"offset": float("inf")}, "offset inf"),
        ({"weighting": "median"}, "weighting 'median' is not known; it can be 'gauss' or 'mean'"),
    ],
    "contours": [
        ({"gap": -1}, "gap -1"),
        ({"min_size": -1}, "min_size -1"),
        ({"low": 100, "high": 50}, "low 100 is above high 50"),
    ],
    "grabcut": [
        ({"strokes": None}, "give a box"),
        ({"strokes": np.full((24, 32), 3)}, "go up to 3"),
        ({"strokes": np.full((24, 32), 2)}, "all is object from the start"),
        ({"box": (0, 0, 32, 24), "strokes": None}, "all is object from the start"),
        ({"box": (4, 4, 4, 9)}, "empty or stands out"),
        ({"box": (4, 4, 40, 9)}, "empty or stands out"),
        ({"box": (4, 4)}, "expected x0, y0, x1, y1"),
        ({"iterations": 0}, "iterations 0"),
    ],
    "forest": [
        ({"strokes": np.zeros((24, 32), int)}, "the strokes are all 0"),
        ({"strokes": np.full((24, 32), -1)}, "the strokes go from -1"),
        ({"strokes": np.full((24, 32), 0.5)}, "of type float64"),
        ({"trees": 0}, "trees 0"),
        ({"scales": ()}, "no scales"),
        ({"scales": (0,)}, "a scale 0"),
    ],
}


def told(name: str, size: tuple[int, int]) -> dict[str, Any]:
    """What a method must be told: here, that the first and the last pixel are two things."""
    if name == "grow":
        return {"points": [(0, 0)]}
    if not METHODS[name].strokes:
        return {}
    strokes = np.zeros(size, np.int32)
    if strokes.size:
        strokes.flat[0], strokes.flat[-1] = 1, 2
    return {"strokes": strokes, **({"trees": 3} if name == "forest" else {})}


def run(name: str, image: NDArray[Any], **options: Any) -> NDArray[Any]:
    method = METHODS[name]
    if method.extra:
        for module in EXTRA:
            pytest.importorskip(module)
    return method.function()(image, **{**told(name, image.shape[:2]), **options})


def drawn() -> NDArray[np.uint8]:
    """A bright and a red square on a dark ground, with a little noise."""
    image = np.full((24, 32, 3), 30, np.uint8)
    image[4:14, 5:15] = 200
    image[10:20, 20:30] = (180, 60, 40)
    noise = np.random.default_rng(0).integers(0, 8, image.shape)
    return (image + noise).astype(np.uint8)


@pytest.mark.parametrize("name", METHODS)
def test_labels_are_int32_of_the_picture_s_size_and_twice_the_same(name: str) -> None:
    image = drawn()
    image.setflags(write=False)
    labels = run(name, image)
    assert labels.dtype == np.int32
    assert labels.shape == image.shape[:2]
    assert np.array_equal(run(name, image), labels)
    assert labels.min() >= 0


@pytest.mark.parametrize("name", [name for name in METHODS if name not in BRIGHTNESS and not METHODS[name].strokes])
def test_regions_are_numbered_from_0_in_raster_order(name: str) -> None:
    labels = run(name, drawn())
    numbers, first = np.unique(labels, return_index=True)
    assert numbers.tolist() == list(range(len(numbers)))
    assert (np.diff(first) > 0).all()
    assert len(numbers) >= 2


@pytest.mark.parametrize("name", METHODS)
def test_a_view_gives_what_its_copy_gives(name: str) -> None:
    turned = drawn()[:, ::-1]
    assert np.array_equal(run(name, turned), run(name, turned.copy()))


@pytest.mark.parametrize("name", [name for name in METHODS if name != "graph"])
def test_16_bits_and_floats_give_what_8_bits_give(name: str) -> None:
    """But for rounding: pixels that stand at a limit may fall to its other side."""
    image = drawn()
    labels = run(name, image)
    for other in (image.astype(np.uint16) * 257, image / 255, (image / 255).astype(np.float32)):
        assert (run(name, other) == labels).mean() > 0.99


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (1, 9), (9, 1, 3), (2, 2, 3), (20, 30, 3)])
@pytest.mark.parametrize("name", METHODS)
def test_constant_pictures_of_any_size_are_one_region(name: str, shape: tuple[int, ...]) -> None:
    image = np.full(shape, 90, np.uint8)
    if name == "grabcut" and shape[:2] == (1, 1):
        with pytest.raises(ValueError, match="needs some of both"):
            run(name, image)
        return
    labels = run(name, image)
    if name == "slic":  # superpixels of place, where color says nothing
        assert run(name, image, regions=1).max() == 0
    elif name in ("grabcut", "forest"):  # they are told that there are two things
        assert labels.flat[0] == {"grabcut": 0, "forest": labels.flat[-1]}[name]
    else:
        assert len(np.unique(labels)) == 1


@pytest.mark.parametrize("name", METHODS)
def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        run(name, np.zeros((0, 5, 3), np.uint8))
    holey = np.full((24, 32), 0.5)
    holey[3, 4] = np.nan
    with pytest.raises(ValueError, match="row 3, column 4"):
        run(name, holey)
    holey[3, 4] = np.inf
    with pytest.raises(ValueError, match="row 3, column 4"):
        run(name, holey)
    with pytest.raises(ValueError, match=r"has shape \(2, 3, 4, 5\)"):
        run(name, np.zeros((2, 3, 4, 5), np.uint8))
    with pytest.raises(TypeError, match="complex"):
        run(name, np.zeros((24, 32), complex))


@pytest.mark.parametrize("name", METHODS)
def test_five_channels_are_used_or_refused(name: str) -> None:
    image = np.concatenate([drawn(), drawn()[:, :, :2]], axis=2)
    if name in GRAY_OR_RGB:
        with pytest.raises(ValueError, match="5 channels"):
            run(name, image)
    else:
        assert run(name, image).max() >= 1


@pytest.mark.parametrize(
    ("name", "options", "message"), [(name, *case) for name, cases in WRONG.items() for case in cases]
)
def test_wrong_options_are_refused_by_name(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        run(name, drawn(), **options)


def test_every_method_has_wrong_options_and_an_idea() -> None:
    assert set(WRONG) == set(METHODS)
    for name, method in METHODS.items():
        assert method.options(), name
        assert len(method.idea.split()) <= 7
        assert bool({"strokes", "box", "points"} & set(method.options())) >= method.strokes


@pytest.mark.parametrize("name", METHODS)
def test_without_the_extra_a_method_works_or_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in list(sys.modules):
        if module.partition(".")[0] in EXTRA:
            monkeypatch.delitem(sys.modules, module)
    for module in EXTRA:
        monkeypatch.setitem(sys.modules, module, None)
    method = METHODS[name]
    options = told(name, (24, 32))
    if method.extra:
        with pytest.raises(ModelError, match=r'needs scikit-.*pip install "perpixel\[classical\]"'):
            method.function()(drawn(), **options)
    else:
        assert method.function()(drawn(), **options).shape == (24, 32)


def test_multi_otsu_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "skimage.filters", None)
    with pytest.raises(ModelError, match="scikit-image"):
        METHODS["otsu"].function()(drawn(), levels=3)


def test_methods_are_found_by_name_with_hyphens_too() -> None:
    assert find_method("mean-shift") is METHODS["mean_shift"]
    with pytest.raises(ValueError, match="there is no method 'magic'; there are graph, kmeans"):
        find_method("magic")
