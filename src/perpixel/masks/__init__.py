"""What an answer is on disk: masks of every encoding in, label maps out, and back."""

from perpixel.masks.decode import decode_labels
from perpixel.masks.encoding import ENCODINGS, Encoding
from perpixel.masks.evidence import Evidence
from perpixel.masks.infer import Inferred, infer_encoding
from perpixel.masks.layer_files import layer_files, layer_folder, write_layers
from perpixel.masks.raw import RawMask, decode_raw, read_raw
from perpixel.masks.write import encode_labels, write_labels

__all__ = [
    "ENCODINGS",
    "Encoding",
    "Evidence",
    "Inferred",
    "RawMask",
    "decode_labels",
    "decode_raw",
    "encode_labels",
    "infer_encoding",
    "layer_files",
    "layer_folder",
    "read_raw",
    "write_labels",
    "write_layers",
]
