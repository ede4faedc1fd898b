from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, CITYSCAPES, ClassTable
from perpixel.draw.confusion_chart import confusion_chart


@pytest.mark.parametrize("classes", [ClassTable.named(["one"]), CAMVID, ClassTable.named([str(i) for i in range(60)])])
def test_chart_has_a_cell_for_each_pair_of_classes(classes: ClassTable) -> None:
    counts = np.diag(np.arange(len(classes)))
    drawn = confusion_chart(counts, classes)
    assert drawn.dtype == np.uint8
    assert drawn.shape[2] == 3
    assert min(drawn.shape[:2]) >= 14 * len(classes)


def test_right_pixels_are_green_and_wrong_ones_red() -> None:
    two = ClassTable.named(["a", "b"])
    right, wrong = (confusion_chart(np.array(counts), two) for counts in ([[9, 0], [0, 9]], [[0, 9], [9, 0]]))

    def pixels_like(drawn: np.ndarray, color: tuple[int, int, int]) -> int:  # type: ignore[type-arg]
        return int((np.abs(drawn.astype(int) - color).sum(axis=2) < 12).sum())

    assert pixels_like(right, (24, 110, 60)) > 1000 > pixels_like(right, (190, 50, 30))
    assert pixels_like(wrong, (190, 50, 30)) > 1000 > pixels_like(wrong, (24, 110, 60))


def test_counts_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one row and column for each of 19 classes"):
        confusion_chart(np.zeros((11, 11)), CITYSCAPES)
