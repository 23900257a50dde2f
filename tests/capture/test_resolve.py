"""From a name to addresses: as the machine is set up, with the answers kept as they came."""

from collections.abc import Iterator
from pathlib import Path

import dns.message
import pytest
from capturing import Ask, whole
from nameserver import CUT, FOREIGN, JUNK, NO_EDNS, SILENCE, NameServer, dead_port
from server import RawServer, http

from archiver.capture import dns as stub
from archiver.capture.dns import DnsServer
from archiver.capture.resolve import SystemResolver, configured_servers, hosts_addresses, system_lookup
from archiver.capture.waiting import Patience, Stopped
from archiver.model.exchange import DnsAnswer, Route
from archiver.runtime import Runtime


@pytest.fixture
def names() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server


@pytest.fixture
def patience(runtime: Runtime) -> Patience:
    return Patience(runtime.clock, runtime.clock.monotonic() + 5, lambda: False)


def _soon(runtime: Runtime, seconds: float = 0.3) -> Patience:
    return Patience(runtime.clock, runtime.clock.monotonic() + seconds, lambda: False)


def _resolver(names: NameServer, *more: DnsServer, hosts: Path = Path("/nonexistent")) -> SystemResolver:
    return SystemResolver(hosts=hosts, servers=(*more, DnsServer("127.0.0.1", names.port)))


def _addresses(answers: tuple[DnsAnswer, ...]) -> list[tuple[str, ...]]:
    return [answer.addresses for answer in answers]


def test_both_kinds_are_asked_and_the_messages_are_kept(names: NameServer, patience: Patience) -> None:
    names.zone = {("site.example", "A"): ("192.0.2.1", "192.0.2.2"), ("site.example", "AAAA"): ("2001:db8::1",)}
    answers = _resolver(names).resolve("site.example", patience)
    assert [(a.name, a.kind, a.rcode, a.source) for a in answers] == [
        ("site.example", "A", "NOERROR", "dns"),
        ("site.example", "AAAA", "NOERROR", "dns"),
    ]
    assert _addresses(answers) == [("192.0.2.1", "192.0.2.2"), ("2001:db8::1",)]
    assert sorted(a.wire for a in answers) == sorted(names.sent)
    assert dns.message.from_wire(answers[0].wire).answer


def test_aliases_are_followed_within_the_answer(names: NameServer, patience: Patience) -> None:
    names.zone = {("www.example", "A"): ("CNAME:cdn.example.", "CNAME:edge.example.", "192.0.2.7")}
    assert _addresses(_resolver(names).resolve("www.example", patience))[0] == ("192.0.2.7",)


def test_an_alias_loop_has_no_address(names: NameServer, patience: Patience) -> None:
    names.zone = {("loop.example", "A"): ("CNAME:loop.example.",)}
    assert _addresses(_resolver(names).resolve("loop.example", patience))[0] == ()


def test_a_name_that_does_not_exist_is_a_value(names: NameServer, patience: Patience) -> None:
    answers = _resolver(names).resolve("gone.example", patience)
    assert {answer.rcode for answer in answers} == {"NXDOMAIN"}
    assert all(answer.wire for answer in answers)
    assert len(names.asked) == 2


def test_a_failing_server_is_asked_again_and_then_believed(names: NameServer, patience: Patience) -> None:
    names.zone = {("sick.example", "A"): ("SERVFAIL",), ("sick.example", "AAAA"): ("REFUSED",)}
    answers = _resolver(names).resolve("sick.example", patience)
    assert [answer.rcode for answer in answers] == ["SERVFAIL", "REFUSED"]
    assert len(names.asked) == 4


def test_a_server_that_knows_no_edns_is_asked_without(names: NameServer, patience: Patience) -> None:
    names.zone = {("old.example", "A"): (NO_EDNS, "192.0.2.1"), ("old.example", "AAAA"): (NO_EDNS,)}
    answers = _resolver(names).resolve("old.example", patience)
    assert _addresses(answers) == [("192.0.2.1",), ()]
    assert {answer.rcode for answer in answers} == {"NOERROR"}


def test_silence_ends_at_the_deadline(names: NameServer, runtime: Runtime) -> None:
    names.zone = {("mute.example", kind): (SILENCE,) for kind in ("A", "AAAA")}
    answers = _resolver(names).resolve("mute.example", _soon(runtime))
    assert {(answer.rcode, answer.wire) for answer in answers} == {("NO-ANSWER", b"")}


def test_junk_and_answers_to_other_questions_are_not_believed(names: NameServer, runtime: Runtime) -> None:
    names.zone = {("odd.example", "A"): (FOREIGN, "192.0.2.5"), ("odd.example", "AAAA"): (JUNK,)}
    answers = _resolver(names).resolve("odd.example", _soon(runtime))
    assert answers[0].addresses == ("192.0.2.5",)
    assert answers[1].rcode == "NO-ANSWER"


def test_a_cut_answer_is_fetched_over_tcp(names: NameServer, patience: Patience) -> None:
    names.zone = {("long.example", "A"): (CUT, *(f"192.0.2.{i}" for i in range(1, 101)))}
    answers = _resolver(names).resolve("long.example", patience)
    assert len(answers[0].addresses) == 100
    assert ("long.example", "A", "tcp") in names.asked


def test_a_cut_answer_stands_when_tcp_fails(names: NameServer, patience: Patience) -> None:
    names.zone = {("long.example", "A"): (CUT, SILENCE + "tcp")}
    answers = _resolver(names).resolve("long.example", patience)
    assert answers[0].rcode == "NOERROR"
    assert answers[0].addresses == ()


def test_a_cut_answer_stands_when_nobody_listens_on_tcp(names: NameServer, patience: Patience) -> None:
    names.zone = {("long.example", "A"): (CUT,), ("long.example", "AAAA"): (CUT,)}
    names._tcp.server_close()
    assert _resolver(names).resolve("long.example", patience)[0].rcode == "NOERROR"


def test_the_next_server_is_asked_when_one_is_dead(names: NameServer, patience: Patience) -> None:
    names.zone = {("site.example", "A"): ("192.0.2.1",)}
    answers = _resolver(names, DnsServer("127.0.0.1", dead_port())).resolve("site.example", patience)
    assert answers[0].addresses == ("192.0.2.1",)


def test_a_wish_to_stop_is_heard_while_waiting(names: NameServer, runtime: Runtime) -> None:
    names.zone = {("mute.example", kind): (SILENCE,) for kind in ("A", "AAAA")}
    stopped = Patience(runtime.clock, runtime.clock.monotonic() + 5, lambda: bool(names.asked))
    with pytest.raises(Stopped):
        _resolver(names).resolve("mute.example", stopped)


def test_a_name_that_no_question_can_hold_has_no_answer(names: NameServer, patience: Patience) -> None:
    answers = _resolver(names).resolve("a..b", patience)
    assert {answer.rcode for answer in answers} == {"NO-ANSWER"}
    assert names.asked == []


def test_no_search_domain_is_added(names: NameServer, patience: Patience) -> None:
    _resolver(names).resolve("single", patience)
    assert {name for name, _, _ in names.asked} == {"single"}


def test_the_hosts_file_comes_first(names: NameServer, patience: Patience, tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("# x\n192.0.2.9 My.Example alias # x\n2001:db8::9 my.example\nrubbish my.example\n192.0.2.1\n")
    answers = _resolver(names, hosts=hosts).resolve("my.example.", patience)
    assert _addresses(answers) == [("192.0.2.9",), ("2001:db8::9",)]
    assert {answer.source for answer in answers} == {"hosts"}
    assert names.asked == []
    assert hosts_addresses(hosts.read_text(), "example") == ()


@pytest.mark.parametrize("name", ["localhost", "x.localhost", "localhost."])
def test_localhost_is_loopback_without_asking(name: str, names: NameServer, patience: Patience) -> None:
    assert _addresses(_resolver(names).resolve(name, patience)) == [("127.0.0.1",), ("::1",)]
    assert names.asked == []


def test_servers_come_from_the_configuration(tmp_path: Path) -> None:
    text = "domain x\nnameserver 192.0.2.1\n# nameserver 192.0.2.2\nnameserver ::1\nnameserver bad\n" * 3
    assert configured_servers(text) == (DnsServer("192.0.2.1", 53), DnsServer("::1", 53), DnsServer("192.0.2.1", 53))
    assert configured_servers("") == ()


def test_without_configuration_the_system_is_asked(tmp_path: Path, patience: Patience) -> None:
    found = {"here.example": ("192.0.2.3", "2001:db8::3")}
    resolver = SystemResolver(
        hosts=tmp_path / "none", configuration=tmp_path / "none", lookup=lambda host: found.get(host, ())
    )
    answers = resolver.resolve("here.example", patience)
    assert _addresses(answers) == [("192.0.2.3",), ("2001:db8::3",)]
    assert {answer.source for answer in answers} == {"system"}
    assert {answer.rcode for answer in resolver.resolve("gone.example", patience)} == {"NO-ANSWER"}


def test_the_systems_own_call_never_raises() -> None:
    assert "127.0.0.1" in system_lookup("localhost")
    assert system_lookup("a" * 300) == ()


def test_an_ipv6_server_that_is_not_there_does_not_answer(runtime: Runtime) -> None:
    question = stub.Question("site.example", "A")
    answer = stub.ask((question,), (DnsServer("::1", dead_port()),), _soon(runtime))
    assert answer[0].rcode == "NO-ANSWER"


def test_a_whole_exchange_over_a_looked_up_name(names: NameServer, raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("found")
    names.zone = {("site.example", "A"): ("127.0.0.1",)}
    url = f"http://site.example:{raw_server.port}/"
    exchange = ask(url, Route(allow=(("site.example", raw_server.port),)), resolver=_resolver(names))
    assert whole(exchange) == http("found")
    assert [answer.rcode for answer in exchange.connection.dns] == ["NOERROR", "NXDOMAIN"]
    assert all(str(names.port).encode() not in answer.wire for answer in exchange.connection.dns)
