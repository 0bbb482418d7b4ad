from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_tui.app.preferences import (
    MOST,
    Level,
    Preference,
    Preferences,
    key_of,
    place_named,
    place_of,
)
from rchat_tui.client.conversation import Conversation, opened
from support.fake_chat import FakeChat, online, state

if TYPE_CHECKING:
    from support.desk import Start

GENERAL = opened(state("General"))
BOB = opened(state("bob", kind="private"))


def test_what_is_usual() -> None:
    """Otherwise every message of a channel rings, or a private word does not."""
    preferences = Preferences()
    assert preferences.level(GENERAL) is Level.MENTIONS
    assert preferences.level(BOB) is Level.ALL


def test_a_choice_is_one_of_the_name_whatever_the_id() -> None:
    """Otherwise a channel is loud again after it was left and joined, or the server began anew."""
    preferences = Preferences()
    preferences.choose(GENERAL, Level.ALL)
    preferences.pin(GENERAL, pinned=True)
    again = opened(state("gEneral", id_="another"))
    assert preferences.level(again) is Level.ALL
    assert preferences.pinned(again)
    assert preferences.level(opened(state("general", kind="private"))) is Level.ALL
    assert not preferences.pinned(opened(state("general", kind="private")))


def test_a_mute_is_for_a_while() -> None:
    """Otherwise unmuting forgets what was chosen before."""
    preferences = Preferences()
    preferences.choose(GENERAL, Level.ALL)
    preferences.choose(GENERAL, Level.NONE)
    assert preferences.level(GENERAL) is Level.NONE
    assert preferences.muted(GENERAL)
    preferences.mute(GENERAL, muted=False)
    assert preferences.level(GENERAL) is Level.ALL


def test_the_usual_is_not_kept() -> None:
    """Otherwise a later default does not reach those who never chose, and the disk fills up."""
    preferences = Preferences()
    preferences.choose(GENERAL, Level.ALL)
    preferences.choose(GENERAL, Level.MENTIONS)
    preferences.pin(BOB, pinned=True)
    preferences.pin(BOB, pinned=False)
    assert not list(preferences)


@pytest.mark.parametrize("level", [None, *Level])
@pytest.mark.parametrize("muted", [False, True])
@pytest.mark.parametrize("pinned", [False, True])
def test_what_is_kept_is_read_again(level: Level | None, *, muted: bool, pinned: bool) -> None:
    """Otherwise a choice is another one after the next start."""
    preference = Preference(level, muted, pinned)
    assert Preference.parse(preference.text()) == preference


def test_what_a_newer_version_kept_is_passed_over() -> None:
    """Otherwise an older rchat cannot start beside a newer one."""
    assert Preference.parse("loud pinned blinking") == Preference(pinned=True)
    assert Preference.parse("") == Preference()


def test_there_is_a_bound() -> None:
    """Otherwise whoever makes channels for somebody fills his memory."""
    preferences = Preferences()
    for number in range(MOST + 5):
        preferences.put(("channel", str(number)), Preference(muted=True))
    assert len(list(preferences)) == MOST
    assert next(iter(preferences))[0] == ("channel", "5")


def test_pinned_ones_come_first() -> None:
    """Otherwise Alt+1 is not the one that was pinned."""
    preferences = Preferences()
    kept: list[Conversation] = [
        GENERAL,
        opened(state("rust")),
        BOB,
        opened(state("kim", kind="private")),
    ]
    assert preferences.ordered(reversed(kept)) == [kept[1], kept[0], kept[3], kept[2]]
    preferences.pin(BOB, pinned=True)
    preferences.pin(kept[1], pinned=True)
    assert preferences.ordered(kept) == [kept[1], BOB, GENERAL, kept[3]]
    assert place_of(BOB) == ("private", "bob")


def test_what_was_kept_is_taken_up_and_what_was_chosen_since_stays() -> None:
    """Otherwise a choice of this minute is undone by the disk's answer, or nothing survives."""
    preferences = Preferences()
    preferences.choose(BOB, Level.MENTIONS)
    preferences.restore(
        {
            "channel general": "muted pinned",
            "private bob": "muted",
            "channel": "all",
            "letter general": "all",
            "private": "pinned",
        }
    )
    assert [(key_of(place), choice.text()) for place, choice in preferences] == [
        ("private bob", "mentions"),
        ("channel general", "muted pinned"),
    ]
    assert place_named(key_of(place_of(GENERAL))) == place_of(GENERAL)


async def test_choices_outlive_the_app(start: Start, chat: FakeChat) -> None:
    """Otherwise one mutes the same channel every morning."""
    chat.texts["conversation"] = {"channel random": "pinned", "channel general": "muted"}
    channels = [state("general", "alice"), state("random", "alice")]
    async with start(online(), *channels, models.Live()) as desk:
        assert [c.name for c in desk.app.model.ordered()] == ["random", "general"]
        assert desk.app.model.preferences.muted(GENERAL)
        await desk.press("alt+2")
        await desk.type("/unmute")
        await desk.type("/notify all")
        await desk.until(
            lambda: (
                chat.texts["conversation"] == {"channel random": "pinned", "channel general": "all"}
            )
        )
