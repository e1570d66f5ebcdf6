"""`langnghe flows` and `langnghe try`: every flow is drawn as it is, and walked without anybody being rung."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bot import config, flowchart, flowgraph
from bot.clock import MovedClock
from bot.config import Settings
from bot.flowchart import DOCS, INDEX, differences, mermaid, pages, write
from bot.flowdrawing import svg
from bot.flowgraph import MARK
from bot.tryout import RECEIPT, Reader, Tryout, usable
from bot.words import sources
from flows.actions import ACTIONS
from flows.definition import Branch, Call, Collect, DefinitionProblems, Definitions, Link
from flows.effects import CountReach, RaiseAlert, SaveReport
from flows.reading import parse
from nlu import understand
from nlu.model import Model
from nlu.signals import Signals, Urgency
from tests.cli.command import ROOT, langnghe

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def flows() -> Definitions:
    """The flows as they are written, whatever `langnghe check` has to say of the guidance."""
    return parse(sources(config.load(env={})))[0]


def drawn(picture: str) -> tuple[ElementTree.Element, list[str]]:
    """The drawing, and every line of text in it."""
    tree = ElementTree.fromstring(picture)
    return tree, [text.text or "" for text in tree.iter(f"{SVG}text")]


def chart(text: str) -> str:
    """A Mermaid text with its signs as a reader sees them."""
    return unescape(re.sub(r"#(\d+);", r"&#\1;", text))


# Drawing


def test_every_flow_is_drawn_with_every_step(flows: Definitions) -> None:
    for flow in flows.flows.values():
        text, (_, lines) = mermaid(flow, flows), drawn(svg(flow, flows))
        assert text.startswith("flowchart TD\n")
        for step in flow.steps:
            assert f'"{step}<br/>' in text, (flow.id, step)
            assert step in lines, (flow.id, step)


def test_every_condition_stands_at_its_way(flows: Definitions) -> None:
    for flow in flows.flows.values():
        text, (_, lines) = chart(mermaid(flow, flows)), drawn(svg(flow, flows))
        for step in flow.steps.values():
            for branch in step.next:
                if branch.when is not None:
                    assert f'|"{branch.when.text}"| ' in text
                    assert branch.when.text in " ".join(lines)


def test_silence_is_a_dashed_way(flows: Definitions) -> None:
    silent = [(flow, step) for flow in flows.flows.values() for step in flow.steps.values() if _waits(step)]
    assert silent
    for flow, step in silent:
        ways = [line for line in mermaid(flow, flows).splitlines() if f" s_{step.id} -.->" in line]
        assert any("im lặng" in way for way in ways)
        assert "stroke-dasharray" in svg(flow, flows)


def _waits(step: object) -> bool:
    return isinstance(step, Collect) and bool(step.silence)


def test_other_flows_have_shapes_of_their_own(flows: Definitions) -> None:
    for flow in flows.flows.values():
        text = mermaid(flow, flows)
        for step in flow.steps.values():
            if isinstance(step, Link):
                assert f's_{step.id}{{{{"' in text
            if isinstance(step, Call):
                assert f's_{step.id}[["' in text
        elsewhere = sum(isinstance(step, Link | Call) for step in flow.steps.values())
        assert len(list(drawn(svg(flow, flows))[0].iter(f"{SVG}polygon"))) == elsewhere


def test_a_step_is_told_in_vietnamese(flows: Definitions) -> None:
    assert set(flowgraph.ACTIONS) == set(ACTIONS)
    assert "“Bây giờ bạn có đang an toàn không?”" in mermaid(flows.flows["report"], flows)


def test_a_drawing_is_xml_that_needs_nothing_else_and_holds_everything(flows: Definitions) -> None:
    for flow in flows.flows.values():
        picture = svg(flow, flows)
        tree, _ = drawn(picture)
        width, height = float(tree.get("width", 0)), float(tree.get("height", 0))
        assert "href" not in picture
        assert picture.count("http") == 1  # the name of the language
        for path in tree.iter(f"{SVG}path"):
            if path.get("fill") == "none":
                for x in map(float, re.findall(r"[MH]([\d.]+)", path.get("d", ""))):
                    assert 0 < x < width
        for text in tree.iter(f"{SVG}text"):
            assert 0 < float(text.get("x", 0)) < width
            assert 0 < float(text.get("y", 0)) < height


def test_signs_of_the_languages_of_drawings_are_only_signs(flows: Definitions) -> None:
    flow = replace(flows.flows["greeting"], name='<b>&"|#</b>')
    _, lines = drawn(svg(flow, flows))
    assert 'greeting: <b>&"|#</b>' in lines
    hello = flow.steps["hello"]
    strange = replace(flow, steps={"hello": replace(hello, id='a"]|<b>`#end')}, first='a"]|<b>`#end')
    assert drawn(svg(strange, flows))[0] is not None
    assert 'a"]|<b>`#end' not in mermaid(strange, flows)
    assert 'a"]|<b>`#end' in chart(mermaid(strange, flows))


def test_a_step_that_is_not_there_is_drawn_as_such(flows: Definitions) -> None:
    flow = flows.flows["greeting"]
    hello = replace(flow.steps["hello"], next=(Branch(None, "nowhere"),))
    broken = replace(flow, steps={"hello": hello})
    assert "không có bước này" in drawn(svg(broken, flows))[1]
    assert "không có bước này" in mermaid(broken, flows)


def test_the_same_flows_are_drawn_the_same(flows: Definitions) -> None:
    again = parse(sources(config.load(env={})))[0]
    assert pages(again) == pages(flows)


def test_the_page_names_every_flow_and_what_starts_it(flows: Definitions) -> None:
    page = pages(flows)[INDEX]
    for flow in flows.flows.values():
        assert f"## `{flow.id}`: {flow.name}\n" in page
        assert f"[{flow.id}.svg]({flow.id}.svg)" in page
        assert mermaid(flow, flows) in page
    assert set(flowchart.ENGINE) <= set(flows.flows)
    started = flowchart.starters("report", flows)
    assert any("own_level <= 2" in one for one in started)
    assert any("`report_other`, bước `go`" in one for one in started)
    assert any("nút bấm trong `utter_greeting`" in one for one in started)


def test_the_drawings_in_docs_are_fresh(flows: Definitions) -> None:
    assert differences(ROOT / DOCS, pages(flows)) == [], "vẽ lại: langnghe flows --out docs/flows"


def test_check_names_what_is_stale_missing_or_too_much(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    assert langnghe("flows", "--out", str(out), home=home).code == 0
    whole = langnghe("flows", "--out", str(out), "--check", home=home)
    assert (whole.code, whole.out, whole.err) == (0, "", "")
    (out / "report.svg").write_text("<svg/>", "utf-8")
    (out / "danger.svg").unlink()
    (out / "gone.svg").write_text(MARK, "utf-8")
    ran = langnghe("flows", "--out", str(out), "--check", home=home)
    assert ran.code == 1
    for line in (f"cũ {out}/report.svg", f"thiếu {out}/danger.svg", f"thừa {out}/gone.svg"):
        assert line in ran.err.splitlines()
    assert not home.exists()  # drawing leaves nothing anywhere else


def test_writing_removes_only_drawings_of_flows_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "gone.svg").write_text(f"<svg>{MARK}</svg>", "utf-8")
    (tmp_path / "mine.svg").write_text("<svg/>", "utf-8")
    write(tmp_path, {"a.svg": "<svg/>"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "mine.svg"]


def test_without_a_folder_every_flow_is_printed(home: Path, flows: Definitions) -> None:
    ran = langnghe("flows", home=home)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("flowchart TD\n") == len(flows.flows)
    assert "%% report: Báo tin\n" in ran.out


# Trying


def unclear(text: str, _local: datetime) -> Signals:
    """A reader that makes nothing of any words."""
    return Signals(text, "unclear", 0.9, "C99", 0.9)


@pytest.fixture
def walk(flows: Definitions, night: MovedClock) -> Any:
    """Starts a walk through one flow, and shows its first words."""

    def start(flow: str, read: Reader = unclear) -> Tryout:
        tried = Tryout(flows, flow, read, night)
        tried.begin()
        return tried

    return start


def test_every_flow_can_be_tried(flows: Definitions, night: MovedClock) -> None:
    for flow in flows.flows:
        tried = Tryout(flows, flow, unclear, night)
        shown = tried.begin()
        assert shown.says or shown.effects or tried.ended, flow
        assert tried.state()[0][0] == "vị trí"


def test_a_report_is_walked_to_its_receipt(walk: Any) -> None:
    tried: Tryout = walk("report")
    assert "report.safe (chờ trả lời)" in dict(tried.state())["vị trí"]
    tried.line("1")
    assert "safe_now=có" in dict(tried.state())["slot"]
    tried.line("thầy hay đánh em")
    shown = tried.line("Gửi luôn")
    assert any(RECEIPT in said.text for said in shown.says)
    assert any(isinstance(effect, SaveReport) and effect.submitted for effect in shown.effects)
    assert tried.ended
    assert dict(tried.state())["mức"].startswith("U2")


def test_the_receipt_that_was_given_is_known_and_no_other(walk: Any) -> None:
    known: Tryout = walk("receipt")
    known.line(RECEIPT)
    assert not known.ended  # something new is asked for
    other: Tryout = walk("receipt")
    other.line("1234")
    assert other.ended


def test_silence_runs_out_at_once(walk: Any, night: MovedClock) -> None:
    tried: Tryout = walk("check")
    before = night.now()
    assert "5 phút" in dict(tried.state())["chờ"]
    shown = tried.line("/wait")
    assert (night.now() - before).total_seconds() == 300
    assert any(isinstance(effect, RaiseAlert) and effect.level == Urgency.U1 for effect in shown.effects)
    assert "Không có gì" in tried.line("/wait").note


def test_typed_words_are_read_by_the_reader_of_this_installation(walk: Any, model: Model) -> None:
    tried: Tryout = walk("report", lambda text, local: understand(text, model, now=local))
    shown = tried.line("ba dang cam dao ruot me")
    assert any(isinstance(effect, RaiseAlert) for effect in shown.effects)
    assert dict(tried.state())["vị trí"].startswith("danger.")


@pytest.mark.parametrize("line", ["", "\x00", "/bay", "🙂", "99", "a" * 5000])
def test_any_line_is_answered_in_any_flow(walk: Any, flows: Definitions, line: str) -> None:
    for flow in ("report", "check", "guidance", "receipt", "greeting"):
        shown = walk(flow).line(line)
        assert shown.says or shown.effects or shown.note


def test_greeting_is_walked_at_the_keyboard_with_its_state_beside_it(home: Path) -> None:
    ran = langnghe("try", "greeting", home=home, stdin="1\n/wait\n/nothing\n/quit\nnever read\n")
    assert (ran.code, ran.err) == (0, "")
    assert "Lắng Nghe" in ran.out
    assert "1. Kể chuyện của mình" in ran.out
    assert "hết kịch bản" in ran.out  # the greeting is over; the choice begins another flow
    for part in (
        "vị trí: report.safe (chờ trả lời)",
        "slot: asking=report.safe",
        "mức: U4",
        "chờ: silence:report.safe",
    ):
        assert part in ran.out
    assert "Chỉ có /wait" in ran.out
    assert "never read" not in ran.out
    assert not home.exists()  # nothing is kept, and no model is made while nobody types words


def test_words_at_the_keyboard_need_no_database(trained_home: Path) -> None:
    ran = langnghe("try", "report", home=trained_home, stdin="1\nchuyen o lop\ngửi luôn\n")
    assert (ran.code, ran.err) == (0, "")
    assert RECEIPT in ran.out
    assert "gọi cán bộ U2" in ran.out
    assert [path.name for path in trained_home.iterdir()] == ["model"]


def test_an_unknown_flow_is_said_with_the_known_ones(home: Path) -> None:
    ran = langnghe("try", "nope", home=home)
    assert (ran.code, ran.out) == (1, "")
    assert "Không có kịch bản “nope”" in ran.err
    assert "greeting" in ran.err
    assert "report" in ran.err


@pytest.fixture
def copied(settings: Settings, tmp_path: Path) -> Settings:
    """Settings whose words may be spoiled."""
    for part in ("responses", "directory", "guidance", "places", "replies"):
        shutil.copytree(settings.data / part, tmp_path / "data" / part)
    return replace(settings, data=tmp_path / "data")


def test_guidance_that_is_half_written_keeps_nobody_from_trying(copied: Settings) -> None:
    (copied.data / "guidance" / "zz.yml").write_text("cards:\n  - id: zz\n", "utf-8")
    definitions, notes = usable(copied)
    assert "report" in definitions.flows
    assert len(notes) == 1


def test_words_that_are_missing_are_named_before_anything_is_tried(copied: Settings) -> None:
    place = copied.data / "responses" / "vi.yml"
    place.write_text(place.read_text("utf-8").replace("  utter_greeting:", "  utter_greeting_gone:", 1), "utf-8")
    with pytest.raises(DefinitionProblems) as caught:
        usable(copied)
    assert any("utter_greeting" in str(problem) for problem in caught.value.problems)


def test_what_is_counted_is_said_in_words() -> None:
    from bot.tryout import described

    assert described(CountReach("card-1", "parent")) == "đếm card-1"
