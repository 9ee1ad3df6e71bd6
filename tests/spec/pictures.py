"""Small pictures of ratings: a rubric in a few lines, and a table drawn in text."""

import pandas as pd

from fidelity.rubric import Rubric, rubric_from_text

_RUBRIC = """
format: "1"
id: picture
version: 1.0.0
title: A picture
practice_model: none
looks_at: case_file
purpose: To test.
raters: [peer, moderator]
evidence: Invented.
look_back_months: 6
valid_from: 2026-01-01
notice: Invented. Not tested for reliability or validity.
least_share: {least_share}
least_share_source: local
scales:
  - id: five
    levels:
{levels}
components:
{components}
{rest}
evidence_card: {{what_it_is: x, known: x, strength: x, helps: [x], hinders: [x], cost: x,
  context: x, does_not_show: x, sources: [x]}}
examples:
{examples}
"""
_BANDS = """composites:
  - {id: overall, title: Overall, of: [first, second], pooled: POOLED, source: local}
bands:
  of: overall
  source: local
  levels:
    - {id: close, title: close to the model, at_least: 4.00, must_haves: MUST}
    - {id: partly, title: partly, at_least: 3.00}
    - {id: not_yet, title: not yet}
"""


def item(
    name: str, *, weight: int = 1, ne: str = "unknown", must_have: int | None = None,
    proscribed: bool = False,
) -> str:  # fmt: skip
    """One item in the format's own words."""
    must = f", must_have: {must_have}" if must_have else ""
    reverse = ", proscribed: true" if proscribed else ""
    return (
        f'      - {{id: {name}, text: {name}, observes: x, levels: {{"1": a, "3": b, "5": c}}, '
        f"evidence: [file], weight: {weight}, ne: {ne}{must}{reverse}, "
        "tags: [content, behaviour, core], provenance: {kind: local}}"
    )


def rubric(
    first: list[str], second: list[str], *, pooled: str = "components", least_share: str = "0.8"
) -> Rubric:
    """A rubric of two components on a scale of 1 to 5, with bands at 4 and 3."""
    components = "\n".join(
        f"  - id: {name}\n    title: {name}\n    scale: five\n    items:\n" + "\n".join(items)
        for name, items in (("first", first), ("second", second))
    )
    any_item = first[0].split("id: ")[1].split(",")[0]
    examples = "\n".join(
        f"  - {{title: e{n}, ratings: {{{any_item}: 3}}, expect: {{}}}}" for n in range(4)
    )
    must = "true" if "must_have" in components else "false"
    levels = "\n".join(f"      - {{value: {n}, label: level {n}}}" for n in range(1, 6))
    text = _RUBRIC.format(
        least_share=least_share, levels=levels, components=components,
        rest=_BANDS.replace("POOLED", pooled).replace("MUST", must), examples=examples,
    )  # fmt: skip
    return rubric_from_text(text, "picture")


def asked_apart(**parts: tuple[str, list[str]]) -> Rubric:
    """A rubric without bands, each component asked of one role, or of all where the role is ""."""
    components = "\n".join(
        f"  - id: {name}\n    title: {name}\n    scale: five\n"
        + (f"    roles: [{role}]\n" if role else "") + "    items:\n" + "\n".join(items)
        for name, (role, items) in parts.items()
    )  # fmt: skip
    role, items = next(iter(parts.values()))
    rating = f"{{{items[0].split('id: ')[1].split(',')[0]}: 3}}"
    examples = "\n".join(
        f"  - {{title: e{n}, role: {role}, ratings: {rating}, expect: {{}}}}" for n in range(4)
    )
    levels = "\n".join(f"      - {{value: {n}, label: level {n}}}" for n in range(1, 6))
    text = _RUBRIC.format(
        least_share="0.8", levels=levels, components=components, rest="", examples=examples
    )
    text = text.replace("raters: [peer, moderator]", "raters: [parent, child, peer]")
    return rubric_from_text(text, "picture")


def table(picture: str) -> pd.DataFrame:
    """A wide table from a drawing: headings, then a row an assessment; "." is blank."""
    lines = [line.split() for line in picture.strip().splitlines()]
    rows = [[None if cell == "." else cell for cell in row] for row in lines[1:]]
    return pd.DataFrame(rows, columns=lines[0], dtype="string")
