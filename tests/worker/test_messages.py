"""Messages to people: in order, at least once, none behind another's fault; and the lanes of a running worker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from bot.channels.base import Decision, Outbound
from bot.store.models import Contact, OutboundMessage
from nlu.signals import Urgency
from tests.worker.duties import CHILD, PHONES, Duty, Line, final, passing

OTHER = "+84900000098"


def state(duty: Duty, message_id: str) -> str:
    from sqlalchemy import select

    found = select(OutboundMessage.state).where(OutboundMessage.id == message_id)
    return str(duty.read(lambda tx: tx.session.scalar(found)))


def test_a_persons_messages_arrive_in_order(duty: Duty) -> None:
    child = duty.contact("sms")
    for text in ("một", "hai", "ba"):
        duty.message(child, text)
    duty.work()
    assert duty.sms.texts(CHILD) == ["một", "hai", "ba"]


def test_the_next_waits_for_the_one_before_and_other_people_wait_for_neither(duty: Duty) -> None:
    child, other = duty.contact("sms"), duty.contact("sms", OTHER)
    duty.sms.faults = [passing()]
    duty.message(child, "một")
    duty.message(child, "hai")
    duty.message(other, "chào")
    duty.work()
    assert (duty.sms.texts(CHILD), duty.sms.texts(OTHER)) == ([], ["chào"])
    duty.after(seconds=1)
    assert duty.sms.texts(CHILD) == ["một", "hai"]


def test_a_provider_says_when_to_come_back(duty: Duty) -> None:
    child = duty.contact("sms")
    duty.sms.faults = [passing("429", timedelta(seconds=40))]
    duty.message(child, "một")
    duty.after(seconds=39)
    assert duty.sms.sent == []
    duty.after(seconds=1)
    assert duty.sms.texts(CHILD) == ["một"]


def test_after_a_day_of_silence_a_message_is_given_up_and_the_case_rings(duty: Duty) -> None:
    duty.case(Urgency.U1)
    child = duty.read(lambda tx: tx.session.query(Contact).filter_by(channel="web").one().id)
    duty.web.down = passing()
    message = duty.message(child, "một")
    duty.work()
    duty.clock.advance(timedelta(hours=25))
    duty.work()
    assert state(duty, message) == "failed"
    assert "person_unreachable" in duty.alarms()


def test_an_address_that_takes_nothing_more_is_marked_and_an_urgent_case_rings(duty: Duty) -> None:
    duty.case(Urgency.U1)
    child = duty.read(lambda tx: tx.session.query(Contact).filter_by(channel="web").one().id)
    duty.web.faults = [final(Decision.SWITCH_CHANNEL)]
    first = duty.message(child, "một")
    second = duty.message(child, "hai")
    duty.work()
    assert (state(duty, first), state(duty, second), duty.web.sent) == ("failed", "failed", [])
    assert "person_unreachable" in duty.alarms()


def test_after_a_farewell_nothing_comes_by_itself_but_the_farewell_does(duty: Duty) -> None:
    child = duty.contact("sms")
    farewell = duty.message(child, "chào em")
    later = duty.message(child, "đã có người nhận", inbound=False)
    duty.write(lambda tx: setattr(tx.session.get_one(Contact, child), "hushed", True))
    duty.work()
    assert (state(duty, farewell), state(duty, later)) == ("sent", "dropped")
    assert duty.sms.texts(CHILD) == ["chào em"]


def test_a_channel_that_was_switched_off_fails_aloud(duty: Duty) -> None:
    message = duty.message(duty.contact("zalo", "7100000000000000001"), "một")
    duty.work()
    assert state(duty, message) == "failed"


def test_an_unforeseen_fault_of_a_channel_is_tried_again(duty: Duty) -> None:
    child = duty.contact("sms")
    duty.sms.faults = [ZeroDivisionError()]
    duty.message(child, "một")
    duty.after(seconds=1)
    assert duty.sms.texts(CHILD) == ["một"]


def test_a_message_whose_worker_died_is_sent_by_another(duty: Duty) -> None:
    child = duty.contact("sms")
    duty.message(child, "một")
    assert len(duty.claim("dead", ["message:sms"])) == 1
    duty.work()
    assert duty.sms.sent == []
    duty.after(seconds=15)
    assert duty.sms.texts(CHILD) == ["một"]


def test_a_look_up_that_goes_wrong_holds_up_no_message(duty: Duty) -> None:
    class Forgetful(Line):
        async def recall(self, message: Outbound, *, since: datetime, known: Collection[str]) -> None:
            raise TypeError

    duty.sms = Forgetful("sms")
    duty.worker = duty.new_worker("two")
    child = duty.contact("sms")
    duty.sms.faults = [ZeroDivisionError()]  # no answer: it may have left
    duty.message(child, "một")
    duty.after(seconds=1)
    assert [(told.mark, told.text) for told in duty.sms.sent] == [("(gửi lại) ", "một")]


def test_a_slow_provider_holds_up_no_page_and_nobody_else(duty: Duty) -> None:
    """The worker runs; one person's message hangs at the provider all the while."""
    child, other = duty.contact("sms"), duty.contact("sms", OTHER)

    async def night() -> None:
        gate, stop = asyncio.Event(), asyncio.Event()
        duty.sms.hold = lambda message: gate if message.address == CHILD else None
        duty.database.on_commit(duty.worker.wake)
        serving = asyncio.ensure_future(duty.worker.serve(stop))
        await asyncio.to_thread(duty.message, child, "một")
        await asyncio.to_thread(duty.message, other, "chào")
        await asyncio.to_thread(duty.case)
        await _until(lambda: bool(duty.sms.texts(OTHER) and duty.sms.texts(PHONES["an"]) and duty.voice.sent))
        assert duty.sms.texts(CHILD) == []
        gate.set()
        await _until(lambda: duty.sms.texts(CHILD) == ["một"])
        stop.set()
        await serving

    duty.runner.run(night())


def test_a_worker_told_to_stop_while_a_provider_hangs_leaves_the_message_to_the_next(duty: Duty) -> None:
    child = duty.contact("sms")
    reached: list[Outbound] = []

    async def night() -> None:
        never, stop = asyncio.Event(), asyncio.Event()

        def hang(message: Outbound) -> asyncio.Event:
            reached.append(message)
            return never

        duty.sms.hold = hang
        serving = asyncio.ensure_future(duty.worker.serve(stop))
        await asyncio.to_thread(duty.message, child, "một")
        duty.worker.wake()
        await _until(lambda: bool(reached))
        stop.set()
        await serving

    duty.runner.run(night())
    duty.sms.hold = lambda message: None
    duty.worker = duty.new_worker("two")
    duty.after(seconds=20)
    assert duty.sms.texts(CHILD) == ["một"]


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):  # a limit for a machine that is busy, not a speed
        while not true():
            await asyncio.sleep(0.01)
