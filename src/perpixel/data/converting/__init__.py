"""From any annotation format to any other, with a receipt that says what has become of every region."""

from perpixel.data.converting.convert import convert
from perpixel.data.converting.losses import Concerned
from perpixel.data.converting.receipt import Counts, Receipt
from perpixel.data.converting.told_apart import ToldApart

__all__ = ["Concerned", "Counts", "Receipt", "ToldApart", "convert"]
