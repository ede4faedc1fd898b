from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perpixel.cli import run
from perpixel.plan import Augmentation, Plan
from perpixel.synthetic import draw_street

pytest.importorskip("torch")

from perpixel.classes import ClassTable
from perpixel.data import Dataset, open_dataset
from perpixel.errors import ResumeError, TrainingError
from perpixel.training import Spread, climb, record
from perpixel.training.display import Bar
from perpixel.training.folders import begin
from perpixel.training.ladder import Line, Outcome, climbing
from perpixel.training.ladder.baselines import BASELINES, class_by_place, one_class
from perpixel.training.ladder.scheme import Scheme, settle
from perpixel.training.ladder.table import cells

OPTIONS = {
    "unet": {"widths": [4, 8]},
    "segnet_basic": {"widths": [4, 4]},
    "ladder": {"backbone": "efficientnet_lite0", "width": 16},
}
FLAGS = {"--epochs": "1", "--crop": "32x32", "--batch": "2", "--seeds": "0", "--arch": "unet,segnet_basic"}


def make_plan(dataset: Dataset, *, given: dict[str, Any], **rest: object) -> Plan:
    """A real plan is tried for some seconds."""
    return Plan(augmentation=Augmentation(rare=0.0)).with_reason("as you said", **given)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(climbing, "make_plan", make_plan)
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four training pictures and two to be judged."""
    return draw_street(tmp_path_factory.mktemp("drawn") / "set", count=6, size=(40, 56), val=0.34, lossless=True).root


@pytest.fixture(scope="module")
def climbed(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ladder of two narrow rungs; tests leave it as it is."""
    out = tmp_path_factory.mktemp("climbed") / "ladder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(climbing, "make_plan", make_plan)
        patch.setattr(record, "draw_curves", lambda history, path: None)
        assert run(command(drawn, out)) == 0
    return out


def command(data: Path, out: Path, **changed: str) -> list[str]:
    options = {"--options": json.dumps({name: OPTIONS[name] for name in ("unet", "segnet_basic")})}
    flags = {"--out": str(out), **options, **FLAGS, **{f"--{name}": value for name, value in changed.items()}}
    return ["ladder", str(data), *(part for flag in flags.items() for part in flag)]


def rungs(out: Path) -> dict[str, dict[str, Any]]:
    return {rung["name"]: rung for rung in json.loads((out / "ladder.json").read_text())["rungs"]}


def test_the_table_has_every_rung(climbed: Path) -> None:
    found = rungs(climbed)
    assert list(found) == [*(each.name for each in BASELINES), "unet", "segnet_basic"]
    for name in ("unet", "segnet_basic"):
        rung = found[name]
        assert rung["mean_iou"] == {"mean": rung["runs"][0]["mean_iou"], "spread": None, "n": 1}
        assert (rung["seeds"], rung["epochs"], rung["samples"]) == ([0], 1, 4)
        assert rung["options"]["widths"] == OPTIONS[name]["widths"]
        assert rung["parameters"] > 100
        assert rung["flops"] > 1e6
        assert rung["milliseconds"] > 0
        assert rung["minutes"] > 0
        assert set(rung["per_class"]) >= {"sky", "road"}
        assert rung["failures"] == {}
    assert found["one_class"]["pixel_accuracy"]["mean"] > 0.1
    assert found["regions_oracle"]["mean_iou"]["mean"] > found["brightness"]["mean_iou"]["mean"]


def test_each_run_is_a_run_with_its_plan_and_the_best_checkpoint_was_judged(
    climbed: Path, drawn: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = climbed / "runs" / "unet-seed0"
    plan = Plan.from_dict(json.loads((folder / "plan.json").read_text()))
    assert (plan.seed, plan.crop, plan.batch, plan.epochs) == (0, (32, 32), 2, 1)
    assert run(["evaluate", str(drawn), "--model", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mean_iou"] == rungs(climbed)["unet"]["mean_iou"]["mean"]


def test_scores_are_means_with_the_sample_deviation_over_the_seeds() -> None:
    scores: list[dict[str, Any]] = [
        {"mean_iou": value, "per_class": {"a": {"iou": value}, "b": {"iou": value if value < 0.5 else None}}}
        for value in (0.25, 0.5, 0.75)
    ]
    outcomes = {f"x-seed{n}": Outcome(n, each, [], 2.0 + n, minutes=n + 1.0) for n, each in enumerate(scores)}
    line = Line("x", "network", "an idea", outcomes=outcomes)
    assert line.score("mean_iou") == Spread(0.5, 0.25, 3)
    assert line.class_score("b") == Spread(0.25, None, 1)
    assert (line.mean("milliseconds"), line.mean("minutes")) == (3.0, 2.0)
    assert cells(line)[2] == "0.500 ± 0.250 (3)"


def test_the_second_seed_follows_the_first_ones_plan(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans, made = [], []

    def make(dataset: Dataset, *, given: dict[str, Any], **rest: object) -> Plan:
        made.append(given)
        return make_plan(dataset, given=given)

    def begin_only(dataset: Dataset, *, out: Path, plan: Plan, **rest: object) -> None:
        plans.append(plan)
        begin(out, plan, {})
        raise TrainingError("enough")

    monkeypatch.setattr(climbing, "make_plan", make)
    monkeypatch.setattr(climbing, "train", begin_only)
    assert run(command(drawn, tmp_path / "ladder", arch="unet", seeds="4,2", options="{}")) == 1
    assert [given["seed"] for given in made] == [4]
    assert [plan.seed for plan in plans] == [4, 2]
    assert plans[0].differences(plans[1]) == ["seed: 4 in the run, 2 now"]


def test_markdown_and_page_show_the_same_lines(climbed: Path) -> None:
    text, html = (climbed / "ladder.md").read_text(), (climbed / "index.html").read_text()
    cell = f"{rungs(climbed)['unet']['mean_iou']['mean']:.3f}"
    assert f"| unet | 2015 | {cell} |" in text
    assert f"<td>unet</td><td>2015</td><td>{cell}</td>" in html
    assert re.search("Do I need a network\\? Without one: (class_by_place|kmeans|random_forest) 0", text)
    assert "epochs at most" in text
    files = re.findall(r'<img src="([^"]+)"', html)
    assert len(files) == 2 * (2 + len(BASELINES) + 2)  # photo, truth and all answers of two pictures
    for file in files:
        with Image.open(climbed / file) as picture:
            assert (picture.format, picture.size) == ("JPEG", (56, 40))
    assert "sky" in html.partition('class="legend"')[2].partition("</p>")[0]


def test_the_same_command_again_keeps_what_is_judged_and_fewer_may_be_shown(
    climbed: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = shutil.copytree(climbed, tmp_path / "ladder")
    monkeypatch.setattr(climbing, "train", lambda *arguments, **options: pytest.fail("trained again"))
    assert run(command(drawn, out)) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[1].split()[0] == "one_class"
    assert all(name in captured.out for name in ("class_by_place", "unet", "segnet_basic"))
    assert captured.err.count("judged already") == len(BASELINES) + 2
    assert run(command(drawn, out, arch="unet", options='{"unet": {"widths": [4, 8]}}')) == 0
    assert list(rungs(out)) == [*(each.name for each in BASELINES), "unet"]
    written = json.loads((out / "scheme.json").read_text())
    assert list(written["networks"]) == ["unet", "segnet_basic"]


@pytest.mark.usefixtures("quick")
def test_a_run_that_was_stopped_goes_on(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "ladder"
    again = [*command(drawn, out, arch="unet", seeds="3", options='{"unet": {"widths": [4, 8]}}'), "--json"]
    with monkeypatch.context() as patch:
        patch.setattr(Bar, "step", lambda self, step: os.kill(os.getpid(), signal.SIGINT))
        assert run(again) == 130
    assert "go on with: the same command" in " ".join(capsys.readouterr().err.split())
    assert run(again) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == json.loads((out / "ladder.json").read_text())
    (row,) = found["rungs"][-1]["runs"]
    assert (row["run"], row["epochs"], row["samples"]) == ("unet-seed3", 1, 4)


def test_another_plan_or_other_data_in_the_same_folder_are_one_line(
    climbed: Path, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = shutil.copytree(drawn, tmp_path / "set")
    mask = next((changed / "masks" / "val").iterdir())
    Image.fromarray(np.zeros((40, 56), np.uint8)).save(mask)
    for arguments, words in (
        (command(drawn, climbed, epochs="2"), "epochs: 1 there, 2 now"),
        (command(drawn, climbed, options="{}"), "options of unet: {'widths': [4, 8]} there, {} now"),
        (command(changed, climbed), "the data are others, or their files have changed"),
    ):
        assert run(arguments) == 1
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1


@pytest.mark.usefixtures("quick")
def test_a_rung_that_fails_is_a_line_and_the_others_go_on(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = climbing.train

    def train(*arguments: Any, plan: Plan, **options: Any) -> Any:
        if plan.architecture == "segnet_basic":
            raise RuntimeError("not enough memory:\nyou tried to allocate 1 TB")
        return real(*arguments, plan=plan, **options)

    monkeypatch.setattr(climbing, "train", train)
    out = tmp_path / "ladder"
    assert run(command(drawn, out, seeds="0", arch="segnet_basic,unet")) == 1
    captured = capsys.readouterr()
    why = "RuntimeError: not enough memory: you tried to allocate 1 TB"
    assert f"failed: segnet_basic-seed0: {why}\n" in captured.err
    assert "failed" in captured.out
    found = rungs(out)
    assert found["segnet_basic"]["failures"] == {"segnet_basic-seed0": why}
    assert found["segnet_basic"]["mean_iou"] is None
    assert found["unet"]["mean_iou"]["n"] == 1
    assert why in (out / "ladder.md").read_text()
    assert why in (out / "index.html").read_text()


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["--arch", "unet"], 2, "no budget: give --minutes or --epochs"),
        (["--epochs", "1", "--arch", "unet", "--seeds", "0,x"], 2, "seeds '0,x' are not whole numbers"),
        (["--epochs", "1", "--arch", "unet", "--seeds", "0,0"], 2, "none twice"),
        (["--epochs", "0", "--arch", "unet"], 2, "epochs 0 must be at least 1"),
        (["--epochs", "1", "--arch", "unet", "--options", '{"widths": [4, 8]}'], 2, "not those of networks by name"),
        (["--epochs", "1", "--arch", "unet", "--options", '{"segnet": {}}'], 1, "no network of this ladder 'segnet'"),
        (["--epochs", "1", "--arch", "unet", "--options", '{"unet": {"width": 4}}'], 1, "did you mean 'widths'"),
        (["--epochs", "1", "--arch", "unett"], 1, "did you mean 'unet'"),
        (["--epochs", "1", "--arch", "unet", "--split", "nowhere"], 1, "there is no split 'nowhere'"),
        (["--epochs", "1", "--arch", "unet", "--threads", "0"], 2, "threads 0 must be at least 1"),
    ],
)
def test_a_wrong_argument_is_one_line_and_nothing_is_written(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], code: int, words: str
) -> None:
    out = tmp_path / "ladder"
    assert run(["ladder", str(drawn), "--out", str(out), *flags]) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_without_torch_it_says_what_to_install(drawn: Path) -> None:
    code = "import sys; sys.modules['torch'] = None; from perpixel.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "ladder", str(drawn), "--out", "l", "--epochs", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == 'error: training needs torch: pip install "perpixel[train]"\n'


def test_pretrained_is_asked_only_of_networks_that_have_weights() -> None:
    scheme = Scheme(("unet", "segnet_basic"), given={"epochs": 1, "pretrained": True})
    assert [scheme.lines(name)["pretrained"] for name in scheme.architectures] == [True, False]


def test_options_of_a_network_may_name_its_backbone() -> None:
    scheme = Scheme(("ladder",), given={"epochs": 1}, options={"ladder": OPTIONS["ladder"]})
    assert scheme.lines("ladder") == {
        "epochs": 1,
        "architecture": "ladder",
        "backbone": "efficientnet_lite0",
        "options": {"width": 16},
    }


def test_the_baselines_are_the_commonest_class_and_the_commonest_at_each_place(tmp_path: Path) -> None:
    """Three masks of 1 x 3 pixels, worked by hand: 255 does not vote, and the commonest class breaks a tie."""
    masks = ([0, 1, 255], [2, 1, 255], [1, 1, 255])
    for split in ("train", "val"):
        for number, row in enumerate(masks):
            for kind, array in (("images", np.zeros((1, 3, 3), np.uint8)), ("masks", np.array([row], np.uint8))):
                path = tmp_path / "set" / kind / split / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    dataset = open_dataset(tmp_path / "set", classes=ClassTable.named(["a", "b", "c"]))
    image = np.zeros((2, 6, 3), np.uint8)
    assert one_class(dataset, "train")(image).labels.tolist() == [[1] * 6] * 2
    assert class_by_place(dataset, "train")(image).labels.tolist() == [[1] * 6] * 2
    masks[1][0] = 0  # two of three say a
    for number, row in enumerate(masks):
        Image.fromarray(np.array([row], np.uint8)).save(tmp_path / "set" / "masks" / "train" / f"{number}.png")
    assert class_by_place(dataset, "train")(image).labels.tolist() == [[0, 0, 1, 1, 1, 1]] * 2


def test_from_python_it_gives_the_table(drawn: Path, climbed: Path) -> None:
    found = climb(
        drawn,
        out=climbed,
        given={"epochs": 1, "crop": (32, 32), "batch": 2},
        architectures=["unet", "segnet_basic"],
        options={name: OPTIONS[name] for name in ("unet", "segnet_basic")},
        seeds=[0],
    )
    best = found.best("network")
    assert best is not None
    assert best.name in ("unet", "segnet_basic")
    assert found.failures == {}


def test_networks_and_seeds_may_be_added_to_a_ladder(tmp_path: Path) -> None:
    given, data = {"epochs": 1, "crop": (32, 32)}, {"splits": {}}
    settle(tmp_path, Scheme(("unet",), (0,), given), data)
    settle(tmp_path, Scheme(("segnet",), (2, 1), given), data)
    written = json.loads((tmp_path / "scheme.json").read_text())
    assert (list(written["networks"]), written["seeds"]) == (["unet", "segnet"], [0, 1, 2])
    with pytest.raises(ResumeError, match=r"crop: .* there, not given now"):
        settle(tmp_path, Scheme(("unet",), (0,), {"epochs": 1}), data)
