"""What must hold between the parts of a rubric, found all at once.

The types of `fidelity.rubric.model` see one value at a time. Here stands what needs two: ids
that must be unique or must exist, level descriptions that must fit their scale, bands that must
descend, examples that must be answerable.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from fidelity.rubric.model import RESERVED, TAG_GROUPS, Component, Item, Rubric, Scale

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit, with the path of its place in the file."""

    path: Path
    what: str
    allowed: str = ""
    remedy: str = ""


def findings(rubric: Rubric) -> list[Finding]:
    """All that does not hold, in the order of the checks."""
    return [finding for check in _CHECKS for finding in check(rubric)]


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names the most similar known word, or lists them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f'did you mean "{close[0]}"?' if close else f"one of: {', '.join(words)}."


def _each_item(rubric: Rubric) -> Iterator[tuple[Path, Component, Item]]:
    for c, component in enumerate(rubric.components):
        for i, item in enumerate(component.items):
            yield ("components", c, "items", i), component, item


def _ids(rubric: Rubric) -> Iterator[Finding]:
    """Items and measures share one set of names, since results use them as columns."""
    seen: dict[str, str] = {}
    named: list[tuple[Path, str, str]] = []
    for key in ("components", "composites", "ratios"):
        named += [((key, n, "id"), p.id, key[:-1]) for n, p in enumerate(getattr(rubric, key))]
    named += [((*path, "id"), item.id, "item") for path, _, item in _each_item(rubric)]
    for path, name, kind in named:
        if name in RESERVED:
            yield Finding(path, f'id "{name}" has a meaning of its own', remedy="choose another")
        if name in seen:
            yield Finding(
                path, f'id "{name}" stands twice', "each id once", f"a {seen[name]} has it too"
            )
        seen.setdefault(name, kind)
    for group in ("scales",):
        names = [scale.id for scale in rubric.scales]
        for n, name in enumerate(names):
            if name in names[:n]:
                yield Finding((group, n, "id"), f'id "{name}" stands twice', "each id once")


def _scales(rubric: Rubric) -> Iterator[Finding]:
    for n, scale in enumerate(rubric.scales):
        path: Path = ("scales", n)
        values = [level.value for level in scale.levels]
        if scale.kind == "levels":
            if len(values) < 2:
                yield Finding(path, f'scale "{scale.id}" has no levels', "two or more levels")
            if values != sorted(set(values)):
                yield Finding(
                    (*path, "levels"), f"levels {values}", "from worst to best, each once"
                )
        elif values:
            yield Finding((*path, "levels"), f"a {scale.kind} has no levels", "lowest and highest")
        elif scale.lowest >= scale.highest:
            yield Finding(path, f"lowest {scale.lowest}, highest {scale.highest}", "lowest first")
        if scale.kind == "levels" and scale.decimals:
            yield Finding((*path, "decimals"), "levels are whole", "decimals for a number only")


def _scale_names(rubric: Rubric) -> Iterator[Finding]:
    known = {scale.id for scale in rubric.scales}
    for c, component in enumerate(rubric.components):
        if component.scale not in known:
            yield _unknown(("components", c, "scale"), component.scale, known, "scale")
    for path, _, item in _each_item(rubric):
        if item.scale and item.scale not in known:
            yield _unknown((*path, "scale"), item.scale, known, "scale")


def _unknown(path: Path, name: str, known: Iterable[str], kind: str) -> Finding:
    return Finding(path, f'no {kind} "{name}"', remedy=nearest(name, known))


def _level_descriptions(rubric: Rubric) -> Iterator[Finding]:
    scales = {scale.id: scale for scale in rubric.scales}
    for path, component, item in _each_item(rubric):
        scale = scales.get(item.scale or component.scale)
        if scale is None:
            continue
        values = {str(level.value) for level in scale.levels}
        for key in item.levels:
            if key not in values:
                yield Finding((*path, "levels", key), f'level "{key}"', scale.allowed)
        missing = _needed_levels(scale) - set(item.levels)
        if item.scored and missing:
            yield Finding(
                (*path, "levels"),
                f'item "{item.id}" has no description of level {", ".join(sorted(missing))}',
                "the lowest, the middle and the highest level described at least",
            )


def _needed_levels(scale: Scale) -> set[str]:
    values = [str(level.value) for level in scale.levels]
    return {values[0], values[len(values) // 2], values[-1]} if values else set()


def _item_rules(rubric: Rubric) -> Iterator[Finding]:
    scales = {scale.id: scale for scale in rubric.scales}
    for path, component, item in _each_item(rubric):
        scale = scales.get(item.scale or component.scale)
        if scale is None:
            continue
        if item.scored and "NE" in scale.codes and item.ne is None:
            yield Finding(
                path, f'item "{item.id}" does not say what NE means', "ne: absent or unknown"
            )
        if item.ne == "absent" and not scale.levels:
            yield Finding((*path, "ne"), "a number has no lowest level", "ne: unknown")
        if item.must_have is not None:
            if not item.scored:
                yield Finding((*path, "must_have"), "an unscored item is no must-have")
            elif not scale.minimum < item.must_have <= scale.maximum:
                yield Finding(
                    (*path, "must_have"),
                    f"must_have: {item.must_have}",
                    f"a level above {scale.minimum}, at most {scale.maximum}",
                    "give the level from which the item counts as seen",
                )
        if item.proscribed and not scale.levels:
            yield Finding((*path, "proscribed"), "only levels can be reversed")
        if item.provenance.kind != "local" and not item.provenance.source:
            yield Finding(
                (*path, "provenance"), f"{item.provenance.kind} without a source",
                remedy="name the publication, or say local",
            )  # fmt: skip
        yield from _tags(path, item)


def _tags(path: Path, item: Item) -> Iterator[Finding]:
    known = {tag for group in TAG_GROUPS.values() for tag in group}
    for n, tag in enumerate(item.tags):
        if tag not in known:
            yield _unknown((*path, "tags", n), tag, known, "tag")
    if not item.scored:
        return
    for group, tags in TAG_GROUPS.items():
        if sum(tag in tags for tag in item.tags) != 1:
            yield Finding(
                (*path, "tags"), f'item "{item.id}" needs one tag for {group}', ", ".join(tags)
            )


def _one_scale_a_mean(rubric: Rubric) -> Iterator[Finding]:
    """Means only over items of one scale, and never over counts."""
    scales = {scale.id: scale for scale in rubric.scales}
    for c, component in enumerate(rubric.components):
        used = {item.scale or component.scale for item in component.items if item.scored}
        if not component.mean or not used <= set(scales):
            continue
        if len(used) > 1:
            yield Finding(
                ("components", c), f'component "{component.id}" mixes scales {sorted(used)}',
                "one scale a mean", "split the component, or say mean: false",
            )  # fmt: skip
        if any(scales[name].kind == "count" for name in used):
            yield Finding(("components", c), "counts are not averaged", remedy="say mean: false")


def _measures(rubric: Rubric) -> Iterator[Finding]:
    averaged = {component.id: component for component in rubric.components if component.mean}
    items = {i.id: c for _, c, i in _each_item(rubric) if i.scored}
    for n, composite in enumerate(rubric.composites):
        used = set()
        for m, name in enumerate(composite.of):
            if name in averaged:
                used |= {item.scale or averaged[name].scale for item in averaged[name].items}
            elif name in items and items[name].mean:
                used |= {_scale_name(rubric, name)}
            else:
                yield _unknown(
                    ("composites", n, "of", m), name, [*averaged, *items], "component or item"
                )
        if len(set(composite.of)) < len(composite.of):
            yield Finding(("composites", n, "of"), "a part stands twice", "each part once")
        if len(used) > 1:
            yield Finding(("composites", n), f"mixes scales {sorted(used)}", "one scale a mean")
    for n, ratio in enumerate(rubric.ratios):
        for side in ("numerator", "denominator"):
            for m, name in enumerate(getattr(ratio, side)):
                if name not in items:
                    yield _unknown(("ratios", n, side, m), name, items, "scored item")
                elif items[name].mean:
                    yield Finding(
                        ("ratios", n, side, m), f'"{name}" is averaged, not counted',
                        "items of a component with mean: false",
                    )  # fmt: skip


def _scale_name(rubric: Rubric, item: str) -> str:
    return next(i.scale or c.scale for _, c, i in _each_item(rubric) if i.id == item)


def _bands(rubric: Rubric) -> Iterator[Finding]:
    if rubric.bands is None:
        return
    composites = {composite.id for composite in rubric.composites}
    single = {i.id for _, c, i in _each_item(rubric) if i.scored and not c.mean}
    if rubric.bands.of not in composites | single:
        yield _unknown(("bands", "of"), rubric.bands.of, composites | single, "composite or item")
    cuts = [band.at_least for band in rubric.bands.levels]
    path: Path = ("bands", "levels")
    if cuts[-1] is not None:
        yield Finding(
            (*path, len(cuts) - 1), "the last band has a threshold", remedy="leave at_least out"
        )
    above: Fraction | None = None
    for n, cut in enumerate(cuts[:-1]):
        if cut is None:
            yield Finding((*path, n), "no at_least", "a threshold in each band but the last")
        elif above is not None and cut >= above:
            yield Finding((*path, n, "at_least"), f"{float(cut):g} is not below the band before")
        above = cut if cut is not None else above
    ids = [band.id for band in rubric.bands.levels]
    for n, name in enumerate(ids):
        if name in ids[:n] or name in RESERVED:
            yield Finding((*path, n, "id"), f'id "{name}"', "another id for each band")
    if any(b.must_haves for b in rubric.bands.levels) and not rubric.must_haves:
        yield Finding(("bands",), "must_haves: true, but no item is a must-have")


def _lines(rubric: Rubric) -> Iterator[Finding]:
    for n, line in enumerate(rubric.reference_lines):
        if line.of not in rubric.titles:
            yield _unknown(("reference_lines", n, "of"), line.of, rubric.titles, "measure")


def _dates(rubric: Rubric) -> Iterator[Finding]:
    if rubric.valid_to and rubric.valid_to <= rubric.valid_from:
        yield Finding(("valid_to",), f"{rubric.valid_to}", f"after {rubric.valid_from}")


def _examples(rubric: Rubric) -> Iterator[Finding]:
    scales = {scale.id: scale for scale in rubric.scales}
    items = {i.id: scales.get(i.scale or c.scale) for _, c, i in _each_item(rubric)}
    outcomes = {*rubric.titles, "band", "band_before_caps", "share_answered", "must_haves_not_seen"}
    for n, example in enumerate(rubric.examples):
        path: Path = ("examples", n)
        for name, value in example.ratings.items():
            scale = items.get(name)
            if name not in items:
                yield _unknown((*path, "ratings", name), name, items, "item")
            elif scale and not answerable(value, scale):
                yield Finding((*path, "ratings", name), f'"{value}"', scale.allowed)
        for name in example.expect:
            if name not in outcomes:
                yield _unknown((*path, "expect", name), name, outcomes, "outcome")


def answerable(value: str, scale: Scale) -> bool:
    """Whether a text is an answer on this scale: one of its codes, or one of its levels."""
    if value in scale.codes:
        return True
    try:
        number = Fraction(value)
    except (ValueError, ZeroDivisionError):
        return False
    if scale.levels:
        return number in {level.value for level in scale.levels}
    whole = (number * scale.unit).denominator == 1
    return whole and scale.lowest <= number <= scale.highest


_CHECKS: tuple[Callable[[Rubric], Iterable[Finding]], ...] = (
    _ids, _scales, _scale_names, _level_descriptions, _item_rules, _one_scale_a_mean, _measures,
    _bands, _lines, _dates, _examples,
)  # fmt: skip
