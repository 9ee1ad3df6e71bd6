"""Ratings with planted answers, and an eye for pictures: what overlaps, what is cut off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

import fidelity as fd
from fidelity.present import style
from fidelity.present.figure import Picture
from fidelity.rubric import Rubric

Answer = Callable[[int, str], object]
Made = Callable[..., fd.Ratings]


def frame(rubric: Rubric, n: int, answer: Answer, **columns: Any) -> pd.DataFrame:
    """A long table of `n` pieces; a column is a value, a list to go round in, or a function.

    Where items are asked of some roles only, the roles go round and each answers its own.
    """
    rows = []
    asked = rubric.asked_of
    if asked:
        roles = sorted({role for some in asked.values() for role in some})
        columns = {"rater_role": roles, **columns}
    for piece in range(n):
        about = {
            name: value(piece) if callable(value)
            else value[piece % len(value)] if isinstance(value, list | tuple) else value
            for name, value in columns.items()
        }  # fmt: skip
        rows += [
            {"piece": f"piece-{piece:03}", "rater": "rater-1", "selection": "random",
             "item": item, "value": str(answer(piece, item)), **about}
            for item in rubric.items
            if item not in asked or about["rater_role"] in asked[item]
        ]  # fmt: skip
    return pd.DataFrame(rows)


def spread(rubric: Rubric, seed: int = 1, ne: float = 0.06, na: float = 0.04) -> Answer:
    """Answers over the whole of each scale, with some codes: nothing special is planted."""
    rng = np.random.default_rng(seed)

    def answer(_: int, item: str) -> object:
        scale = rubric.scale_of(item)
        for code, share in (("NE", ne), ("NA", na)):
            if code in scale.codes and rng.random() < share:
                return code
        if not scale.levels:
            return rng.poisson(6)
        return rng.choice([level.value for level in scale.levels])

    return answer


def looked_at(picture: Picture) -> None:
    """Fail if anything in a picture is cut off, lies over other text, or is hard to read."""
    figure = picture.fig
    with style.drawing():
        renderer = FigureCanvasAgg(figure).get_renderer()
        texts = [t for ax in figure.axes for t in ax.texts if t.get_text().strip()]
        boxes = np.array([t.get_window_extent(renderer).extents for t in texts])
    words = [t.get_text() for t in texts]
    width, height = figure.get_size_inches() * figure.dpi
    cut = (boxes < -1).any(axis=1) | (boxes[:, 2] > width + 1) | (boxes[:, 3] > height + 1)
    assert not cut.any(), f"cut off: {[w for w, is_cut in zip(words, cut, strict=True) if is_cut]}"
    over = np.argwhere(np.triu(_overlaps(boxes), 1))
    assert not len(over), f"text over text: {[(words[i], words[j]) for i, j in over]}"
    assert min(t.get_fontsize() for t in texts) >= 10
    under = _backgrounds(figure, texts, boxes)
    inks = [to_hex(t.get_color()).upper() for t in texts]
    pale = [w for w, ink, back in zip(words, inks, under, strict=True)
            if style.contrast(ink, back) < 4.5]  # fmt: skip
    assert not pale, f"hard to read: {pale}"


def _overlaps(boxes: np.ndarray) -> np.ndarray:
    """Which pairs share more than a hair: descenders may touch the line below."""
    x = np.minimum.outer(boxes[:, 2], boxes[:, 2]) - np.maximum.outer(boxes[:, 0], boxes[:, 0])
    y = np.minimum.outer(boxes[:, 3], boxes[:, 3]) - np.maximum.outer(boxes[:, 1], boxes[:, 1])
    return (x > 1.5) & (y > 3.0)


def _backgrounds(figure: Figure, texts: list[Text], boxes: np.ndarray) -> list[str]:
    """The colour under each text: its own box, or the topmost rectangle under its middle."""
    patches = [p for ax in figure.axes for p in ax.patches if p.get_facecolor()[3] > 0]
    where = np.array([p.get_window_extent().extents for p in patches]).reshape(-1, 4)
    found = []
    for text, (x0, y0, x1, y1) in zip(texts, boxes, strict=True):
        own = text.get_bbox_patch()
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        inside = (where[:, 0] <= x) & (where[:, 2] >= x) & (where[:, 1] <= y) & (where[:, 3] >= y)
        below = [patches[n] for n in np.flatnonzero(inside)]
        patch = own or (below[-1] if below else None)
        found.append(to_hex(patch.get_facecolor()).upper() if patch else style.WHITE)
    return found
