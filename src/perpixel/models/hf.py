"""Any network of Hugging Face's `transformers` for segmentation: as it is written there, with the data's classes.

Wolf et al., 2020, https://arxiv.org/abs/1910.03771. Networks that give logits (SegFormer, UperNet, DPT, BEiT, ...) and
networks that give queries, each a mask and its classes (MaskFormer, Mask2Former, EoMT): a pixel's score of a class is
the sum over queries of the class's probability times the mask's (Cheng, Schwing & Kirillov, 2021,
https://arxiv.org/abs/2107.06278, section 3.4), and its logarithm stands for the logit. With `queries` the queries
themselves are the answer, and things are told apart by them.

Differences from the networks' own programs: for classes of pixels queries learn from the cross-entropy of these scores,
not from masks matched to objects; EoMT is trained and run without masked attention, which its paper anneals away;
auxiliary heads are left out; parts that no logit depends on do not learn. Networks that cannot be exported for any size
see every picture stretched to one size.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.hub import Source, read_source
from perpixel.backbones.pretrained import adapt_channels
from perpixel.errors import ModelError
from perpixel.layers.pyramid import cell_means
from perpixel.layers.queries import queries_of, semantic_logits
from perpixel.spec import Geometry, OutputKind, OutputSpec

MULTIPLE = 32
SIDE = 512  # of pictures for a network that takes one size and does not say which
ANY_SIZE = ("segformer", "mobilenet_v2", "upernet")  # these export for any size
ANY_SIZE_BACKBONES = ("convnext", "convnextv2", "resnet")  # if such a one is below
EAGER = ("beit", "data2vec-vision", "swin")  # torch's fused attention with a bias of positions does not export


class HuggingFace(Segmenter):
    """A network of `transformers` that behaves like one of ours; its weights keep their names below `network.`.

    Args:
        source: a repository `owner/name` of the hub or a local folder, whose configuration is taken. Without it, the
            smallest SegFormer.
        pretrained: also take the weights of `source`; only layers as wide as the number of classes begin anew.
        config: the configuration itself, as `config.json` has it; then `source` is only a name. A checkpoint has it,
            so that it can be loaded without the hub.
        queries: answer with the queries, "classes" and "masks", in the place of "logits": for things.
        size: (height, width) to which every picture is stretched before the network and its answers back after it.
            None stretches only for networks that cannot be exported for any size, to their own `image_size`.

    Raises:
        ModelError: `transformers` is not installed, there is no such source, or it is no network for this.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        source: str | None = None,
        pretrained: bool = False,
        in_channels: int = 3,
        config: Mapping[str, Any] | None = None,
        size: Sequence[int] | None = None,
        queries: bool = False,
    ) -> None:
        if pretrained and (source is None or config is not None):
            raise ModelError("pretrained weights of hf are those of its option `source`: name one, without `config`")
        found = Source() if source is None or config is not None else read_source(source)
        wanted = configuration(config or found.config, num_classes)
        trained = _load(wanted, found) if pretrained else None
        _set_channels(wanted, in_channels)
        fixed = tuple(size) if size is not None else _own_size(wanted)
        stride, idle = _probe(wanted, in_channels, fixed, queries=queries)
        multiple = MULTIPLE if fixed is None else stride
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=stride,
            geometry=Geometry(multiple, multiple),
            mean=found.mean,
            std=found.std,
        )
        self.size, self.licence, self.queries = fixed, found.licence, queries
        self.answers = ("classes", "masks") if queries else ("logits",)
        self.network = _build(wanted)
        if trained is not None:
            adapt_channels(trained, in_channels)
            self.network.load_state_dict(trained.state_dict())
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name not in idle)
        self.architecture = {"config": _as_json(wanted)}

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / stride, W / stride).

        With queries to "classes" (N, Q, num_classes + 1), the last for no object, and "masks" (N, Q, H / stride, W /
        stride), both logits.
        """
        if self.size is None:
            return self._answers(self.network(images))
        height, width = images.shape[2:]
        stretched = F.interpolate(images, self.size, mode="bilinear", antialias=True)
        found = self._answers(self.network(stretched))
        rows, columns = height // self.stride, width // self.stride
        maps = self.answers[-1]
        return {**found, maps: F.interpolate(found[maps], (rows, columns), mode="bilinear", align_corners=False)}

    def describe_outputs(self, kind: OutputKind) -> tuple[OutputSpec, ...]:
        """Logits of this kind, or the queries' classes and masks."""
        if not self.queries:
            return super().describe_outputs(kind)
        return tuple(OutputSpec(name, self.stride, "mask queries") for name in self.answers)

    def _answers(self, output: Any) -> dict[str, Tensor]:
        if not self.queries:
            return {"logits": semantic_logits(output)}
        classes, masks = queries_of(output)
        return {"classes": classes, "masks": masks}


def configuration(data: Mapping[str, Any] | None, num_classes: int) -> Any:
    """The configuration object for this many classes, without auxiliary heads.

    Raises:
        ModelError: no `transformers`, or a configuration that it does not know.
    """
    library = transformers()
    fields = dict(json.loads(json.dumps(data or {"model_type": "segformer"})))  # lists, not tuples
    kind = fields.get("model_type")
    for name in ("id2label", "label2id", "num_labels", "use_auxiliary_head"):
        fields.pop(name, None)
    try:
        with quiet():
            config = library.CONFIG_MAPPING[kind].from_dict(fields)
    except Exception as error:  # its checks raise errors of many libraries
        raise ModelError(f"transformers cannot read the configuration of {kind!r}: {_first_line(error)}") from error
    config.num_labels = num_classes
    if hasattr(config, "use_auxiliary_head"):
        config.use_auxiliary_head = False
    _constructor(config)
    return config


def transformers() -> Any:
    """The library.

    Raises:
        ModelError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its own imports
            import transformers as library
    except ModuleNotFoundError as error:
        raise ModelError('networks of Hugging Face need transformers: pip install "perpixel[hf]"') from error
    return library


@contextmanager
def quiet() -> Iterator[None]:
    """Hush the library, which prints bars and advice for its own training."""
    from transformers.utils import logging as talk

    level, bars = talk.get_verbosity(), talk.is_progress_bar_enabled()
    talk.set_verbosity(logging.CRITICAL)
    talk.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        talk.set_verbosity(level)
        if bars:
            talk.enable_progress_bar()


def _constructor(config: Any) -> Any:
    library = transformers()
    for name in ("Semantic", "Universal"):
        kinds = getattr(library, f"MODEL_FOR_{name.upper()}_SEGMENTATION_MAPPING")
        if type(config) in kinds:
            return kinds[type(config)]
    known = sorted(
        kind.model_type
        for name in ("SEMANTIC", "UNIVERSAL")
        for kind in getattr(library, f"MODEL_FOR_{name}_SEGMENTATION_MAPPING")
    )
    raise ModelError(f"{config.model_type!r} is no network for segmentation; these are: {', '.join(known)}")


def _build(config: Any) -> nn.Module:
    """The network with random weights.

    Raises:
        ModelError: a package that it needs is not installed, or its configuration makes no network.
    """
    try:
        with quiet():
            network = _prepared(_constructor(config)._from_config(config, attn_implementation=_attention(config)))
            return network.to(torch.get_default_device())  # some of them make a tensor on the CPU whatever is asked
    except Exception as error:
        raise ModelError(f"transformers cannot build {config.model_type}: {_first_line(error)}") from error


def _prepared(network: nn.Module) -> nn.Module:
    """Without what cannot be exported, in place; nothing of it has weights that are learnt."""
    probabilities = getattr(network, "attn_mask_probs", None)  # of EoMT: that attention is masked, in each block
    if isinstance(probabilities, Tensor):
        del network.attn_mask_probs
        network.__dict__["attn_mask_probs"] = [0.0] * len(probabilities)
    for layer in network.modules():
        if isinstance(layer, nn.AdaptiveAvgPool2d) and isinstance(layer.output_size, int):
            layer.forward = partial(cell_means, cells=layer.output_size)  # type: ignore[method-assign]
    return network


def _load(config: Any, source: Source) -> nn.Module:
    """The network with the source's weights."""
    try:
        with quiet():
            network, report = _constructor(config).from_pretrained(
                source.name,
                config=config,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                dtype=torch.float32,
                attn_implementation=_attention(config),
            )
    except Exception as error:
        raise ModelError(f"{source.name}: its weights cannot be had: {_first_line(error)}") from error
    names = {name for name, _ in network.named_parameters()}
    if names <= {*report["missing_keys"], *(entry[0] for entry in report["mismatched_keys"])}:
        raise ModelError(f"{source.name}: none of its weights fits {type(network).__name__}")
    if source.swapped:
        first = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))
        first.weight = nn.Parameter(first.weight.detach().flip(1))  # it was trained on blue, green, red
    return _prepared(network)


def _attention(config: Any) -> str | None:
    """Which program of attention; None is the library's choice."""
    below = getattr(config, "backbone_config", None)
    return "eager" if config.model_type in EAGER or getattr(below, "model_type", None) in EAGER else None


def _set_channels(config: Any, in_channels: int) -> None:
    parts: list[Any] = [config, getattr(config, "backbone_config", None)]
    for part in parts:
        if hasattr(part, "num_channels"):
            part.num_channels = in_channels


def _own_size(config: Any) -> tuple[int, int] | None:
    """The only size that this network shall see; None if it takes any and exports so."""
    below = getattr(config, "backbone_config", None)
    if config.model_type in ANY_SIZE and (below is None or below.model_type in ANY_SIZE_BACKBONES):
        return None
    side = getattr(config, "image_size", None) or SIDE
    height, width = (side, side) if isinstance(side, int) else side
    return height, width


def _probe(config: Any, in_channels: int, size: tuple[int, ...] | None, *, queries: bool) -> tuple[int, frozenset[str]]:
    """The stride of the answers, and the names of the parameters that they do not depend on; found without numbers.

    Raises:
        ModelError: it cannot be run on pictures of this size alone, or has no queries and they are asked for.
    """
    height, width = size or (2 * MULTIPLE, 3 * MULTIPLE)
    with torch.inference_mode(False), torch.device("meta"):
        network = _build(config).eval()
    images = torch.zeros(2, in_channels, height, width, device="meta")
    try:
        # What the library makes on the way and keeps (BEiT's table of positions) must have numbers, so be on the CPU.
        with quiet(), torch.inference_mode(False), torch.enable_grad(), torch.device("cpu"):
            output = network(images)
            answers = queries_of(output) if queries else (semantic_logits(output),)
            torch.stack([answer.sum() for answer in answers]).sum().backward()  # type: ignore[no-untyped-call]
    except ModelError as error:
        raise ModelError(f"{config.model_type}: {error}") from error
    except Exception as error:
        raise ModelError(
            f"{config.model_type} cannot be run on pictures of {height} x {width} alone: {_first_line(error)}; "
            "another size is set by the option `size`"
        ) from error
    idle = frozenset(name for name, parameter in network.named_parameters() if parameter.grad is None)
    return max(1, round(height / answers[-1].shape[2])), idle


def _as_json(config: Any) -> dict[str, Any]:
    """All of a configuration but the classes, its defaults too, so that it outlives their change."""
    data: dict[str, Any] = json.loads(config.to_json_string(use_diff=False))
    return {name: value for name, value in data.items() if name not in ("id2label", "label2id", "num_labels")}


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
