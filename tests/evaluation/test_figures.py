"""The figures: what counts as heard, how sure a share is, and that a report holds no message unless asked."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.evaluation import figures
from bot.evaluation.command import calibration, evaluate
from bot.evaluation.figures import Share
from bot.evaluation.gold import BadLine, Gold, Predicted, read_gold, read_predictions
from bot.evaluation.report import Report, reliability
from bot.evaluation.variants import NAMES, WRITTEN, named, renamed
from nlu.others import other_sex
from nlu.scores import calibrated, logit


def message(level: str, *also: str, text: str = "một câu", voice: str = "child") -> Gold:
    return Gold("1", text, level, (level, *also), ("C01",), ("report_self",), voice, ("nodia",))


def said(level: str, *, check: bool = False, alarm: float | None = None) -> Predicted:
    return Predicted(level, check, "C01", "report_self", alarm)


def test_asking_counts_as_heard_but_not_as_paged() -> None:
    table = figures.table([(message("U0"), said("U3", check=True)), (message("U1"), said("U4"))])
    assert table["urgent_heard"] == Share(1, 2)
    assert table["urgent_paged"] == Share(0, 2)
    assert table["u0_heard"] == Share(1, 1)


def test_a_message_that_an_officer_could_put_at_u2_is_not_quiet() -> None:
    table = figures.table([(message("U3", "U2"), said("U1")), (message("U4", "U3"), said("U0"))])
    assert table["quiet_paged"] == Share(1, 1)


def test_any_label_that_an_officer_could_give_is_ok() -> None:
    assert figures.table([(message("U0", "U1"), said("U1"))])["urgency_ok"] == Share(1, 1)


def test_an_interval_widens_with_fewer_messages() -> None:
    few, many = Share(9, 10).interval, Share(900, 1000).interval
    assert few[0] < many[0] < 0.9 < many[1] < few[1]
    assert Share(0, 0).interval == (0.0, 1.0)
    assert Share(10, 10).interval[1] == pytest.approx(1.0)


def test_naming_what_writers_fear_of_themselves_is_counted_by_kind_and_where_nobody_does() -> None:
    angry, calm = replace(message("U1"), own="own_anger"), message("U3")
    table = figures.owned([(angry, replace(said("U1"), own="own_anger")), (angry, said("U1")), (calm, said("U3"))])
    assert table == {"own_anger": Share(1, 2), "said where nobody does": Share(0, 1)}
    assert figures.owned([(calm, said("U3"))]) == {}


def test_a_slice_is_shown_only_where_it_says_something() -> None:
    pairs = [(message("U0"), said("U0"))] * (figures.SLICE - 1)
    assert figures.slices(pairs) == {}
    assert figures.slices([*pairs, pairs[0]]) == {
        "style nodia": Share(figures.SLICE, figures.SLICE),
        "voice child": Share(figures.SLICE, figures.SLICE),
    }


def test_a_system_that_says_what_is_true_is_calibrated() -> None:
    honest = [(message("U0"), said("U0", alarm=1.0)), (message("U4"), said("U4", alarm=0.0))]
    assert figures.calibration_error(figures.bins(honest)) == pytest.approx(0.0)
    proud = [(message("U4"), said("U0", alarm=0.95))]
    assert figures.calibration_error(figures.bins(proud)) == pytest.approx(0.95)
    assert "<circle" in reliability(figures.bins(honest))


def test_two_readers_who_agree_by_chance_agree_not_at_all() -> None:
    one = {"a": "x", "b": "x", "c": "y", "d": "y"}
    assert figures.kappa(one, one) == pytest.approx(1.0)
    assert figures.kappa(one, {"a": "x", "b": "y", "c": "x", "d": "y"}) == pytest.approx(0.0)


def test_a_report_holds_no_message_unless_it_is_asked_for() -> None:
    report = Report("set", [(message("U0", text="lời của một đứa nhỏ"), said("U4"))])
    assert "lời của" not in report.to_markdown()
    assert "lời của" not in json.dumps(report.to_json(), ensure_ascii=False)
    assert "lời của một đứa nhỏ" in report.to_markdown(messages=True)


@pytest.mark.parametrize("line", ["{", "[]", '{"text": "a"}', '{"text": "a", "urgency": "U9"}'])
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(f'{{"text": "a", "urgency": "U0"}}\n{line}\n', "utf-8")
    with pytest.raises(BadLine, match=r"gold\.jsonl:2"):
        read_gold([file])


def test_another_system_is_measured_by_its_lines(
    tmp_path: Path, settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    gold, answers, out = tmp_path / "gold.jsonl", tmp_path / "answers.jsonl", tmp_path / "out"
    rows = [{"id": str(n), "text": "t", "urgency": "U0", "category": "C01", "intent": "report_self"} for n in range(4)]
    gold.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    heard = {"id": "0", "urgency": "U0", "check": False, "category": "C01", "intent": "report_self"}
    answers.write_text(json.dumps(heard), "utf-8")
    assert read_predictions(answers)["0"].paged
    assert evaluate(settings, gold=[gold], predictions=answers, out=out) == 0  # type: ignore[arg-type]
    figures_said = json.loads((out / "report.json").read_text("utf-8"))["figures"]
    assert figures_said["u0_heard"]["value"] == 0.25  # what was not answered is missed
    assert (out / "reliability.svg").read_text("utf-8").startswith("<svg")
    assert "urgent heard" in capsys.readouterr().out


def test_every_rewriting_keeps_the_message_and_changes_its_looks() -> None:
    import random

    text = "Ba đang đánh em, em sợ quá không biết làm gì"
    for name, rewrite in WRITTEN.items():
        changed = rewrite(text, random.Random(1))
        assert changed != text, name
        assert len(changed.split()) >= len(text.split()) - 1, name


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Ba đánh anh hai", "Mẹ đánh chị hai"),
        ("dượng rượt con nhỏ kế nhà", "mẹ kế rượt thằng nhỏ kế nhà"),
        ("cô giáo kể với bà ngoại", "thầy kể với ông ngoại"),
        ("mẹ năm nay bốn mươi", None),  # "ba năm" would be three years: nobody could tell it back
        ("bị cô lập, chỉ có cô thương", "bị cô lập, chỉ có chú thương"),
        ("ba má em cãi nhau, anh chị giúp em", None),
        ("ba tháng nay, từ thứ ba, con khóc hoài", None),
        ("ba danh em", None),  # without marks nobody knows who that is
    ],
)
def test_a_message_is_told_of_people_of_the_other_sex(text: str, other: str | None) -> None:
    assert other_sex(text) == other


def test_a_name_can_be_added_to_a_message() -> None:
    assert named("bé khóc ", "An") == "bé khóc . tên An"
    assert len(set(NAMES)) == len(NAMES)


def test_a_message_is_told_of_somebody_of_another_name() -> None:
    assert renamed("thằng Tuấn đánh bé Na", "Kevin") == "thằng Kevin đánh bé Kevin"
    assert renamed("nó đánh em", "Kevin") is None


def test_calibrated_alarms_say_how_many_of_a_hundred_are_urgent() -> None:
    dice = random.Random(4)
    sure = [dice.random() for _ in range(4_000)]
    urgent = [dice.random() < one for one in sure]
    timid = [one**3 / (one**3 + 9 * (1 - one) ** 3) for one in sure]  # too sure of itself, and too low
    slope, shift = calibration(timid, urgent)
    said = [calibrated(logit(one), slope, shift) for one in timid]
    for low in (0.1, 0.3, 0.5, 0.7):
        part = [(one, was) for one, was in zip(said, urgent, strict=True) if low <= one < low + 0.2]
        assert sum(one for one, _ in part) / len(part) == pytest.approx(
            sum(was for _, was in part) / len(part), abs=0.06
        )
    ordered = [one for _, one in sorted(zip(timid, said, strict=True))]
    assert ordered == sorted(said)  # the order stays
