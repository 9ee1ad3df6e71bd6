"""How the answers to each item are spread over its levels.

Levels are an order and not a quantity, so shares tell more than a mean. The codes stand apart:
what does not apply, and what has no evidence, is no level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from fidelity.errors import UsageError
from fidelity.present import scope, style
from fidelity.present.figure import SMALL, WIDTH, Picture, Sheet, leading, width_of, wrapped
from fidelity.words import TOO_FEW, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fidelity.analyses.scores import GroupScores
    from fidelity.rubric.model import Item, Scale

#: Inches: the items, and the printed columns at the right.
_ITEMS, _COLUMN, _SHARE, _LAST = 3.2, 0.31, 0.45, 0.42
_CODES = ("NE", "NA", "DK", "blank")
_BAR, _COMPONENT = 0.18, 0.25
_RIGHT = WIDTH - _SHARE - _COLUMN * len(_CODES) - _LAST - 0.06
_LEFT = _ITEMS + 0.05


@dataclass(frozen=True)
class Spread:
    """The answers to one item.

    Attributes:
        item, text: as in the rubric.
        component: heading under which it stands.
        scale: its scale.
        levels: number of answers by level, lowest first.
        codes: number of NE, NA, DK and blank.
        ne_is_lowest: whether NE scores as the lowest level here.
    """

    item: str
    text: str
    component: str
    scale: Scale
    levels: tuple[int, ...]
    codes: tuple[int, ...]
    ne_is_lowest: bool

    @property
    def n(self) -> int:
        """How many answers are a level."""
        return sum(self.levels)

    @property
    def upper(self) -> int:
        """How many of them lie above the middle of the scale."""
        middle = (self.scale.minimum + self.scale.maximum) / 2
        return sum(n for level, n in zip(self.scale.levels, self.levels, strict=True)
                   if level.value > middle)  # fmt: skip

    @property
    def too_few(self) -> bool:
        """Whether shares are left out."""
        return self.n < TOO_FEW

    @property
    def mostly_upper(self) -> bool:
        """Whether at least half lie above the middle: the flag behind the title."""
        return not self.too_few and 2 * self.upper >= self.n


def level_distribution(
    scores: GroupScores, ax: Axes | None = None, group: str = scope.ALL, *, place: str = ""
) -> Picture:
    """Stacked shares of the levels of each item, with the codes apart.

    Args:
        scores: the result of `fidelity.score`.
        ax: axes to draw in; a figure of its own if not given.
        group: the group, as it stands in the first group column.
        place: where the practice took place, for the subtitle.

    Returns:
        The picture. Its `data` has one row an item and answer: item, text, answer, label, count,
        share (of the levels given; NaN under 5 and for codes), n_pieces. Counts have no levels
        and are left out; where several roles scored, they are taken together.

    Raises:
        UsageError: no such group; the message names those that there are.
    """
    found = list(_spreads(scores, _of_group(scores, group)))
    data = pd.DataFrame(
        _data(found),
        columns=["item", "text", "answer", "label", "count", "share", "n_pieces"],
    )
    who = "" if group == scope.ALL else group
    if not who and len(scope.wholes(scores)) > 1:
        who = "all roles together"
    measure = " · ".join(part for part in ("Share of answers at each level", who) if part)
    with style.drawing():
        rows = list(_rows(found))
        sheet = Sheet(
            _title(found), scope.subtitle(scores, measure, place),
            sum(height for _, height in rows), list(_notes(found)), ax,
        )  # fmt: skip
        y = sheet.top
        for draw, height in rows:
            draw(sheet, y, height)
            y += height
    return sheet.done(_alt(found), data)


def spreads(scores: GroupScores, group: scope.Group) -> list[Spread]:
    """The answers of one group to each item that has levels."""
    return list(_spreads(scores, group.rows(scores.levels, scores.by)))


def _of_group(scores: GroupScores, name: str) -> pd.DataFrame:
    """The counts of one group by item and answer."""
    found = [g for g in scope.groups(scores) if (g.whole if name == scope.ALL else name in g.keys)]
    if not found:
        known = dict.fromkeys(key for g in scope.groups(scores) for key in g.keys)
        raise UsageError(
            f'No group "{name}" in these scores; there are: {", ".join(known) or scope.ALL}.'
        )
    tables = [group.rows(scores.levels, scores.by) for group in found]
    return pd.concat(tables).groupby(["item", "answer"], sort=False)["count"].sum().reset_index()


def _spreads(scores: GroupScores, counts: pd.DataFrame) -> Iterator[Spread]:
    """The items that have levels, in rubric order; those asked beside the rubric last."""
    rubric = scores.rubric
    items = sorted(rubric.items.values(), key=lambda item: not item.scored)
    for item in items:
        scale = rubric.scale_of(item.id)
        if scale.kind != "levels":
            continue
        mine = counts[counts["item"] == item.id].set_index("answer")["count"]
        yield Spread(
            item.id, _text(item), rubric.component_of(item.id).title, scale,
            tuple(int(mine.get(str(level.value), 0)) for level in scale.levels),
            tuple(int(mine.get(code, 0)) for code in _CODES),
            item.ne == "absent",
        )  # fmt: skip


def _text(item: Item) -> str:
    return scope.item_label(item.id, item.text) + (" (less is better)" if item.proscribed else "")


#: Draws a row of the sheet from its top, with its height.
Draw = Callable[[Sheet, float, float], None]


def _rows(spreads: Sequence[Spread]) -> Iterator[tuple[Draw, float]]:
    """Keys of scales, headings of components, and items, each with its height."""
    if not spreads:
        yield _draw_nothing, 0.4
    scale, component = None, ""
    for spread in spreads:
        labels = tuple(level.label for level in spread.scale.levels)
        if labels != scale:
            gap = 0.12 if scale else 0.0
            yield partial(_draw_key, spread.scale), _key_height(spread.scale) + gap
            scale = labels
        if spread.component != component:
            component = spread.component
            yield partial(_draw_component, component), _COMPONENT
        lines = wrapped(spread.text, _ITEMS - 0.15, SMALL)
        height = max(0.24, len(lines) * leading(SMALL) + 0.05)
        yield partial(_draw_item, spread, lines), height


def _key(scale: Scale) -> list[list[tuple[int, str, float]]]:
    """The levels of a scale in lines that fit the sheet: number, label and width."""
    lines: list[list[tuple[int, str, float]]] = [[]]
    for number, level in enumerate(scale.levels):
        label = level.label if level.label == str(level.value) else f"{level.value} {level.label}"
        width = width_of(label, SMALL) + 0.42
        if lines[-1] and sum(w for *_, w in lines[-1]) + width > WIDTH:
            lines.append([])
        lines[-1].append((number, label, width))
    return lines


def _key_height(scale: Scale) -> float:
    return 0.22 * len(_key(scale)) + 0.12 + leading(SMALL)


def _draw_nothing(sheet: Sheet, y: float, height: float) -> None:
    sheet.text(0, y + height / 2, "This rubric has no item that is answered on levels.")


def _draw_key(scale: Scale, sheet: Sheet, y: float, height: float) -> None:
    y += height - _key_height(scale)
    bottom = y + _key_height(scale) - leading(SMALL) / 2
    colours = style.shades(len(scale.levels))
    for number, line in enumerate(_key(scale)):
        x, middle = 0.0, y + 0.11 + 0.22 * number
        for level, label, width in line:
            sheet.box(x, middle - 0.07, 0.2, 0.14, facecolor=colours[level],
                      edgecolor=style.QUIET, linewidth=0.6)  # fmt: skip
            sheet.text(x + 0.26, middle, label, SMALL)
            x += width
    for word, right in zip([_above(scale), "n", *_CODES], _columns(), strict=True):
        sheet.text(right, bottom, word, SMALL, ha="right", color=style.QUIET)


def _above(scale: Scale) -> str:
    """The levels above the middle, for a heading: "4 to 5"."""
    middle = (scale.minimum + scale.maximum) / 2
    upper = [str(level.value) for level in scale.levels if level.value > middle]
    return upper[0] if len(upper) == 1 else f"{upper[0]} to {upper[-1]}"


def _columns() -> list[float]:
    """Right edges of the printed columns."""
    first = _RIGHT + 0.04 + _SHARE
    return [first, *(first + _COLUMN * (k + 1) for k in range(len(_CODES))), WIDTH - 0.02]


def _draw_component(title: str, sheet: Sheet, y: float, height: float) -> None:
    line = wrapped(title, WIDTH, bold=True, most=1)[0]
    sheet.text(0, y + height / 2 + 0.02, line, weight="bold")


def _draw_item(spread: Spread, lines: list[str], sheet: Sheet, y: float, height: float) -> None:
    middle = y + height / 2
    sheet.block(lines, 0.1, middle, SMALL)
    edges = _columns()
    share = "" if spread.too_few else percent(spread.upper / spread.n)
    weight = "bold" if spread.mostly_upper else "normal"
    sheet.text(edges[0], middle, share, SMALL, ha="right", weight=weight)
    ne, *others = (str(n) for n in spread.codes)
    told = [str(spread.n), f"{ne}*" if spread.ne_is_lowest and ne != "0" else ne, *others]
    for text, right in zip(told, edges[1:], strict=True):
        star = width_of("*", SMALL) if text.endswith("*") else 0.0
        look = {"color": style.QUIET} if text == "0" else {}
        sheet.text(right + star, middle, text, SMALL, ha="right", **look)
    if spread.too_few:
        sheet.hatched(_LEFT, middle - _BAR / 2, _RIGHT - _LEFT, _BAR)
        legible = {"facecolor": style.WHITE, "edgecolor": "none", "pad": 0.8}
        sheet.text((_LEFT + _RIGHT) / 2, middle, "too few to say", SMALL, ha="center", bbox=legible)
        return
    stacked(sheet, spread.levels, style.shades(len(spread.levels)), _LEFT, _RIGHT, middle, _BAR)


def stacked(
    sheet: Sheet, counts: Sequence[int], colours: Sequence[str], left: float, right: float,
    middle: float, height: float,
) -> None:  # fmt: skip
    """A bar of shares, with the count in each part that has room for it."""
    total, x = sum(counts), left
    for count, colour in zip(counts, colours, strict=True):
        width = (right - left) * count / total
        if count:
            sheet.box(x, middle - height / 2, width, height, facecolor=colour, linewidth=0.8)
            if width > width_of(str(count), SMALL) + 0.05:
                sheet.text(x + width / 2, middle, count, SMALL, ha="center",
                           color=style.text_on(colour))  # fmt: skip
        x += width
    sheet.box(left, middle - height / 2, right - left, height, facecolor="none",
              edgecolor=style.HATCH, linewidth=0.6)  # fmt: skip


def _scored(spreads: Sequence[Spread]) -> list[Spread]:
    """Those on the scale of the first, which the title speaks of."""
    if not spreads:
        return []
    first = tuple(level.label for level in spreads[0].scale.levels)
    return [s for s in spreads if tuple(level.label for level in s.scale.levels) == first]


def _title(spreads: Sequence[Spread]) -> str:
    """The finding, from the flags `mostly_upper` and `too_few`."""
    if not spreads:
        return "No item is answered on levels"
    told = [spread for spread in _scored(spreads) if not spread.too_few]
    if not told:
        return "Too few answers to say how they are spread"
    most = sum(spread.mostly_upper for spread in told)
    items = "items" if len(told) > 1 else "item"
    start = f"In {most} of {len(told)} {items}" if most else f"In none of {len(told)} {items} do"
    return f"{start} at least half reach {_reached(told[0].scale)}"


def _reached(scale: Scale) -> str:
    """The lowest level above the middle, by its label where that is one word."""
    level = next(v for v in scale.levels if v.value > (scale.minimum + scale.maximum) / 2)
    return f"“{level.label}”" if level.label.isalpha() else f"level {level.value}"


def _notes(spreads: Sequence[Spread]) -> Iterator[str]:
    if not spreads:
        return
    yield (
        "Bars: answers at each level, lowest at the left. Then the share above the middle of the "
        "scale (bold: at least half), n answers at a level, and apart from them NE (no evidence "
        "found), NA (does not apply), DK (don't know) and blank."
    )
    if any(spread.ne_is_lowest and spread.codes[0] for spread in spreads):
        yield "* Here the record is the practice: in the means, NE counts as the lowest level."
    if any(spread.too_few for spread in spreads):
        yield f"Hatched: fewer than {TOO_FEW} answers, too few to say."


def _alt(spreads: Sequence[Spread]) -> str:
    told = [spread for spread in _scored(spreads) if not spread.too_few]
    text = f"Stacked bars of the levels of {len(spreads)} items. {_title(spreads)}"
    if told:
        low, high = (f(told, key=lambda s: s.upper / s.n) for f in (min, max))
        text += (
            f"; the share above the middle of the scale runs from {percent(low.upper / low.n)} "
            f"({low.text}, n {low.n}) to {percent(high.upper / high.n)} ({high.text}, n {high.n})"
        )
    return f"{text}."


def _data(spreads: Sequence[Spread]) -> Iterator[dict[str, object]]:
    for spread in spreads:
        head = {"item": spread.item, "text": spread.text}
        for level, count in zip(spread.scale.levels, spread.levels, strict=True):
            share = float("nan") if spread.too_few else count / spread.n
            yield {**head, "answer": str(level.value), "label": level.label, "count": count,
                   "share": share, "n_pieces": spread.n}  # fmt: skip
        for code, count in zip(_CODES, spread.codes, strict=True):
            yield {**head, "answer": code, "label": "", "count": count,
                   "share": float("nan"), "n_pieces": spread.n}  # fmt: skip
