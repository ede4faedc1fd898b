from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import CAMVID, CITYSCAPES, VOC, ClassTable, save_class_table
from perpixel.data import Dataset, open_dataset
from perpixel.errors import DataError, MaskError
from perpixel.masks import write_labels
from perpixel.pictures import write_jpeg, write_png
from perpixel.results import LabelMap

PHOTO = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
MASK = np.array([[0, 1, 2, 1, 0, 2, 1, 255]] * 6, np.uint8)


def photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    (write_jpeg if path.suffix == ".jpg" else write_png)(path, PHOTO)


def mask(path: Path, values: np.ndarray = MASK) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, values)


def names(dataset: Dataset) -> dict[str, list[str]]:
    return {split: [sample.name for sample in samples] for split, samples in dataset.splits.items()}


FOLDERS = [
    ("images", "masks"),
    ("imgs", "labels"),
    ("img", "annotations"),
    ("photos", "ground_truth"),
    ("original_images", "label_images_semantic"),
    ("Images", "GT"),
    ("rgb", "segmentation"),
    ("images", "masks_w16"),
    ("images", "binary"),
    ("data/images", "data/masks"),
]


@pytest.mark.parametrize(("pictures", "masks"), FOLDERS)
def test_common_names_of_folders_are_known(pictures: str, masks: str, tmp_path: Path) -> None:
    for stem in "abcde":
        photo(tmp_path / pictures / f"{stem}.jpg")
        mask(tmp_path / masks / f"{stem}.png")
    dataset = open_dataset(tmp_path)
    assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 4, "val": 1}
    assert "a fifth held out as val by chance, on both sides of which are near-duplicates" in dataset.layout
    assert f"pairs in {pictures}/ and {masks}/" in dataset.layout
    picture, truth = dataset.read(dataset.samples("val")[0])
    assert picture.shape == (6, 8, 3)
    np.testing.assert_array_equal(truth.labels, MASK)


@pytest.mark.parametrize(
    ("pictures", "masks"),
    [
        ("images/{}", "masks/{}"),
        ("{}/images", "{}/masks"),
        ("{}/image", "{}/label"),
        ("{}", "{}_mask"),
        ("images/{}", "masks"),
        ("images", "masks/{}"),
        ("{}_images", "{}_labels"),
    ],
)
@pytest.mark.parametrize("val", ["val", "valid", "validation", "dev"])
def test_split_folders_stand_on_either_level(pictures: str, masks: str, val: str, tmp_path: Path) -> None:
    for stem, split in {"a": "train", "b": "training", "c": val, "d": "test"}.items():
        photo(tmp_path / pictures.format(split) / f"{stem}.jpg")
        mask(tmp_path / masks.format(split) / f"{stem}.png")
    dataset = open_dataset(tmp_path)
    assert names(dataset) == {"train": ["a", "b"], "val": ["c"], "test": ["d"]}
    assert list(dataset.splits) == ["train", "val", "test"]
    assert "split by folders train, val, test" in dataset.layout


@pytest.mark.parametrize(
    ("picture", "mask_name"),
    [
        ("a.jpg", "a_mask.png"),
        ("a.png", "a-label.png"),
        ("a.jpg", "mask_a.png"),
        ("img_07.jpg", "mask_07.png"),
        ("a_sat.jpg", "a_mask.png"),
        ("a.jpg", "a_L.png"),
        ("A.JPG", "a.png"),
        ("image-1.jpg", "gt-1.png"),
        ("a_leftImg8bit.png", "a_gtFine_labelTrainIds.png"),
    ],
)
def test_names_may_say_what_they_are(picture: str, mask_name: str, tmp_path: Path) -> None:
    photo((tmp_path / "images" / picture).with_suffix(Path(picture).suffix.lower()))
    (tmp_path / "images" / Path(picture).with_suffix(Path(picture).suffix.lower())).rename(
        tmp_path / "images" / picture
    )
    mask(tmp_path / "masks" / mask_name)
    (sample,) = open_dataset(tmp_path).samples("train")
    assert sample.mask is not None
    assert (sample.picture.name, sample.mask.name) == (picture, mask_name)


@pytest.mark.parametrize(
    ("pictures", "masks"), [("{}.jpg", "{}.png"), ("{}.jpg", "{}_mask.png"), ("{}.png", "{}_gt.png")]
)
def test_pictures_and_masks_may_share_a_folder(pictures: str, masks: str, tmp_path: Path) -> None:
    for stem in "abc":
        photo(tmp_path / pictures.format(stem))
        mask(tmp_path / masks.format(stem))
    assert sorted(name for split in names(open_dataset(tmp_path)).values() for name in split) == ["a", "b", "c"]


def test_folders_below_are_part_of_the_name(tmp_path: Path) -> None:
    for city in ("x", "y"):
        photo(tmp_path / "images" / "train" / city / "1.jpg")
        mask(tmp_path / "masks" / "train" / city / "1.png")
    photo(tmp_path / "images" / "val" / "x" / "1.jpg")
    mask(tmp_path / "masks" / "val" / "x" / "1.png")
    dataset = open_dataset(tmp_path)
    assert names(dataset) == {"train": ["x/1", "y/1"], "val": ["x/1"]}
    assert all(
        sample.mask is not None and sample.mask.parent.name == sample.picture.parent.name
        for sample in dataset.samples("train")
    )


def test_orphans_are_listed_and_never_dropped(tmp_path: Path) -> None:
    for stem in "abcdefgh":
        photo(tmp_path / "images" / f"{stem}.jpg")
    mask(tmp_path / "masks" / "a.png")
    mask(tmp_path / "masks" / "z.png")
    with pytest.raises(DataError) as error:
        open_dataset(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: 7 of 8 pictures have no mask: images/b.jpg, images/c.jpg, images/d.jpg, images/e.jpg, "
        "images/f.jpg and 2 more; 1 mask has no picture: masks/z.png. "
        "Add what is missing, or take the others out of the folder"
    )


def test_one_missing_mask_in_a_split_names_it_and_the_split(tmp_path: Path) -> None:
    for split in ("train", "val"):
        photo(tmp_path / "images" / split / "a.jpg")
        mask(tmp_path / "masks" / split / "a.png")
    photo(tmp_path / "images" / "val" / "b.jpg")
    with pytest.raises(DataError, match=r"in the split val: 1 of 2 pictures has no mask: images/val/b\.jpg\. Add"):
        open_dataset(tmp_path)


def test_names_that_do_not_fit_at_all_are_told_by_an_example(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "b.png")
    with pytest.raises(
        DataError, match=r"no picture and mask have the same name \(such as images/a.jpg and masks/b.png"
    ):
        open_dataset(tmp_path)


def test_two_masks_or_two_pictures_of_one_name_are_refused(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    mask(tmp_path / "masks" / "a.bmp.png")
    (tmp_path / "masks" / "a.bmp.png").rename(tmp_path / "masks" / "a.bmp")
    with pytest.raises(DataError, match=r"images/a\.jpg has 2 masks: masks/a\.bmp, masks/a\.png"):
        open_dataset(tmp_path)
    photo(tmp_path / "images" / "a.png")
    with pytest.raises(DataError, match=r"images/a\.jpg and images/a\.png have the same name"):
        open_dataset(tmp_path)


def test_a_test_split_may_come_without_masks_but_no_other_may(tmp_path: Path) -> None:
    for split in ("train", "val"):
        photo(tmp_path / "images" / split / "a.jpg")
        mask(tmp_path / "masks" / split / "a.png")
    photo(tmp_path / "images" / "test" / "t.jpg")
    dataset = open_dataset(tmp_path)
    (sample,) = dataset.samples("test")
    assert sample.mask is None
    with pytest.raises(DataError, match=r"t\.jpg: the picture has no mask"):
        dataset.read(sample)


@pytest.mark.parametrize("place", ["", "splits", "ImageSets/Segmentation"])
def test_split_lists_choose_and_order_the_samples(place: str, tmp_path: Path) -> None:
    for stem in "abcd":
        photo(tmp_path / "images" / f"{stem}.jpg")
        mask(tmp_path / "masks" / f"{stem}.png")
    folder = tmp_path / place
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.txt").write_text("c\nimages/a.jpg masks/a.png\n\n")
    (folder / "valid.txt").write_text("/elsewhere/images/b.jpg\r\n")
    dataset = open_dataset(tmp_path)
    assert names(dataset) == {"train": ["c", "a"], "val": ["b"]}
    assert "split by the lists train.txt, valid.txt; 1 pairs are in no list" in dataset.layout


def test_a_list_that_names_what_is_not_there_is_refused(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    (tmp_path / "train.txt").write_text("a\nb\n../..\n")
    with pytest.raises(DataError, match=r"train\.txt: 2 of 3 names are of no picture with a mask in .*: b, \.\./\.\."):
        open_dataset(tmp_path)
    (tmp_path / "train.txt").write_text("\n")
    with pytest.raises(DataError, match="the split list is empty"):
        open_dataset(tmp_path)


def test_the_split_by_chance_is_the_same_everywhere_and_changes_with_its_seed(tmp_path: Path) -> None:
    for number in range(40):
        photo(tmp_path / "images" / f"{number:02}.jpg")
        mask(tmp_path / "masks" / f"{number:02}.png")
    first, again, other = (names(open_dataset(tmp_path, split_seed=seed)) for seed in (0, 0, 1))
    assert first == again
    assert first["val"] == ["01", "02", "07", "11", "14", "17", "32", "38"]
    assert first != other
    assert sorted(first["train"] + first["val"]) == [f"{number:02}" for number in range(40)]


def test_a_train_folder_without_val_gives_a_fifth_to_val(tmp_path: Path) -> None:
    for number in range(10):
        photo(tmp_path / "train" / "images" / f"{number}.jpg")
        mask(tmp_path / "train" / "masks" / f"{number}.png")
    dataset = open_dataset(tmp_path)
    assert {split: len(samples) for split, samples in dataset.splits.items()} == {"train": 8, "val": 2}
    assert "a fifth of train held out as val" in dataset.layout


def test_drawn_sets_open_with_their_class_table(tmp_path: Path) -> None:
    for split in ("train", "val"):
        photo(tmp_path / "images" / split / "000000.png")
        (tmp_path / "masks" / split).mkdir(parents=True)
        write_labels(tmp_path / "masks" / split / "000000.png", LabelMap(MASK, CAMVID))
    save_class_table(CAMVID, tmp_path / "classes.yaml")
    dataset = open_dataset(tmp_path)
    assert dataset.classes == CAMVID
    np.testing.assert_array_equal(dataset.read(dataset.samples("val")[0])[1].labels, MASK)


def test_cityscapes_file_names_tell_raw_ids(tmp_path: Path) -> None:
    raw = np.array([[7, 8, 0, 33, 7, 7, 7, 7]] * 6, np.uint8)
    for split in ("train", "val"):
        photo(tmp_path / "leftImg8bit" / split / "aachen" / "aachen_0_leftImg8bit.png")
        mask(tmp_path / "gtFine" / split / "aachen" / "aachen_0_gtFine_labelIds.png", raw)
        mask(tmp_path / "gtFine" / split / "aachen" / "aachen_0_gtFine_color.png", PHOTO)
    dataset = open_dataset(tmp_path)
    assert dataset.classes == CITYSCAPES
    _, truth = dataset.read(dataset.samples("train")[0])
    assert truth.labels[0, :4].tolist() == [0, 1, 255, 18]


def test_the_folder_of_the_masks_can_be_named(tmp_path: Path) -> None:
    for folder in ("road", "ego_lane"):
        mask(tmp_path / folder / "a.png")
    mask(tmp_path / "instances" / "train" / "a.png")
    photo(tmp_path / "images" / "a.jpg")
    with pytest.raises(DataError, match="ego_lane/, road/ could all be the masks of images/; name the folder"):
        open_dataset(tmp_path)
    sample = open_dataset(tmp_path, masks="road").samples("train")[0]
    assert sample.mask == tmp_path / "road" / "a.png"
    sample = open_dataset(tmp_path, masks="instances/train").samples("train")[0]
    assert sample.mask == tmp_path / "instances" / "train" / "a.png"
    with pytest.raises(DataError, match="there are no mask files in roads/"):
        open_dataset(tmp_path, masks="roads")


def test_ids_of_things_are_not_taken_for_classes(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "instance_masks" / "a.png")
    assert open_dataset(tmp_path).task == "instance"
    with pytest.raises(DataError, match="instance_masks/ is called like ids of things, depth or drawings"):
        open_dataset(tmp_path, task="semantic")


def test_pictures_alone_can_be_predicted_on_but_not_learned_from(tmp_path: Path) -> None:
    photo(tmp_path / "some" / "a.jpg")
    photo(tmp_path / "b.png")
    dataset = open_dataset(tmp_path, classes="camvid")
    assert names(dataset) == {"all": ["b", "some/a"]}
    assert dataset.classes == CAMVID
    assert "pictures alone" in dataset.layout
    with pytest.raises(DataError, match=r"no split 'train'; there are all \(2\)"):
        dataset.samples("train")


def test_masks_of_a_kind_that_is_not_read_are_named(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    (tmp_path / "masks").mkdir()
    (tmp_path / "masks" / "a.gif").touch()
    with pytest.raises(DataError, match=r"no split 'train'; .* without masks: masks/ holds only \.gif, not PNG"):
        open_dataset(tmp_path).samples("train")


def test_what_is_no_data_set_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.json").touch()
    with pytest.raises(DataError, match=r"none: there is no such folder$"):
        open_dataset(tmp_path / "none")
    with pytest.raises(DataError, match=r"a\.json: not a folder"):
        open_dataset(tmp_path / "texts" / "a.json")
    with pytest.raises(DataError, match=r"empty: the folder is empty; expected images/ and masks/"):
        open_dataset(tmp_path / "empty")
    with pytest.raises(DataError, match=r"texts: no pictures, only \.json; expected images/ and masks/"):
        open_dataset(tmp_path / "texts")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_read_permission_is_named(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir(mode=0)
    with pytest.raises(DataError, match="images: the folder cannot be read: Permission denied"):
        open_dataset(tmp_path)


def test_a_folder_that_the_system_refuses_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: object) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(DataError, match="the folder cannot be read: Permission denied"):
        open_dataset(tmp_path)


def test_links_that_go_round_are_followed_once(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    (tmp_path / "images" / "round").symlink_to(tmp_path, target_is_directory=True)
    assert names(open_dataset(tmp_path)) == {"train": ["a"]}


def test_a_pascal_voc_folder_opens_by_its_lists(tmp_path: Path) -> None:
    for stem in "abc":
        photo(tmp_path / "JPEGImages" / f"{stem}.jpg")
    (tmp_path / "SegmentationClass").mkdir()
    for stem in "ab":
        write_labels(tmp_path / "SegmentationClass" / f"{stem}.png", LabelMap(MASK, VOC))
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    for name, stem in {"train": "a\n", "val": "b\n", "trainval": "a\nb\n"}.items():
        (lists / f"{name}.txt").write_text(stem)
    mask(tmp_path / "SegmentationObject" / "a.png")
    dataset = open_dataset(tmp_path)
    assert names(dataset) == {"train": ["a"], "val": ["b"]}
    assert dataset.classes == VOC
    mask(tmp_path / "SegmentationClass" / "z.png")
    with pytest.raises(DataError, match=r"1 masks have no picture: SegmentationClass/z\.png"):
        open_dataset(tmp_path)


def test_a_class_table_in_the_folder_is_found(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png")
    (tmp_path / "labels.txt").write_text("x\ny\nz\n")
    assert open_dataset(tmp_path).classes.names == ("x", "y", "z")
    (tmp_path / "class_dict_seg.csv").write_text("name, r, g, b\nx, 1, 2, 3\ny, 4, 5, 6\nq, 7, 8, 9\n")
    assert open_dataset(tmp_path).classes.names == ("x", "y", "q")
    assert open_dataset(tmp_path, classes=tmp_path / "labels.txt", ignore=2).classes.ignore == 2
    with pytest.raises(MaskError, match=r"a\.png: label 2 at row 0, column 2 is not one of the 2 classes"):
        open_dataset(tmp_path, classes=ClassTable.named("ab"))


def test_the_class_table_may_state_the_encoding(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", np.array([[0, 128, 200, 0, 0, 0, 0, 7]] * 6, np.uint8))
    (tmp_path / "classes.yaml").write_text("classes: [x, y]\nvalues: {0: x, 128: y, 200: 1, 7: ignore}\n")
    dataset = open_dataset(tmp_path)
    assert dataset.read(dataset.samples("train")[0])[1].labels[0].tolist() == [0, 1, 1, 0, 0, 0, 0, 255]
    assert "classes.yaml says so" in dataset.layout
    (tmp_path / "classes.yaml").write_text("classes: [x, y]\nvalues: {0: x, 128: road}\n")
    with pytest.raises(DataError, match="no class 'road'"):
        open_dataset(tmp_path)
    (tmp_path / "classes.yaml").write_text("classes: [x, y]\nencoding: rgba\n")
    with pytest.raises(DataError, match=r"classes\.yaml: encoding 'rgba' is not one of index"):
        open_dataset(tmp_path)


def test_an_encoding_alone_may_stand_in_classes_yaml_and_joins_a_table_that_is_asked_for(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", np.array([[7, 8, 11, 33, 7, 7, 7, 7]] * 6, np.uint8))
    with pytest.raises(MaskError, match="add `encoding: cityscapes-ids` to classes"):
        open_dataset(tmp_path, classes="cityscapes")
    (tmp_path / "classes.yaml").write_text("encoding: cityscapes-ids\n")
    dataset = open_dataset(tmp_path, classes="cityscapes")
    assert dataset.read(dataset.samples("train")[0])[1].labels[0, :4].tolist() == [0, 1, 2, 18]
    (tmp_path / "classes.yaml").write_text("classes: cityscapes\nencoding: cityscapes-ids\n")
    assert open_dataset(tmp_path).classes == CITYSCAPES
    (tmp_path / "classes.yaml").write_text("encoding: [")
    with pytest.raises(DataError, match=r"classes\.yaml: not YAML: while parsing"):
        open_dataset(tmp_path)


def test_an_encoding_that_is_asked_for_holds(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    mask(tmp_path / "masks" / "a.png", np.array([[1, 2, 3, 1, 1, 1, 1, 0]] * 6, np.uint8))
    dataset = open_dataset(tmp_path, classes=ClassTable.named("abc"), encoding="one-based")
    assert dataset.read(dataset.samples("train")[0])[1].labels[0].tolist() == [0, 1, 2, 0, 0, 0, 0, 255]
    with pytest.raises(DataError, match="the encoding `one-based` needs a class table"):
        open_dataset(tmp_path, encoding="one-based")
    with pytest.raises(ValueError, match="'two-based' is not one of"):
        open_dataset(tmp_path, encoding="two-based")


def test_masks_that_are_empty_so_far_are_looked_through_until_one_is_not(tmp_path: Path) -> None:
    for number in range(60):
        photo(tmp_path / "images" / f"{number:02}.jpg")
        mask(tmp_path / "masks" / f"{number:02}.png", np.full((6, 8), 255 * (number == 41), np.uint8))
    assert open_dataset(tmp_path, classes=ClassTable.named("ab")).encoding.kind == "binary"


def test_jpeg_masks_are_refused_with_the_reason(tmp_path: Path) -> None:
    photo(tmp_path / "images" / "a.jpg")
    photo(tmp_path / "masks" / "a.jpg")
    with pytest.raises(MaskError, match=r"masks/a\.jpg: a JPEG mask, whose labels lossy compression has changed"):
        open_dataset(tmp_path)
