"""One document, printed four ways: the same sentences, and nothing that could run."""

import io
import os
import re
import subprocess
import zipfile
from pathlib import Path

import docx
import pandas as pd
import pytest

from fidelity.errors import FileError, UsageError
from fidelity.present import printed, style
from fidelity.present.briefing import briefing
from fidelity.present.card import card
from fidelity.present.document import Bullets, Document, Heading, Leaf, Text
from fidelity.present.figure import Picture, Sheet
from fidelity.present.table import rows_of, to_fill_in
from fidelity.results import PURPOSE
from fidelity.rubric import read_rubric, rubric_ids
from tests.present.parsed import PAYLOADS, Page
from tests.present.planted import Made

ALT = 'One bar "tall" & <b>one</b> short'


@pytest.fixture(scope="module")
def picture() -> Picture:
    with style.drawing():
        sheet = Sheet("A finding", "of five files", 0.5)
    return sheet.done(ALT, pd.DataFrame({"team": ["North"], "n": [5]}))


@pytest.fixture
def document(picture: Picture) -> Document:
    return Document("Of practice", (
        Leaf((Heading("A child may be at risk"), Text("Piece 7.")), "act"),
        Leaf((
            Heading("Of practice", 1), Text("Known.", "headline"), Bullets(("One.", "Two.")),
            picture, to_fill_in("Plans", ("Action", "Owner"), 3),
        ), "front"),
        Leaf((rows_of("Teams", ["Team", "n"], [["North", 5], ["South", 12]], "A note."),
              Text("A notice.", "note"))),
    ))  # fmt: skip


def in_word(path: Path) -> str:
    """All text of a Word file, in order, the cells of its tables left out."""
    return " ".join(p.text for p in docx.Document(str(path)).paragraphs)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def in_markdown(text: str) -> str:
    """Markdown without its signs."""
    return squeezed(re.sub(r"\\(.)|[#*|]|^- ", r"\1", text, flags=re.M))


def assert_same_sentences(document: Document, folder: Path) -> None:
    page = squeezed(Page(document.html()).text)
    word = squeezed(in_word(document.to_docx(folder / "d.docx")))
    marked = in_markdown(document.markdown())
    for text in document.texts:
        assert squeezed(text) in page
        assert squeezed(text) in word
        assert in_markdown(squeezed(text)) in marked


def test_the_four_forms_say_the_same(document: Document, tmp_path: Path) -> None:
    assert len(document.texts) == 7
    assert_same_sentences(document, tmp_path)


def test_the_sentences_of_a_briefing_are_the_same_in_all(make: Made, tmp_path: Path) -> None:
    made = briefing(make("sos_case_file", 48, team=["North", "South"], concern=["yes", "no"]))
    held = made.document()
    assert set(made.sentences) <= set(held.texts)
    assert_same_sentences(held, tmp_path)


@pytest.mark.parametrize("rubric", rubric_ids())
def test_every_card_is_a_document(rubric: str, tmp_path: Path) -> None:
    made = card(read_rubric(rubric))
    assert read_rubric(rubric).notice in made.texts
    assert_same_sentences(made, tmp_path)


def test_a_word_file_tells_a_screen_reader_what_it_holds(
    document: Document, tmp_path: Path
) -> None:
    word = docx.Document(str(document.to_docx(tmp_path / "d.docx")))
    xml = word.element.xml
    assert [p.text for p in word.paragraphs if p.style.name == "Heading 1"] == ["Of practice"]
    assert word.core_properties.title == "Of practice"
    assert word.core_properties.language == "en-GB"
    assert word.inline_shapes[0]._inline.docPr.get("descr") == ALT
    assert xml.count("<w:tblHeader") == len(word.tables) == 2
    assert [cell.text for cell in word.tables[1].rows[2].cells] == ["South", "12"]
    assert xml.count("<w:pageBreakBefore") == 2, "each leaf but the first begins a page"
    assert PURPOSE in word.sections[0].footer.paragraphs[0].text


def test_another_program_opens_the_word_file(
    document: Document, tmp_path: Path, soffice: str
) -> None:
    path = document.to_docx(tmp_path / "d.docx")
    profile = f"-env:UserInstallation={(tmp_path / 'p').as_uri()}"
    as_text = ["--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), str(path)]
    command = [soffice, "--headless", profile, *as_text]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    told = squeezed((tmp_path / "d.txt").read_text(encoding="utf-8-sig"))
    assert all(squeezed(text) in told for text in document.texts)


def test_pictures_lie_beside_the_markdown(document: Document, tmp_path: Path) -> None:
    path = document.to_markdown(tmp_path / "my page.md")
    text = path.read_text(encoding="utf-8")
    assert "(my%20page_1.png)" in text
    assert (tmp_path / "my page_1.png").read_bytes().startswith(b"\x89PNG")
    assert "| North | 5 |" in text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_stays_text_in_every_form(payload: str, tmp_path: Path) -> None:
    made = Document("t", (Leaf((Text(payload), Bullets((payload,)),
                                rows_of(payload, ["a", "b"], [[payload, payload]]))),))  # fmt: skip
    Page(made.html()).assert_closed()
    assert squeezed(payload) in squeezed(in_word(made.to_docx(tmp_path / "p.docx")))
    assert not re.search(r"(?<!\\)[<>]", made.markdown())
    with zipfile.ZipFile(io.BytesIO((tmp_path / "p.docx").read_bytes())) as held:
        assert "http://example" not in held.read("word/_rels/document.xml.rels").decode()


@pytest.mark.browser
def test_a_browser_prints_it(document: Document, tmp_path: Path, chromium: str) -> None:
    assert chromium
    path = document.to_pdf(tmp_path / "d.pdf")
    held = path.read_bytes()
    assert held.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", held)) == 3


def test_without_a_browser_it_says_what_to_do(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    if printed.browser():
        pytest.skip("this machine has a browser in a fixed place")
    with pytest.raises(FileError, match=r"no browser was found.*Save as PDF"):
        document.to_pdf(tmp_path / "d.pdf")
    assert not (tmp_path / "d.pdf").exists()


def test_a_browser_that_fails_is_told(
    document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    false = tmp_path / ("chromium.bat" if os.name == "nt" else "chromium")
    false.write_text("exit 7\n" if os.name == "nt" else "#!/bin/sh\nexit 7\n", encoding="utf-8")
    false.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(FileError, match=r"did not print \(exit code 7\)"):
        document.to_pdf(tmp_path / "d.pdf")


def test_another_ending_is_refused(document: Document, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.html, \.docx, \.md, \.pdf"):
        document.save(tmp_path / "d.odt")
