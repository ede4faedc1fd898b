"""Upsampling: five ways to make a small map large again. Each is a function and a layer."""

from perpixel.upsample.bilinear import Bilinear, bilinear, bilinear_kernel
from perpixel.upsample.nails import BedOfNails, bed_of_nails
from perpixel.upsample.nearest import Nearest, nearest
from perpixel.upsample.sizes import Size
from perpixel.upsample.transposed import TransposedConvolution, transposed_convolution
from perpixel.upsample.unpool import MaxPoolWithPositions, MaxUnpool, max_pool_with_positions, max_unpool

__all__ = [
    "BedOfNails",
    "Bilinear",
    "MaxPoolWithPositions",
    "MaxUnpool",
    "Nearest",
    "Size",
    "TransposedConvolution",
    "bed_of_nails",
    "bilinear",
    "bilinear_kernel",
    "max_pool_with_positions",
    "max_unpool",
    "nearest",
    "transposed_convolution",
]
