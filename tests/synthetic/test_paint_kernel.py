from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from perpixel.kernels.surfaces import paint
from perpixel.synthetic import Scene, render, street


@pytest.mark.parametrize("seed", [0, 7])
def test_the_compiled_painter_paints_as_the_same_loops_run_by_python(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[tuple[Any, ...]] = []

    def spy(*arguments: Any) -> None:
        caught.append(arguments)
        paint(*arguments)

    monkeypatch.setattr(render, "paint", spy)
    street(seed, size=(32, 40))
    *given, image = caught[0]
    painted, slowly = np.empty_like(image), np.empty_like(image)
    paint(*given, painted)
    paint.py_func(*given, slowly)  # type: ignore[attr-defined]
    np.testing.assert_allclose(painted, slowly, atol=1e-3)


def test_pictures_and_shadows_are_of_the_weather(scenes: list[Scene]) -> None:
    """A clear day throws hard shadows on the road; on a gray one the road is even."""
    clear = next(scene for scene in scenes if scene.weather == "clear")
    gray = next(scene for scene in scenes if scene.weather == "overcast")

    def spread(scene: Scene) -> float:
        road = scene.image[scene.labels.mask("road")].astype(np.float64).mean(1)
        return float(np.percentile(road, 75) - np.percentile(road, 5)) / float(np.median(road))

    assert spread(clear) > spread(gray)
