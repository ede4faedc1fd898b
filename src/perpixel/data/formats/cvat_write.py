"""Regions as the masks of CVAT for images 1.1."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from perpixel.data.annotation import Collection
from perpixel.data.formats.format import Progress
from perpixel.data.formats.picture_files import put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.files import whole_file
from perpixel.masks.runs import to_cvat_attributes


def write_cvat(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """Write `annotations.xml` and `images/SPLIT/`; the split is the picture's `subset`.

    Every region is one `<mask>`, later ones above earlier ones.

    Raises:
        DataError: a picture that is not there, or what reading the collection raises.
    """
    with whole_file(out / "annotations.xml") as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n')
        file.write(
            f"  <meta>\n    <task>\n      <labels>\n{_labels(collection)}      </labels>\n    </task>\n  </meta>\n"
        )
        for number, (split, entry, truth) in enumerate(truths(collection, progress)):
            if pictures:
                put_picture(collection, entry, split_folder(out / "images", split))
            name = entry.name + (entry.picture.suffix if entry.picture else ".png")
            facts = {"id": number, "name": name} | ({} if split == "all" else {"subset": split})
            facts |= {"width": truth.size[1], "height": truth.size[0]}
            file.write(f"  <image{_attributes(facts)}>\n")
            for place, region in enumerate(truth.regions):
                label = collection.classes.names[region.label]
                facts = {"label": label, "source": "file", "occluded": 0, **to_cvat_attributes(region.runs)}
                file.write(f"    <mask{_attributes(facts | {'z_order': place})}></mask>\n")
            file.write("  </image>\n")
        file.write("</annotations>\n")


def _labels(collection: Collection) -> str:
    return "".join(
        f"    <label><name>{escape(entry.name)}</name><color>#{bytes(entry.color).hex()}</color>"
        "<type>any</type><attributes></attributes></label>\n"
        for entry in collection.classes
    )


def _attributes(facts: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in facts.items())
