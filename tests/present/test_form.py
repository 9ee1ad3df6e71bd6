"""Forms as text: what they ask and of whom, and that nothing in them could leave or run."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from html import escape
from pathlib import Path

import pytest

import fidelity as fd
from fidelity.errors import UsageError
from fidelity.present import style
from fidelity.present.form import form_page, write_form
from fidelity.present.form_questions import sections
from fidelity.present.form_words import AUDIENCES, audience_of, audiences_of, words_for
from tests.present.parsed import PAYLOADS

FORMS = [(rubric, audience) for rubric in fd.rubric_ids()
         for audience in audiences_of(fd.read_rubric(rubric))]  # fmt: skip
TEMPLATES = Path(fd.__file__).parent / "present" / "templates"


@pytest.mark.parametrize(("rubric_id", "audience"), FORMS)
def test_every_item_and_level_stands_in_full(rubric_id: str, audience: str) -> None:
    rubric = fd.read_rubric(rubric_id)
    page = form_page(rubric, audience=audience)
    for component in rubric.components:
        asked = not component.roles or audience in component.roles
        for item in component.items:
            assert (f'data-item="{item.id}"' in page) == asked
            texts = [item.text, *item.levels.values()] if asked else []
            for text in texts:
                assert str(escape(text, quote=False)) in _unquoted(page), text
    assert rubric.fingerprint in page
    assert "For learning about practice" in page


def _unquoted(page: str) -> str:
    return page.replace("&#34;", '"').replace("&#39;", "'")


@pytest.mark.parametrize(("rubric_id", "audience"), FORMS)
def test_a_form_is_one_file_that_names_no_address(rubric_id: str, audience: str) -> None:
    page = form_page(rubric_id, audience=audience)
    script = page.partition("<script>")[2].partition("</script>")[0]
    html = page.replace(script, "")
    assert not re.findall(r"""(?:src|href|action)\s*=\s*["']?(?!#)[^"'\s>]+""", html)
    assert not re.findall(r"@import|url\(|<link|<iframe|<img|\bon[a-z]+=", html)
    assert not re.findall(r"fetch\(|XMLHttp|WebSocket|sendBeacon|import|eval|innerHTML", script)
    assert page.count("<script>") == page.count("<style>") == 1
    assert 'style="' not in page
    assert len(page.encode("utf-8")) < 500_000


def test_the_policy_is_the_hash_of_what_is_in_the_page() -> None:
    page = form_page("cfsw_skills")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy
    told = policy[1].replace("&#39;", "'")
    assert told.startswith("default-src 'none'")
    for word in ("connect-src 'none'", "form-action 'none'", "base-uri 'none'"):
        assert word in told
    assert "unsafe" not in told
    for tag, kind in (("script", "script-src"), ("style", "style-src")):
        inside = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in told


def test_the_same_form_is_the_same_file(tmp_path: Path) -> None:
    one, two = (write_form("miti4", tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert one == two
    assert b"\r" not in one
    assert one.endswith(b"\n")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_heading_is_text(payload: str) -> None:
    page = form_page("cfsw_skills", heading=payload)
    assert page.count("<script") == 1
    assert "<svg" not in page
    assert "<iframe" not in page
    assert "<img" not in page


def test_whom_a_form_is_for_is_read_from_the_rubric() -> None:
    def found(*ids: str, asked: str | None = None) -> str:
        return audience_of([fd.read_rubric(name) for name in ids], asked)

    assert found("sos_case_file") == "practice"
    assert found("staff_model_survey") == "staff"
    assert found("sos_family_feedback", asked="child") == "child"
    with pytest.raises(UsageError, match="--for parent or --for child"):
        found("sos_family_feedback")
    with pytest.raises(UsageError, match="Make a form for each"):
        found("sos_case_file", "staff_model_survey")
    with pytest.raises(UsageError, match="sos_case_file is for practice"):
        found("sos_case_file", asked="child")
    with pytest.raises(UsageError, match="There are: practice, staff, parent, child"):
        found("sos_case_file", asked="everybody")


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_audience_is_asked_about_a_child_first(audience: str) -> None:
    words = words_for(audience)
    assert "at risk of harm now?" in words.ask
    assert any("alerts nobody" in text for text in words.act)
    rubric = {"staff": "staff_model_survey", "practice": "cfsw_skills"}.get(
        audience, "sos_family_feedback"
    )
    page = form_page(rubric, audience=audience)
    assert page.index(f"<legend>{words.ask}") < page.index("data-item=")
    assert page.index(f"<legend>{words.ask}") < page.index('id="piece"')


def test_na_is_chosen_with_its_reason() -> None:
    rubric = fd.read_rubric("sos_case_file")
    questions = {q.item: q for q in sections([rubric], "practice", short=False)[0].questions}
    for item in rubric.items.values():
        offered = [o.reason for o in questions[item.id].codes if o.value == "NA"]
        expected = list(item.na_reasons) or [""] if item.na_when else []
        assert offered == expected
        answers = [o.value for o in questions[item.id].levels]
        assert answers == [str(level.value) for level in rubric.scale_of(item.id).levels]


@pytest.mark.parametrize(
    ("rubrics", "options", "told"),
    [
        ([], {}, "at least one rubric"),
        (["miti4", "miti4"], {}, "each of them once"),
        (["cfsw_skills"], {"short": True}, "it has no must-haves"),
    ],
)
def test_what_cannot_be_asked_is_said(
    rubrics: list[str], options: dict[str, bool], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        form_page(rubrics, **options)


def test_a_form_has_the_ending_of_a_page(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends in \.html"):
        write_form("miti4", tmp_path / "form.docx")


def test_text_can_be_read_on_what_it_lies_on() -> None:
    css = (TEMPLATES / "form.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", css))
    for name in ("ink", "quiet", "act", "go"):
        for ground in ("#ffffff", colours["pale"], "#e6eef5"):
            assert style.contrast(colours[name].upper(), ground.upper()) >= style.TEXT_CONTRAST
    assert style.contrast(colours["ink"].upper(), colours["focus"].upper()) >= style.TEXT_CONTRAST
    assert style.contrast(colours["line"].upper(), "#FFFFFF") >= 3, "edges of the boxes"


def run(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fidelity", *map(str, words)],
        check=False, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip


def test_the_command_writes_it_and_says_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "form.html"
    told = run("form", "sos_case_file", "cfsw_skills", "-o", path)
    assert told.returncode == 0, told.stderr
    assert "fidelity ingest" in told.stdout
    assert path.read_text(encoding="utf-8") == form_page(["sos_case_file", "cfsw_skills"])
    told = run("form", "sos_family_feedback", "--for", "child", "-o", path, "--json")
    assert json.loads(told.stdout) == {"wrote": str(path), "rubrics": ["sos_family_feedback"]}
    told = run("form", "sos_family_feedback", "-o", path)
    assert told.returncode == 2
    assert "--for parent or --for child" in told.stderr
