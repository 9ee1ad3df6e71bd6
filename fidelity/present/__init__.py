"""Pictures, tables and pages: results as people see them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidelity.present.bands import band_distribution as band_distribution
    from fidelity.present.briefing import Briefing as Briefing
    from fidelity.present.card import card_page as card_page
    from fidelity.present.distribution import level_distribution as level_distribution
    from fidelity.present.figure import Picture as Picture
    from fidelity.present.heatmap import items_by_group as items_by_group
    from fidelity.present.profile import component_profile as component_profile

_HOMES = {
    "Briefing": "briefing",
    "Picture": "figure",
    "band_distribution": "bands",
    "card_page": "card",
    "component_profile": "profile",
    "items_by_group": "heatmap",
    "level_distribution": "distribution",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fidelity.present' has no attribute '{name}'")
    return getattr(importlib.import_module(f"fidelity.present.{_HOMES[name]}"), name)
