"""The pictures of docs/upsampling.md: five ways to make a small map large, and where a checkerboard comes from.

python -m recipes.gallery --out docs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from cyclopts import App
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from perpixel.pictures import write_jpeg, write_png
from perpixel.synthetic import street
from perpixel.upsample import (
    bed_of_nails,
    bilinear,
    bilinear_kernel,
    max_pool_with_positions,
    max_unpool,
    nearest,
    transposed_convolution,
)

FACTOR, CELL, GAP, LINE = 4, 24, 12, 24
INK = (30, 30, 30)
BEFORE = [[1.0, 2, 6, 3], [3, 5, 2, 1], [1, 2, 2, 1], [7, 3, 4, 8]]

app = App(help=__doc__, help_format="plaintext")


@app.default
def main(*, out: Path = Path("docs")) -> None:
    """Draw both pictures into a folder."""
    write_png(out / "upsampling-small.png", small())
    write_jpeg(out / "upsampling-picture.jpg", picture())


def small() -> NDArray[np.uint8]:
    """All five on a map of 2 x 2, and the checkerboard, with their numbers."""
    before = torch.tensor([[BEFORE]])
    maxima, positions = max_pool_with_positions(before)
    flat, ones = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)
    tiles = [
        ("a map of 4 x 4", before),
        ("its maxima", maxima),
        ("nearest neighbor", nearest(maxima)),
        ("bed of nails", bed_of_nails(maxima)),
        ("bilinear", bilinear(maxima)),
        ("max unpooling", max_unpool(maxima, positions)),
        ("transposed, bilinear 4 x 4", transposed_convolution(maxima, bilinear_kernel(4)[None, None], padding=1)),
        ("transposed, ones 3 x 3", transposed_convolution(maxima, ones, padding=1, size=(4, 4))),
        ("ones, and a filter of ones:", flat),
        ("3 x 3 at stride 2: 1, 2 or 4 taps", transposed_convolution(flat, ones)),
        ("4 x 4 at stride 2: 4 taps inside", transposed_convolution(flat, torch.ones(1, 1, 4, 4), padding=1)),
        ("2 x 2 at stride 2: 1 tap", transposed_convolution(flat, torch.ones(1, 1, 2, 2))),
    ]
    return sheet([(caption, numbered(x[0, 0].numpy())) for caption, x in tiles], columns=4)


def picture() -> NDArray[np.uint8]:
    """All five on a drawn street that was max-pooled over 4 x 4 pixels, a channel at a time."""
    image = street(4, size=(144, 192)).image
    x = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    maxima, positions = max_pool_with_positions(x, factor=FACTOR)
    spread = bilinear_kernel(2 * FACTOR)[None, None]
    uneven = torch.ones(1, 1, 6, 6) / (6 / FACTOR) ** 2

    def transposed(kernel: Tensor) -> Tensor:
        padding = (kernel.shape[-1] - FACTOR) // 2
        return transposed_convolution(maxima.movedim(1, 0), kernel, stride=FACTOR, padding=padding).movedim(0, 1)

    tiles = [
        ("picture", x),
        ("max-pooled by 4, as it is", pasted(maxima, x.shape)),
        ("bed of nails", bed_of_nails(maxima, factor=FACTOR)),
        ("max unpooling", max_unpool(maxima, positions, factor=FACTOR)),
        ("bilinear", bilinear(maxima, factor=FACTOR)),
        ("transposed, bilinear 8 x 8", transposed(spread)),
        ("transposed, ones 6 x 6 (no multiple of 4)", transposed(uneven)),
        ("nearest neighbor", nearest(maxima, factor=FACTOR)),
    ]
    return sheet([(caption, shown(x)) for caption, x in tiles], columns=4)


def pasted(small_map: Tensor, shape: torch.Size) -> Tensor:
    """A small map at its own size on white."""
    canvas = torch.full(shape, 255.0)
    canvas[..., : small_map.shape[2], : small_map.shape[3]] = small_map
    return canvas


def shown(x: Tensor) -> NDArray[np.uint8]:
    image = x[0].permute(1, 2, 0).clamp(0, 255).round().byte().numpy()
    return image.repeat(2, axis=0).repeat(2, axis=1)


def numbered(values: NDArray[Any]) -> NDArray[np.uint8]:
    """A map as colored cells with their numbers."""
    share = (values / max(float(values.max()), 8.0) * 200).astype(np.uint8)
    colored = cv2.applyColorMap(share, cv2.COLORMAP_VIRIDIS)[..., ::-1]
    canvas = Image.fromarray(np.ascontiguousarray(colored.repeat(CELL * 2, axis=0).repeat(CELL * 2, axis=1)))
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=14)
    for (row, column), value in np.ndenumerate(values):
        ink = (255, 255, 255) if share[row, column] < 120 else INK
        draw.text((CELL * (2 * column + 1), CELL * (2 * row + 1)), f"{value:.4g}", ink, font, anchor="mm")
    return np.asarray(canvas)


def sheet(tiles: list[tuple[str, NDArray[np.uint8]]], *, columns: int) -> NDArray[np.uint8]:
    """Tiles in rows, each with its caption above."""
    across = max(max(tile.shape[1] for _, tile in tiles), 250) + GAP
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    heights = [max(tile.shape[0] for _, tile in row) + LINE + GAP for row in rows]
    canvas = Image.new("RGB", (columns * across + GAP, sum(heights) + GAP), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(size=15)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, (caption, tile) in enumerate(row):
            left = GAP + column * across
            draw.text((left, top), caption, INK, font)
            canvas.paste(Image.fromarray(tile), (left, top + LINE))
        top += height
    return np.asarray(canvas).copy()


if __name__ == "__main__":
    app()
