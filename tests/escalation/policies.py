"""The policy of the repository, for tests."""

from __future__ import annotations

from pathlib import Path

import yaml

from escalation.policy import Policy, parse_policy

_DATA = Path(__file__).resolve().parents[2] / "data" / "escalation"


def policy_document() -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load((_DATA / "policy.yml").read_text("utf-8"))
    return document


def real_policy() -> Policy:
    return parse_policy(policy_document(), yaml.safe_load((_DATA / "holidays.yml").read_text("utf-8")))
