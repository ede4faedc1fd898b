"""Networks of Hugging Face: their weights, their queries, their graphs. Nothing is fetched: all weights are random."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from perpixel.classes import ClassTable
from perpixel.cli import run
from perpixel.errors import ModelError
from perpixel.export import load_checkpoint, save_checkpoint
from perpixel.layers.queries import semantic_logits
from perpixel.models import build, spelled_out
from perpixel.plan import Plan
from perpixel.predict import Predictor
from perpixel.spec import ModelSpec
from perpixel.training.planning.learning import choose_rate
from perpixel.training.planning.network import choose_pretrained

CLASSES = ClassTable.named(("ground", "box", "disk"))
SPEC = ModelSpec("test", "semantic", CLASSES)
SURVEY: Any = SimpleNamespace(images=367)
VISION = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
SEGFORMER = {
    "model_type": "segformer",
    "hidden_sizes": [8, 8, 16, 16],
    "depths": [1, 1, 1, 1],
    "num_attention_heads": [1, 1, 2, 2],
    "decoder_hidden_size": 16,
}
STAGES = ["stage1", "stage2", "stage3", "stage4"]
RESNET = {
    "model_type": "resnet",
    "embedding_size": 8,
    "hidden_sizes": [8, 8, 16, 16],
    "depths": [1, 1, 1, 1],
    "layer_type": "basic",
    "out_features": STAGES,
}
SWIN = {
    "model_type": "swin",
    "embed_dim": 16,
    "depths": [1, 1, 1, 1],
    "num_heads": [1, 2, 2, 2],
    "window_size": 4,
    "out_features": STAGES,
}
EOMT = {"model_type": "eomt", **VISION, "num_blocks": 2, "num_queries": 6, "num_register_tokens": 1, "mlp_ratio": 2}
OPTIONS: dict[str, dict[str, Any]] = {
    "eomt": {"config": EOMT},
    "dpt": {
        "config": {
            "model_type": "dpt",
            **VISION,
            "intermediate_size": 32,
            "backbone_out_indices": [0, 1, 2, 3],
            "neck_hidden_sizes": [8, 8, 16, 16],
            "fusion_hidden_size": 16,
        }
    },
    "upernet": {"config": {"model_type": "upernet", "backbone_config": RESNET, "hidden_size": 16}},
    "mask2former": {
        "config": {
            "model_type": "mask2former",
            "backbone_config": SWIN,
            "feature_size": 32,
            "mask_feature_size": 32,
            "hidden_dim": 32,
            "encoder_feedforward_dim": 16,
            "encoder_layers": 1,
            "decoder_layers": 2,
            "num_attention_heads": 2,
            "dim_feedforward": 16,
            "num_queries": 6,
        },
        "size": (64, 96),
    },
}


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder as the hub has them: a SegFormer of seven classes with its normalization and its licence."""
    library = pytest.importorskip("transformers")
    folder = tmp_path / "published"
    torch.manual_seed(1)
    config = library.SegformerConfig(num_labels=7, **_without_type(SEGFORMER))
    library.SegformerForSemanticSegmentation(config).save_pretrained(folder)
    facts = {"image_mean": [0.5, 0.4, 0.2], "image_std": [0.1] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(facts))
    (folder / "README.md").write_text("---\nlicense: other\nlicense_name: for-research\n---\n")
    return folder


def _without_type(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name != "model_type"}


def test_a_name_with_a_colon_is_short_for_the_source() -> None:
    assert spelled_out("hf:owner/name", {"size": (64, 64)}) == ("hf", {"source": "owner/name", "size": (64, 64)})
    assert spelled_out("hf:./folder") == ("hf", {"source": "./folder"})
    assert spelled_out("hf") == ("hf", {})
    assert spelled_out("unet", {"norm": False}) == ("unet", {"norm": False})


def test_without_the_library_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r'need transformers: pip install "perpixel\[hf\]"'):
        build("hf", 3)
    data = _drawn(tmp_path / "data")
    assert run(["train", str(data), "--arch", "hf", "--out", str(tmp_path / "run")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines()[-1].startswith("error: networks of Hugging Face need transformers: pip install")


def test_a_pixels_score_is_summed_over_queries() -> None:
    # Two queries, two classes and none: probabilities (1/2, 1/4, 1/4) and (0, 1/2, 1/2), masks of one pixel 1/2 and 1.
    # Class 0: 1/2 * 1/2 + 0 * 1 = 1/4. Class 1: 1/4 * 1/2 + 1/2 * 1 = 5/8.
    classes = torch.tensor([[[2.0, 1.0, 1.0], [1e-30, 1.0, 1.0]]]).log()
    masks = torch.tensor([0.0, 100.0]).view(1, 2, 1, 1)
    output = SimpleNamespace(class_queries_logits=classes, masks_queries_logits=masks)
    torch.testing.assert_close(semantic_logits(output).exp().flatten(), torch.tensor([1 / 4, 5 / 8]), rtol=0, atol=1e-5)


def test_scores_keep_their_digits_in_less_precision() -> None:
    generator = torch.Generator().manual_seed(0)
    classes, masks = torch.randn(1, 9, 4, generator=generator), torch.randn(1, 9, 5, 6, generator=generator)
    output = SimpleNamespace(class_queries_logits=classes, masks_queries_logits=masks)
    with torch.autocast("cpu", torch.bfloat16):
        rough = semantic_logits(output)
    torch.testing.assert_close(rough, semantic_logits(output))


def test_a_trained_network_is_tuned_at_a_low_rate() -> None:
    learned, _ = choose_pretrained(SURVEY, Plan(architecture="hf", options={"source": "owner/name"}), at_hand=())
    scratch, _ = choose_pretrained(SURVEY, Plan(architecture="hf"), at_hand=())
    assert (learned, scratch) == (True, False)
    assert choose_rate(16, "adamw", tuned=True)[0] == 6e-5
    assert choose_rate(4, "adamw", tuned=True)[0] == 3e-5


def test_an_output_without_pixels_is_refused() -> None:
    with pytest.raises(ModelError, match="neither logits for pixels nor queries with masks"):
        semantic_logits(SimpleNamespace(logits=torch.zeros(2, 5)))


def test_published_weights_are_taken_but_for_the_classes(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library = pytest.importorskip("transformers")
    theirs = library.SegformerForSemanticSegmentation.from_pretrained(published).state_dict()
    capsys.readouterr()
    model = build("hf", 3, pretrained=True, options={"source": str(published)})
    ours = model.network.state_dict()
    assert {name for name in ours if name not in theirs or not torch.equal(ours[name], theirs[name])} == {
        "decode_head.classifier.weight",
        "decode_head.classifier.bias",
    }
    assert model.normalization.mean.flatten().tolist() == pytest.approx([127.5, 102.0, 51.0])
    assert model.licence == f"for-research ({published})"
    assert (model.stride, model.geometry.multiple) == (4, 32)
    assert capsys.readouterr() == ("", "")


def test_without_pretrained_only_the_shape_is_taken(published: Path) -> None:
    torch.manual_seed(0)
    model = build("hf", 7, options={"source": str(published)})
    torch.manual_seed(0)
    again = build("hf", 7, options={"config": model.architecture["options"]["config"]})  # type: ignore[index]
    assert all(torch.equal(a, b) for a, b in zip(model.network.parameters(), again.network.parameters(), strict=True))


@pytest.mark.parametrize("channels", [1, 4])
def test_pictures_of_other_channels_go_through_an_adapted_first_layer(published: Path, channels: int) -> None:
    colors = build("hf", 7, pretrained=True, options={"source": str(published)}).eval()
    other = build("hf", 7, pretrained=True, in_channels=channels, options={"source": str(published)}).eval()
    other.normalization = torch.nn.Identity()
    colors.normalization = torch.nn.Identity()
    gray = torch.rand(1, 1, 64, 64)
    images = gray if channels == 1 else torch.cat([gray] * 3 + [torch.rand(1, 1, 64, 64)], dim=1)
    torch.testing.assert_close(other(images), colors(gray.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-5)


def test_weights_for_blue_first_are_turned_round(published: Path) -> None:
    as_saved = build("hf", 7, pretrained=True, options={"source": str(published)}).network.state_dict()
    facts = published / "preprocessor_config.json"
    facts.write_text(json.dumps({"do_normalize": False, "do_flip_channel_order": True}))
    turned = build("hf", 7, pretrained=True, options={"source": str(published)}).network.state_dict()
    different = {name: turned[name] for name in turned if not torch.equal(turned[name], as_saved[name])}
    ((name, weight),) = different.items()
    assert torch.equal(weight, as_saved[name].flip(1))


def test_a_checkpoint_needs_its_source_no_more(published: Path, tmp_path: Path) -> None:
    model = build("hf", 3, pretrained=True, options={"source": str(published)}).eval()
    save_checkpoint(tmp_path / "checkpoint", model, SPEC, graph=False)
    shutil.rmtree(published)
    again, _ = load_checkpoint(tmp_path / "checkpoint")
    image = torch.rand(1, 3, 40, 50) * 255
    torch.testing.assert_close(again(image), model(image))


@pytest.mark.parametrize("name", ["eomt"])  # half a minute each; the others were tried by hand
def test_labels_of_the_graph_are_the_networks_at_sizes_not_traced(name: str, tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    model = build("hf", len(CLASSES), options=OPTIONS[name]).eval()
    model.train()
    with torch.no_grad():
        model.outputs(torch.rand(2, 3, 96, 64) * 255)  # statistics of batches, that untrained logits are not all equal
    save_checkpoint(tmp_path / "checkpoint", model.eval(), SPEC)
    predictor = Predictor(tmp_path / "checkpoint")
    for size in ((37, 53), (133, 71)):
        image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
        with torch.inference_mode():
            logits = model(torch.from_numpy(image).permute(2, 0, 1)[None].float())[0]
        best = logits.topk(2, dim=0).values
        clear = (best[0] - best[1] > 1e-3 * (logits.max() - logits.min())).numpy()
        assert clear.mean() > 0.5
        assert np.array_equal(predictor(image).labels[clear], logits.argmax(dim=0).numpy()[clear])


def test_queries_learn_from_pixels() -> None:
    pytest.importorskip("transformers")
    torch.manual_seed(0)
    model = build("hf", 2, options={"config": EOMT}).train()
    truth = torch.zeros(1, 64, 64, dtype=torch.int64)
    truth[:, 20:, 30:] = 1
    image = (truth[:, None] * 150.0 + 50).expand(-1, 3, -1, -1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(model(image), truth).backward()
        optimizer.step()
    assert float((model.eval()(image).argmax(dim=1) == truth).float().mean()) > 0.97


@pytest.mark.parametrize("name", ["dpt", "mask2former"])
def test_parts_that_no_logit_depends_on_are_not_trained(name: str) -> None:
    pytest.importorskip("transformers")
    model = build("hf", 3, options=OPTIONS[name]).train()
    model(torch.rand(2, 3, 64, 96) * 255).square().mean().backward()
    assert [name for name, p in model.named_parameters() if p.requires_grad != (p.grad is not None)] == []
    assert any(not parameter.requires_grad for parameter in model.parameters())


def test_building_without_numbers_leaves_nothing_behind() -> None:
    # BEiT keeps a table of positions from one call to the next.
    pytest.importorskip("transformers")
    config = {
        "model_type": "beit",
        **VISION,
        "intermediate_size": 32,
        "out_indices": [1, 2, 3, 4],
        "use_relative_position_bias": True,
    }
    with torch.device("meta"):
        build("hf", 3, options={"config": config})
    torch.manual_seed(0)
    model = build("hf", 3, options={"config": config}).eval()
    image = torch.rand(1, 3, 64, 64) * 255
    assert model(image).isfinite().all()
    torch.testing.assert_close(model(image), model(image))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"config": {"model_type": "bert"}}, "'bert' is no network for segmentation; these are: .*segformer"),
        ({"config": {"model_type": "segfromer"}}, "cannot read the configuration of 'segfromer'"),
        ({"config": {**SEGFORMER, "hidden_sizes": "wide"}}, "cannot read the configuration of 'segformer'"),
        ({"config": {**OPTIONS["mask2former"]["config"], "feature_size": 9}}, "transformers cannot build mask2former"),
        ({"config": EOMT, "size": (64, 96)}, "eomt cannot be run on pictures of 64 x 96 alone.*option `size`"),
        ({"source": "./nowhere"}, "no such folder"),
    ],
)
def test_what_is_no_network_ends_in_one_line(options: dict[str, Any], message: str) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match=message) as caught:
        build("hf", 3, options=options)
    assert "\n" not in str(caught.value)


def test_weights_that_are_not_there_are_told(published: Path) -> None:
    with pytest.raises(ModelError, match="name one"):
        build("hf", 3, pretrained=True)
    (published / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=f"{published}: its weights cannot be had"):
        build("hf", 3, pretrained=True, options={"source": str(published)})


def test_weights_of_another_network_are_refused(published: Path) -> None:
    config = json.loads((published / "config.json").read_text())
    (published / "config.json").write_text(json.dumps({**config, **OPTIONS["upernet"]["config"]}))
    with pytest.raises(ModelError, match="none of its weights fits UperNetForSemanticSegmentation"):
        build("hf", 3, pretrained=True, options={"source": str(published)})


def test_all_commands_take_it(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from perpixel.training import run as run_module

    def plan(_dataset: object, *, given: dict[str, Any], **_: object) -> Plan:  # a real one is tried for some seconds
        return Plan().with_reason("as you said", pretrained=True, **given)

    monkeypatch.setattr(run_module, "make_plan", plan)
    data, out = _drawn(tmp_path / "data"), tmp_path / "run"
    flags = ["--epochs", "1", "--crop", "32x32", "--batch", "2", "--workers", "0", "--flip", "0"]
    flags += ["--options", '{"size": [64, 64]}']  # a graph of one size inside is written sooner
    assert run(["train", str(data), "--arch", f"hf:{published}", *flags, "--out", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checkpoint"] == str(out / "best")
    assert ModelSpec.load(out / "best" / "config.json").terms.licence == f"for-research ({published})"
    assert run(["evaluate", str(data), "--model", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 2
    assert run(["predict", str(data / "images" / "val"), "--model", str(out), "--out", str(tmp_path / "answers")]) == 0
    assert run(["export", str(out), "--out", str(tmp_path / "model.onnx"), "--half", "--json"]) == 0
    assert (tmp_path / "model.onnx").is_file()


def _drawn(folder: Path) -> Path:
    """A data set of six pictures, left half one class and right half the other."""
    for split, count in (("train", 4), ("val", 2)):
        for number in range(count):
            labels = np.zeros((32, 40), np.uint8)
            labels[:, 18 + number :] = 1
            for kind, array in (("images", np.repeat(labels[:, :, None] * 200, 3, 2)), ("masks", labels)):
                path = folder / kind / split / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    return folder
