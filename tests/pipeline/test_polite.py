"""What a batch does to hosts: simulated, with hosts that are slow, dead, busy, hostile or sound."""

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from politebench import Answer, Run, always, by_host, drive, most_at_once, said

from archiver.pipeline import polite
from archiver.pipeline.manners import (
    BACK_OFF,
    IN_A_ROW,
    MAX_BACK_OFF,
    MAX_WAIT,
    PAUSES,
    RETRY_FLOOR,
    RETRY_SHARE,
    SILENT_IN_A_ROW,
    TOLD_FROM,
)
from archiver.pipeline.polite import Manners, Queue, Turn
from archiver.pipeline.retry import RULES, Heard, Reason, Verdict, verdict_on


def queue_of(hosts: list[str], manners: Manners | None = None, chance: Callable[[], float] = lambda: 0.5) -> Queue:
    queue = Queue(manners or Manners(), chance)
    for row, host in enumerate(hosts, 1):
        queue.add(row, host)
    return queue


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]


class TestSoundHosts:
    def test_rows_start_once_each_in_order_where_nothing_hinders(self) -> None:
        run = drive(queue_of(["a"] * 50, Manners(per_host=9, spacing=0.0)), always())
        assert run.rows() == list(range(1, 51))
        assert [ended.again_in for _, _, ended in run.ends] == [None] * 50

    def test_never_more_than_per_host_at_once(self) -> None:
        run = drive(queue_of(["a"] * 100 + ["b"] * 100, Manners(per_host=3, spacing=0.0)), always(took=7.0))
        assert most_at_once(run) == {"a": 3, "b": 3}

    @pytest.mark.parametrize(("chance", "gap"), [(0.0, 0.5), (0.5, 1.0), (0.999, 1.499)])
    def test_starts_are_spaced_with_jitter(self, chance: float, gap: float) -> None:
        run = drive(queue_of(["a"] * 20, chance=lambda: chance), always())
        assert gaps(run.starts_of("a")) == pytest.approx([gap] * 19)

    def test_a_host_that_wants_a_rest_has_one_row_at_a_time_and_is_left_alone_after_each(self) -> None:
        queue = Queue(Manners(per_host=4, spacing=0.0), lambda: 0.5)
        for row in range(1, 6):
            queue.add(row, "api", 3.0)
        run = drive(queue, always(took=7.0))
        assert most_at_once(run) == {"api": 1}
        assert gaps(run.starts_of("api")) == pytest.approx([10.0] * 4)

    def test_hosts_take_turns_by_the_order_of_the_list(self) -> None:
        run = drive(queue_of(["a", "a", "b", "c", "a", "b"]), always())
        assert [turn.row for _, turn in run.starts] == [1, 3, 4, 2, 6, 5]

    def test_addresses_off_the_web_wait_for_nobody(self) -> None:
        run = drive(queue_of([""] * 40), lambda *_: (0.1, Verdict((Heard(""),))), concurrency=40)
        assert [at for at, _ in run.starts] == [0.0] * 40

    def test_an_empty_queue_is_over_at_once(self) -> None:
        queue = queue_of([])
        assert (queue.next(0.0), queue.wake_at(0.0), queue.waiting, queue.close()) == (None, None, 0, ())


class TestTroubledHosts:
    def test_another_try_comes_before_new_rows_of_the_host(self) -> None:
        def once_cut(turn: Turn, _: float) -> tuple[float, Verdict]:
            return 0.1, verdict_on([said("a", "cut" if (turn.row, turn.number_of_try) == (1, 1) else "")])

        run = drive(queue_of(["a"] * 4), once_cut)
        assert [turn.row for _, turn in run.starts] == [1, 2, 1, 3, 4]

    @pytest.mark.parametrize("reason", [reason for reason in RULES if reason])
    def test_a_row_gets_as_many_tries_as_can_help(self, reason: Reason) -> None:
        run = drive(queue_of(["a"]), always(reason))
        assert len(run.starts) == min(3, RULES[reason].tries)
        assert [turn.number_of_try for _, turn in run.starts] == list(range(1, len(run.starts) + 1))

    def test_back_off_doubles_up_to_a_limit(self) -> None:
        run = drive(
            queue_of(["a"], Manners(tries=10, spacing=0.0), lambda: 0.999999), always("request-timeout", took=0)
        )
        most = [min(MAX_BACK_OFF, BACK_OFF * 2**n) for n in range(9)]
        assert gaps(run.starts_of("a")) == pytest.approx(most, rel=1e-4)

    def test_a_host_that_asked_to_wait_is_left_alone_until_then(self) -> None:
        def busy_once(turn: Turn, now: float) -> tuple[float, Verdict]:
            return 0.1, verdict_on([said("a", "busy", 40.0) if now < 1 else said("a")])

        run = drive(queue_of(["a"] * 5 + ["b"] * 60), by_host({"a": busy_once}, always()))
        assert run.starts_of("a")[1] == pytest.approx(40.1)
        assert [turn.row for at, turn in run.starts if turn.host == "a"] == [1, 1, 2, 3, 4, 5]
        assert [(news.reason, news.seconds) for _, news in run.news] == [("asked", 40.0)]
        assert max(gaps(run.starts_of("b"))) == pytest.approx(1.0)

    def test_a_used_up_quota_of_a_good_answer_is_a_wait_too(self) -> None:
        run = drive(queue_of(["a"] * 3), always("", 30.0))
        assert gaps(run.starts_of("a")) == pytest.approx([30.1] * 2)

    def test_short_waits_are_kept_and_not_told(self) -> None:
        run = drive(queue_of(["a"] * 3), always("", TOLD_FROM - 1))
        assert min(gaps(run.starts_of("a"))) > TOLD_FROM - 1
        assert run.news == []

    def test_a_good_answer_that_asks_for_too_long_is_not_believed(self) -> None:
        run = drive(queue_of(["a"] * 3), always("", MAX_WAIT + 1))
        assert max(gaps(run.starts_of("a"))) == 1.0

    def test_a_refusal_that_asks_for_too_long_is_not_tried_again_and_holds_the_host(self) -> None:
        run = drive(queue_of(["a"] * 20), always("busy", 1e30))
        assert {turn.number_of_try for _, turn in run.starts} == {1}
        assert min(gaps(run.starts_of("a"))) >= MAX_WAIT
        assert len(run.starts) == len(PAUSES) + 1
        assert run.pauses_of("a") == [MAX_WAIT] * len(PAUSES) + [None]

    @pytest.mark.parametrize("reason", ["connect", "challenge", "unavailable", "timeout", "name-server"])
    def test_a_host_that_goes_on_refusing_is_paused_longer_and_longer_and_given_up(self, reason: Reason) -> None:
        run = drive(queue_of(["a"] * 500), always(reason))
        assert run.pauses_of("a") == [*PAUSES, None]
        assert len(run.starts) <= IN_A_ROW + len(PAUSES) + 1
        last = run.news[-1][1]
        assert last.reason == RULES[reason].strain
        assert last.unstarted == 500 - len(run.rows())

    def test_rows_that_waited_for_another_try_are_named_when_their_host_is_given_up(self) -> None:
        queue = queue_of(["a"] * 50, Manners(tries=100, spacing=0.0))
        run = drive(queue, always("connect", took=5.0))
        again = {turn.row for _, turn, ended in run.ends if ended.again_in is not None}
        over = {turn.row for _, turn, ended in run.ends if ended.again_in is None}
        assert set(run.news[-1][1].unfinished) == again - over != set()
        assert queue.waiting == 0

    def test_one_success_forgets_all_pauses(self) -> None:
        tries = itertools.count()

        def mostly(turn: Turn, _: float) -> tuple[float, Verdict]:
            return 0.1, verdict_on([said("a", "" if next(tries) % 6 == 5 else "challenge")])

        run = drive(queue_of(["a"] * 60), mostly)
        assert set(run.pauses_of("a")) == {PAUSES[0]}
        assert len(run.rows()) == 60

    def test_while_a_host_refuses_one_row_at_a_time_asks_it(self) -> None:
        run = drive(queue_of(["a"] * 50, Manners(per_host=6, spacing=0.0)), always("connect", took=5.0))
        first = run.ends[0][0]
        late = [at for at, _ in run.starts if at >= first]
        assert min(gaps(late)) >= 5.0

    def test_what_was_under_way_when_a_pause_began_does_not_make_it_longer(self) -> None:
        run = drive(queue_of(["a"] * 50, Manners(per_host=8, spacing=0.0)), always("challenge", took=5.0))
        assert run.pauses_of("a") == [*PAUSES, None]

    def test_retries_are_a_share_of_the_requests(self) -> None:
        run = drive(queue_of(["a"] * 2000, Manners(spacing=0.0)), always("cut"))
        retries = len(run.starts) - 2000
        assert retries <= RETRY_FLOOR + RETRY_SHARE * len(run.starts)
        assert retries >= 400

    def test_a_redirect_to_its_own_refusal_is_no_success(self) -> None:
        verdict = verdict_on([said("a"), said("a", "challenge")])
        run = drive(queue_of(["a"] * 100), lambda *_: (0.1, verdict))
        assert run.pauses_of("a") == [*PAUSES, None]

    def test_a_wait_on_the_way_holds_the_host_that_asked_and_the_row(self) -> None:
        def moved(turn: Turn, now: float) -> tuple[float, Verdict]:
            return 0.1, verdict_on([said("a"), said("b", "busy", 50.0) if now < 1 else said("b")])

        run = drive(queue_of(["a"] * 3 + ["b"]), by_host({"a": moved}, always()), concurrency=1)
        assert [turn.row for _, turn in run.starts] == [1, 2, 3, 1, 4]
        assert min(at for at, _ in run.starts[3:]) >= 50.1

    def test_a_dead_host_behind_redirects_gets_few_second_tries(self) -> None:
        verdict = verdict_on([said("short"), said("dead", "connect")])
        run = drive(queue_of(["short"] * 300), lambda *_: (0.1, verdict))
        assert len(run.rows()) == 300
        assert len(run.starts) - 300 <= RETRY_FLOOR + RETRY_SHARE * len(run.starts)
        assert run.pauses_of("short") == []

    def test_a_dead_host_does_not_hold_up_the_others(self) -> None:
        alone = drive(queue_of(["b"] * 100), always(took=0.3))
        answers: dict[str, Answer] = {"a": always("connect"), "c": always("busy", 600.0), "d": always(took=800.0)}
        mixed = drive(queue_of(["a", "b", "c", "d"] * 100), by_host(answers, always(took=0.3)))
        assert mixed.starts_of("b") == alone.starts_of("b")


class TestWayOut:
    """When no name server answers for one host after the other, the fault is ours: no row is wasted on it."""

    def test_everything_is_paused_and_goes_on_once_names_can_be_looked_up(self) -> None:
        def night(turn: Turn, now: float) -> tuple[float, Verdict]:
            return 0.1, verdict_on([said(turn.host, "name-server-silent" if now < 100 else "")])

        run = drive(queue_of([f"h{n}" for n in range(500)]), night)
        assert run.pauses_of("")[:2] == [PAUSES[0], PAUSES[1]]
        assert len(run.pauses_of("")) == 2
        assert len(run.rows()) == 500
        assert sum(at < 100 for at, _ in run.starts) < 3 * SILENT_IN_A_ROW
        assert all(ended.again_in is not None for at, _, ended in run.ends if at < 100)

    def test_in_the_end_all_is_given_up_and_nothing_is_said_to_be_done(self) -> None:
        queue = queue_of([f"h{n}" for n in range(500)])
        run = drive(queue, always("name-server-silent"))
        assert run.pauses_of("") == [*PAUSES, None]
        assert len(run.rows()) < 3 * SILENT_IN_A_ROW
        assert run.news[-1][1].unstarted == 500 - len(run.rows())
        assert queue.waiting == 0

    def test_one_host_with_a_silent_name_server_is_its_own_trouble(self) -> None:
        answers: dict[str, Answer] = {"a": always("name-server-silent")}
        run = drive(queue_of(["a"] * 50 + ["b"] * 50), by_host(answers, always()))
        assert run.pauses_of("") == []
        assert len(run.starts_of("b")) == 50

    def test_names_that_do_not_exist_show_that_name_servers_answer(self) -> None:
        def lame(turn: Turn, _: float) -> tuple[float, Verdict]:
            gone = Heard(turn.host, "", "nameless")
            return 0.1, verdict_on([gone if turn.row % 3 == 0 else said(turn.host, "name-server-silent")])

        run = drive(queue_of([f"h{n}" for n in range(200)], Manners(tries=1)), lame)
        assert run.news == []


class TestClosing:
    def test_nothing_starts_after_it_and_rows_in_between_are_named(self) -> None:
        queue = queue_of(["a"] * 5)
        assert queue.next(0.0) == Turn(1, "a", 1)
        assert queue.ended(1, 0.1, verdict_on([said("a", "cut")])).again_in is not None
        assert queue.next(5.0) == Turn(1, "a", 2)
        assert queue.next(5.0) is None
        assert queue.next(10.0) == Turn(2, "a", 1)
        assert queue.ended(2, 11.0, verdict_on([said("a", "cut")])).again_in is not None
        assert queue.waiting == 4
        assert queue.close() == (2,)
        assert (queue.waiting, queue.in_flight, queue.next(99.0), queue.wake_at(99.0)) == (0, 1, None, None)
        assert queue.ended(1, 99.0, verdict_on([said("a", "connect")])).again_in is None
        assert queue.close() == ()


REASONS: list[Reason] = list(RULES)
WAITS = st.none() | st.sampled_from([0.5, 30.0, 3599.0, 3601.0, 1e9])
SAYINGS = st.tuples(st.sampled_from(REASONS), WAITS, st.sampled_from([0.0, 0.2, 9.0, 100.0]))
HOSTS = st.sampled_from(["a", "b", "c", "d", ""])


def check(run: Run, queue: Queue, hosts: list[str], manners: Manners) -> None:
    for host, most in most_at_once(run).items():
        assert most <= manners.per_host or not host
    for host in set(hosts) - {""}:
        assert all(gap >= manners.spacing / 2 - 1e-6 for gap in gaps(run.starts_of(host)))
    tries: Counter[int] = Counter()
    for _, turn in run.starts:
        tries[turn.row] += 1
        assert turn.number_of_try == tries[turn.row] <= manners.tries
        assert turn.host == hosts[turn.row - 1]
    assert queue.waiting == queue.in_flight == 0
    given_up = {news.host for _, news in run.news if news.seconds is None}
    unfinished = {row for _, news in run.news for row in news.unfinished}
    final = Counter(turn.row for _, turn, ended in run.ends if ended.again_in is None)
    for row, host in enumerate(hosts, 1):
        left = row not in tries and (host in given_up or "" in given_up)
        assert (final[row] == 1) + (row in unfinished) + left == 1


@settings(max_examples=150, deadline=None)
@given(
    st.lists(HOSTS, max_size=60),
    st.lists(SAYINGS, min_size=1, max_size=12),
    st.builds(Manners, st.integers(1, 4), st.sampled_from([0.0, 0.1, 1.0, 20.0]), st.integers(1, 5)),
    st.integers(1, 9),
    st.integers(0, 2**32),
)
def test_whatever_hosts_do_no_row_is_lost_and_no_host_pressed(
    hosts: list[str], sayings: list[tuple[Reason, float | None, float]], manners: Manners, concurrency: int, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311  # repeatable, not secret

    def answer(turn: Turn, _: float) -> tuple[float, Verdict]:
        reason, wait, took = chance.choice(sayings)
        way = (
            [said(chance.choice(["a", "b", "elsewhere"]), *chance.choice(sayings)[:2])] if chance.random() < 0.3 else []
        )
        return took, verdict_on([*way, said(turn.host, reason, wait)])

    queue = queue_of(hosts, manners, chance.random)
    check(drive(queue, answer, concurrency=concurrency), queue, hosts, manners)


def test_a_held_host_is_not_asked_before_its_time() -> None:
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    held: dict[str, float] = {}

    def answer(turn: Turn, now: float) -> tuple[float, Verdict]:
        assert now >= held.get(turn.host, -math.inf)
        wait = chance.choice([None, 5.0, 60.0])
        held[turn.host] = max(held.get(turn.host, 0.0), now + 0.1 + (wait or 0.0)) if wait else -math.inf
        return 0.1, verdict_on([said(turn.host, chance.choice(["", "busy", "unavailable"]), wait)])

    hosts = [f"h{chance.randrange(20)}" for _ in range(2000)]
    manners = Manners(per_host=1)
    queue = queue_of(hosts, manners, chance.random)
    check(drive(queue, answer, concurrency=50), queue, hosts, manners)


@pytest.mark.parametrize(("rows", "hosts"), [(20_000, 1), (20_000, 10_000), (20_000, 20_000)])
def test_the_work_grows_with_the_rows_and_not_with_their_square(
    rows: int, hosts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed = 0

    def counted(heap: list[Any], item: Any) -> None:
        nonlocal pushed
        pushed += 1
        heappush(heap, item)

    heappush = polite.heappush
    monkeypatch.setattr(polite, "heappush", counted)
    run = drive(queue_of([f"h{n % hosts}" for n in range(rows)]), always(took=3.0))
    assert len(run.rows()) == rows
    assert pushed <= 6 * rows
    assert run.looks <= 5 * rows
