from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perpixel.data.culane_lanes import lane_files, read_culane, write_culane
from perpixel.data.tusimple_lanes import is_tusimple, read_tusimple, write_tusimple
from perpixel.errors import DataError
from perpixel.results.lane_rows import LaneRows

ROWS = np.array([240.0, 250, 260])
LINE = {"raw_file": "clips/a/20.jpg", "lanes": [[-2, 5, 7]], "h_samples": [240, 250, 260]}
FUZZ = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def put(path: Path, *entries: object) -> Path:
    path.write_text("".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in entries))
    return path


def test_tusimple_lines_come_back_as_they_were_written(tmp_path: Path) -> None:
    lanes = {
        "a.jpg": LaneRows(ROWS, (np.array([-2, 5.25, 7]), np.array([1.0, 2, -2])), 12.5),
        "b/c.jpg": LaneRows(ROWS / 2 + 0.25, ()),
    }
    write_tusimple(tmp_path / "lanes.json", lanes)
    assert is_tusimple(tmp_path / "lanes.json")
    found = read_tusimple(tmp_path / "lanes.json")
    assert found.keys() == lanes.keys()
    for name, each in lanes.items():
        np.testing.assert_array_equal(found[name].rows, each.rows)
        np.testing.assert_array_equal(found[name].lanes, each.lanes)
        assert found[name].milliseconds == each.milliseconds


def test_predictions_take_their_rows_from_the_truth_and_lanes_of_any_length(tmp_path: Path) -> None:
    truth = read_tusimple(put(tmp_path / "gt.json", LINE))
    bare = {"raw_file": "clips/a/20.jpg", "lanes": [[1, 2], [1, 2, 3]], "run_time": 9}
    found = read_tusimple(put(tmp_path / "pred.json", "", bare, ""), of=truth)["clips/a/20.jpg"]
    assert ([len(lane) for lane in found.lanes], found.milliseconds) == ([2, 3], 9)
    np.testing.assert_array_equal(found.rows, ROWS)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (['{"raw_file": "a", "lanes"'], "line 1: not JSON, or cut off"),
        ([LINE, LINE], "line 2: the picture clips/a/20.jpg is there twice"),
        ([[1, 2]], "line 1: expected an object"),
        ([{**LINE, "raw_file": 3}], "raw_file: expected a text"),
        ([{**LINE, "lanes": [[1, 2]]}], "lane 1 has 2 places and there are 3 h_samples"),
        ([{**LINE, "lanes": [[1, None, 2]]}], "line 1: lane 1: expected a number"),
        ([{**LINE, "lanes": 5}], "lanes: expected a list"),
        ([{**LINE, "h_samples": []}], "h_samples is empty"),
        ([{**LINE, "run_time": "fast"}], "run_time: expected a number"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(entries: list[object], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_tusimple(put(tmp_path / "gt.json", *entries))
    assert str(caught.value).startswith(f"{tmp_path / 'gt.json'}: ")


def test_predictions_of_other_pictures_or_rows_are_refused(tmp_path: Path) -> None:
    truth = read_tusimple(put(tmp_path / "gt.json", LINE))
    with pytest.raises(DataError, match="picture b is not in the truth"):
        read_tusimple(put(tmp_path / "pred.json", {**LINE, "raw_file": "b"}), of=truth)
    with pytest.raises(DataError, match="h_samples are not those of the truth"):
        read_tusimple(put(tmp_path / "pred.json", {**LINE, "h_samples": [1, 2, 3]}), of=truth)


def said_of(read: Callable[[Path], object], path: Path) -> str:
    """The error, which must be one of data; if there is none, the path alone."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return str(path)


@FUZZ
@given(st.binary(max_size=60) | st.text('0159.-e \n{}[]":,', max_size=60).map(str.encode))
def test_any_bytes_are_lanes_or_one_clear_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.lines.txt"
    path.write_bytes(data)
    for read in (read_culane, read_tusimple):
        assert str(path) in said_of(read, path)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*LINE, "run_time"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@FUZZ
@given(st.fixed_dictionaries({}, optional=dict.fromkeys([*LINE, "run_time"], json_values)))
def test_any_values_are_lanes_or_one_clear_error(tmp_path: Path, entry: dict[str, object]) -> None:
    path = put(tmp_path / "gt.json", {**LINE, **entry})
    assert str(path) in said_of(read_tusimple, path)


def test_culane_files_come_back_as_they_were_written(tmp_path: Path) -> None:
    lines = [np.array([[-30.342, 450], [9.733, 440]]), np.array([[300.0, 590], [1e3, 580], [0, 0]])]
    write_culane(tmp_path / "a.lines.txt", lines)
    assert (tmp_path / "a.lines.txt").read_text() == "-30.342 450 9.733 440\n300 590 1000 580 0 0\n"
    for found, line in zip(read_culane(tmp_path / "a.lines.txt"), lines, strict=True):
        np.testing.assert_array_equal(found, line)
    write_culane(tmp_path / "b.lines.txt", [])
    assert read_culane(tmp_path / "b.lines.txt") == ()
    assert set(lane_files(tmp_path)) == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 2 3", "line 1: 3 numbers; expected pairs"),
        ("1 2 \n\n4 x", "line 3: 'x' is no number"),
        ("nan 3", "no place in a picture"),
        ("1e300 3", "no place in a picture"),
    ],
)
def test_what_is_wrong_with_a_culane_line_is_said(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.lines.txt").write_text(text)
    with pytest.raises(DataError, match=message):
        read_culane(tmp_path / "a.lines.txt")
