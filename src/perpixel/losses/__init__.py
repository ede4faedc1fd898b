"""Losses of logits (N, K, H, W) against labels (N, H, W). Ignored pixels count nowhere and get no gradient."""

from perpixel.losses.class_weights import median_frequency, root_median_frequency
from perpixel.losses.cross_entropy import cross_entropy
from perpixel.losses.dice import dice
from perpixel.losses.lovasz import lovasz

__all__ = ["cross_entropy", "dice", "lovasz", "median_frequency", "root_median_frequency"]
