"""ModelSpec: all that the light half must know of a trained model; it is the file `config.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from perpixel.classes import ClassTable
from perpixel.classes.depth_bins import DepthBins
from perpixel.errors import ModelError
from perpixel.kernels.region_rules import RegionRules

FORMAT = 1
OutputKind = Literal[
    "logits",
    "scores",
    "mask queries",
    "binary logits",
    "centers",
    "offsets",
    "features",
    "objectness",
    "deltas",
    "embedding",
]


@dataclass(frozen=True)
class InputSpec:
    """What the graph takes: `image`, (1, H, W, channels), raw values; normalization and padding are in the graph.

    `size` is (height, width) if the graph takes only that one, None if it takes any.
    """

    channels: int = 3
    dtype: Literal["uint8", "uint16", "float32"] = "uint8"
    size: tuple[int, int] | None = None


@dataclass(frozen=True)
class OutputSpec:
    """One output of a graph: its name, its stride (input pixels to one output pixel) and what its numbers are.

    "logits" compete for a pixel (softmax), "binary logits" are a question for each class by itself (sigmoid), "scores"
    are probabilities already; "centers" are near 1 at the center of a thing, and "offsets" are the way there, down and
    right, in pixels of the picture. Of a two-stage network "features" are what its second stage reads regions from;
    "objectness" (1, A) and "deltas" (1, A, 4) are of its anchors, of the levels one after the other.
    """

    name: str = "logits"
    stride: int = 1
    kind: OutputKind = "logits"


@dataclass(frozen=True)
class Geometry:
    """Which sizes the network takes: a multiple, a least side, and the margin that valid convolutions cut off."""

    multiple: int = 32
    minimum: int = 32
    margin: int = 0


@dataclass(frozen=True)
class Terms:
    """Under which terms the weights may be used: the licence of the file, and what the training data allow."""

    licence: str = "unstated"
    data: str = "unstated"
    commercial: bool | None = None


@dataclass(frozen=True)
class ModelSpec:
    """A trained model as data: task, classes, graphs and how to read them, terms.

    Attributes:
        name: what the model calls itself.
        task: "semantic", later "instance", "panoptic", ...
        classes: what the output channels mean.
        graphs: file of each graph, by role; relative to the checkpoint's folder. "main" takes the picture; "regions"
            judges what regions hold, where there is a second stage.
        architecture: name and arguments of the network, for the learning half; empty if it is not ours.
        thresholds: per-class decision thresholds where a task has them; multilabel: of the probability, else 0.5;
            instance: of the score from which things are shown and counted, the least of them, else 0.3.
        least_areas: pixels that a component (multilabel) or a thing (instance, the least of them) has at least; smaller
            ones are taken for noise.
        regions: how regions are chosen for the second stage and what of them is kept; None where there is none.
        bins: depth: the distances that the classes stand for; None where they stand for none.
        calibration: what is known of the confidence ("none", or how it was fitted).
        provenance: data, recipe, seed, scores: whatever was written down when the model was made.
    """

    name: str
    task: str
    classes: ClassTable
    graphs: dict[str, str] = field(default_factory=lambda: {"main": "model.onnx"})
    input: InputSpec = InputSpec()
    outputs: tuple[OutputSpec, ...] = (OutputSpec(),)
    geometry: Geometry = Geometry()
    architecture: dict[str, Any] = field(default_factory=dict)
    thresholds: dict[str, float] = field(default_factory=dict)
    least_areas: dict[str, int] = field(default_factory=dict)
    regions: RegionRules | None = None
    bins: DepthBins | None = None
    calibration: str = "none"
    terms: Terms = Terms()
    provenance: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data, `format` first."""
        data: dict[str, Any] = {"format": FORMAT, **asdict(self)}
        data["classes"] = self.classes.to_dict()
        if self.regions is None:  # versions that know no second stage read all models without one
            del data["regions"]
        if self.bins is None:
            del data["bins"]
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ModelSpec:
        """Read what `to_dict` wrote.

        Raises:
            ModelError: another format, or data that are not a model's.
        """
        if data.get("format") != FORMAT:
            raise ModelError(
                f"this model has format {data.get('format')!r}; this version of perpixel reads format {FORMAT}: "
                "update perpixel, or export the model again"
            )
        try:
            fields = {key: value for key, value in data.items() if key != "format"}
            fields["classes"] = ClassTable.from_dict(data["classes"])
            size = data["input"]["size"]
            fields["input"] = InputSpec(**{**data["input"], "size": None if size is None else tuple(size)})
            fields["outputs"] = tuple(OutputSpec(**output) for output in data["outputs"])
            fields["geometry"] = Geometry(**data["geometry"])
            fields["terms"] = Terms(**data["terms"])
            if data.get("regions") is not None:
                fields["regions"] = RegionRules.from_dict(data["regions"])
            if data.get("bins") is not None:
                fields["bins"] = DepthBins.from_dict(data["bins"])
            return cls(**fields)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"not a model's config.json: {error!r}") from error

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> ModelSpec:
        """Read `config.json`.

        Raises:
            ModelError: no such file, or not a model's.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ModelError(f"{path}: not JSON: {error}") from error
        try:
            return cls.from_dict(data)
        except ModelError as error:
            raise ModelError(f"{path}: {error}") from error
