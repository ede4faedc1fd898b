"""Joint augmentation: one sampled warp moves picture and truth; colors, blur and noise the picture alone."""

from perpixel.augment.border import border_weights
from perpixel.augment.copy_paste import copy_paste, paste_things
from perpixel.augment.mix import class_mix, cut_mix, mix
from perpixel.augment.photometric import photometric
from perpixel.augment.rare import find_rare_pixel, rare_class_probabilities
from perpixel.augment.sample import augment
from perpixel.augment.sample_warp import sample_warp
from perpixel.plan import Augmentation

__all__ = [
    "Augmentation",
    "augment",
    "border_weights",
    "class_mix",
    "copy_paste",
    "cut_mix",
    "find_rare_pixel",
    "mix",
    "paste_things",
    "photometric",
    "rare_class_probabilities",
    "sample_warp",
]
