"""What networks of `transformers` answer with: logits of pixels, or queries, each a mask and its classes.

Cheng, Schwing & Kirillov, 2021, https://arxiv.org/abs/2107.06278, section 3.4.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from perpixel.errors import ModelError

LEAST_SCORE = 1e-6  # keeps the logarithm of a score finite


def semantic_logits(output: Any) -> Tensor:
    """The logits (N, K, h, w) of a network's output, or the logarithm of the scores that its queries amount to.

    Raises:
        ModelError: it gives neither.
    """
    logits = getattr(output, "logits", None)
    if isinstance(logits, Tensor) and logits.ndim == 4:
        return logits
    classes, masks = queries_of(output)
    device = masks.device.type
    if device == "meta" or not torch.is_autocast_enabled(device):
        return log_scores(classes, masks)
    with torch.autocast(device, enabled=False):  # a logarithm of three digits would be too coarse
        return log_scores(classes, masks)


def queries_of(output: Any) -> tuple[Tensor, Tensor]:
    """The class logits (N, Q, K + 1) and the mask logits (N, Q, h, w) of a network's queries.

    Raises:
        ModelError: it gives none.
    """
    classes, masks = (getattr(output, name, None) for name in ("class_queries_logits", "masks_queries_logits"))
    if isinstance(classes, Tensor) and isinstance(masks, Tensor) and masks.ndim == 4:
        return classes, masks
    logits = getattr(output, "logits", None)
    if isinstance(logits, Tensor) and logits.ndim == 4:
        raise ModelError(
            "it gives classes of pixels and no queries, so it tells no thing from another: take mask2former, "
            "maskformer or eomt"
        )
    raise ModelError("it gives neither logits for pixels nor queries with masks")


def log_scores(classes: Tensor, masks: Tensor) -> Tensor:
    """Logarithm of what queries (N, Q, K + 1), the last class for no object, and masks (N, Q, h, w) amount to."""
    probability = classes.float().softmax(dim=-1)[..., :-1]
    scores = torch.einsum("nqk,nqhw->nkhw", probability, masks.float().sigmoid())
    return (scores + LEAST_SCORE).log()
