"""Losses of logits (N, K, H, W) against labels (N, H, W). Ignored pixels count nowhere and get no gradient."""

from perpixel.losses.binary import binary_cross_entropy, binary_dice, lovasz_hinge, pooled_dice
from perpixel.losses.class_weights import median_frequency, root_median_frequency
from perpixel.losses.cross_entropy import cross_entropy
from perpixel.losses.dice import dice
from perpixel.losses.lovasz import lovasz

__all__ = [
    "binary_cross_entropy",
    "binary_dice",
    "cross_entropy",
    "dice",
    "lovasz",
    "lovasz_hinge",
    "median_frequency",
    "pooled_dice",
    "root_median_frequency",
]
