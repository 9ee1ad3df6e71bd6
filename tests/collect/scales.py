"""A rubric with a component on every kind of scale, some of them as long as the format allows."""

from fidelity.rubric import Rubric, rubric_from_text

_ITEM = (
    "      - {{id: {name}, text: {name}, observes: x, evidence: [file], ne: unknown, "
    "tags: [content, behaviour, core], provenance: {{kind: local}}{levels}}}"
)
_TEXT = """
format: "1"
id: every_scale
version: 1.0.0
title: Every kind of scale
practice_model: none
looks_at: case_file
purpose: To test.
raters: [peer, moderator]
evidence: Invented.
look_back_months: 6
valid_from: 2026-01-01
notice: Invented. Not tested for reliability or validity.
least_share: 0.8
least_share_source: local
scales:
  - {id: ten, levels: [LEVELS11], codes: [NA, NE, DK]}
  - {id: wordy, levels: [LEVELS4], codes: [NA, NE, DK]}
  - {id: many, levels: [LEVELS99], codes: [NE]}
  - {id: times, kind: count, lowest: 0, highest: 999, codes: [NE]}
  - {id: exact, kind: count, lowest: 0, highest: 50, decimals: 2, codes: [NE]}
  - {id: share, kind: percent, lowest: 0, highest: 100, decimals: 1, codes: [NA, NE, DK]}
components:
COMPONENTS
evidence_card: {what_it_is: x, known: x, strength: x, helps: [x], hinders: [x], cost: x,
  context: x, does_not_show: x, sources: [x]}
examples:
EXAMPLES
"""
SCALES = ("ten", "wordy", "many", "times", "exact", "share")
#: The lowest, the middle and the highest level of each.
DESCRIBED = {"ten": (0, 5, 10), "wordy": (1, 2, 3, 4), "many": (0, 49, 98)}


def every_scale() -> Rubric:
    """One item a scale: item_ten, item_wordy and so on."""
    components = []
    for scale in SCALES:
        described = DESCRIBED.get(scale, ())
        mean = "" if described else "    mean: false\n"
        levels = ", ".join(f'"{value}": described {value}' for value in described)
        components.append(
            f"  - id: part_{scale}\n    title: {scale}\n    scale: {scale}\n{mean}    items:\n"
            + _ITEM.format(name=f"item_{scale}", levels=levels and f", levels: {{{levels}}}")
        )
    text = _TEXT.replace("COMPONENTS", "\n".join(components))
    for count, first, label in ((11, 0, "step {n}"), (99, 0, "step {n}"), (4, 1, "{long}")):
        levels = ", ".join(
            f"{{value: {n}, label: '{label.format(n=n, long='a long label ' * 12)}'}}"
            for n in range(first, first + count)
        )
        text = text.replace(f"LEVELS{count}", levels)
    examples = "\n".join(
        f"  - {{title: e{n}, ratings: {{item_ten: 3}}, expect: {{}}}}" for n in range(4)
    )
    return rubric_from_text(text.replace("EXAMPLES", examples), "every_scale")
