"""A process of its own that stores one message and answers what waits: `one_turn URL HOME [TEXT]`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from bot import config, understanding
from bot.channels.base import Inbound
from bot.clock import MovedClock
from bot.inbox import Inbox
from bot.ladder import Ladder, load_policy
from bot.store.database import Database
from bot.store.vault import Vault
from bot.turn import LEASE, Turns
from bot.words import load_definitions
from nlu.model import Model


def main(url: str, home: str, text: str | None) -> None:
    settings = config.load(env={"LANGNGHE_HOME": home})
    clock = MovedClock()
    clock.advance(LEASE + timedelta(seconds=5) if text is None else timedelta())  # the dead process's lease is over
    database = Database(url, Vault.open(Path(home)), clock)
    database.migrate()
    lexicon, speech = understanding._lexicon(settings)
    model = Model(lexicon, speech, understanding.places_of(settings))
    turns = Turns(database, model, load_definitions(settings), Ladder(load_policy(settings), settings))
    if text is not None:
        inbox = Inbox(database)
        inbox.put(Inbound(channel="web", provider_id="m1", address="em", kind="text", text=text))
    while turns.run_next("one"):
        pass
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
