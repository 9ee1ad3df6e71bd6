"""How closely practice follows a model, how sure we are, and how it changes.

    import fidelity as fd
    rubric = fd.read_rubric("sos_case_file")
    ratings = fd.read_ratings("audits.csv", rubric)
    fd.score(ratings, by="team")

Names are loaded when they are first used, so that `fidelity --help` stays quick.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fidelity.analyses.agreement import agreement as agreement
    from fidelity.analyses.benchmark import benchmark_round as benchmark_round
    from fidelity.analyses.benchmark_memory import memory as memory
    from fidelity.analyses.calibration import calibration as calibration
    from fidelity.analyses.change import change as change
    from fidelity.analyses.chart import chart as chart
    from fidelity.analyses.drift import drift as drift
    from fidelity.analyses.form_function import form_function as form_function
    from fidelity.analyses.generalizability import generalizability as generalizability
    from fidelity.analyses.learning import learning as learning
    from fidelity.analyses.measures import measures as measures
    from fidelity.analyses.moderated import moderated as moderated
    from fidelity.analyses.practise import practise as practise
    from fidelity.analyses.sample import sample_plan as sample_plan
    from fidelity.analyses.sample_draw import sample_draw as sample_draw
    from fidelity.analyses.sample_observed import not_observed as not_observed
    from fidelity.analyses.scores import GroupScores as GroupScores
    from fidelity.analyses.scores import score as score
    from fidelity.analyses.side_by_side import side_by_side as side_by_side
    from fidelity.analyses.skills import skills as skills
    from fidelity.analyses.strictness import strictness as strictness
    from fidelity.analyses.triangulate import triangulate as triangulate
    from fidelity.collect.across_versions import across_versions as across_versions
    from fidelity.collect.companions import read_cases as read_cases
    from fidelity.collect.companions import read_events as read_events
    from fidelity.collect.companions import read_frame as read_frame
    from fidelity.collect.companions import read_measures as read_measures
    from fidelity.collect.companions import read_practitioners as read_practitioners
    from fidelity.collect.companions import read_training as read_training
    from fidelity.collect.folder import read_folder as read_folder
    from fidelity.collect.ingest import ingest as ingest
    from fidelity.collect.learning_log import read_log as read_log
    from fidelity.collect.learning_log import write_log as write_log
    from fidelity.collect.ratings import Ratings as Ratings
    from fidelity.collect.ratings import read_ratings as read_ratings
    from fidelity.collect.workbook import write_workbook as write_workbook
    from fidelity.errors import FidelityError as FidelityError
    from fidelity.present.briefing import briefing as briefing
    from fidelity.present.diagnostic import diagnostic as diagnostic
    from fidelity.present.feedback import feedback as feedback
    from fidelity.present.form import write_form as write_form
    from fidelity.present.notebook_form import scoring_form as scoring_form
    from fidelity.present.pack import pack as pack
    from fidelity.present.pack_files import check_pack as check_pack
    from fidelity.present.pack_reader import open_pack as open_pack
    from fidelity.present.shifts import scoring_shifts as scoring_shifts
    from fidelity.protocol.files import protocol_template as protocol_template
    from fidelity.protocol.files import read_protocol as read_protocol
    from fidelity.protocol.files import stamp_protocol as stamp_protocol
    from fidelity.protocol.files import write_protocol as write_protocol
    from fidelity.rubric import Rubric as Rubric
    from fidelity.rubric import read_rubric as read_rubric
    from fidelity.rubric import rubric_ids as rubric_ids
    from fidelity.rubric.benchmark import read_benchmark as read_benchmark
    from fidelity.rubric.crosswalk import read_crosswalk as read_crosswalk
    from fidelity.rubric.derived import short_form as short_form
    from fidelity.rubric.measures import measure_ids as measure_ids
    from fidelity.rubric.measures import read_measure as read_measure
    from fidelity.rubric.themes import read_themes as read_themes

_HOMES = {
    "FidelityError": "fidelity.errors",
    "GroupScores": "fidelity.analyses.scores",
    "Ratings": "fidelity.collect.ratings",
    "Rubric": "fidelity.rubric",
    "briefing": "fidelity.present.briefing",
    "chart": "fidelity.analyses.chart",
    "triangulate": "fidelity.analyses.triangulate",
    "read_themes": "fidelity.rubric.themes",
    "strictness": "fidelity.analyses.strictness",
    "diagnostic": "fidelity.present.diagnostic",
    "drift": "fidelity.analyses.drift",
    "feedback": "fidelity.present.feedback",
    "form_function": "fidelity.analyses.form_function",
    "generalizability": "fidelity.analyses.generalizability",
    "learning": "fidelity.analyses.learning",
    "read_log": "fidelity.collect.learning_log",
    "write_log": "fidelity.collect.learning_log",
    "moderated": "fidelity.analyses.moderated",
    "calibration": "fidelity.analyses.calibration",
    "change": "fidelity.analyses.change",
    "agreement": "fidelity.analyses.agreement",
    "practise": "fidelity.analyses.practise",
    "read_benchmark": "fidelity.rubric.benchmark",
    "across_versions": "fidelity.collect.across_versions",
    "measure_ids": "fidelity.rubric.measures",
    "measures": "fidelity.analyses.measures",
    "read_crosswalk": "fidelity.rubric.crosswalk",
    "read_measure": "fidelity.rubric.measures",
    "short_form": "fidelity.rubric.derived",
    "ingest": "fidelity.collect.ingest",
    "side_by_side": "fidelity.analyses.side_by_side",
    "read_folder": "fidelity.collect.folder",
    "read_events": "fidelity.collect.companions",
    "read_frame": "fidelity.collect.companions",
    "read_measures": "fidelity.collect.companions",
    "read_training": "fidelity.collect.companions",
    "write_workbook": "fidelity.collect.workbook",
    "benchmark_round": "fidelity.analyses.benchmark",
    "memory": "fidelity.analyses.benchmark_memory",
    "not_observed": "fidelity.analyses.sample_observed",
    "read_cases": "fidelity.collect.companions",
    "read_practitioners": "fidelity.collect.companions",
    "protocol_template": "fidelity.protocol.files",
    "read_protocol": "fidelity.protocol.files",
    "sample_draw": "fidelity.analyses.sample_draw",
    "sample_plan": "fidelity.analyses.sample",
    "write_protocol": "fidelity.protocol.files",
    "stamp_protocol": "fidelity.protocol.files",
    "pack": "fidelity.present.pack",
    "check_pack": "fidelity.present.pack_files",
    "open_pack": "fidelity.present.pack_reader",
    "read_ratings": "fidelity.collect.ratings",
    "read_rubric": "fidelity.rubric",
    "rubric_ids": "fidelity.rubric",
    "score": "fidelity.analyses.scores",
    "scoring_shifts": "fidelity.present.shifts",
    "skills": "fidelity.analyses.skills",
    "scoring_form": "fidelity.present.notebook_form",
    "write_form": "fidelity.present.form",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fidelity' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
