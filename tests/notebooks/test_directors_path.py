"""A director's path: open notebook 08, change one parameter, get the files."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from fidelity.present.printed import browser

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "08_director_briefing.ipynb"


@pytest.mark.slow
def test_one_line_is_changed_and_the_files_are_there(tmp_path: Path) -> None:
    import docx

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    parameters = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    before = parameters.source
    parameters.source = before.replace('DATA = "large"', 'DATA = "small"')
    assert len(set(before.splitlines()) ^ set(parameters.source.splitlines())) == 2, "one line"
    os.environ.setdefault("PYTHONUTF8", "1")
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, resources=resources).execute()

    kinds = {".html", ".docx", ".md"} | ({".pdf"} if browser() else set())
    for name in ("briefing", "briefing_public"):
        written = {p.suffix for p in (tmp_path / "briefing").glob(f"{name}.*")}
        assert written == kinds, name
    page = (tmp_path / "briefing" / "briefing.html").read_text(encoding="utf-8")
    word = docx.Document(str(tmp_path / "briefing" / "briefing.docx"))
    told = [
        line for cell in notebook.cells for out in cell.get("outputs", [])
        if out.output_type == "stream" for line in out.text.splitlines()
    ]  # fmt: skip
    headline = next(line for line in told if line.startswith("From 12 files drawn at random"))
    assert headline in page
    assert headline in [paragraph.text for paragraph in word.paragraphs]
    assert any(line.endswith("briefing_public.md") for line in told)
