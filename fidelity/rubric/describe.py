"""A rubric told in text: what `rubric show` prints and what a notebook shows."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fidelity.rubric.model import Component, Item, Rubric


def to_text(rubric: Rubric) -> str:
    """The whole rubric as plain text, for a terminal."""
    lines = [f"{rubric.title}  [{rubric.label}]", rubric.purpose, "", rubric.notice]
    for component in rubric.components:
        lines += ["", f"{component.title.upper()}{_asked(component)}"]
        for item in component.items:
            lines += [
                "",
                f"  {item.id.upper()}  {item.text}{_marks(item)}",
                f"      {item.observes}",
            ]
            lines += [f"      {value}: {text}" for value, text in item.levels.items()]
            lines += [f"      {text}" for text in (_codes(item), item.note) if text]
            lines.append(f"      Source: {_source(item)}")
    return "\n".join(lines)


def to_html(rubric: Rubric) -> str:
    """The rubric as an HTML table; every text is escaped."""
    rows = []
    for component in rubric.components:
        heading = escape(component.title + _asked(component))
        rows.append(f'<tr><th colspan="3" scope="colgroup">{heading}</th></tr>')
        for item in component.items:
            levels = "<br>".join(f"<b>{v}</b> {escape(t)}" for v, t in item.levels.items())
            rows.append(
                f"<tr><td>{escape(item.id.upper())}</td>"
                f"<td>{escape(item.text + _marks(item))}</td><td>{levels}</td></tr>"
            )
    head = "<tr><th>Item</th><th>What is looked at</th><th>Level descriptions</th></tr>"
    return (
        f"<p><b>{escape(rubric.title)}</b> {escape(rubric.label)}</p>"
        f"<p>{escape(rubric.notice)}</p><table>{head}{''.join(rows)}</table>"
    )


def _asked(component: Component) -> str:
    return f" (asked of: {', '.join(component.roles)})" if component.roles else ""


def _marks(item: Item) -> str:
    marks = []
    if item.must_have is not None:
        marks.append(f"must-have, seen from {item.must_have}")
    if not item.scored:
        marks.append("asked beside the rubric, not scored")
    return f" ({'; '.join(marks)})" if marks else ""


def _codes(item: Item) -> str:
    parts = []
    if item.na_when:
        parts.append(f"NA: {item.na_when}")
    if item.ne == "absent":
        parts.append("NE: no evidence found counts as the lowest level")
    elif item.ne == "unknown":
        parts.append("NE: no evidence found is not scored")
    return "; ".join(parts)


def _source(item: Item) -> str:
    provenance = item.provenance
    return f"{provenance.kind}" + (f": {provenance.source}" if provenance.source else "")


def card_text(rubric: Rubric) -> str:
    """The evidence card as plain text, for a terminal."""
    card = rubric.evidence_card
    parts = {
        "What it is": [card.what_it_is],
        "What is known": [card.known],
        "How strong that is": [card.strength],
        "What helps": card.helps,
        "What hinders": card.hinders,
        "Cost": [card.cost],
        "Context": [card.context],
        "What it does not show": [card.does_not_show],
        "Sources": card.sources,
    }
    lines = [f"EVIDENCE CARD: {rubric.title}", ""]
    for heading, texts in parts.items():
        mark = "- " if len(texts) > 1 else ""
        lines += [heading, *(f"  {mark}{text}" for text in texts), ""]
    return "\n".join([*lines, rubric.notice])
