"""What comes in is durable, once, and sealed."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.channels.base import Inbound
from bot.inbox import LONGEST, Inbox, Unstorable
from bot.store.database import Database, StoreBusy
from bot.store.models import Contact, InboundMessage
from bot.store.vault import Vault

FIRST = Inbound(channel="sms", provider_id="SM1", address="+84900000001", kind="text", text="canary-em-so-lam")


@pytest.fixture
def inbox(database: Database):
    inbox = Inbox(database)
    yield inbox
    inbox.close()


def _body(database: Database, provider_id: str) -> dict[str, object]:
    with database.read() as tx:
        row = tx.session.scalars(select(InboundMessage).where(InboundMessage.provider_id == provider_id)).one()
        return json.loads(tx.open("inbound_message", "body", row.id, row.body))


def test_the_same_message_twice_is_stored_once(inbox: Inbox, database: Database) -> None:
    assert inbox.put(FIRST) == "stored"
    assert inbox.put(replace(FIRST, text="sent again with other words")) == "duplicate"
    assert _body(database, "SM1")["text"] == "canary-em-so-lam"


def test_one_person_on_one_channel_is_one_contact(inbox: Inbox, database: Database) -> None:
    inbox.put(FIRST)
    inbox.put(replace(FIRST, provider_id="SM2"))
    inbox.put(replace(FIRST, channel="zalo"))
    with database.read() as tx:
        assert tx.session.scalar(select(func.count()).select_from(Contact)) == 2


def test_many_callers_share_commits_and_all_are_stored(inbox: Inbox, database: Database) -> None:
    answers: list[str] = []
    commits: list[int] = []
    database.on_commit(lambda: commits.append(1))

    def send(number: int) -> None:
        answers.append(inbox.put(replace(FIRST, provider_id=f"SM{number % 40}", address=f"+849000000{number % 7}")))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(80)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["duplicate"] * 40 + ["stored"] * 40
    assert len(commits) <= 80


def test_a_bad_message_fails_alone(inbox: Inbox, database: Database) -> None:
    bad = replace(FIRST, provider_id="bad", kind="x" * 5, media=object())  # type: ignore[arg-type]
    with pytest.raises(Unstorable) as caught:
        inbox.put(bad)
    assert "canary" not in repr(caught.value)
    assert inbox.put(FIRST) == "stored"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("e\u0302\u0301", "\u1ebf"),
        ("a\0b", "ab"),
        ("\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        ("\u202ex", "\u202ex"),
        ("d" * (LONGEST + 5), "d" * LONGEST),
    ],
)
def test_any_text_is_kept_composed_and_whole(inbox: Inbox, database: Database, sent: str, kept: str) -> None:
    assert inbox.put(replace(FIRST, text=sent)) == "stored"
    assert _body(database, "SM1")["text"] == kept


def test_stop_makes_a_person_unreachable_and_words_reachable_again(inbox: Inbox, database: Database) -> None:
    inbox.put(FIRST)
    inbox.put(replace(FIRST, provider_id="SM2", kind="stop"))
    with database.write() as tx:
        contact = tx.session.scalars(select(Contact)).one()
        assert not contact.reachable
        contact.hushed = True
    inbox.put(replace(FIRST, provider_id="SM3"))
    with database.read() as tx:
        contact = tx.session.scalars(select(Contact)).one()
        assert (contact.reachable, contact.hushed) == (True, False)


def test_an_unreadable_body_is_kept_aside_sealed(inbox: Inbox, database: Database) -> None:
    assert inbox.aside("zalo", b"\xff{canary") == "stored"
    assert inbox.aside("zalo", b"\xff{canary") == "duplicate"
    with database.read() as tx:
        row = tx.session.scalars(select(InboundMessage)).one()
        assert (row.state, row.contact_id) == ("aside", None)
        assert row.body is not None
        assert b"canary" not in row.body
        assert tx.open("inbound_message", "body", row.id, row.body).encode("latin-1") == b"\xff{canary"


def test_a_locked_database_says_so(sqlite_url: str, vault: Vault, clock) -> None:
    mine, other = Database(sqlite_url, vault, clock, busy=0.05), Database(sqlite_url, vault, clock)
    mine.migrate()
    inbox = Inbox(mine)
    with other.write(), pytest.raises(StoreBusy):
        inbox.put(FIRST)
    assert inbox.put(FIRST) == "stored"
    inbox.close()
    mine.close()
    other.close()


def test_no_word_or_number_stands_in_the_files(sqlite_url: str, tmp_path: Path, vault: Vault, clock) -> None:
    database = Database(sqlite_url, vault, clock)
    database.migrate()
    inbox = Inbox(database)
    inbox.put(FIRST)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("langnghe.db*"))
    for canary in (b"canary", b"+84900000001", b"84900000001"):
        assert canary not in files
    assert b"SM1" in files
    inbox.close()
    database.close()
