"""A picture with its alt text and its data, and the sheet on which it is drawn.

A sheet is measured in inches from its upper left corner, as it will be printed, so that type
has its real size and nothing is moved by a layout engine. Its width is that of the text on an
A4 page.
"""

from __future__ import annotations

import contextlib
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fidelity.errors import FileError, UsageError
from fidelity.present import style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

#: Inches. 180 mm: A4 with margins of 15 mm.
WIDTH = 7.1
#: Points. Nothing that is printed is smaller than `SMALL`.
TITLE, LABEL, SMALL = 15.0, 10.5, 10.0
#: Letters set on the grid of a screen run a little wider than as measured.
_HINTING = 1.015
_KINDS = {".png": "png", ".svg": "svg"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A drawn figure and what it says.

    Attributes:
        fig: the matplotlib figure.
        alt: one or two sentences for those who do not see it, made from `data`.
        data: the numbers that are drawn, as a table.
        title: the finding, from the same flags as the marks.
        subtitle: measure, place, period and n.
    """

    fig: Figure
    alt: str
    data: pd.DataFrame
    title: str
    subtitle: str

    def png(self, dpi: int = 150) -> bytes:
        """The picture as PNG, with title and alt text in its metadata."""
        return _few_colours(self._drawn("png", {}, dpi), self.title, self.alt)

    def svg(self) -> str:
        """The picture as SVG, with title and alt text in its metadata."""
        about = {"Title": self.title, "Description": self.alt, "Date": None}
        return self._drawn("svg", about).decode("utf-8")

    def save(self, path: str | Path, dpi: int = 150) -> Path:
        """Write the picture to a file, by its ending .png or .svg; gives the path.

        Raises:
            UsageError: another ending.
        """
        path = Path(path)
        kind = _KINDS.get(path.suffix.lower())
        if kind is None:
            raise UsageError(
                f'"{path.name}" is no kind of picture that can be written. Allowed: .png for Word '
                "and slides, .svg for web pages."
            )
        return written(path, self.png(dpi) if kind == "png" else self.svg().encode("utf-8"))

    def _drawn(self, kind: str, about: dict[str, Any], dpi: int = 150) -> bytes:
        held = io.BytesIO()
        with style.drawing():
            self.fig.savefig(held, format=kind, dpi=dpi, metadata=about)
        return held.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png(dpi=100)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """For a notebook: the image with its alt text, and the alt text where no image shows."""
        told = f"{self.title}. {self.alt}"
        return {"image/png": self.png(100), "text/plain": told}, {"image/png": {"alt": self.alt}}

    def __repr__(self) -> str:
        return f"Picture({self.title!r}: {self.alt})"


def _few_colours(png: bytes, title: str, alt: str) -> bytes:
    """The same PNG with a palette: our pictures hold few colours, and reports are sent by mail."""
    from PIL import Image, PngImagePlugin

    about = PngImagePlugin.PngInfo()
    about.add_itxt("Title", title)
    about.add_itxt("Description", alt)
    held = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        # The palette that covers all colours: a mark that is flagged once keeps its own.
        few = image.convert("RGB").quantize(
            96, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        few.save(held, "png", optimize=True, pnginfo=about, dpi=image.info.get("dpi"))
    return held.getvalue()


def written(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all: beside it first, then moved into its place.

    Folders on the way are made.

    Raises:
        FileError: the folder cannot be made, is full, or the file is open elsewhere.
    """
    beside = path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("xb") as file:
            file.write(content)
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise FileError(
            f'"{path}" could not be written: {error.strerror or error}. Allowed: a file in a '
            "folder that exists, with room on the disk, and that no other program holds open. "
            "Close it there, or give another name."
        ) from None
    return path


def plain(text: object) -> str:
    """Text in one line without control characters, which no picture or page can show.

    Marks that turn the direction of writing are dropped too: they could disguise what is said.
    """
    kept = (c if c.isprintable() or c.isspace() else "" for c in str(text))
    return " ".join("".join(kept).split())


@lru_cache(maxsize=16_384)
def width_of(text: str, size: float = LABEL, bold: bool = False) -> float:
    """Width of a line of text in inches, as it will be drawn; call it while `drawing()`."""
    from matplotlib.textpath import text_to_path

    points, _, _ = text_to_path.get_text_width_height_descent(text, _type(size, bold), False)
    return float(points) / 72 * _HINTING


@lru_cache(maxsize=32)
def _type(size: float, bold: bool) -> FontProperties:
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=size, weight="bold" if bold else "normal")


def wrapped(
    text: object, width: float, size: float = LABEL, *, bold: bool = False, most: int = 0
) -> list[str]:
    """Text in lines that fit a width in inches; with `most`, cut to so many with an ellipsis."""
    lines: list[str] = []
    line = ""
    text = plain(text)
    if most:  # far more letters than such lines can hold need not be measured
        text = text[: 200 * most]
    for word in text.split():
        for part in _pieces(word, width, size, bold):
            longer = f"{line} {part}" if line else part
            if line and width_of(longer, size, bold) > width:
                lines.append(line)
                line = part
            else:
                line = longer
    lines.append(line)
    if most and len(lines) > most:
        lines = [*lines[: most - 1], _cut(" ".join(lines[most - 1 :]), width, size, bold)]
    return lines


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    """A word, or parts of it where it alone is wider than the line."""
    parts = []
    while len(word) > 1 and width_of(word, size, bold) > width:
        end = len(word) - 1
        while end > 1 and width_of(word[:end], size, bold) > width:
            end -= 1
        parts.append(word[:end])
        word = word[end:]
    return [*parts, word]


def _cut(text: str, width: float, size: float, bold: bool) -> str:
    while text and width_of(f"{text}…", size, bold) > width:
        text = text[:-1].rstrip()
    return f"{text}…"


def leading(size: float) -> float:
    """Distance from one line of text to the next, in inches."""
    return size * 1.2 / 72


@dataclass(eq=False)
class Sheet:
    """A sheet being drawn: inches from the upper left corner, downwards.

    Args:
        title: the finding.
        subtitle: measure, place, period, n.
        body: height of what will be drawn below the heading, in inches.
        notes: lines of explanation below it.
        ax: axes to draw in, in place of a figure of its own.

    Attributes:
        top: where the body begins.
    """

    title: str
    subtitle: str
    body: float
    notes: Sequence[str] = ()
    ax: Axes | None = None
    width: float = WIDTH
    top: float = field(init=False)
    axes: Axes = field(init=False)

    def __post_init__(self) -> None:
        heading = wrapped(self.title, self.width, TITLE, bold=True)
        below = wrapped(self.subtitle, self.width, LABEL)
        noted = [line for note in self.notes for line in wrapped(note, self.width, SMALL)]
        self.top = len(heading) * leading(TITLE) + len(below) * leading(LABEL) + 0.22
        foot = self.top + self.body + (0.12 if noted else 0)
        height = foot + len(noted) * leading(SMALL) + 0.08
        self.axes = self._axes(height)
        self.lines(heading, 0, 0.02, size=TITLE, weight="bold")
        self.lines(below, 0, 0.06 + len(heading) * leading(TITLE), color=style.QUIET)
        self.lines(noted, 0, foot, size=SMALL, color=style.QUIET)

    def _axes(self, height: float) -> Axes:
        from matplotlib.figure import Figure

        if self.ax is None:
            figure = Figure(figsize=(self.width, height))
            axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        else:
            axes = self.ax
        axes.set_axis_off()
        axes.set_xlim(0, self.width)
        axes.set_ylim(height, 0)
        return axes

    def text(self, x: float, y: float, text: object, size: float = LABEL, **look: Any) -> None:
        """One line of text; `y` is its middle unless `va` says otherwise."""
        look = {"va": "center_baseline", "ha": "left", **look}
        self.axes.text(x, y, plain(text), fontsize=size, **look)

    def lines(
        self, lines: Sequence[str], x: float, y: float, size: float = LABEL, **look: Any
    ) -> None:
        """Lines of text from `y` downwards."""
        for number, line in enumerate(lines):
            self.text(x, y + (number + 0.5) * leading(size), line, size, **look)

    def block(
        self, lines: Sequence[str], x: float, middle: float, size: float = LABEL, **look: Any
    ) -> None:
        """Lines of text around a middle."""
        self.lines(lines, x, middle - len(lines) * leading(size) / 2, size, **look)

    def box(self, x: float, y: float, width: float, height: float, **look: Any) -> None:
        """A rectangle."""
        from matplotlib.patches import Rectangle

        look = {"facecolor": style.WHITE, "edgecolor": style.WHITE, "linewidth": 1.0, **look}
        self.axes.add_patch(Rectangle((x, y), width, height, **look))

    def hatched(self, x: float, y: float, width: float, height: float) -> None:
        """A rectangle for what is too few to say, or cannot be said."""
        self.box(x, y, width, height, edgecolor=style.HATCH, hatch="///", linewidth=0.6)

    def line(self, xs: Sequence[float], ys: Sequence[float], **look: Any) -> None:
        """A line through points."""
        look = {"color": style.INK, "linewidth": 1.2, "solid_capstyle": "butt", **look}
        self.axes.plot(list(xs), list(ys), **look)

    def done(self, alt: str, data: pd.DataFrame) -> Picture:
        """The finished picture."""
        figure = cast("Figure", self.axes.get_figure(root=True))
        return Picture(figure, plain(alt), data, plain(self.title), plain(self.subtitle))
