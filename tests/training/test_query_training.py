"""Networks of queries from the command line: trained on things, judged, exported, run without torch."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from perpixel.cli import run
from perpixel.export import load_checkpoint
from perpixel.pictures import read_picture
from perpixel.predict import Predictor
from perpixel.synthetic import draw_street
from perpixel.tasks import Window, task_for

pytest.importorskip("transformers")
VISION = {"hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 64, "patch_size": 16}
EOMT = {"model_type": "eomt", **VISION, "num_blocks": 2, "num_queries": 8, "num_register_tokens": 1, "mlp_ratio": 2}
RESNET = {
    "model_type": "resnet",
    "embedding_size": 8,
    "hidden_sizes": [8, 8, 16, 16],
    "depths": [1, 1, 1, 1],
    "layer_type": "basic",
    "out_features": ["stage1", "stage2", "stage3", "stage4"],
}
MASK2FORMER = {
    "model_type": "mask2former",
    "backbone_config": RESNET,
    "feature_size": 32,
    "mask_feature_size": 32,
    "hidden_dim": 32,
    "encoder_feedforward_dim": 16,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "num_attention_heads": 2,
    "dim_feedforward": 16,
    "num_queries": 8,
}
MASKFORMER = {
    "model_type": "maskformer",
    "backbone_config": RESNET,
    "decoder_config": {
        "model_type": "detr",
        "d_model": 32,
        "decoder_layers": 1,
        "encoder_layers": 1,
        "encoder_ffn_dim": 16,
        "decoder_ffn_dim": 16,
        "encoder_attention_heads": 2,
        "decoder_attention_heads": 2,
        "num_queries": 8,
    },
    "fpn_feature_size": 32,
    "mask_feature_size": 32,
}


@pytest.mark.parametrize(
    ("task", "config", "size"),
    [("panoptic", EOMT, None), ("instance", MASK2FORMER, (64, 96)), ("panoptic", MASKFORMER, (64, 96))],
    ids=["eomt", "mask2former", "maskformer"],
)
def test_a_network_of_queries_goes_through_every_command(
    task: str, config: dict, size: tuple[int, int] | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_street(tmp_path / "drawn", count=3, size=(72, 104), val=0.4, truth="all")
    options = {"config": config, **({} if size is None else {"size": size})}
    command = ["train", str(tmp_path / "drawn"), "--task", task, "--arch", "hf", "--options", json.dumps(options)]
    out = ["--out", str(tmp_path / "run"), "--epochs", "1", "--batch", "2", "--crop", "64x64", "--workers", "0"]
    assert run([*command, *out]) == 0
    evaluate = ["evaluate", str(tmp_path / "drawn"), "--model", str(tmp_path / "run"), "--split", "val", "--json"]
    capsys.readouterr()
    assert run(evaluate) == 0
    assert json.loads(capsys.readouterr().out)["task"] == task
    photo = next((tmp_path / "drawn/images/val").iterdir())
    assert run(["predict", str(photo), "--model", str(tmp_path / "run"), "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / f"{photo.stem}.overlay.jpg").exists()

    model, spec = load_checkpoint(tmp_path / "run")
    image = np.ascontiguousarray(read_picture(photo)[:61, :87])  # a size that was not traced
    batch = torch.from_numpy(image)[None].permute(0, 3, 1, 2).float()
    with torch.inference_mode():
        outputs = {name: value.numpy() for name, value in model.to_decode(batch).items()}
    theirs = task_for(spec).decode(outputs, Window((61, 87)))
    ours = Predictor(tmp_path / "run", threads=1)(image)
    assert (ours.ids != theirs.ids).mean() < 0.01


def test_a_network_without_queries_is_refused_before_the_data_are_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_street(tmp_path / "drawn", count=3, size=(72, 104), val=0.4, truth="all")
    options = json.dumps(
        {"config": {"model_type": "segformer", "depths": [1, 1, 1, 1], "hidden_sizes": [8, 8, 16, 16]}}
    )
    command = ["train", str(tmp_path / "drawn"), "--task", "instance", "--arch", "hf", "--options", options]
    assert run([*command, "--out", str(tmp_path / "run")]) == 1
    assert "no queries" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
