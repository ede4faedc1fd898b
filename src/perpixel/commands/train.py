"""`perpixel train`."""

from __future__ import annotations

import json as json_module
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from perpixel.commands.arguments import comma_separated, parse_options, parse_range, parse_size
from perpixel.errors import TrainingError
from perpixel.plan import ClassWeights, Decisions, Optimizer, Plan, Precision, Sampling, Schedule
from perpixel.spec import Terms

if TYPE_CHECKING:
    from perpixel.data import Task
    from perpixel.training import Folds, Run

LEARNING_HALF = {"torch", "accelerate", "safetensors", "onnx", "onnxscript", "matplotlib"}


def train(
    data: Path,
    *,
    out: Path,
    resume: bool = False,
    dry_run: bool = False,
    task: Literal["semantic", "multilabel", "instance", "panoptic", "depth", "slices", "lanes"] | None = None,
    bins: str | None = None,
    folds: int | None = None,
    minutes: float | None = None,
    epochs: int | None = None,
    arch: str | None = None,
    backbone: str | None = None,
    options: str | None = None,
    upsample: Literal["nearest", "nails", "bilinear", "unpool", "transposed"] | None = None,
    downsample: Literal["pool", "stride"] | None = None,
    skip: bool | None = None,
    pretrained: bool | None = None,
    crop: str | None = None,
    batch: int | None = None,
    accumulate: int | None = None,
    repeat: int | None = None,
    sampling: Sampling | None = None,
    decisions: Decisions | None = None,
    optimizer: Optimizer | None = None,
    rate: float | None = None,
    backbone_rate: float | None = None,
    weight_decay: float | None = None,
    momentum: float | None = None,
    schedule: Schedule | None = None,
    warmup: float | None = None,
    clip: float | None = None,
    loss: str | None = None,
    class_weights: ClassWeights | None = None,
    border: float | None = None,
    border_sigma: float | None = None,
    border_class: str | None = None,
    auxiliary: float | None = None,
    ema: float | None = None,
    precision: Precision | None = None,
    workers: int | None = None,
    patience: int | None = None,
    seed: int | None = None,
    scale: str | None = None,
    flip: float | None = None,
    rotate: float | None = None,
    elastic: float | None = None,
    color: float | None = None,
    blur: float | None = None,
    noise: float | None = None,
    mix: float | None = None,
    copy_paste: float | None = None,
    rare: float | None = None,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    masks: str | None = None,
    licence: str | None = None,
    data_terms: str | None = None,
    commercial: bool | None = None,
    tensorboard: bool = False,
    json: bool = False,
) -> int:
    """Train a model on a folder of pictures and masks.

    Without flags the plan follows from the data and the machine, and is printed with its reasons; each flag replaces
    one line of it. Ctrl-C saves, and `--resume` goes on.

    Example: `perpixel train drawn/ --out runs/a --minutes 30`

    Args:
        data: A data set: `images/` and `masks/`, CamVid, Pascal VOC, or any folder that looks like one of them.
        out: Folder of the run: `best/` and `last/` checkpoints, `curves.csv`, `curves.png`, `plan.json`.
        resume: Go on with the run in `--out`, by its own plan.
        dry_run: Print the plan and stop.
        task: What every pixel gets: semantic, one class; multilabel, a yes or no for each class, which may overlap;
            instance, things told apart; panoptic, classes and things; depth, a distance, from pictures with depth
            maps, which must be asked for; slices, a solid in layers of depth. By default what the data are
            (`masks/CLASS/NAME.png` is multilabel, `instance_masks/` instance) and what `--arch` learns.
        bins: Of depth: intervals of distance that are learnt as classes: uniform, increasing (in one ratio) or adaptive
            (narrow where distances are many), and how many; by default increasing:64. With `--loss ordinal` each bin is
            a yes or no, whether what is seen lies behind it.
        folds: Cross-validation: deal the pictures of train and val out to this many folds, by the seed, train one
            network without each, and judge each picture by the one that has not learnt from it. `--model` then takes
            `--out` for the mean of all (things told apart have no mean: name one fold). Frames of one video must not
            be dealt out like this: each fold would hold neighbors of what the others learn from.
        minutes: Wall-clock bound of the training.
        epochs: Passes over the training pictures.
        arch: Network, as `perpixel models` lists them; or `hf:OWNER/NAME` or `hf:FOLDER` of Hugging Face.
        backbone: Backbone of the network.
        options: Further arguments of the network, as JSON: '{"widths": [8, 16, 32]}'.
        upsample: How a SegNet's maps grow: the option of that name.
        downsample: How maps shrink, where the network offers it: the option of that name.
        skip: Whether a U-Net copies each level across: the option of that name.
        pretrained: Start the backbone from public ImageNet weights.
        crop: HEIGHTxWIDTH of a training sample.
        batch: Samples in one forward pass.
        accumulate: Passes before one step of the optimizer.
        repeat: How often each picture is drawn in an epoch.
        sampling: "pictures" draws all alike; "classes" draws a class first, then a picture that has it.
        decisions: Of classes that may overlap: "searched" chooses each one's threshold and least area of a part on the
            validation pictures, by their mean Dice; "even" leaves 0.5.
        optimizer: Optimizer.
        rate: Peak learning rate.
        backbone_rate: The backbone's share of the rate.
        weight_decay: Of kernels and matrices; biases and normalization have none.
        momentum: Of SGD, or the first of AdamW's two.
        schedule: How the rate moves.
        warmup: Share of the run in which the rate climbs.
        clip: Greatest norm of the gradient; 0 is off.
        loss: Terms that are added up, comma-separated: cross-entropy, dice, pooled-dice, lovasz; of depth also
            information-gain, or ordinal alone.
        class_weights: Of the cross-entropy.
        border: U-Net's weight of the gaps between cells (10 in the paper), which are the components of a class.
        border_sigma: Pixels over which that weight falls.
        border_class: Whose components are the cells; by default every class but the first.
        auxiliary: Weight of auxiliary heads' losses.
        ema: Decay of the moving average of the weights; 0 is off.
        precision: Of the network's arithmetic.
        workers: Processes that prepare pictures.
        patience: Epochs without a better score before the run stops; 0 never stops.
        seed: Of everything that is drawn at random.
        scale: Least and greatest zoom, comma-separated.
        flip: Probability of a mirrored picture.
        rotate: Greatest turn, in radians.
        elastic: Elastic displacement, in pixels.
        color: Strength of color changes, 0 to 1.
        blur: Probability of a blur.
        noise: Greatest deviation of noise, in gray values.
        mix: Probability that classes of another picture are pasted in.
        copy_paste: Probability that some things of another picture are pasted over it (instance, panoptic).
        rare: Probability that a crop is placed on a rare class.
        classes: Class table: a name (camvid, cityscapes, voc) or a YAML or CSV file.
        ignore: Value of mask pixels that are not judged.
        encoding: How the masks code the classes (index, binary, rgb, ...); by default what they tell.
        masks: Folder of the masks below `data`, or a CSV file of run lengths, where the names do not tell or both are
            there.
        licence: Licence of the weights, written into the checkpoints.
        data_terms: Terms of the data, written into the checkpoints.
        commercial: Whether these terms allow commercial use.
        tensorboard: Also log for TensorBoard, in `out/tensorboard`.
        json: Print the result (or the plan of a dry run) as JSON.
    """
    from perpixel.models import spelled_out

    chosen = None if options is None else parse_options(options)
    if arch is not None:
        arch, short = spelled_out(arch, chosen)
        chosen = short or chosen
    named = {"upsample": upsample, "downsample": downsample, "skip": skip}
    chosen = {**(chosen or {}), **{name: value for name, value in named.items() if value is not None}} or chosen
    flags = {
        "architecture": arch,
        "backbone": backbone,
        "options": chosen,
        "pretrained": pretrained,
        "crop": None if crop is None else parse_size(crop, what="crop"),
        "batch": batch,
        "accumulate": accumulate,
        "epochs": epochs,
        "optimizer": optimizer,
        "rate": rate,
        "backbone_rate": backbone_rate,
        "weight_decay": weight_decay,
        "momentum": momentum,
        "schedule": schedule,
        "warmup": warmup,
        "clip": clip,
        "loss": None if loss is None else tuple(comma_separated(loss)),
        "class_weights": class_weights,
        "border": border,
        "border_sigma": border_sigma,
        "border_class": border_class,
        "auxiliary": auxiliary,
        "ema": ema,
        "precision": precision,
        "workers": workers,
        "patience": patience,
        "minutes": minutes,
        "repeat": repeat,
        "sampling": sampling,
        "decisions": decisions,
        "seed": seed,
        "scale": None if scale is None else parse_range(scale, what="scale"),
        "flip": flip,
        "rotate": rotate,
        "elastic": elastic,
        "color": color,
        "blur": blur,
        "noise": noise,
        "mix": mix,
        "copy_paste": copy_paste,
        "rare": rare,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    Plan().with_reason("", **given)  # a wrong flag is said at once
    try:
        return _train(
            data,
            out,
            given,
            resume=resume,
            dry_run=dry_run,
            task=task,
            bins=bins,
            folds=folds,
            classes=classes,
            ignore=ignore,
            encoding=encoding,
            masks=masks,
            terms=Terms(licence or "unstated", data_terms or "unstated", commercial),
            tensorboard=tensorboard,
            json=json,
        )
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in LEARNING_HALF:
            raise TrainingError('training needs torch: pip install "perpixel[train]"') from error
        raise


def _train(
    data: Path,
    out: Path,
    given: dict[str, Any],
    *,
    resume: bool,
    dry_run: bool,
    task: Task | None,
    bins: str | None,
    folds: int | None,
    classes: str | None,
    ignore: int | None,
    encoding: str | None,
    masks: str | None,
    terms: Terms,
    tensorboard: bool,
    json: bool,
) -> int:
    from rich.console import Console

    from perpixel.metrics.headline import told
    from perpixel.predict.folds import FOLDS
    from perpixel.training import Folds, make_plan, train, train_folds
    from perpixel.training.display import Bar, plan_table
    from perpixel.training.folders import check_free, holds_run, read_bins, read_task
    from perpixel.training.folds import deal
    from perpixel.training.opening import check_lines, open_for

    if not resume and not dry_run:
        check_free(out)
    check_lines(given)
    task = read_task(out) if resume and task is None else task
    bins = read_bins(out) if resume and bins is None else bins
    dataset = open_for(
        data,
        given.get("architecture"),
        task=task,
        classes=classes,
        ignore=ignore,
        encoding=encoding,
        masks=masks,
        bins=bins,
    )
    with Bar() as bar:
        if dry_run:
            planned = dataset if folds is None else deal(dataset, folds, seed=given.get("seed", 0))[0]
            plan = make_plan(planned, given=given, say=bar.say)
            if json:
                print(json_module.dumps(plan.to_dict(), indent=2))
            else:
                Console().print(plan_table(plan))
            return 0
        rest: dict[str, Any] = {"resume": resume, "terms": terms, "tensorboard": tensorboard, "progress": bar}
        run: Run | Folds
        try:
            if folds is not None or (resume and (out / FOLDS).is_file()):
                run = train_folds(dataset, out=out, folds=folds, given=given, **rest)
            else:
                run = train(dataset, out=out, given=given, **rest)
        except KeyboardInterrupt as stop:
            again = shlex.join(["perpixel", "train", str(data), "--out", str(out), "--resume"])
            begun = holds_run(out) or (out / FOLDS).is_file()
            bar.say(f"{str(stop) or 'stopped'}; go on with: {again}" if begun else "stopped before it began")
            return 130
    if os.environ.get("RANK", "0") != "0":  # one of several processes; the first one tells
        return 0
    if isinstance(run, Folds):
        _tell_folds(run, dataset.task, json=json)
        return 0
    row = run.history[run.best_epoch - 1]
    images = len(dataset.splits.get("val", ()))
    result = {"task": dataset.task, "images": images, **row, "checkpoint": str(run.folder / "best")}
    if json:
        print(json_module.dumps(result, indent=2))
    elif run.best_score is None:
        print(f"trained {len(run.history)} epochs, not judged: {result['checkpoint']}")
    else:
        words = f"{told(row)} on {images} pictures in epoch {run.best_epoch} of {len(run.history)}"
        print(f"{words}: {result['checkpoint']}")
    return 0


def _tell_folds(found: Folds, task: str, *, json: bool) -> None:
    from perpixel.metrics.headline import WORDS, told
    from perpixel.predict.folds import read_folds

    record = read_folds(found.folder)
    if json:
        known = {name: value for name, value in record.items() if name != "format"}
        print(json_module.dumps({"task": task, **known, "checkpoint": str(found.folder)}, indent=2))
        return
    for fold in record["folds"]:
        print(f"{fold['name']}: {told(fold) or 'nothing to judge'} on {len(fold['pictures'])} pictures")
    print(f"{WORDS[found.measure]} {found.score} over folds of {record['images']} pictures: {found.folder}")
    together = told(found.out_of_fold) or "nothing to judge"
    print(f"{together} on all of them together, each by the fold that has not learnt from it")
