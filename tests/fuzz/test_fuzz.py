from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from fuzz import machine, parsers, targets
from fuzz.campaign import MAKERS, Campaign, narrowed
from fuzz.chance import chance, pick_text
from fuzz.findings import Broken, Finding, load
from fuzz.judge import Judge
from fuzz.stall import Stall
from rchat_protocol.errors import ErrorCode
from rchat_server.service import RESPONSES
from stress.frames import ERROR, Frame

if TYPE_CHECKING:
    from pathlib import Path

SEED = 1
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="figures of processes are Linux's")


@pytest.mark.parametrize("name", targets.TARGETS)
def test_what_reads_bytes_holds(name: str) -> None:
    """Broken, a stranger's bytes raise what nobody expects, take long, or become something else."""
    done, finding = parsers.try_chance(name, targets.TARGETS[name], SEED, 150)
    assert finding is None, finding
    assert done == 150


def test_a_fault_inside_a_server_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server that coverage leads into has to be looked at as the one that is dialled."""

    async def breaking(*_: object) -> bytes:
        raise RuntimeError("planted")

    monkeypatch.setitem(RESPONSES, "server.info", breaking)
    _, finding = parsers.try_chance("server", targets.TARGETS["server"], SEED, 100)
    assert finding is not None
    assert "planted" in finding.what


def test_a_fault_in_what_reads_bytes_is_found() -> None:
    """A search that finds nothing where there is something is worse than none."""

    def planted(data: bytes) -> None:
        if b"\xff\xff\xff" in data:
            raise IndexError("planted")

    done, finding = parsers.try_chance("frames", planted, SEED, 3000)
    assert finding is not None
    assert "planted" in finding.what
    assert done < 3000
    assert parsers.try_one(planted, finding.data)


@LINUX
@pytest.mark.parametrize("part", MAKERS)
def test_a_server_bears_what_is_said(part: str) -> None:
    """Broken, it logs a fault, stands still, keeps what is over, or says what it must not."""
    # Here it is whether the watch is of use: a machine that runs all tests at once may be slow.
    outcome = Campaign(part, SEED, batch=20, longest_stall=1.0).run(60)
    assert not outcome.findings, outcome.findings[0].what
    assert outcome.inputs >= 60
    assert outcome.talks


@LINUX
@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        ("stall", "stood still"),
        ("tell", "tells what it must not"),
        ("forget", "not answered"),
        ("hold", "tasks"),
    ],
)
def test_a_fault_of_a_server_is_found(plant: str, sentence: str) -> None:
    """A watch that sleeps lets everything pass."""
    campaign = Campaign("sessions", SEED, plant=plant, batch=2, settles=0.3, patience=0.6)
    (finding,) = campaign.run(30).findings
    assert sentence in finding.what


@LINUX
@pytest.mark.parametrize("options", [(), ("--ws-port", "0")], ids=["tcp", "ws"])
def test_a_page_of_model_and_a_server_agree_on_people(options: tuple[str, ...]) -> None:
    """Broken, what people do in some order gives what nobody meant."""
    outcome = machine.run(SEED, 300, options)
    assert not outcome.findings, outcome.findings[0].what
    assert outcome.inputs >= 200


@LINUX
def test_a_permission_that_is_not_looked_at_is_found() -> None:
    """The fault: whoever is a member silences whom he likes."""
    (finding,) = machine.run(SEED, 500, plant="allow").findings
    assert "channel.mute was done instead of not-allowed" in finding.what


@LINUX
def test_a_finding_is_made_smaller_and_said_again(tmp_path: Path) -> None:
    """Of a hundred connections one did it: whoever mends it wants that one."""
    campaign = Campaign("sessions", SEED, plant="break", batch=5)
    (finding,) = campaign.run(60).findings
    small = narrowed(finding, campaign, seconds=0.3)
    assert len(small.talks) < len(finding.talks)
    again = load(small.save(tmp_path))
    assert again == small
    assert "planted" in campaign.repeat(again.talks)


def test_a_finding_of_bytes_is_kept_as_it_was(tmp_path: Path) -> None:
    """What cannot be said again is found for nothing."""
    finding = Finding("parsers", SEED, "what", target="frames", data=bytes(range(256)))
    assert load(finding.save(tmp_path)) == finding
    (tmp_path / "other.json").write_text('{"part": "parsers"}')
    with pytest.raises(ValueError, match="no finding"):
        load(tmp_path / "other.json")


@pytest.mark.parametrize("part", MAKERS)
def test_a_talk_is_a_function_of_seed_and_number(part: str) -> None:
    """Otherwise a seed repeats nothing."""
    make = MAKERS[part]
    assert [make(SEED, number) for number in range(20)] == [make(SEED, n) for n in range(20)]
    assert make(SEED, 1) != make(SEED + 1, 1)


def test_texts_have_towers_that_take_long() -> None:
    """What takes the square of a length is not found with short texts."""
    texts = [pick_text(chance(SEED, "texts", number)) for number in range(2000)]
    assert any(len(text) > 8000 and "\u0323" in text for text in texts)


@pytest.mark.parametrize(
    ("data", "stream"),
    [
        (b"Something went wrong", 1),
        (b'{"code":"busy","message":"Later.","retry":1,"trace":"x"}', 1),
        (b'{"code":"new-code","message":"Later.","retry":1}', 1),
        (b'{"code":"internal","message":"Sorry.","retry":false}', 1),
        (b'{"code":"busy","message":"Later.","retry":true}', 1),
        (b'{"code":"busy","message":"KeyError: 7","retry":1}', 1),
        (b'{"code":"busy","message":"","retry":1}', 1),
        (b'{"code":"busy","message":"Later.","retry":1}', 0),
        (b'{"code":"protocol-violation","message":"Bad b\'x\'.","retry":false}', 0),
    ],
)
def test_what_a_server_must_not_say_is_noticed(data: bytes, stream: int) -> None:
    """An exception's text may hold anything: paths, queries, other people's words."""
    judge = Judge()
    with pytest.raises(Broken):
        judge.look(Frame(ERROR, stream, 0, data))
    judge.look(Frame(ERROR, 1, 0, b'{"code":"busy","message":"Later.","retry":0.5}'))


def test_the_judge_knows_every_code() -> None:
    """It reads them in PROTOCOL.md: were the table written otherwise, all would be unknown."""
    assert {code.value for code in ErrorCode} <= Judge().codes


def test_whose_fault_a_stall_is() -> None:
    """A machine that runs others meanwhile is no fault of the server's."""
    waited = Stall(begin=1.0, seconds=0.3, processor=0.0, taken=0)
    assert waited.own(0.0) == 0.3
    assert waited.own(0.25) == pytest.approx(0.05)
    pushed_aside = Stall(begin=1.0, seconds=0.3, processor=0.02, taken=25)
    assert pushed_aside.own(0.0) == 0.02
    slept = Stall(begin=1.0, seconds=0.3, processor=0.0, taken=1)
    assert slept.own(0.0) > 0.2
    computed = Stall(begin=1.0, seconds=0.3, processor=0.31, taken=25)
    assert computed.own(0.0) == 0.3
