"""Whether somebody says that they were understood wrongly, or must say the same again."""

from __future__ import annotations

import re

from flows.phrases import POLITE, spelled

SAID = "misread"  # the sign whose phrases say it in so many words
AGAIN_WORDS = 3  # of a message that may be said again; what is shorter is repeated for other reasons
AGAIN = 0.7  # share of the shorter message's words that stand in the other one too
_NO = r"(?:khong|hong|hok|hem|ko|k|dau)"
_PUTS_RIGHT = re.compile(
    rf"(?:(?:da|ua|y|thoi|a) )*(?:{_NO}|dau co) (?:co )?phai(?! (?:khong|hong|lam|di|chet|gi)\b)"
    rf"|(?:(?:da|ua|y) )*{_NO} (?:co )?ai (?:lam gi|danh|hai|dung|hu|doa|lam dau|bi gi|mat tich)\b"
    r"|(?:\w+ ){0,3}dau co (?:ai|bi|phai|noi|hoi|coi|xem|danh|lam|vu|chuyen|gi|trong|hinh|truong|dai)\b"
    r"|.*\b(?:chu|cho) (?:dau|khong|hong|hok|hk|ko) (?:co )?(?:phai |)(?:hoi|noi)\b"
    r"|.*\b(?:ma|chu|a|roi) (?:dau|khong|hong|hok|hk|ko) (?:co )?phai\b"
    r"|.*\bai (?:lam gi|danh|hai|dung|an hiep) (?:no|con|em|tui|toi|be|chau) dau\b"
    r"|.*\b(?:co )?bi (?:ai )?(?:danh|gi|hai|an hiep)(?: dap| doa)? (?:gi |ai )?dau\b"
    r"|.*\bai \w+(?: \w+)? gi dau\b|.*\bdau co (?:vu|chuyen) gi\b"
    r"|(?:\w+ ){0,2}(?:toi|tui|em|con|e|t|anh|chi|co|minh|ba|ong) (?:noi|hoi) .*\b(?:ma|kia|co ma)$"
)
_HURTS = re.compile(r"\bđau\b", re.IGNORECASE)  # "bé đau có sốt" denies nothing
_DENIAL = re.compile(
    r"^\s*(?:(?:dạ|da|ủa|ua|ý|y)\s+)*"
    r"(?:(?:không|hổng|hông|hong|hok|khong|ko|k|đâu|dau)\s+(?:có\s+|co\s+)?(?:phải|phai)(?:\s+(?:đâu|dau|mà|ma|á))?"
    r"|(?:ý|y) (?:\w+) (?:là|la|hỏi|hoi))\s*[,.:]?\s*",
    re.IGNORECASE,
)
_INSTEAD = re.compile(
    r"\s+(?:chứ|chớ|chu|cho)\s+(?:không|hổng|hông|hong|hok|khong|ko|k|đâu|dau)\s+(?:có|co|phải|phai)\b.*$",
    re.IGNORECASE | re.DOTALL,
)


def puts_right(text: str) -> bool:
    """Whether a message begins by denying what was made of it: "hổng phải, con hỏi chuyện học", "đâu có ai đánh"."""
    return bool(_PUTS_RIGHT.match(spelled(text))) and not _HURTS.search(text)


def says_again(text: str, before: str) -> bool:
    """Whether nearly the same words stood in the message `before`: who asks twice was not answered."""
    said, earlier = _words(text), _words(before)
    fewer = min(len(said), len(earlier))
    return fewer >= AGAIN_WORDS and len(said & earlier) >= AGAIN * fewer


def meant(text: str) -> str:
    """What is left of "mê điện thoại á chứ hổng phải ăn vạ" without its denials; all of it, if nothing is."""
    said = _DENIAL.sub("", text, count=1)
    denial = text.removesuffix(said).rstrip()
    rest = said.partition(",")[2]
    if denial and not denial.endswith((",", ".", ":")) and len(rest.split()) >= AGAIN_WORDS:
        said = rest  # "đâu phải điểm thấp, em mệt thôi": what is denied is not what is meant
    return _INSTEAD.sub("", said).strip() or text


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in spelled(text).split() if word not in POLITE)
