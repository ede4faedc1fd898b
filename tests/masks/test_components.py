from __future__ import annotations

import numpy as np

from perpixel.masks.components import drop_strays


def test_specks_of_a_thing_far_from_its_largest_part_are_dropped_and_large_parts_are_kept() -> None:
    ids = np.zeros((12, 40), np.int32)
    ids[2:10, 2:7] = 1  # 40 pixels
    ids[2:10, 9:12] = 1  # 24 more behind a pole: a part of the same thing
    ids[0, 39] = 1  # a speck: a fortieth of the largest part
    ids[11, 39] = 2  # all that there is of another thing
    ids[10, 12] = 2  # touches the first thing by a corner: one island, of which only this pixel is of thing 2
    expected = ids.copy()
    expected[0, 39] = 0
    assert np.array_equal(drop_strays(ids, 0.05), expected)
    expected[:, 9:12] = 0
    assert np.array_equal(drop_strays(ids, 0.7)[:10], expected[:10])
    assert drop_strays(ids, 0) is ids
    assert not drop_strays(np.zeros((3, 4), np.int32), 0.5).any()
