"""What must hold between the parts of a rubric, found all at once.

The types of `fidelity.rubric.model` see one value at a time. Here stands what needs two: ids
that must be unique or must exist, level descriptions that must fit their scale, bands that must
descend, examples that must be answerable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial

from fidelity.rubric import role_checks, score_checks
from fidelity.rubric.findings import Finding, Path, each_item, nearest, once, unknown
from fidelity.rubric.model import RESERVED, TAG_GROUPS, Item, Rubric, Scale
from fidelity.rubric.strict_yaml import cut

__all__ = ["Finding", "answerable", "findings", "nearest"]
_ANSWER = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]{1,6})?")


def findings(rubric: Rubric, unread: frozenset[str] = frozenset()) -> list[Finding]:
    """All that does not hold, in the order of the checks.

    Args:
        rubric: the rubric.
        unread: the parts of it in which a value could not be read and something else stands in
            ("scales"), and the keys of these values ("scales.id"). Checks that rest on them are
            left out.
    """
    checks = [check for check, rests_on in _CHECKS.items() if not rests_on & unread]
    return [finding for check in checks for finding in check(rubric)]


def _sound_scales(rubric: Rubric) -> dict[str, Scale]:
    """The scales with nothing wrong: what rests on another is looked at when that is mended."""
    faulty = {finding.path[1] for finding in _scales(rubric)}
    times = Counter(scale.id for scale in rubric.scales)
    return {
        scale.id: scale
        for n, scale in enumerate(rubric.scales)
        if n not in faulty and times[scale.id] == 1
    }


def _each_scaled_item(rubric: Rubric) -> Iterator[tuple[Path, Item, Scale]]:
    scales = _sound_scales(rubric)
    for path, component, item in each_item(rubric):
        scale = scales.get(item.scale or component.scale)
        if scale:
            yield path, item, scale


def _ids(rubric: Rubric) -> Iterator[Finding]:
    """Items and measures share one set of names, since results use them as columns."""
    seen: dict[str, str] = {}
    named: list[tuple[Path, str, str]] = []
    for key in ("components", "composites", "ratios"):
        named += [((key, n, "id"), p.id, key[:-1]) for n, p in enumerate(getattr(rubric, key))]
    named += [((*path, "id"), item.id, "item") for path, _, item in each_item(rubric)]
    for path, name, kind in named:
        if name in RESERVED:
            yield Finding(
                path, "a name that has a meaning of its own in results", "any other short name",
                f'choose another, such as "{name}_1"',
            )  # fmt: skip
        if name in seen:
            other = f"another {kind}" if seen[name] == kind else f"a {seen[name]}"
            yield Finding(
                path,
                f"also the id of {other}",
                "each id once",
                "rename one of them",
            )
        seen.setdefault(name, kind)
    yield from once(("scales",), [scale.id for scale in rubric.scales])


def _scales(rubric: Rubric) -> Iterator[Finding]:
    for n, scale in enumerate(rubric.scales):
        path: Path = ("scales", n)
        values = [level.value for level in scale.levels]
        if scale.kind == "levels":
            yield from _steps((*path, "levels"), values)
        elif values:
            yield Finding(
                (*path, "levels"), f"a {scale.kind} has no levels",
                "keys lowest and highest", "delete its levels, or say kind: levels",
            )  # fmt: skip
        elif scale.lowest >= scale.highest:
            yield Finding(
                (*path, "lowest"),
                f"from {scale.lowest} to {scale.highest}",
                "a lowest number below the highest", "change one of them",
            )  # fmt: skip
        if scale.kind == "levels" and scale.decimals:
            yield Finding(
                (*path, "decimals"), str(scale.decimals),
                "decimals on a scale of numbers, since levels are whole", "delete this line",
            )  # fmt: skip


def _steps(path: Path, values: list[int]) -> Iterator[Finding]:
    if len(values) < 2:
        yield Finding(
            path, "1 level" if values else "no levels", "two or more, from worst to best",
            "write them as - {value: 1, label: ...}; for a number say kind: count or percent",
        )  # fmt: skip
    elif values != sorted(set(values)):
        yield Finding(
            path, cut(", ".join(map(str, values))),
            "from worst to best, each value once", "put them in order",
        )  # fmt: skip


def _scale_names(rubric: Rubric) -> Iterator[Finding]:
    known = {scale.id for scale in rubric.scales}
    for c, component in enumerate(rubric.components):
        if component.scale not in known:
            yield unknown(("components", c, "scale"), component.scale, known, "scale")
    for path, _, item in each_item(rubric):
        if item.scale and item.scale not in known:
            yield unknown((*path, "scale"), item.scale, known, "scale")


def _level_descriptions(rubric: Rubric) -> Iterator[Finding]:
    for path, item, scale in _each_scaled_item(rubric):
        values = {str(level.value): level.value for level in scale.levels}
        for key in item.levels:
            if key not in values:
                allowed = f"levels of its scale: {', '.join(values)}"
                yield Finding(
                    (*path, "levels", key),
                    "a level that its scale has not",
                    allowed if values else "no levels, since its scale takes numbers",
                    "correct or delete it",
                )
        missing = [value for value in _needed_levels(scale) if value not in item.levels]
        if item.scored and missing:
            yield Finding(
                (*path, "levels"),
                f"no description of level {', '.join(missing)}",
                "the lowest, the middle and the highest level described at least",
                "add what an auditor would see at each",
            )


def _needed_levels(scale: Scale) -> list[str]:
    values = [str(level.value) for level in scale.levels]
    chosen = [values[0], values[len(values) // 2], values[-1]] if values else []
    return list(dict.fromkeys(chosen))


def _some_scored(rubric: Rubric) -> Iterator[Finding]:
    if not rubric.scored_items:
        yield Finding(
            ("components",), "no item is scored", "at least one item without scored: false",
            "delete scored: false where an item counts",
        )  # fmt: skip


def _item_rules(rubric: Rubric) -> Iterator[Finding]:
    for path, item, scale in _each_scaled_item(rubric):
        if item.scored and "NE" in scale.codes and item.ne is None:
            yield Finding(
                (*path, "ne"), "nothing says what NE (no evidence) means here",
                "ne: absent (counts as the lowest level), or ne: unknown (not scored)",
                "add one of the two",
            )  # fmt: skip
        if item.ne == "absent" and not scale.levels:
            yield Finding(
                (*path, "ne"), "absent, but a number has no lowest level",
                "ne: unknown", "change it",
            )  # fmt: skip
        if item.must_have is not None:
            yield from _must_have((*path, "must_have"), item, scale)
        if item.proscribed and not scale.levels:
            yield Finding(
                (*path, "proscribed"), "true, but the item is answered by a number",
                "proscribed for items with levels, since only they can be reversed",
                "delete this line",
            )  # fmt: skip
        if item.provenance.kind != "local" and not item.provenance.source:
            yield Finding(
                (*path, "provenance"),
                f"{item.provenance.kind}, without a source",
                "a source for all that is published or adapted",
                "name the publication, or say kind: local",
            )


def _must_have(path: Path, item: Item, scale: Scale) -> Iterator[Finding]:
    if not item.scored:
        yield Finding(
            path, f"{item.must_have}, but the item is not scored", "must-haves that are scored",
            "delete this line, or scored: false",
        )  # fmt: skip
    elif not scale.minimum < item.must_have <= scale.maximum:  # type: ignore[operator]
        yield Finding(
            path, str(item.must_have),
            f"a level above {scale.minimum}, at most {scale.maximum}",
            "give the level from which the item counts as seen",
        )  # fmt: skip


def _tags(rubric: Rubric) -> Iterator[Finding]:
    known = {tag for group in TAG_GROUPS.values() for tag in group}
    for path, _, item in each_item(rubric):
        for n, tag in enumerate(item.tags):
            if tag not in known:
                yield unknown((*path, "tags", n), tag, known, "tag")
        for group, tags in TAG_GROUPS.items() if item.scored else ():
            found = sum(tag in tags for tag in item.tags)
            if found != 1:
                yield Finding(
                    (*path, "tags"),
                    f"{found or 'no'} tag{'s' * (found > 1)} for {group}",
                    f"one of: {', '.join(tags)}",
                    "add one" if found == 0 else "keep one",
                )


def _examples(rubric: Rubric) -> Iterator[Finding]:
    scales = _sound_scales(rubric)
    items = {i.id: scales.get(i.scale or c.scale) for _, c, i in each_item(rubric)}
    outcomes = {*rubric.titles, "band", "band_before_caps", "share_answered", "must_haves_not_seen"}
    for n, example in enumerate(rubric.examples):
        path: Path = ("examples", n)
        if not example.ratings:
            yield Finding(
                (*path, "ratings"), "no item is rated", "at least one item with its level",
                "rate one, or delete the example if there are more than four",
            )  # fmt: skip
        for name, value in example.ratings.items():
            scale = items.get(name)
            if name not in items:
                yield unknown((*path, "ratings", name), name, items, "item")
            elif scale and not answerable(value, scale):
                yield Finding(
                    (*path, "ratings", name), f'"{cut(value)}"',
                    scale.allowed, "write one of these, or leave the item out for blank",
                )  # fmt: skip
        for name in example.expect:
            if name not in outcomes:
                yield unknown((*path, "expect", name), name, outcomes, "outcome")


def _example_results(rubric: Rubric) -> Iterator[Finding]:
    """What an example gives is a band, a number, or a word that says why there is none."""
    bands = rubric.bands.levels if rubric.bands else ()
    names = list(dict.fromkeys([*(band.id for band in bands), "cannot_say"]))
    for n, example in enumerate(rubric.examples):
        for name, value in example.expect.items():
            is_band = name in {"band", "band_before_caps"}
            words = names if is_band else ["withheld", "undefined"]
            if value in words or (not is_band and _ANSWER.fullmatch(value)):
                continue
            yield Finding(
                ("examples", n, "expect", name),
                f'"{cut(value)}"',
                ", ".join(words if is_band else ["a number such as 3.25", *words]),
                partial(nearest, value, words, "write one of these"),
            )


def answerable(value: str, scale: Scale) -> bool:
    """Whether a text is an answer on this scale: one of its codes, or one of its levels."""
    if value in scale.codes:
        return True
    if not _ANSWER.fullmatch(value):
        return False
    number = Fraction(value)
    if scale.levels:
        return number in {level.value for level in scale.levels}
    whole = (number * scale.unit).denominator == 1
    return whole and scale.lowest <= number <= scale.highest


#: What a component or an item is called, and whether it is averaged.
_PARTS = frozenset({"components.id", "components.mean", "components.scored"})
_MEASURES = _PARTS | {"composites.id", "ratios.id"}
#: Each check, and on what it rests beside the place that it names: whole parts, or keys of them.
_CHECKS: Mapping[Callable[[Rubric], Iterable[Finding]], frozenset[str]] = {
    _ids: frozenset(),
    _scales: frozenset(),
    _scale_names: frozenset({"scales.id"}),
    _level_descriptions: frozenset({"scales"}),
    _some_scored: frozenset({"components"}),
    _item_rules: frozenset({"scales"}),
    _tags: frozenset(),
    score_checks.one_scale_a_mean: frozenset({"scales"}),
    score_checks.composites: _PARTS | {"components.scale"},
    score_checks.ratios: _PARTS,
    score_checks.band_source: _MEASURES,
    score_checks.band_cuts: frozenset(),
    score_checks.band_must_haves: frozenset({"components"}),
    score_checks.lines: _MEASURES,
    score_checks.dates: frozenset({"valid_from"}),
    role_checks.roles: frozenset({"raters"}),
    role_checks.apart: _PARTS | {"components.roles", "composites.id"},
    role_checks.examples: _PARTS | {"components.roles", "raters", "examples.role"},
    _examples: _MEASURES | {"scales", "components.scale"},
    _example_results: frozenset({"bands"}),
}
