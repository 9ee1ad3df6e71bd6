"""What a cell of the workbook takes, in Excel's own terms: lists, formulas, messages, colours.

Excel's limits are held here. A message that is too long is left out by Excel without a word, so
nothing longer is ever made.
"""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from fidelity.collect.answers import EARLIEST, LATEST
from fidelity.rubric.model import Item, Scale

#: Excel's limits, counted as Excel counts (UTF-16 units).
MAX_MESSAGE, MAX_TITLE, MAX_LIST, MAX_SHEET_TITLE = 255, 32, 255, 31
FULL_TEXT = "Full text: sheet Levels"
_MOST_LINES = 12
_CODE_WORDS = {"NA": "does not apply", "NE": "no evidence found", "DK": "don't know"}
_RED = {"fill": PatternFill(bgColor="FFC7CE"), "font": Font(color="9C0006", bold=True)}
_YELLOW = {"fill": PatternFill(bgColor="FFEB9C")}
_GREY = {"fill": PatternFill(bgColor="D9D9D9"), "font": Font(color="404040")}


def answers_of(scale: Scale) -> list[str]:
    """The answers that a list can show: levels and codes; of a number only the codes."""
    return [*(str(level.value) for level in scale.levels), *scale.codes]


def answer_rule(item: Item, scale: Scale, cell: str) -> DataValidation:
    """What may be typed for an item; `cell` is the first cell to which the rule will apply."""
    inline = ",".join(answers_of(scale))
    rule = (
        DataValidation(type="list", formula1=f'"{inline}"', allow_blank=True)
        if scale.levels and units(inline) <= MAX_LIST
        else DataValidation(type="custom", formula1=_allowed(scale, cell), allow_blank=True)
    )
    words = [f"{level.value} {level.label}" for level in scale.levels]
    if not 0 < len(words) <= _MOST_LINES:
        words = [_number_words(scale)]
    codes = "; ".join(f"{code} {_CODE_WORDS[code]}" for code in scale.codes)
    return _told(rule, item.id.upper(), fitted([*words, codes], FULL_TEXT), scale.allowed)


def list_rule(title: str, message: str, listed: str, strict: bool = True) -> DataValidation:
    """One of the words of a named list; not strict: another is taken after a nod."""
    rule = DataValidation(type="list", formula1=listed, allow_blank=True)
    rule = _told(rule, title, message, "one of the words in the list")
    rule.errorStyle = "stop" if strict else "warning"
    return rule


def date_rule(title: str, message: str) -> DataValidation:
    """A date."""
    first, last = (f"DATE({day.year},{day.month},{day.day})" for day in (EARLIEST, LATEST))
    rule = DataValidation(
        type="date", operator="between", formula1=first, formula2=last, allow_blank=True
    )
    return _told(rule, title, message, "a date, such as 30/11/2026, without a time")


def number_rule(title: str, message: str) -> DataValidation:
    """A number from 0 on."""
    rule = DataValidation(
        type="decimal", operator="between", formula1="0", formula2="100000", allow_blank=True
    )
    return _told(rule, title, message, "a number from 0 on")


def text_rule(title: str, message: str) -> DataValidation:
    """Any text; there only to show the message."""
    return _told(DataValidation(allow_blank=True), title, message, "")


def _told(rule: DataValidation, title: str, message: str, allowed: str) -> DataValidation:
    rule.promptTitle, rule.prompt = shortened(title, MAX_TITLE), shortened(message, MAX_MESSAGE)
    rule.showInputMessage = True
    if allowed:
        rule.errorTitle = "Not an allowed answer"
        rule.error = shortened(f"Allowed: {allowed}.", MAX_MESSAGE)
        rule.errorStyle, rule.showErrorMessage = "stop", True
    return rule


def _allowed(scale: Scale, cell: str) -> str:
    """A formula that is true of an allowed answer; VALUE also reads a number kept as text."""
    number, unit = f"VALUE({cell})", scale.unit
    right = (
        f"AND({number}>={scale.minimum},{number}<={scale.maximum},"
        f"ABS({number}*{unit}-ROUND({number}*{unit},0))<0.000001)"
    )
    codes = [f'TRIM({cell})="{code}"' for code in scale.codes] or ["FALSE"]
    return f"IF(ISNUMBER({number}),{right},OR({','.join(codes)}))"


def _number_words(scale: Scale) -> str:
    decimals = f"at most {scale.decimals} decimals" if scale.decimals else "a whole number"
    span = f"{scale.minimum} to {scale.maximum}, {decimals}."
    words = {
        "count": f"How many times: {span} None at all is 0.",
        "percent": f"Percent, without the sign: {span}",
    }
    return words.get(scale.kind, span)


def not_listed(cell: str, listed: str) -> FormulaRule:
    """Red where pasting has brought in what is not on the list."""
    return _colour(f'AND(NOT(ISBLANK({cell})),ISERROR(MATCH(TRIM({cell})&"",{listed},0)))', _RED)


def not_allowed(scale: Scale, cell: str) -> FormulaRule:
    """Red where a number is too large, too small or too exact, or is neither number nor code."""
    return _colour(f"AND(NOT(ISBLANK({cell})),NOT({_allowed(scale, cell)}))", _RED)


def not_a_number(cell: str) -> FormulaRule:
    """Red where a date or a number is text to Excel."""
    return _colour(f"AND(NOT(ISBLANK({cell})),NOT(ISNUMBER({cell})))", _RED)


def not_yet_answered(cell: str, started: str) -> FormulaRule:
    """Yellow where the row was started and this is still blank."""
    return _colour(f"AND(NOT(ISBLANK({started})),ISBLANK({cell}))", _YELLOW)


def not_asked(role: str, asked: Sequence[str]) -> FormulaRule:
    """Grey where the row is of somebody who is not asked this item."""
    those = ",".join(f'TRIM({role})="{one}"' for one in asked)
    return _colour(f"AND(NOT(ISBLANK({role})),NOT(OR({those})))", _GREY)


def does_not_apply(cell: str) -> FormulaRule:
    """Grey where the answer is NA."""
    return _colour(f'TRIM({cell})="NA"', _GREY)


def _colour(formula: str, look: dict[str, Font | PatternFill]) -> FormulaRule:
    return FormulaRule(formula=[formula], stopIfTrue=True, **look)


def units(text: str) -> int:
    """The length of a text as Excel counts it."""
    return len(text.encode("utf-16-le")) // 2


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning with an ellipsis where it is longer than Excel takes."""
    if units(text) <= limit:
        return text
    while units(text) > limit - 1:
        text = text[:-1]
    return text.rstrip(" ,;:.(") + "…"


def fitted(lines: Sequence[str], tail: str) -> str:
    """Lines and a last one within Excel's limit: the longest lines are shortened first."""
    for width in range(max(units(line) for line in lines), 0, -1):
        text = "\n".join([*(shortened(line, width) for line in lines), tail])
        if units(text) <= MAX_MESSAGE:
            return text
    return tail
