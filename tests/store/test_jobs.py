"""A job is done by its newest attempt only, in order, and nothing that has ended changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from bot.clock import MovedClock
from bot.store import jobs
from bot.store.database import Database
from bot.store.jobs import ClaimedJob
from bot.store.models import Job

LEASE = timedelta(seconds=15)


def _add(database: Database, key: str, **more: object) -> None:
    with database.write() as tx:
        wanted = {"kind": "message", "lane": "timer", "key": key, "subject": key, "due_at": tx.now} | more
        jobs.add(tx, **wanted)  # type: ignore[arg-type]


def _claim(database: Database, owner: str = "a", limit: int = 10, lanes: tuple[str, ...] = ("timer",)) -> list[str]:
    return [job.key for job in jobs.claim(database, owner=owner, lanes=lanes, limit=limit, lease=LEASE)]


def test_the_most_urgent_first_then_the_oldest(database: Database, clock: MovedClock) -> None:
    _add(database, "late")
    _add(database, "urgent", priority=0)
    _add(database, "early", due_at=clock.now() - timedelta(minutes=1))
    _add(database, "same")
    assert _claim(database) == ["urgent", "early", "late", "same"]


def test_nothing_is_claimed_early_or_from_another_lane(database: Database, clock: MovedClock) -> None:
    _add(database, "later", due_at=clock.now() + timedelta(seconds=1))
    _add(database, "other", lane="page")
    assert _claim(database) == []
    clock.advance(timedelta(seconds=1))
    assert _claim(database) == ["later"]
    assert _claim(database, lanes=("page",)) == ["other"]


def test_a_strand_runs_one_after_the_other_and_danger_overtakes(database: Database) -> None:
    for key in ("first", "second"):
        _add(database, key, strand="person")
    _add(database, "elsewhere", strand="another")
    _add(database, "danger", strand="person", priority=0)
    claimed = jobs.claim(database, owner="a", lanes=None, limit=10, lease=LEASE)
    assert [job.key for job in claimed] == ["danger", "first", "elsewhere"]
    with database.write() as tx:
        assert jobs.complete(tx, claimed[1])
    assert _claim(database) == ["second"]


def test_the_same_key_replaces_what_waits_and_leaves_what_was_taken(database: Database, clock: MovedClock) -> None:
    _add(database, "k", gen=1)
    _add(database, "k", gen=2)
    [job] = jobs.claim(database, owner="a", lanes=None, limit=10, lease=LEASE)
    assert job.gen == 2
    _add(database, "k", gen=3)
    with database.write() as tx:
        assert jobs.complete(tx, job)
    _add(database, "k", gen=4)
    assert _claim(database) == []


def test_a_dead_workers_job_is_taken_over_and_its_ghost_changes_nothing(database: Database, clock: MovedClock) -> None:
    _add(database, "k")
    [ghost] = jobs.claim(database, owner="a", lanes=None, limit=1, lease=LEASE)
    assert _claim(database, "b") == []
    with database.read() as tx:
        assert jobs.next_due(tx) == clock.now() + LEASE
    clock.advance(LEASE)
    [taken] = jobs.claim(database, owner="b", lanes=None, limit=1, lease=LEASE)
    assert taken.attempts == 2
    with database.write() as tx:
        assert not jobs.complete(tx, ghost)
        assert not jobs.retry(tx, ghost, tx.now)
        assert not jobs.renew(tx, ghost, LEASE)
        assert jobs.still_mine(tx, taken)
        assert jobs.complete(tx, taken)


def test_a_renewed_lease_is_not_taken_over(database: Database, clock: MovedClock) -> None:
    _add(database, "k")
    [job] = jobs.claim(database, owner="a", lanes=None, limit=1, lease=LEASE)
    clock.advance(timedelta(seconds=10))
    with database.write() as tx:
        assert jobs.renew(tx, job, LEASE)
    clock.advance(timedelta(seconds=10))
    assert _claim(database, "b") == []


def test_cancelling_spares_the_newest_generation(database: Database) -> None:
    for gen in (1, 2, 3):
        _add(database, f"k{gen}", subject="alert", gen=gen, kind="page")
    [held] = jobs.claim(database, owner="a", lanes=None, limit=1, lease=LEASE)
    with database.write() as tx:
        assert jobs.cancel(tx, subject="alert", kind="deadline") == 0
        assert jobs.cancel(tx, subject="alert", kind="page", below_gen=3) == 2
        assert not jobs.complete(tx, held)
    assert _claim(database) == ["k3"]


def test_a_rolled_back_report_leaves_no_job(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as tx:  # noqa: PT012
        jobs.add(tx, kind="page", lane="page", key="k", subject="s", due_at=tx.now)
        1 / 0  # noqa: B018
    assert _claim(database, lanes=("page",)) == []


def test_two_workers_never_hold_the_same_job(database: Database) -> None:
    for number in range(60):
        _add(database, f"k{number}")
    taken: list[str] = []

    def work(owner: str) -> None:
        while got := jobs.claim(database, owner=owner, lanes=None, limit=3, lease=LEASE):
            taken.extend(job.key for job in got)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken))
    assert len(taken) + len(_claim(database, limit=60)) == 60


def test_looking_for_nothing_writes_nothing(database: Database) -> None:
    commits: list[int] = []
    database.on_commit(lambda: commits.append(1))
    assert _claim(database) == []
    assert commits == []


def test_what_has_ended_is_forgotten_in_time(database: Database, clock: MovedClock) -> None:
    _add(database, "done")
    _add(database, "waiting")
    done = jobs.claim(database, owner="a", lanes=None, limit=1, lease=LEASE)[0]
    with database.write() as tx:
        jobs.complete(tx, done)
        assert jobs.forget(tx, ended_before=clock.now() + timedelta(days=1)) == 1
    assert _claim(database) == ["waiting"]


class Model(RuleBasedStateMachine):
    """Two workers, a clock and any order of deeds, against what a table in memory says."""

    database: Database
    clock: MovedClock
    held: Bundle[ClaimedJob] = Bundle("held")

    def __init__(self) -> None:
        super().__init__()
        self.added = 0
        self.newest: dict[str, int] = {}  # attempts per job
        self.ended: dict[str, str] = {}
        with self.database.write() as tx:
            for row in tx.session.scalars(select(Job)):
                tx.session.delete(row)

    @rule(delay=st.integers(0, 30), priority=st.integers(0, 4), strand=st.sampled_from([None, "s"]))
    def add(self, delay: int, priority: int, strand: str | None) -> None:
        self.added += 1
        due = self.clock.now() + timedelta(seconds=delay)
        _add(self.database, f"k{self.added}", due_at=due, priority=priority, strand=strand)

    @rule(target=held, owner=st.sampled_from("ab"))
    def claim(self, owner: str) -> ClaimedJob:
        got = jobs.claim(self.database, owner=owner, lanes=None, limit=1, lease=LEASE)
        for job in got:
            assert job.key not in self.ended
            assert job.due_at <= self.clock.now()
            assert job.attempts == self.newest.get(job.key, 0) + 1
            self.newest[job.key] = job.attempts
        return got[0] if got else ClaimedJob("-", "", "", "-", "", 0, self.clock.now(), 4, "a", 0, self.clock.now())

    @rule(job=held, deed=st.sampled_from(["complete", "retry"]))
    def finish(self, job: ClaimedJob, deed: str) -> None:
        current = self.newest.get(job.key) == job.attempts and job.key not in self.ended
        with self.database.write() as tx:
            done = jobs.complete(tx, job) if deed == "complete" else jobs.retry(tx, job, tx.now + timedelta(seconds=5))
        assert not done or current
        if done and deed == "complete":
            self.ended[job.key] = "done"

    @rule(job=held)
    def cancel(self, job: ClaimedJob) -> None:
        with self.database.write() as tx:
            if jobs.cancel(tx, subject=job.key):
                assert job.key not in self.ended
                self.ended[job.key] = "cancelled"

    @rule(seconds=st.integers(1, 20))
    def wait(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    @invariant()
    def what_has_ended_stays(self) -> None:
        with self.database.read() as tx:
            rows = {row.key: row.state for row in tx.session.scalars(select(Job))}
        assert {key: rows[key] for key in self.ended} == self.ended
        assert all(state in {"pending", "claimed"} for key, state in rows.items() if key not in self.ended)


def test_any_order_of_deeds_keeps_the_fence(database: Database, clock: MovedClock) -> None:
    machine: Callable[[], Model] = type("Bound", (Model,), {"database": database, "clock": clock})
    checked = settings(max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=checked)  # type: ignore[no-untyped-call]
