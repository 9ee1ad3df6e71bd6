"""A short hash of all that affects a score."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidelity.rubric.model import Rubric

_SCORING = {
    "id", "version", "scales", "components", "least_share", "composites", "ratios", "bands",
}  # fmt: skip
#: Words about an item that do not change what a rater is asked to see.
_ASIDE = {"provenance", "tags", "evidence", "note"}


def fingerprint_of(rubric: Rubric) -> str:
    """Hash of scales, items with their level descriptions, and rules of scoring.

    Wording counts: another level description is another question to the rater. Evidence cards,
    notices, sources and examples do not count.

    Returns:
        The first 16 hexadecimal digits of a SHA-256.
    """
    content = rubric.model_dump(include=_SCORING, exclude_none=True)
    for component in content["components"]:
        if not component["roles"]:  # said nothing, and hashed nothing, before there was this key
            del component["roles"]
        for item in component["items"]:
            for key in _ASIDE:
                item.pop(key, None)
    for part in (*content["composites"], *content["ratios"], content.get("bands", {})):
        part.pop("source", None)
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else str(value)
