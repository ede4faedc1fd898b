from __future__ import annotations

import numpy as np
import pytest

from perpixel.synthetic import AerialScene, aerial
from perpixel.synthetic.aerial import DRONE

SEEDS = range(12)
SIZE = (64, 96)


@pytest.fixture(scope="module")
def sites() -> list[AerialScene]:
    return [aerial(seed, size=SIZE) for seed in SEEDS]


def test_the_table_is_that_of_the_drone_set() -> None:
    assert len(DRONE) == 24
    assert DRONE.names[:4] == ("unlabeled", "paved-area", "dirt", "grass")
    assert DRONE.names[22:] == ("obstacle", "conflicting")
    assert DRONE[DRONE.index("person")].color == (255, 22, 96)


def test_a_scene_is_a_pure_function_of_its_seed(sites: list[AerialScene]) -> None:
    again = aerial(3, size=SIZE)
    np.testing.assert_array_equal(again.image, sites[3].image)
    np.testing.assert_array_equal(again.labels.labels, sites[3].labels.labels)
    assert (sites[3].labels.labels != sites[4].labels.labels).mean() > 0.2


def test_every_class_is_drawn(sites: list[AerialScene]) -> None:
    seen = np.sum([site.labels.shares() for site in sites], axis=0)
    missing = [name for name, share in zip(DRONE.names, seen, strict=True) if not share]
    assert missing == []


def test_the_camera_hovers_from_five_to_thirty_metres_in_dry_weather(sites: list[AerialScene]) -> None:
    assert all(5 <= site.altitude <= 30 for site in sites)
    assert {site.weather for site in sites} <= {"clear", "cloudy", "overcast"}
    assert sites[0].sampling == pytest.approx(1.5 * sites[0].altitude / 96)


def test_a_small_picture_is_the_large_one_at_a_coarser_sampling(sites: list[AerialScene]) -> None:
    large = aerial(5, size=(192, 288))
    np.testing.assert_array_equal(large.labels.labels[1::3, 1::3], sites[5].labels.labels)
    mean = large.image.reshape(64, 3, 96, 3, 3).mean((1, 3))
    assert np.abs(mean - sites[5].image).mean() < 12


def test_a_picture_of_another_aspect_shows_more_of_the_same_ground(sites: list[AerialScene]) -> None:
    square, tall = aerial(5, size=(96, 96)), aerial(5, size=(96, 64))
    np.testing.assert_array_equal(square.labels.labels[16:80], sites[5].labels.labels)
    np.testing.assert_array_equal(square.labels.labels[:, 16:80], tall.labels.labels)


def test_pictures_show_what_the_labels_say(sites: list[AerialScene]) -> None:
    """Grass is greener than paving, and pools are bluer than roofs."""
    colors = {name: np.zeros((0, 3)) for name in DRONE.names}
    for site in sites:
        for name in colors:
            colors[name] = np.vstack([colors[name], site.image[site.labels.mask(name)]])
    means = {name: pixels.mean(0) for name, pixels in colors.items() if len(pixels)}
    green = {name: mean[1] - (mean[0] + mean[2]) / 2 for name, mean in means.items()}
    assert min(green["grass"], green["tree"], green["vegetation"]) > green["paved-area"] + 10
    assert means["pool"][2] - means["pool"][0] > 30
    assert means["roof"][0] > means["roof"][2]
    assert means["dirt"][0] > means["dirt"][2] + 15


def test_pictures_are_neither_dark_nor_burnt_out(sites: list[AerialScene]) -> None:
    for site in sites:
        assert 50 < site.image.mean() < 190
        assert (site.image == 255).mean() < 0.1
        assert site.image.astype(float).std() > 15


@pytest.mark.parametrize(("size", "seed"), [((31, 64), 0), ((64, 8193), 0), (SIZE, -1)])
def test_what_cannot_be_drawn_is_refused(size: tuple[int, int], seed: int) -> None:
    with pytest.raises(ValueError, match=r"can be drawn|expected 0"):
        aerial(seed, size=size)
