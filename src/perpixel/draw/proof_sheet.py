"""A page to look at for ten seconds: what is wrong, what is there, and examples. One file, nothing is loaded."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from perpixel.classes import Color

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 1360px; padding: 0 1rem; color: #1c1c1c }
h1 { font-size: 1.4rem; overflow-wrap: anywhere } h2 { font-size: 1.05rem; margin: 1.6rem 0 .5rem }
ul { list-style: none; padding: 0 } li { padding: .35rem .7rem; margin: .25rem 0; border-left: 5px solid #999;
background: #f5f5f5; overflow-wrap: anywhere } li.error { border-color: #c62828; background: #fdecea }
li.warning { border-color: #ef8e00; background: #fff6e5 } li.fine { border-color: #2e7d32; background: #eaf5ea }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
i { display: inline-block; width: .9em; height: .9em; border: 1px solid #888; margin-right: .4em }
.bar { background: #ddd; width: 120px; display: inline-block; height: .7em } .bar b { background: #4a78b5;
display: block; height: 100% } .shown { display: flex; flex-wrap: wrap; gap: .8rem }
figure { margin: 0 } figcaption { font-size: .8rem; color: #555; max-width: 640px; overflow-wrap: anywhere }
img { display: block; max-width: 100% }
"""


@dataclass(frozen=True)
class Section:
    """Pictures under one title: captions and JPEG files."""

    title: str
    shown: tuple[tuple[str, bytes], ...]


def proof_sheet(
    title: str,
    facts: Sequence[tuple[str, str]],
    problems: Sequence[tuple[str, str]],
    classes: Sequence[Mapping[str, Any]],
    colors: Sequence[Color],
    sections: Sequence[Section],
) -> str:
    """The page as HTML.

    Args:
        title: of the page.
        facts: names and values.
        problems: levels (error, warning, note) and lines, the worst first.
        classes: rows with number, name, and the shares pixels and pictures.
        colors: of the classes, or none.
        sections: pictures.
    """
    found = problems or [("fine", "no problems")]
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1><ul>",
        *(f"<li class='{escape(level)}'>{escape(line)}</li>" for level, line in found),
        "</ul><table>",
        *(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts),
        "</table>",
    ]
    if classes:
        parts += ["<h2>classes</h2>", _class_table(classes, colors)]
    parts += [_section(section) for section in sections]
    return "\n".join(parts) + "</html>\n"


def _class_table(classes: Sequence[Mapping[str, Any]], colors: Sequence[Color]) -> str:
    head = (
        "<table><tr><th></th><th>class</th><th class='number'>pixels</th><th></th><th class='number'>pictures</th></tr>"
    )
    rows = []
    for row in classes:
        red, green, blue = colors[row["number"]] if row["number"] < len(colors) else (255, 255, 255)
        swatch = f"<i style='background:rgb({red},{green},{blue})'></i>"
        bar = f"<span class='bar'><b style='width:{min(row['pixels'], 1):.2%}'></b></span>"
        rows.append(
            f"<tr><td class='number'>{row['number']}</td><td>{swatch}{escape(row['name'])}</td>"
            f"<td class='number'>{row['pixels']:.2%}</td><td>{bar}</td>"
            f"<td class='number'>{row['pictures']:.1%}</td></tr>"
        )
    return f"{head}</tr>" + "".join(rows) + "</table>"


def _section(section: Section) -> str:
    figures = [
        f"<figure><img src='data:image/jpeg;base64,{b64encode(data).decode()}' alt=''>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, data in section.shown
    ]
    return f"<h2>{escape(section.title)}</h2><div class='shown'>{''.join(figures)}</div>"
