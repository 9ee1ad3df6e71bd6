"""`fidelity pack` and `fidelity pack check`, as they are typed."""

import json
import subprocess
import sys
from pathlib import Path

from fidelity.rubric.places import sample_data_folder

DATA = sample_data_folder() / "small" / "ratings_cfsw_skills.csv"


def typed(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fidelity", "pack", *map(str, words)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_a_pack_is_written_checked_and_a_change_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "pack"
    done = typed(DATA, "-o", folder, "--no-pictures", "--analysis", "score", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["results"] == 1
    checked = typed("check", folder)
    assert checked.returncode == 0
    assert f"All {told['files'] - 1} files are as they were" in checked.stdout
    assert told["fingerprint"] in checked.stdout
    (folder / "flow.csv").write_text("rubric\n", encoding="utf-8")
    changed = typed("check", folder)
    assert changed.returncode == 1
    assert "flow.csv: is not as it was when the pack was made" in changed.stdout
    assert "not as it was made" in changed.stderr
    again = typed(DATA, "-o", folder)
    assert again.returncode == 2
    assert "is there already" in again.stderr
