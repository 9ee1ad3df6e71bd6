"""The form in a notebook, with real widgets and in a real kernel that is restarted."""

import json
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient, KernelManager

import fidelity as fd
from fidelity.collect.record import read_record, write_record
from fidelity.errors import FidelityError, UsageError
from fidelity.present.notebook_form import ScoringForm, scoring_form
from fidelity.present.notebook_widgets import Widgets, described, read_typed
from tests.present.parsed import PAYLOADS

EXTRACT = fd.read_benchmark("sos_case_file")[0].id


@pytest.fixture
def form(tmp_path: Path) -> ScoringForm:
    return scoring_form("sos_case_file", tmp_path / "mine.json", extract=EXTRACT)


def test_every_choice_is_in_the_file_at_once(form: ScoringForm) -> None:
    widgets = Widgets(form)
    assert form.first_line.startswith("Form ready, 0 of 19. Made at ")
    assert "nothing saved yet" in form.first_line
    widgets.item.choice.value = "4"
    widgets.item.note.value = "Zoë: “naïve”"
    widgets.next.click()
    widgets.item.choice.value = "NA: no past harm"
    record = read_record(form.path)
    assert [(r.item, r.value, r.reason, r.note) for r in record.ratings] == [
        ("m1", "4", "", "Zoë: “naïve”"), ("m2", "NA", "no_past_harm", ""),
    ]  # fmt: skip
    assert record.assessment["piece"] == EXTRACT
    assert record.assessment["purpose"] == "benchmark"
    assert "Form ready, 2 of 19" in widgets.line.value
    assert "saved in mine.json" in widgets.line.value
    widgets.back.click()
    assert widgets.item.choice.value == "4"
    assert widgets.item.note.value == "Zoë: “naïve”"


def test_moving_about_enters_nothing(form: ScoringForm) -> None:
    widgets = Widgets(form)
    assert widgets.back.disabled
    for _ in range(18):
        widgets.next.click()
    assert widgets.next.disabled
    assert form.scores == {}
    assert not form.path.exists()


def test_a_form_made_again_goes_on_where_it_was_left(form: ScoringForm, tmp_path: Path) -> None:
    form.answer("m1", "4")
    form.answer("m2", "2", note="seen")
    again = scoring_form("sos_case_file", form.path, extract=EXTRACT, start={"m1": 1, "c1": 5})
    assert again.scores == {"m1": "4", "m2": "2"}, "the file counts, not what to begin with"
    assert again.shown[0].item == "m3"
    assert Widgets(again).line.value.count("2 of 19") == 1


def test_two_forms_on_one_file_lose_nothing(form: ScoringForm) -> None:
    other = scoring_form("sos_case_file", form.path, extract=EXTRACT)
    form.answer("m1", "4")
    other.answer("m2", "2")
    form.answer("d1", "3")
    assert form.scores == {"m1": "4", "m2": "2", "d1": "3"}
    assert len(read_record(form.path).ratings) == 3


def test_a_choice_that_comes_late_goes_to_its_own_item(form: ScoringForm) -> None:
    """A page tells of a choice after the button that was pressed next, on a busy machine."""
    widgets = Widgets(form)
    first = widgets.item
    widgets.next.click()
    first.choice.value = "5 full, specific and used in decisions"
    assert form.scores == {"m1": "5"}
    assert form.shown[0].item == "m2"


def test_a_file_of_something_else_is_not_written_over(form: ScoringForm) -> None:
    form.answer("m1", "4")
    before = form.path.read_bytes()
    for options in ({"extract": EXTRACT, "rater": "other"}, {"piece": "A-1"}):
        with pytest.raises(UsageError, match="nothing is written over"):
            scoring_form("sos_case_file", form.path, **options)
    form.path.write_bytes(before[: len(before) // 2])
    with pytest.raises(FidelityError, match="cut off"):
        scoring_form("sos_case_file", form.path, extract=EXTRACT)


def test_what_cannot_be_saved_is_said(form: ScoringForm) -> None:
    widgets = Widgets(form)
    form.path.mkdir()
    widgets.item.choice.value = "4"
    assert "Not saved" in widgets.problem.value
    assert 'role="alert"' in widgets.problem.value


def test_one_piece_with_its_concern_and_counts(tmp_path: Path) -> None:
    form = scoring_form("miti4", tmp_path / "a.json", piece="A-001", rater="R1", role="peer")
    widgets = Widgets(form)
    assert widgets.worry in widgets.box.children
    assert "This tool alerts nobody" in widgets.act.value
    widgets.worry.value = "yes"
    while form.shown[0].levels:
        widgets.next.click()
    item = form.shown[0].item
    widgets.item.choice.value = "1.5"
    assert "Not saved" in widgets.problem.value
    widgets.item.choice.value = "12"
    assert widgets.problem.value == ""
    widgets.next.click()
    widgets.item.choice.value = "ne"
    record = read_record(form.path)
    assert record.concerns[0].open
    assert {r.item: r.value for r in record.ratings} == {item: "12", form.shown[0].item: "NE"}
    assert scoring_form("miti4", form.path, piece="A-001", rater="R1", role="peer").worry == "yes"


@pytest.mark.parametrize(
    ("typed", "value", "reason"),
    [("4", "4", ""), (" 4 mostly there and specific to this child", "4", ""), ("ne", "NE", ""),
     ("NA: no past harm", "NA", "no_past_harm"), ("na", "NA", "no_past_harm"), ("", "", "")],
)  # fmt: skip
def test_what_is_typed_is_understood(
    form: ScoringForm, typed: str, value: str, reason: str
) -> None:
    form.move(1)  # m2, which may not apply, for one reason
    assert read_typed(form.shown[0], typed) == (value, reason)


def test_na_needs_one_of_its_reasons(tmp_path: Path) -> None:
    form = scoring_form("sos_case_file", tmp_path / "a.json", piece="A")
    item = next(i for i in form.rubric.items.values() if len(i.na_reasons) > 1)
    while form.shown[0].item != item.id:
        form.move(1)
    widgets = Widgets(form)
    widgets.item.choice.value = "na"
    assert "NA, but why? Allowed are NA " in widgets.problem.value
    assert form.scores == {}
    widgets.item.choice.value = f"NA {item.na_reasons[1]}"
    assert widgets.problem.value == ""
    assert read_record(form.path).ratings[0].reason == item.na_reasons[1]
    widgets.worry.value = "y"
    assert "allowed are yes, no" in widgets.problem.value
    assert form.worry == ""


def test_an_extract_is_not_asked_about_a_child(form: ScoringForm) -> None:
    assert Widgets(form).worry not in Widgets(form).box.children


def test_controls_have_their_whole_names(form: ScoringForm) -> None:
    widgets = Widgets(form)
    for control in (widgets.item.choice, widgets.item.note, widgets.worry):
        assert control.style.description_width == "initial"
    assert widgets.item.choice.description == "M1: The map is complete and up to date"
    rubric = fd.read_rubric("sos_case_file")
    assert all(text in widgets.item.told.value for text in rubric.items["m1"].levels.values())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_text_is_shown_as_text(form: ScoringForm, payload: str) -> None:
    from dataclasses import replace

    question = replace(form.shown[0], text=payload, hint=payload, number=payload)
    told = described(question, "")
    assert told.count("<") == described(form.shown[0], "").count("<")


@pytest.mark.parametrize(
    ("options", "told"),
    [({}, "Give either"), ({"piece": "A", "extract": EXTRACT}, "Give either"),
     ({"piece": "A", "role": "pear"}, 'did you mean "peer"'), ({"extract": "nope"}, "No extract")],
)  # fmt: skip
def test_wrong_calls_say_what_to_do(options: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=told):
        scoring_form("sos_case_file", tmp_path / "a.json", **options)
    with pytest.raises(UsageError, match="allowed are"):
        scoring_form("sos_case_file", tmp_path / "a.json", piece="A").answer("m1", "9")


def test_the_scores_go_into_practise(form: ScoringForm) -> None:
    agreed = {piece.id: piece for piece in fd.read_benchmark("sos_case_file")}[EXTRACT].agreed
    for item in ("m1", "d1", "g1"):
        form.answer(item, agreed[item].value, agreed[item].reason or "")
    result = fd.practise("sos_case_file", EXTRACT, form.scores)
    assert result.sentences[0].endswith(
        "3 of 3 item scores are the agreed ones; 3 are the same or one level away."
    )


def test_a_record_of_the_browser_form_can_be_gone_on_with(form: ScoringForm) -> None:
    """The two forms write one format: a file of the one is read by the other."""
    form.answer("m1", "4")
    text = form.path.read_text(encoding="utf-8")
    assert json.loads(text)["format"] == "fidelity-record"
    write_record(read_record(form.path), form.path)
    assert scoring_form("sos_case_file", form.path, extract=EXTRACT).scores == {"m1": "4"}


MAKE = f"""
import fidelity as fd
form = fd.scoring_form("sos_case_file", "mine.json", extract="{EXTRACT}")
form
"""
CLICK = """
form._widgets.item.choice.value = "4"
form._widgets.next.click()
form._widgets.item.choice.value = "NA: no past harm"
"""


def _said(client: BlockingKernelClient, source: str) -> str:
    """Run a cell in a kernel; what it printed and showed."""
    parts: list[str] = []

    def heard(message: dict[str, Any]) -> None:
        content = message["content"]
        assert message["msg_type"] != "error", content
        parts.append(content.get("text", "") + str(content.get("data", "")))

    client.execute_interactive(source, timeout=60, output_hook=heard)
    return "".join(parts)


def test_nothing_is_lost_when_the_kernel_is_restarted(tmp_path: Path) -> None:
    manager = KernelManager()
    manager.start_kernel(cwd=str(tmp_path))
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        assert "widget-view" in _said(client, MAKE), "the form is shown"
        _said(client, CLICK)
        manager.restart_kernel(now=True)  # killed, as when a laptop runs out
        client.wait_for_ready(timeout=60)
        _said(client, MAKE)
        told = _said(client, "print(form.first_line, form.scores)")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
    assert told.startswith("Form ready, 2 of 19.")
    assert "{'m1': '4', 'm2': 'NA'}" in told
