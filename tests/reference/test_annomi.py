"""AnnoMI: motivational interviewing, utterances coded by ten annotators (Wu et al. 2022, 2023).

Real data, not part of the project; expected values computed from them with other programs.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fidelity.statistics.agreement import fleiss_kappa, krippendorff_alpha

ANNOTATORS = 10


@pytest.mark.shared
@pytest.mark.parametrize(
    ("code", "units", "kappa", "alpha"),
    [
        ("main_therapist_behaviour", 216, 0.7365, 0.7367),
        ("client_talk_type", 212, 0.4669, 0.4671),
    ],
)
def test_ten_annotators_on_complete_units(
    realdata: Path, code: str, units: int, kappa: float, alpha: float
) -> None:
    rows = pd.read_csv(realdata / "annomi_codes.csv.gz", encoding="utf-8")
    named = rows.assign(level=rows[code].astype("category").cat.codes).dropna(subset=[code])
    wide = named.pivot(
        index=["transcript_id", "utterance_id"], columns="annotator_id", values="level"
    )
    complete = wide.dropna().to_numpy(dtype=np.float64)
    assert complete.shape == (units, ANNOTATORS)
    found = fleiss_kappa(complete)
    assert round(found.value, 4) == kappa
    assert found.n == units
    assert round(krippendorff_alpha(complete, metric="nominal").value, 4) == alpha
