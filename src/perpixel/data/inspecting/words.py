"""An inspection as one reads it in a terminal."""

from __future__ import annotations

from collections import Counter
from typing import Any

from perpixel.data.inspecting.inspection import Inspection

_MOST = 40  # classes in the table
_MARKS = {"error": "ERROR  ", "warning": "WARNING", "note": "note   "}


def told(found: Inspection) -> str:
    """Problems first, then the facts, then the classes."""
    lines = [f"{_MARKS[problem.level]} {problem.line}" for problem in found.problems]
    lines += [""] if lines else ["no problems", ""]
    lines += [f"{name:<10}{text}" for name, text in facts(found)]
    lines += ["", *_classes(found)] if found.shares.names else []
    return "\n".join(lines) + "\n"


def facts(found: Inspection) -> list[tuple[str, str]]:
    """Names and values, a line each."""
    data = found.to_dict()
    splits = ", ".join(f"{name} {count}" for name, count in data["splits"].items())
    rows = [("what", f"{data['layout']} ({data['kind']})"), ("pictures", splits), ("sizes", _sizes(found))]
    if data["pictures"]:
        rows.append(("kinds", _kinds(data["pictures"])))
    if data["masks"]["files"]:
        rows.append(("masks", _masks(data["masks"])))
    if data["encoding"]:
        rows.append(("coded", f"{data['encoding']}" + (f": {data['reason']}" if data["reason"] else "")))
    if data["ignore"] is not None and found.source.kind in ("semantic", "mask"):
        share = data["ignored"] / max(data["ignored"] + int(found.shares.judged.sum()), 1)
        rows.append(("ignored", f"value {data['ignore']}, {f'{share:.1%} of the pixels' if share else 'no pixel'}"))
    if data["things"]:
        rows.append(("things", f"{data['things']}, of which {data['touching']} touch another"))
    if data["distances"]:
        reach = "{near:.3g} to {far:.3g} m, {middle:.3g} m in the middle, of the usual map".format(**data["distances"])
        rows.append(("distances", f"{reach}; {data['distances']['without']:.1%} of the pixels have none"))
    if found.source.kind not in ("pictures", "depth"):
        rows.append(("overlaps", "some pixels are of several" if data["overlapping"] else "none"))
    copies = sum(len(group.names) for group in found.copies)
    rows.append(("copies", f"{copies} pictures in {len(found.copies)} groups" if copies else "none"))
    return rows


def _classes(found: Inspection) -> list[str]:
    rows = found.shares.rows()
    width = max(len(row["name"]) for row in rows)
    lines = [f"{'':>4} {'class':<{width}}  pixels  pictures"]
    occur = [row for row in rows if row["pixels"] or len(rows) <= _MOST]
    shown = occur if len(occur) <= _MOST else sorted(occur, key=lambda row: -row["pixels"])[:_MOST]
    for row in shown:
        by_split = ", ".join(f"{split} {count}" for split, count in row["by_split"].items())
        lines.append(
            f"{row['number']:>4} {row['name']:<{width}} {row['pixels']:7.2%}  {row['pictures']:8.1%}  {by_split}"
        )
    left = len(rows) - len(shown)
    return lines + ([f"     and {left} more, which are smaller or never occur"] if left else [])


def _sizes(found: Inspection) -> str:
    sizes = found.sizes.most_common()
    shown = ", ".join(f"{height}x{width} ({count})" for (height, width), count in sizes[:4])
    if len(sizes) <= 4:
        return f"{shown} (height x width)" if sizes else "none can be read"
    heights, widths = ([size[axis] for size, _ in sizes] for axis in (0, 1))
    spans = f"heights {min(heights)} to {max(heights)}, widths {min(widths)} to {max(widths)}"
    return f"{shown} and {len(sizes) - 4} more; {spans}"


def _kinds(pictures: list[dict[str, Any]]) -> str:
    kinds = Counter[str]()
    for row in pictures:
        turned = "" if row["orientation"] == 1 else f", turned by EXIF ({row['orientation']})"
        kinds[f"{row['format']}, {row['channels']} x {row['bits']} bits{turned}"] += row["count"]
    return "; ".join(f"{kind} ({count})" for kind, count in kinds.most_common(5))


def _masks(masks: dict[str, Any]) -> str:
    values = masks["values"]
    shown = ", ".join(map(str, values[:16])) + (f" ... {values[-1]}" if len(values) > 16 else "")
    bits = ", ".join(f"{count} of {bits} bits" for bits, count in masks["bits"].items())
    parts = [f"{masks['files']} files, {bits}"]
    if masks["distinct"]:
        parts.append(f"{masks['distinct']} values: {shown}")
    for kind, words in (("colored", "in color"), ("palette", "with a palette")):
        if masks[kind]:
            parts.append(f"{masks[kind]} {words}")
    return "; ".join(parts)
