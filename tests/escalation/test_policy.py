"""The policy is data: it is read whole, refused with every fault at once, and survives as an alert's snapshot."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from escalation.policy import Policy, PolicyProblems, parse_policy
from nlu.signals import Urgency
from tests.escalation.policies import policy_document, real_policy


def changed(change: Any) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(policy_document())
    change(document)
    return document


def problems(document: Any) -> str:
    with pytest.raises(PolicyProblems) as caught:
        parse_policy(document)
    return "\n".join(caught.value.problems)


def until_desk(policy: Policy, level: Urgency) -> timedelta:
    return sum((step.ack_within for step in policy.of(level).steps[:-1]), timedelta())


def test_the_policy_keeps_the_times_that_were_promised() -> None:
    policy = real_policy()
    u0 = policy.of(Urgency.U0)
    assert [step.to[0].kind for step in u0.steps] == ["primary", "backup", "supervisor", "desk"]
    assert [step.ack_within for step in u0.steps] == [timedelta(minutes=5)] * 3 + [timedelta(seconds=120)]
    assert until_desk(policy, Urgency.U0) == timedelta(minutes=15)
    assert until_desk(policy, Urgency.U1) <= timedelta(hours=2)
    assert policy.of(Urgency.U1).steps[0].ack_within <= timedelta(minutes=30)
    assert sum((s.ack_within for s in policy.of(Urgency.U2).steps[:2]), timedelta()) <= timedelta(hours=4)
    assert until_desk(policy, Urgency.U3) <= timedelta(hours=24)


def test_every_level_ends_at_the_111_desk() -> None:
    assert real_policy().desks == {"111"}
    assert all(real_policy().of(level).steps[-1].hands_over for level in Urgency)


def test_the_snapshot_is_plain_json_and_the_same_policy() -> None:
    policy = real_policy()
    assert Policy.from_json(json.loads(json.dumps(policy.to_json()))) == policy


def test_all_faults_are_listed_at_once() -> None:
    def change(document: dict[str, Any]) -> None:
        del document["levels"]["U3"]
        document["levels"]["U9"] = {}
        document["levels"]["U0"]["steps"].pop()
        document["levels"]["U1"]["steps"][0]["ack_within"] = "soon"
        document["levels"]["U2"]["steps"][1]["to"] = ["boss"]
        document["page_tries"] = 0
        document["clocks"][0].pop("verified_on")

    found = problems(changed(change))
    for part in ("U3", "U9", "U0: bậc cuối", "U1, bậc 1.ack_within", "U2, bậc 2", "page_tries", "measures"):
        assert part in found


@pytest.mark.parametrize("document", [None, [], "x", {}, {"levels": None}, {"levels": {"U0": None}}])
def test_a_document_of_another_shape_is_refused_in_words(document: Any) -> None:
    assert "U0" in problems(document)


def test_a_ladder_that_gives_up_is_refused() -> None:
    def only_team(document: dict[str, Any]) -> None:
        document["levels"]["U0"]["steps"][-1]["to"] = ["supervisor"]

    assert "desk:" in problems(changed(only_team))


def test_holidays_must_be_days() -> None:
    with pytest.raises(PolicyProblems, match="holidays"):
        parse_policy(policy_document(), {"holidays": [{"day": "mùng một"}]})


def test_past_the_officers_of_the_place_a_supervisor_is_rung_first_and_the_desk_still_last() -> None:
    past = real_policy().past_officers()
    for level in Urgency:
        kinds = {target.kind for step in past.of(level).steps for target in step.to}
        assert kinds == {"supervisor", "desk"}
        assert past.of(level).steps[0].to[0].kind == "supervisor"
        assert past.of(level).steps[-1].hands_over
    assert Policy.from_json(past.to_json()) == past  # as an alert carries it


def test_a_policy_without_a_supervisor_is_refused() -> None:
    def without(document: dict[str, Any]) -> None:
        for step in document["levels"]["U2"]["steps"]:
            step["to"] = [each for each in step["to"] if each != "supervisor"] or ["primary"]

    assert "U2: phải có một bậc gọi trưởng ca" in problems(changed(without))
