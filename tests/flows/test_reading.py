"""A file that cannot be read is a problem with a line, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.checker import check
from flows.definition import Sources
from flows.reading import examined, parse
from flows.yamltree import read
from tests.flows.faults import of_cards, of_flows, problems, shipped, text_of, with_text

FILE = "flows/definitions/report.yml"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("flows:\n  report: {", 2, "YAML sai cú pháp"),
        ("flows:\n\t- a", 2, "YAML sai cú pháp"),
        ("a: 1\na: *nobody\n", 2, "YAML sai cú pháp"),
        ("a: \x07", 0, "YAML sai cú pháp"),
        ("", 0, "tệp trống hoặc không phải một bảng `khóa: giá trị`"),
        ("# chỉ có ghi chú\n", 0, "tệp trống hoặc không phải một bảng `khóa: giá trị`"),
        ("- a\n- b\n", 0, "tệp trống hoặc không phải một bảng `khóa: giá trị`"),
        ("a: 1\nb: 2\na: 3\n", 3, "khóa `a` ghi hai lần"),
        ("a:\n  b: 1\n  b: 2\n", 3, "khóa `b` ghi hai lần"),
        ("a: 1\nb: 2026-13-45\n", 2, "giá trị không đọc được"),
        ("a: !!int một\n", 1, "giá trị không đọc được"),
        ("a: !!bool có\n", 1, "giá trị không đọc được"),
        ("a: !!timestamp mai\n", 1, "giá trị không đọc được"),
        ("a: !!python/name:os.system x\n", 1, "giá trị không đọc được"),
        ("a: " + "[" * 40 + "]" * 40, 1, "lồng nhau quá sâu"),
        ("a: &a [*a]\n", 1, "lồng nhau quá sâu"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, message: str) -> None:
    [told] = read(FILE, text)[1][:1]
    assert (told.file, told.line, told.message) == (FILE, line, message)


def test_every_value_knows_its_line() -> None:
    tree, found = read(FILE, "a:\n  - b: 1\n    c: [x,\n      y]\n")
    assert found == []
    assert [tree.line("a"), tree.line("a", 0, "c"), tree.line("a", 0, "c", 1), tree.line("a", 7)] == [1, 3, 4, 1]


def test_a_broken_file_does_not_hide_the_faults_of_the_others() -> None:
    whole = with_text(of_flows(shipped()), FILE, "flows: [")
    told = {(one.file, one.message) for one in problems(whole)}
    assert (FILE, "YAML sai cú pháp") in told
    assert ("flows/definitions", "thiếu flow `report`") in told


def test_a_file_of_words_that_breaks_off_is_one_fault_and_no_list_of_what_it_lacks() -> None:
    _, found = examined(with_text(shipped(), "data/responses/vi.yml", "responses: ["))
    assert [(one.file, one.message) for one in found] == [("data/responses/vi.yml", "YAML sai cú pháp")]


@pytest.fixture(scope="module")
def parts() -> dict[str, Sources]:
    whole = shipped()
    return {
        "flows/definitions/report.yml": of_flows(whole),
        "flows/definitions/safety.yml": of_flows(whole),
        "flows/definitions/slots.yml": of_flows(whole),
        "flows/definitions/routes.yml": of_flows(whole),
        "data/directory/rules.yml": of_cards(whole),
        "data/guidance/child.yml": of_cards(whole),
        "data/guidance/menu.yml": of_cards(whole),
    }


PIECES = st.sampled_from(
    ["", "x", "[]", "{}", "- ", ": ", "null", "yes", "3", "-1", '"', "*a", "!!int x", "[[x]]", "{a: {b: c}}", "≠"]
)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_nothing_that_is_typed_into_a_file_breaks_the_checker(parts: dict[str, Sources], data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(sorted(parts)))
    lines = text_of(parts[file], file).splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(lines) - 1))
        head, colon, tail = lines[place].partition(":")
        piece = data.draw(PIECES)
        lines[place] = data.draw(
            st.sampled_from(["", f"{head}{colon} {piece}", f"{head}{piece}{colon}{tail}", f"  {lines[place]}"])
        )
    definitions, found = parse(with_text(parts[file], file, "\n".join(lines)))
    for one in (*found, *check(definitions)):
        assert one.line >= 0
        assert one.message
