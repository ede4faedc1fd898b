"""The Severstal steel competition by its small Keras U-Net, in PyTorch, and what learning from defects alone costs.

    python examples/severstal_keras.py STEEL --out runs/keras

STEEL is the competition's folder, as for `severstal_pytorch.py`. Three answers are judged on the same held-out pictures
by the competition's metric, the mean Dice over all pairs of a picture and a class:

1. a U-Net of widths 8, 16, 32, 64, 64 and 128 with ELU that learns, as the boilerplate kernel does, only from pictures
   with a defect, by binary cross-entropy plus Dice of the whole batch. It has never seen a clean plate and finds
   defects there: the false positives are counted;
2. the same with a first stage: a classifier of pictures, which has seen clean plates, says which classes are there at
   all, and masks of others are emptied;
3. the U-Net learning from all pictures, to see whether the first stage is needed.

Where the kernel differs: its second transposed convolution has 32 channels, ours as many as the level it reaches; it
floors resized masks, which makes them smaller; it reseeds each epoch alike; it leaves out the last batch.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from cyclopts import App
from numpy.typing import NDArray
from torch import Tensor, nn

from perpixel.augment import augment
from perpixel.backbones import BACKBONES
from perpixel.data import Dataset, LayeredDataset, Sample, open_dataset
from perpixel.metrics import MultilabelScore
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor
from perpixel.results import Layers
from perpixel.training import train
from perpixel.training.balance import class_aware_shares
from perpixel.training.display import Bar
from perpixel.training.folders import holds_run
from perpixel.training.order import Order

WIDTHS = (8, 16, 32, 64, 64, 128)
VARIED = Augmentation(scale=(0.8, 1.25), flip=0.5, color=0.2, rare=0.0)

app = App(help=__doc__, help_format="plaintext")


def plan(*, epochs: int, crop: tuple[int, int], batch: int, seed: int) -> Plan:
    """The kernel's network and loss."""
    return Plan(
        architecture="unet",
        options={"widths": WIDTHS, "norm": False, "activation": "elu", "dropout": 0.0},
        crop=crop,
        batch=batch,
        epochs=epochs,
        rate=1e-3,
        weight_decay=0.0,
        schedule="cosine",
        loss=("cross-entropy", "pooled-dice"),
        augmentation=VARIED,
        seed=seed,
    )


class PictureClassifier(nn.Module):
    """Which classes are somewhere in a picture: a backbone, the mean and the maximum of its last map, one layer."""

    def __init__(self, classes: int, *, backbone: str, channels: int, pretrained: bool) -> None:
        super().__init__()
        self.backbone = BACKBONES[backbone]()
        if pretrained:
            self.backbone.load_pretrained()
        self.decide = nn.Linear(2 * self.backbone.channels[-1], classes)
        self.register_buffer("mean", torch.tensor(self.backbone.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(self.backbone.std).view(1, 3, 1, 1))
        self.channels = channels

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, 1 or 3, H, W) of 0 .. 255 to logits (N, classes)."""
        colored = images.expand(-1, 3, -1, -1) if self.channels == 1 else images
        deepest = self.backbone((colored - self.mean) / self.std)[-1]
        return self.decide(torch.cat([deepest.mean((2, 3)), deepest.amax((2, 3))], dim=1))


def train_classifier(
    dataset: Dataset, *, epochs: int, crop: tuple[int, int], batch: int, backbone: str, pretrained: bool, seed: int
) -> PictureClassifier:
    """Learn which classes are in a picture, from all training pictures, every class as often as any other."""
    torch.manual_seed(seed)
    samples = dataset.samples("train")
    pairs = [dataset.read(sample) for sample in samples]
    present = np.stack([truth.masks.any(axis=(1, 2)) for _, truth in pairs])
    order = Order(len(samples), batch, seed, shares=tuple(class_aware_shares(present).tolist()))
    model = PictureClassifier(
        len(dataset.classes), backbone=backbone, channels=dataset.channels, pretrained=pretrained
    ).train()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, epochs * order.batches)
    batches = order.batches_from(0)
    for epoch in range(epochs):
        total = 0.0
        for _ in range(order.batches):
            varied = []
            for draw in next(batches):
                generator = np.random.default_rng([seed, draw.epoch, draw.number])
                varied.append(augment(*pairs[draw.index], VARIED, size=crop, generator=generator))
            images = torch.from_numpy(np.stack([picture for picture, _ in varied])).permute(0, 3, 1, 2).float()
            there = torch.tensor(np.stack([truth.masks.any(axis=(1, 2)) for _, truth in varied]), dtype=torch.float32)
            loss = F.binary_cross_entropy_with_logits(model(images), there)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() / order.batches
        print(f"first stage, epoch {epoch + 1} of {epochs}: loss {total:.4f}")
    return model.eval()


@torch.inference_mode()
def classes_in(model: PictureClassifier, picture: NDArray[Any]) -> NDArray[np.bool_]:
    """(K,) which classes the first stage sees in a picture (H, W, C)."""
    images = torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].float()
    return (model(images)[0].sigmoid() > 0.5).numpy()


def with_defects(dataset: LayeredDataset) -> LayeredDataset:
    """Its training pictures that have a defect, and its held-out pictures."""

    def has_defect(sample: Sample) -> bool:
        return bool(dataset.read_truth(sample).masks.any())

    chosen = tuple(sample for sample in dataset.samples("train") if has_defect(sample))
    return replace(dataset, splits={"train": chosen, "val": dataset.samples("val")})


def judge(dataset: Dataset, answers: dict[str, Layers]) -> dict[str, Any]:
    """The scores, and on how many held-out pictures without a defect one was found."""
    score, false = MultilabelScore(dataset.classes), 0
    clean = 0
    for sample in dataset.samples("val"):
        truth = dataset.read_truth(sample)
        score.update(truth=truth, prediction=answers[sample.name], name=sample.name)
        if not truth.masks.any():
            clean += 1
            false += bool(answers[sample.name].masks.any())
    return {**score.compute(), "clean": clean, "false_alarms": false}


def tell(name: str, scores: dict[str, Any]) -> None:
    """One line."""
    filled = scores["filled_mean_dice"]
    print(
        f"{name}: mean Dice of pairs {scores['image_mean_dice']:.4f}, where there is a defect "
        f"{'none' if filled is None else f'{filled:.4f}'}, defects found on {scores['false_alarms']} of "
        f"{scores['clean']} clean pictures"
    )


@app.default
def main(
    steel: Path,
    *,
    out: Path,
    masks: str = "train.csv",
    epochs: int = 30,
    first_epochs: int = 12,
    crop: tuple[int, int] = (256, 512),
    batch: int = 8,
    backbone: str = "efficientnet_lite0",
    pretrained: bool = True,
    seed: int = 0,
    threads: int | None = None,
) -> dict[str, dict[str, Any]]:
    """Train both stages and the U-Net of all pictures, and judge the three answers.

    Args:
        steel: the competition's folder.
        out: two runs, `defects/` and `all/`.
        masks: the table of run lengths in it.
        epochs: of the U-Net of defects; the one of all pictures makes as many steps.
        first_epochs: of the classifier.
        crop: height and width of a training sample.
        batch: samples a step.
        backbone: of the classifier.
        pretrained: whether it starts from public ImageNet weights.
        seed: of everything drawn at random.
        threads: of predicting.
    """
    dataset = open_dataset(steel, masks=masks)
    if not isinstance(dataset, LayeredDataset):
        raise ValueError(f"{steel} has one class a pixel; this is for tables of run lengths, such as {masks}")
    found = {}
    for name, data in (("defects", with_defects(dataset)), ("all", dataset)):
        count, defects = len(data.samples("train")), len(with_defects(dataset).samples("train"))
        long = max(round(epochs * defects / count), 1)
        with Bar() as bar:
            going_on = holds_run(out / name)
            chosen = None if going_on else plan(epochs=long, crop=crop, batch=batch, seed=seed)
            train(data, out=out / name, plan=chosen, resume=going_on, progress=bar)
        predictor = Predictor(out / name, threads=threads)
        answers = {sample.name: predictor(dataset.read(sample)[0]) for sample in dataset.samples("val")}
        found[name] = judge(dataset, answers)
        if name == "defects":
            first = train_classifier(
                dataset,
                epochs=first_epochs,
                crop=crop,
                batch=batch,
                backbone=backbone,
                pretrained=pretrained,
                seed=seed,
            )
            gated = {}
            for sample in dataset.samples("val"):
                there = classes_in(first, dataset.read(sample)[0])
                answer = answers[sample.name]
                gated[sample.name] = replace(answer, masks=answer.masks & there[:, None, None])
            found["two stages"] = judge(dataset, gated)
    for name, scores in found.items():
        tell(name, scores)
    return found


if __name__ == "__main__":
    app()
