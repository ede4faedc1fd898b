"""How a data set's masks are coded, told from some of them; refused where two readings are as likely."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from perpixel.classes import IGNORED_8, PALETTES, ClassTable, Color, SegmentClass, color_of
from perpixel.errors import MaskError
from perpixel.masks.encoding import Encoding
from perpixel.masks.evidence import Evidence

_MOST_GUESSED = 64  # without a class table, more classes than this are rather a photo, soft edges or ids of things
_MOST_COLORS = 1024
_BLACK, _WHITE, _VOC_BORDER = (0, 0, 0), (255, 255, 255), (224, 224, 192)
_FEWEST_TO_KNOW = 3  # colors in common before a known table is taken for granted


@dataclass(frozen=True)
class Inferred:
    """What the masks are thought to be; `encoding.reason` says why."""

    classes: ClassTable
    encoding: Encoding = field(default_factory=Encoding)


def infer_encoding(
    evidence: Evidence, classes: ClassTable | None, *, ignore: int | None = None, name: str = "masks"
) -> Inferred:
    """Tell the encoding, and the class table if none is given, from what occurs in some masks.

    `ignore` is the value of pixels that are not judged, where it is known without a table. Values that fit no reading
    are left to `decode_labels`, which knows their place.

    Raises:
        MaskError: nothing can be told, or two readings are as likely; the message says how to settle it.
    """
    if evidence.colored:
        return _colors(evidence, classes, name)
    if classes is None:
        return _numbers_alone(evidence, ignore, name)
    return Inferred(classes, _numbers(evidence, classes, name))


def _numbers(evidence: Evidence, classes: ClassTable, name: str) -> Encoding:
    values, shown = evidence.values, _shown(evidence.values)
    if _is_binary(values):
        if len(classes) == 2:
            return Encoding("binary", reason=f"the masks hold {shown} and the table has two classes")
        if len(classes) != 1 or 0 not in values:
            raise MaskError(
                f"{name}: the masks hold only {shown}, the table has {len(classes)} classes: foreground, or pixels "
                "that are not judged? Give a table of two classes, or add `encoding: index` or `binary` to classes.yaml"
            )
    by_color = _palette_fits(evidence, classes)
    judged = values - {classes.ignore, classes.ignored}
    by_index = all(v < len(classes) and evidence.palette.get(v) == {classes[v].color} for v in judged)
    if by_color and not by_index:
        if values <= Encoding("index").meaning(classes).keys() and evidence.one_palette:
            raise MaskError(
                f"{name}: the palette's colors and its numbers {shown} name different classes of the table; "
                "add `encoding: palette` (colors count) or `encoding: index` (numbers count) to classes.yaml"
            )
        ignored = tuple(sorted(evidence.palette_colors - {entry.color for entry in classes}))
        return Encoding("palette", ignored_colors=ignored, reason="the palettes hold the class colors in other places")
    return Encoding("index", reason=f"the masks hold {shown}")


def _numbers_alone(evidence: Evidence, ignore: int | None, name: str) -> Inferred:
    shown = _shown(evidence.values)
    values = evidence.values - {ignore}
    judged = values - {255, 65535}
    if values == {0}:
        raise MaskError(f"{name}: all masks are empty (only 0), so the classes cannot be told; give a class table")
    if _is_binary(values) or values == {0, 1}:
        table = ClassTable.named(("background", "foreground"))
        return Inferred(table, Encoding("index" if 1 in values else "binary", reason=f"the masks hold {shown}"))
    if len(values) == 2 and 0 in values:
        pairs = ((0, 0), (max(values), 1))
        table = ClassTable.named(("background", "foreground"))
        return Inferred(table, Encoding("values", pairs, reason=f"the masks hold two values, {shown}"))
    if not judged or max(judged) >= _MOST_GUESSED:
        raise MaskError(
            f"{name}: the masks hold {shown}: no class numbers that count from 0 to at most {_MOST_GUESSED - 1}; "
            "give a class table (`classes.yaml` in the folder, or --classes), or, if these are ids of things or soft "
            "edges, masks of classes"
        )
    for known, table in PALETTES.items():
        agree = [v for v in judged if v < len(table) and evidence.palette.get(v) == {table[v].color}]
        if known != "voc" and len(agree) == len(judged) > _FEWEST_TO_KNOW:  # VOC's palette colors any set of labels
            table = table if ignore is None else replace(table, ignore=ignore)
            return Inferred(table, Encoding("index", reason=f"the palette has the colors of {known}"))
    absent = "" if 0 in values else "; 0 does not occur, so if the classes count from 1, add `encoding: one-based`"
    encoding = Encoding("index", reason=f"the masks hold {shown}, taken as class numbers from 0{absent}")
    return Inferred(_unnamed(max(judged) + 1, evidence, IGNORED_8 if ignore is None else ignore), encoding)


def _colors(evidence: Evidence, classes: ClassTable | None, name: str) -> Inferred:
    found = evidence.colors | {(value, value, value) for value in evidence.values if value < 256}
    if len(found) > _MOST_COLORS:
        raise MaskError(f"{name}: {len(found)} colors in the masks: these are photos, overlays or smoothed masks")
    if classes is None:
        known = [
            table
            for table in PALETTES.values()
            if len(found & _colors_of(table)) >= _FEWEST_TO_KNOW
            and found - _colors_of(table) <= {_BLACK, _WHITE, _VOC_BORDER}
        ]
        if len(known) != 1:
            shown = ", ".join(map(str, sorted(found)[:6])) + (" ..." if len(found) > 6 else "")
            raise MaskError(
                f"{name}: the masks hold {len(found)} colors ({shown}) of no known class table; "
                "put a `classes.csv` with the columns name, r, g, b into the folder, or give it by --classes"
            )
        classes = known[0]
    ignored = [color for color in (_WHITE, _VOC_BORDER) if color in found]
    ignored = [color for color in (_BLACK, *ignored) if color not in _colors_of(classes)]
    told = f"; {', '.join(map(str, ignored))} is ignored" if ignored else ""
    reason = f"the masks hold {len(found)} colors{told}"
    return Inferred(classes, Encoding("rgb", ignored_colors=tuple(ignored), reason=reason))


def _is_binary(values: set[int]) -> bool:
    return values in ({0, 255}, {255}, {0, 65535}, {65535})


def _palette_fits(evidence: Evidence, classes: ClassTable) -> bool:
    """Whether every color in use is that of a class (black and white may be ignored), and enough of them are."""
    if evidence.palette.keys() != evidence.values:
        return False
    used, table = evidence.palette_colors, _colors_of(classes)
    return len(used & table) >= 2 and used - table <= {_BLACK, _WHITE, _VOC_BORDER}


def _unnamed(count: int, evidence: Evidence, ignore: int) -> ClassTable:
    colors = [next(iter(evidence.palette.get(number, {color_of(number)}))) for number in range(count)]
    if not evidence.one_palette or len(set(colors)) < count:
        colors = [color_of(number) for number in range(count)]
    return ClassTable(tuple(SegmentClass(f"class_{number}", color) for number, color in enumerate(colors)), ignore)


def _colors_of(classes: ClassTable) -> set[Color]:
    return {entry.color for entry in classes}


def _shown(values: set[int]) -> str:
    ordered = sorted(values)
    if len(ordered) > 4 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"the values {ordered[0]} to {ordered[-1]}"
    rest = f" ... {ordered[-1]} ({len(ordered)} of them)" if len(ordered) > 12 else ""
    return f"the values {', '.join(map(str, ordered[: 6 if rest else 12]))}{rest}"
