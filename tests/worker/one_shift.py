"""A process of its own that runs a worker once: `one_shift URL HOME SENT [new]`; what left is written to SENT.

With LANGNGHE_TEST_SMS_BASE in the environment, text messages go by the real client to the network that listens there.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.channels.base import Outbound, Receipt
from bot.channels.sms import TwilioSms
from bot.clock import MovedClock
from bot.ladder import load_policy
from bot.store.database import Database
from bot.store.vault import Vault
from nlu.signals import Urgency
from tests.channels.common import PUBLIC, TIMES, TWILIO
from tests.worker.conftest import duty_settings
from tests.worker.duties import CHILD, Duty, Line

START = datetime(2026, 11, 2, 19, 10, tzinfo=UTC)


class Wire(Line):
    """A line whose far end outlives this process."""

    def __init__(self, name: str, sent: Path) -> None:
        super().__init__(name)
        self.path = sent

    async def send(self, message: Outbound) -> Receipt:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{self.name} {message.address} {message.mark}{message.text}\n")
        return await super().send(message)


def network() -> TwilioSms | None:
    """The real client, if a network is there."""
    base = os.environ.get("LANGNGHE_TEST_SMS_BASE")
    return TwilioSms(dataclasses.replace(TWILIO, api_base=base), public_url=PUBLIC, timeouts=TIMES) if base else None


def main(url: str, home: Path, sent: Path, *, new: bool) -> None:
    clock = MovedClock(START if new else START + timedelta(seconds=20))  # the dead process's lease is over
    database = Database(url, Vault.open(home), clock)
    database.migrate()
    settings = duty_settings(home)
    with asyncio.Runner() as runner:
        duty = Duty(database, clock, settings, load_policy(settings), runner, staffed=new)
        duty.sms, duty.voice = network() or Wire("sms", sent), Wire("voice", sent)
        duty.worker = duty.new_worker("new" if new else "next")
        if new:
            duty.case(Urgency.U1)
            duty.message(duty.contact("sms", CHILD), "một")
        duty.work()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), new=sys.argv[4:] == ["new"])
