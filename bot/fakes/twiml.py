"""What a phone makes of a TwiML document: what it says, and where a key press goes. Pure."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

_DTMF = "dtmf"


class BadTwiml(Exception):  # noqa: N818
    """The document is not TwiML that this phone understands; the real one would hang up."""


@dataclass(frozen=True)
class Spoken:
    """One document, as heard."""

    said: tuple[str, ...]
    action: str | None  # where a key press is posted; None: no key is waited for
    reports_silence: bool  # no key is reported too (actionOnEmptyResult)


def hear(document: str, url: str) -> Spoken:
    """Read a document that came from `url`; raises BadTwiml."""
    try:
        root = ET.fromstring(document)  # noqa: S314 - written by our own server
    except ET.ParseError:
        raise BadTwiml from None
    if root.tag != "Response":
        raise BadTwiml
    gather = root.find("Gather")
    if gather is not None and gather.get("input", _DTMF) != _DTMF:
        raise BadTwiml
    action = urljoin(url, gather.get("action", url)) if gather is not None else None
    silence = gather is not None and gather.get("actionOnEmptyResult") == "true"
    return Spoken(tuple(dict.fromkeys(_said(root))), action, silence)


def _said(root: ET.Element) -> Iterator[str]:
    for say in root.iter("Say"):
        if say.get("language") != "vi-VN" or not (say.text or "").strip():
            raise BadTwiml
        yield (say.text or "").strip()
