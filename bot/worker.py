"""Does what is due: turns, pages, messages and timers, each lane apart so that none waits for another's provider."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot import auditor
from bot.channels.base import Channel, Undelivered
from bot.clock import Clock
from bot.ladder import Ladder
from bot.sending import Delivery, MessageDelivery, PageDelivery, hand_over, record
from bot.store import jobs
from bot.store.database import Database, StoreBusy, StoreFull, Tx
from bot.store.jobs import ClaimedJob
from bot.timers import Timers, put_off

if TYPE_CHECKING:
    from bot.turn import Turns

T = TypeVar("T")

POLL = 1.0  # seconds; a commit of this process wakes at once, one of another process is seen by then
BEAT_EVERY = 10.0
STOP_WITHIN = 3.0  # seconds for what is being sent when told to stop; leases cover the rest
_WIDTH = {"page": 16, "timer": 2}
_MESSAGE_WIDTH = 16
_TURN_WIDTH = 2
_BATCH = 16
CHANNELS = ("web", "terminal", "telegram", "sms", "zalo")

log = structlog.get_logger("worker")


class Worker:
    """One process's hands. `run_due` is deterministic, for tests and drills; `serve` runs until told to stop."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        turns: Turns,
        ladder: Ladder,
        channels: Mapping[str, Channel],
        *,
        owner: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._turns = turns
        self._channels = channels
        self._owner = owner[:36]
        self._lease = ladder.settings.lease
        self._timers = Timers(turns, ladder)
        self._deliveries: dict[str, Delivery] = {
            "message": MessageDelivery(channels, turns.mark),
            "page": PageDelivery(channels, ladder),
        }
        self._wakes: list[asyncio.Event] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        # threads of their own: a page must not wait for a thread that waits for a slow turn
        self._urgent: ThreadPoolExecutor | None = None

    def wake(self) -> None:
        """There may be something to do; may be called from any thread, and before or after `serve` too."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._wake_all)

    async def run_due(self) -> int:
        """Run everything that is due by the clock, until nothing is; how many turns and jobs that were."""
        total = 0
        await self._write(auditor.beat)
        while done := await self._turns_due() + await self._jobs_due():
            total += done
        await self._refresh_tokens()
        await self._write(_audit)
        return total

    async def serve(self, stop: asyncio.Event) -> None:
        """Run every lane until `stop` is set; what is in hand is put down in order, or left to its lease."""
        self._loop = asyncio.get_running_loop()
        self._urgent = ThreadPoolExecutor(max_workers=4, thread_name_prefix="urgent")
        # also those of channels that are off now: what waits for one must fail aloud, not wait unseen
        message_lanes = [f"message:{name}" for name in {*CHANNELS, *self._channels}]
        lanes: list[Awaitable[None]] = [self._lane({lane}, width, stop) for lane, width in _WIDTH.items()]
        lanes += [self._lane({lane}, _MESSAGE_WIDTH, stop) for lane in message_lanes]
        lanes += [self._turn_lane(number, stop) for number in range(_TURN_WIDTH)]
        lanes += [
            self._every(BEAT_EVERY, stop, lambda: self._write(auditor.beat)),
            self._every(auditor.EVERY.total_seconds(), stop, self._watch),
        ]
        tasks = [asyncio.ensure_future(lane) for lane in lanes]
        try:
            await stop.wait()
        finally:
            self._wake_all()
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN + 1)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._loop = None
            self._wakes.clear()
            self._urgent.shutdown(wait=False)
            self._urgent = None

    async def _turns_due(self) -> int:
        done = 0
        while await self._in_thread(lambda: self._turns.run_next(self._owner)):
            done += 1
        return done

    async def _jobs_due(self) -> int:
        done = 0
        while claimed := await self._claim(None, _BATCH, self._owner):
            for job in claimed:
                await self._run(job)
            done += len(claimed)
        return done

    async def _lane(self, lanes: Collection[str], width: int, stop: asyncio.Event) -> None:
        wake = self._new_wake()
        running: set[asyncio.Task[None]] = set()

        def finished(task: asyncio.Task[None]) -> None:
            running.discard(task)
            wake.set()

        while not stop.is_set():
            wake.clear()
            claimed = await self._guarded(lambda: self._claim(lanes, width - len(running), self._owner)) or []
            for job in claimed:
                task = asyncio.ensure_future(self._run(job))
                running.add(task)
                task.add_done_callback(finished)
            if not claimed:
                await _woken(wake, POLL)
        if running:
            _, late = await asyncio.wait(running, timeout=STOP_WITHIN)
            for task in late:
                task.cancel()

    async def _turn_lane(self, number: int, stop: asyncio.Event) -> None:
        wake, owner = self._new_wake(), f"{self._owner}.{number}"
        while not stop.is_set():
            wake.clear()
            if not await self._guarded(lambda: asyncio.to_thread(self._turns.run_next, owner)):
                await _woken(wake, POLL)

    async def _every(self, seconds: float, stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
        while not stop.is_set():
            await self._guarded(work)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    async def _watch(self) -> None:
        await self._write(_audit)
        await self._refresh_tokens()

    async def _run(self, job: ClaimedJob) -> None:
        """Do one job; whatever goes wrong, it is tried again, and nothing else is held up."""
        try:
            if job.kind in self._deliveries:
                await self._deliver(job)
            else:
                await self._write(lambda tx: self._timers.run(tx, job))
        except Exception as error:
            log.error("job.failed", kind=job.kind, job=job.id, attempts=job.attempts, error=type(error).__name__)
            await self._guarded(lambda: self._write(lambda tx: put_off(tx, job)))

    async def _deliver(self, job: ClaimedJob) -> None:
        delivery = self._deliveries[job.kind]
        call = await self._write(lambda tx: delivery.prepare(tx, job))
        if call is None:
            return
        outcome = await self._held(job, hand_over(call, "page" if job.kind == "page" else "message"))
        if isinstance(outcome, Undelivered):
            log.warning(
                "send.failed",
                kind=job.kind,
                lane=job.lane,
                code=outcome.code,
                reason=outcome.decision.value,
                job=job.id,
            )
        await self._write(record(delivery, job, outcome))

    async def _held(self, job: ClaimedJob, sending: Awaitable[T]) -> T:
        """Wait for a provider, holding the job's lease meanwhile so that no other worker sends the same."""
        task = asyncio.ensure_future(sending)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=self._lease.total_seconds() / 3)
                if not task.done():
                    await self._guarded(lambda: self._write(lambda tx: jobs.renew(tx, job, self._lease)))
            return task.result()
        finally:
            task.cancel()

    async def _claim(self, lanes: Collection[str] | None, limit: int, owner: str) -> list[ClaimedJob]:
        return await self._in_thread(
            lambda: jobs.claim(self._database, owner=owner, lanes=lanes, limit=limit, lease=self._lease)
        )

    async def _write(self, work: Callable[[Tx], T]) -> T:
        def in_one_transaction() -> T:
            with self._database.write() as tx:
                return work(tx)

        return await self._in_thread(in_one_transaction)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._urgent, work)

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """`work`, or None while the database cannot answer: a lane never ends because of one bad moment."""
        try:
            return await work()
        except (StoreBusy, StoreFull) as error:
            log.warning("store.unavailable", error=type(error).__name__)
        except Exception as error:
            log.error("lane.stumbled", error=type(error).__name__, exc_info=error)
        await asyncio.sleep(POLL)
        return None

    async def _refresh_tokens(self) -> None:
        for name, channel in self._channels.items():
            keep_fresh = getattr(channel, "keep_fresh", None)  # only a channel whose tokens grow old has it
            if keep_fresh is None:
                continue
            try:
                await keep_fresh(self._clock.now())
            except Undelivered as error:
                log.warning("token.not_renewed", channel=name, code=error.code)

    def _new_wake(self) -> asyncio.Event:
        event = asyncio.Event()
        self._wakes.append(event)
        return event

    def _wake_all(self) -> None:
        for event in self._wakes:
            event.set()


def _audit(tx: Tx) -> None:
    auditor.beat(tx)  # a worker that looks is not silent, also when somebody has just moved its clock
    auditor.audit_once(tx)


async def _woken(wake: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)
