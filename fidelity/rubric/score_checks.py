"""What must hold between the parts of a rubric and how they are scored."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fidelity.rubric.findings import Finding, Path, each_item, once, unknown
from fidelity.rubric.model import RESERVED, Rubric
from fidelity.rubric.strict_yaml import cut


def one_scale_a_mean(rubric: Rubric) -> Iterator[Finding]:
    """Means only over items of one scale, and never over counts."""
    scales = {scale.id: scale for scale in rubric.scales}
    for c, component in enumerate(rubric.components):
        used = {item.scale or component.scale for item in component.items if item.scored}
        if not component.mean or not used <= set(scales):
            continue
        if len(used) > 1:
            yield Finding(
                ("components", c),
                f"items of scales {cut(', '.join(sorted(used)))}",
                "one scale a mean", "split the component, or say mean: false",
            )  # fmt: skip
        if any(scales[name].kind == "count" for name in used):
            yield Finding(
                ("components", c), "a mean of counts",
                "means of levels or percentages", "say mean: false",
            )  # fmt: skip


def composites(rubric: Rubric) -> Iterator[Finding]:
    """Composites name parts that are averaged, of one scale."""
    averaged = {c.id: c for _, c, i in each_item(rubric) if i.scored and c.mean}
    items = {i.id: (c, i) for _, c, i in each_item(rubric) if i.scored and c.mean}
    for n, composite in enumerate(rubric.composites):
        used = set()
        for m, name in enumerate(composite.of):
            if name in averaged:
                component = averaged[name]
                used |= {i.scale or component.scale for i in component.items if i.scored}
            elif name in items:
                used |= {items[name][1].scale or items[name][0].scale}
            else:
                known = [*averaged, *items]
                yield unknown(
                    ("composites", n, "of", m), name, known, "averaged component or item",
                    "scored items, and components that hold some, without mean: false",
                )  # fmt: skip
        if len(set(composite.of)) < len(composite.of):
            yield Finding(
                ("composites", n, "of"), "a part that stands twice",
                "each part once", "delete one",
            )  # fmt: skip
        if len(used) > 1:
            yield Finding(
                ("composites", n, "of"),
                f"items of scales {cut(', '.join(sorted(used)))}",
                "one scale a mean", "make a composite for each scale",
            )  # fmt: skip


def ratios(rubric: Rubric) -> Iterator[Finding]:
    """Ratios name items that are counted."""
    items = {i.id: c for _, c, i in each_item(rubric) if i.scored}
    for n, ratio in enumerate(rubric.ratios):
        for side in ("numerator", "denominator"):
            for m, name in enumerate(getattr(ratio, side)):
                if name not in items:
                    yield unknown(
                        ("ratios", n, side, m), name, items, "scored item", "items that are scored"
                    )
                elif items[name].mean:
                    yield Finding(
                        ("ratios", n, side, m),
                        f'item "{name}" is averaged, not counted',
                        "items of a component with mean: false",
                        f'say mean: false in component "{items[name].id}", or name another item',
                    )


def band_source(rubric: Rubric) -> Iterator[Finding]:
    """Bands are read from a composite, or from an item that is not averaged."""
    if rubric.bands is None:
        return
    composites = {composite.id for composite in rubric.composites}
    single = {i.id for _, c, i in each_item(rubric) if i.scored and not c.mean}
    if rubric.bands.of not in composites | single:
        yield unknown(
            ("bands", "of"), rubric.bands.of, composites | single, "composite or grade",
            "a composite, or a scored item of a component with mean: false",
        )  # fmt: skip


def band_cuts(rubric: Rubric) -> Iterator[Finding]:
    """Bands descend, and the last takes what is left."""
    if rubric.bands is None:
        return
    path: Path = ("bands", "levels")
    *upper, last = rubric.bands.levels
    if last.at_least is not None:
        yield Finding(
            (*path, len(upper), "at_least"), "a threshold of the last band",
            "a threshold in each band but the last, which takes what is left",
            "delete at_least here",
        )  # fmt: skip
    above: Fraction | None = None
    for n, band in enumerate(upper):
        if band.at_least is None:
            yield Finding(
                (*path, n), "no at_least",
                "a threshold in each band but the last", "add at_least: 3.00 or the like",
            )  # fmt: skip
        elif above is not None and band.at_least >= above:
            yield Finding(
                (*path, n, "at_least"),
                f"{float(band.at_least):g} is not below {float(above):g}",
                "bands from best to worst, each threshold below the one before",
                "put them in order",
            )
        above = band.at_least if band.at_least is not None else above
    ids = [band.id for band in rubric.bands.levels]
    yield from once(path, ids)
    for n, name in enumerate(ids):
        if name in RESERVED:
            yield Finding(
                (*path, n, "id"), "a name that has a meaning of its own in results",
                "any other short name", f'choose another, such as "{name}_1"',
            )  # fmt: skip


def band_must_haves(rubric: Rubric) -> Iterator[Finding]:
    """A band that asks for must-haves has some to ask for."""
    asked = rubric.bands is not None and any(band.must_haves for band in rubric.bands.levels)
    if asked and not rubric.must_haves:
        yield Finding(
            ("bands",), "a band has must_haves: true, but no item is a must-have",
            "must_haves: true with must_have: (a level) on an item",
            "add must_have to the items that matter, or delete must_haves",
        )  # fmt: skip


def lines(rubric: Rubric) -> Iterator[Finding]:
    """Reference lines stand beside a measure that there is."""
    for n, line in enumerate(rubric.reference_lines):
        if line.of not in rubric.titles:
            yield unknown(("reference_lines", n, "of"), line.of, rubric.titles, "measure")


def dates(rubric: Rubric) -> Iterator[Finding]:
    """A rubric ends after it begins."""
    if rubric.valid_to and rubric.valid_to <= rubric.valid_from:
        yield Finding(
            ("valid_to",), str(rubric.valid_to),
            f"a date after valid_from, {rubric.valid_from}", "correct one of them",
        )  # fmt: skip
