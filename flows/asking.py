"""Whether a message is a question, by its form."""

from __future__ import annotations

import re

from flows.phrases import COURTEOUS, parts, spelled

ASKING_WORDS = 4  # words of the shortest question that is told from an answer
_ENDS_ASKING = re.compile(
    r"\b(?:co|phai|duoc|dc|nen|can|dang|bi|biet|roi|cho|con|se)\b.*"
    r"\b(?:khong|hong|hok|hk|ko|k|chua)(?: vay| a| ta| he)?$"
    r"|\b(?:noi|kip)\b.*\b(?:hong|hok|hk|ko|k|chua)(?: vay| a| ta| he)?$"
    r"|\b(?:la ai|lam sao|sao gio|cach nao|the nao|chung nao|khi nao|bao gio|o dau|bao nhieu)$"
    r"|\b(?:may gio|cai gi|la gi|gi vay|ai vay|sao vay)$"
    r"|\b(?<!biet )(?:di dau|vo dau|ve dau|qua dau|cho nao|noi nao|lam gi|thi sao|gio sao"
    r"|(?:goi|keu|gap|hoi|tim|kiem|bao|noi voi) ai"
    r"|noi (?:ai|gi)(?= )|noi sao|tinh sao|sao day|hay sao|bao lau|chung nao)"
    r"(?: gio| bay gio| day| vay| a| ha| ta| he| nua| moi toi)*$"
    r"|\b(?:go|xoa|bao|xu|lam|noi|khuyen|day|giu|tranh) sao(?: gio| bay gio| day| vay| a| ha| ta| he| duoc)*$"
    r"|\bsao (?:cho|de) (?:no|con|be|chau|em|minh|chau|bo|het|dung)\b"
    r"|\b(?:noi|hoi) sao voi\b|\bmay tuoi (?:moi|thi)\b|\b(?:di|toi) dau (?:bao|kham|hoi)$"
    r"|\b(?:nen|phai) lam gi\b|\b(?:khong|hong|hok|ko|k|chua) biet \w+(?: \w+)? sao$"
)
_ASKS_SHORTLY = re.compile(r"(?:co|bi|duoc|phai) (?!on|yen|an)\w+ (?:khong|hong|hok|hk|ko)")  # "có tội hong"
_ENGLISH = re.compile(
    r"(?:can|should|could|may|will|do|does|is|are|what|how|where|who|when) (?:i|we|she|he|they|it|do|can|will|to)\b"
)
_LEADS = re.compile(
    r"cho (?:chi|anh|em|tui|toi|co|chu|con|minh|chau|e|t|mk) hoi\b"
    r"|(?:chi|day) (?:giup |gium )?(?:tui|toi|minh|mk) cach\b"  # "chị em cách nhau" asks nothing
)
_LEAD_IN = re.compile(
    r"^\s*(?:(?:dạ|da|alo|ad ơi|cô ơi|chú ơi|chào \w+|bạn ơi)[,.]? )*cho (?:\w+ )?h[ỏo]i\b"
    r"(?: (?:chút|chut|xíu|xiu|cái này|cai nay|với|voi|là|la))*[,:.]?\s*",
    re.IGNORECASE,
)
# "em hỏi làm sao", not "hồi chiều"
_I_ASK = re.compile(
    r"\b(?:con|em|e|tui|toi|minh|chi|anh|t|chau|ba|ong|co|tao) (?:chi |muon |dang |tinh |dinh |co )*hoi\b"
    r"(?! (?:chieu|sang|toi|hom|nay|trua|dem|xua|nho|do|truoc|dau|lop|nao|be|con)\b)"
)
_BEGINS = frozenset(
    {
        "lam sao",
        "co nen",
        "lam cach",
        "trong bao",
        "bao lau",
        "bao nhieu",
        "phai lam",
        "cho hoi",
        "ai doc",
        "ai coi",
        "ai la",
        "bao gio",
        "chung nao",
        "khi nao",
        "may gio",
    }
)


def without_lead(text: str) -> str:
    """The message without the courtesy that leads a question in: "cho mình hỏi trẻ mấy tuổi…"."""
    return _LEAD_IN.sub("", text, count=1) or text


def asks_within(text: str) -> bool:
    """Whether one of the sentences of a message is a question: "nó an toàn, có nên cấm nó không, tui lo lắm"."""
    return asks(text) or any(map(asks, parts(text)))


def asks(text: str) -> bool:
    """Whether a message is a question: "có nên chuyển trường cho nó không", "ai đọc tin này vậy?"; no answer to one."""
    spoken = ["vay" if word in ("z", "zay", "dzay") else word for word in spelled(text).split()]
    if _LEADS.search(" ".join(spoken)):
        return True
    words = [word for word in spoken if word not in COURTEOUS]
    if len(words) < ASKING_WORDS:
        return bool(_ASKS_SHORTLY.fullmatch(" ".join(words)))
    if _ENGLISH.match(" ".join(words)):
        return True
    return text.rstrip().endswith("?") or bool(_ENDS_ASKING.search(" ".join(words))) or " ".join(words[:2]) in _BEGINS


def says_it_asks(text: str) -> bool:
    """Whether somebody says in so many words that they ask: "an toan ma, e hoi doi luong sao"."""
    return bool(_I_ASK.search(spelled(text)))
