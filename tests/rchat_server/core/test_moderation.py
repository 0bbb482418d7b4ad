"""Moderation: what holds in a channel, from which moment, and who is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from rchat_protocol import models
from rchat_protocol.errors import ChatError, ErrorCode
from rchat_server.core.sites import Origin
from support.chat import Chat, Person

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rchat_server.core.conversation import Conversation
    from rchat_server.core.moderation import Moderation

PASSWORD = "correct horse"  # noqa: S105 - of nobody


class Scene:
    """A channel with an owner, an operator and a member."""

    def __init__(self) -> None:
        self.chat = Chat()
        self.owner = self.chat.login("owner")
        self.helper = self.chat.login("helper")
        self.bob = self.chat.login("bob")

    async def ready(self) -> Scene:
        """Return it with everybody in the channel."""
        for person in (self.owner, self.helper, self.bob):
            await person.join("tea")
        asked = models.SetOperator(self.tea.id, "helper")
        await self.acts.set_operator(self.owner.session.identity, self.tea, asked)
        return self

    @property
    def tea(self) -> Conversation:
        """The channel."""
        return self.chat.hub._conversations.channel("tea")

    @property
    def acts(self) -> Moderation:
        """The hub's moderation."""
        return self.chat.hub.moderation

    async def kick(self, by: Person, user: str, reason: str = "") -> None:
        """Kick."""
        await self.acts.kick(by.session.identity, self.tea, models.Kick("", user, reason))

    async def ban(self, by: Person, user: str | None = None, **more: object) -> None:
        """Ban."""
        asked = models.Ban("", user, **more)  # type: ignore[arg-type]
        await self.acts.ban(by.session.identity, self.tea, asked)

    async def mute(self, by: Person, user: str, **more: object) -> None:
        """Mute."""
        asked = models.Mute("", user, **more)  # type: ignore[arg-type]
        await self.acts.mute(by.session.identity, self.tea, asked)


async def refusal(awaitable: Awaitable[object]) -> ErrorCode:
    """Return why something is refused."""
    with pytest.raises(ChatError) as refused:
        await awaitable
    return refused.value.code


async def test_whoever_makes_a_channel_owns_it_and_the_others_see_that() -> None:
    """Otherwise nobody can put an end to a flood."""
    scene = await Scene().ready()
    state = scene.tea.state(scene.bob.session.identity)
    assert state.rules == models.ChannelRules(owner="owner", operators=["helper"])
    scene.chat.restart()
    assert scene.tea.standing() == state.rules


async def test_a_kick_ends_the_membership_and_is_told_with_its_reason() -> None:
    """Who is put out and goes on hearing was not put out."""
    scene = await Scene().ready()
    his, others = scene.bob.events(), scene.owner.events()
    await scene.chat.settle()
    await scene.kick(scene.helper, "bob", "spam")
    await scene.owner.say("tea", "peace")
    await scene.chat.settle()
    (parted,) = his.of(models.Parted)
    assert (parted.by, parted.reason) == ("helper", "spam")
    assert his.of(models.MessagePosted) == []
    (told,) = others.of(models.Moderated)
    assert (told.act, told.user, told.subject, told.reason) == ("kick", "helper", "bob", "spam")
    assert others.of(models.MemberLeft) == [models.MemberLeft(scene.tea.id, "bob", "helper")]
    await scene.bob.join("tea")
    assert scene.chat.hub.users("tea") == ["bob", "helper", "owner"]


async def test_what_comes_before_a_kick_is_heard_and_what_comes_after_is_not_posted() -> None:
    """The order of the channel decides, and nothing else: else a flood outruns its end."""
    scene = await Scene().ready()
    hub, bob = scene.chat.hub, scene.bob.session
    tea = scene.tea
    before = hub.post(bob, models.SendMessage("before", conversation=tea.id))
    muted = asyncio.ensure_future(scene.mute(scene.owner, "bob"))
    await asyncio.sleep(0)
    after = hub.post(bob, models.SendMessage("after", conversation=tea.id))
    assert (await before.outcome()).seq == 1
    await muted
    assert await refusal(after.outcome()) is ErrorCode.MUTED


async def test_a_message_that_is_known_is_acknowledged_whatever_holds_now() -> None:
    """Otherwise a client whose answer was lost says that what was delivered was not."""
    scene = await Scene().ready()
    assert await scene.bob.say("tea", "hello", "one") == 1
    await scene.ban(scene.owner, "bob")
    assert await scene.bob.say("tea", "hello", "one") == 1
    assert await refusal(scene.bob.say("tea", "more", "two")) is ErrorCode.BANNED


async def test_a_ban_of_a_person_holds_for_him_alone_and_until_it_ends() -> None:
    """The next who is called so has done nothing; and an hour is an hour."""
    scene = await Scene().ready()
    await scene.ban(scene.helper, "bob", seconds=3600, reason="enough")
    assert "bob" not in scene.chat.hub.users("tea")
    with pytest.raises(ChatError) as refused:
        await scene.bob.join("tea")
    assert refused.value.code is ErrorCode.BANNED
    assert refused.value.message == "You are banned there for 60 min: enough."
    assert await refusal(scene.bob.say("tea", "hello")) is ErrorCode.BANNED
    scene.chat.hub.lobby.detach(scene.bob.session, at_once=True)
    other = scene.chat.login("bob")
    await other.join("tea")
    scene.chat.hub.lobby.detach(other.session, at_once=True)
    scene.chat.restart()
    scene.chat.clock.advance(3590)
    back = scene.chat.resume(scene.bob)
    assert await refusal(back.join("tea")) is ErrorCode.BANNED
    scene.chat.clock.advance(20)
    await back.join("tea")


async def test_a_mask_keeps_names_out_in_whatever_case() -> None:
    """Floods come under spam1, spam2, Spam3."""
    scene = await Scene().ready()
    spam = scene.chat.login("Spam1")
    await spam.join("tea")
    await scene.ban(scene.owner, mask="SPAM*")
    assert "Spam1" not in scene.chat.hub.users("tea")
    assert await refusal(scene.chat.login("spam2").join("tea")) is ErrorCode.BANNED
    await scene.chat.login("ham").join("tea")
    for mask in ("*", "", None, "a\nb", "x" * 40):
        assert await refusal(scene.ban(scene.owner, mask=mask)) is ErrorCode.BAD_REQUEST


async def test_who_is_banned_by_a_mask_while_he_is_away_is_out_when_he_comes_back() -> None:
    """Otherwise he reads on."""
    scene = await Scene().ready()
    spam = scene.chat.login("spam")
    await spam.join("tea")
    scene.chat.hub.lobby.detach(spam.session, at_once=True)
    await scene.chat.settle()
    await scene.ban(scene.owner, mask="spam*")
    back = scene.chat.resume(spam)
    await scene.chat.settle()
    assert scene.tea not in back.session.identity.memberships


async def test_an_address_is_banned_and_told_to_nobody() -> None:
    """Who is put out comes back under another name; and where he lives is his own affair."""
    scene = await Scene().ready()

    def come(name: str, address: str) -> Person:
        session, token = scene.chat.hub.lobby.login(name, lambda _: None, Origin(address))
        return Person(scene.chat, session, token)

    eve = come("eve", "203.0.113.7")
    await eve.join("tea")
    await scene.ban(scene.owner, "eve", address=True)
    assert "eve" not in scene.chat.hub.users("tea")
    assert await refusal(come("mallory", "203.0.113.7").join("tea")) is ErrorCode.BANNED
    await come("carol", "203.0.113.8").join("tea")
    told = scene.acts.rules(scene.owner.session.identity, scene.tea)
    assert [ban.subject for ban in told.bans] == ["the address of eve"]
    assert "203.0.113" not in repr(told)
    assert await refusal(scene.ban(scene.owner, "bob", address=True)) is ErrorCode.NO_SUCH_USER
    await scene.acts.unban(scene.owner.session.identity, scene.tea, told.bans[0].id)
    await come("mallet", "203.0.113.7").join("tea")


async def test_who_is_muted_listens_and_may_take_back_what_he_said() -> None:
    """A mute is no ban; and deleting one's own words disturbs nobody."""
    scene = await Scene().ready()
    seq = await scene.bob.say("tea", "oops")
    await scene.mute(scene.owner, "bob", seconds=60)
    his = scene.bob.events()
    assert await refusal(scene.bob.say("tea", "more")) is ErrorCode.MUTED
    react = models.React(scene.tea.id, seq, "👍")
    with pytest.raises(ChatError) as refused:
        await scene.chat.hub.act(scene.bob.session, react).outcome()
    assert refused.value.code is ErrorCode.MUTED
    await scene.chat.hub.act(scene.bob.session, models.DeleteMessage(scene.tea.id, seq)).outcome()
    await scene.owner.say("tea", "listen")
    await scene.chat.settle()
    assert [each.content for each in his.of(models.MessagePosted)] == ["listen"]
    scene.chat.clock.advance(61)
    assert await scene.bob.say("tea", "sorry")
    await scene.mute(scene.owner, "bob")
    await scene.mute(scene.helper, "bob", on=False)
    assert await scene.bob.say("tea", "thank you")


async def test_slow_mode_makes_each_wait_and_says_how_long() -> None:
    """A hundred people in one channel are read by nobody otherwise."""
    scene = await Scene().ready()
    await scene.acts.set_slow(scene.owner.session.identity, scene.tea, 30)
    await scene.bob.say("tea", "one")
    with pytest.raises(ChatError) as refused:
        await scene.bob.say("tea", "two")
    assert (refused.value.code, refused.value.retry) == (ErrorCode.SLOW_MODE, 30)
    await scene.helper.say("tea", "operators are free of it")
    await scene.helper.say("tea", "and again")
    scene.chat.clock.advance(10)
    with pytest.raises(ChatError) as still:
        await scene.bob.say("tea", "two")
    assert still.value.retry == 20
    scene.chat.clock.advance(20)
    await scene.bob.say("tea", "two")


async def test_a_private_channel_is_known_to_its_people_alone() -> None:
    """Its name may say enough."""
    scene = await Scene().ready()
    hub, out = scene.chat.hub, scene.chat.login("out")
    await scene.acts.set_access(
        scene.owner.session.identity, scene.tea, models.SetAccess("", "private")
    )
    stranger = out.session.identity
    assert hub.channels(stranger) == []
    assert hub.users("tea", stranger) == []
    assert await refusal(out.join("tea")) is ErrorCode.INVITED_ONLY
    with pytest.raises(ChatError) as refused:
        hub.post(out.session, models.SendMessage("hi", channel="tea"))
    assert refused.value.code is ErrorCode.NO_SUCH_CHANNEL
    with pytest.raises(ChatError) as unread:
        hub.channel(out.session, "tea")
    assert unread.value.code is ErrorCode.NO_SUCH_CHANNEL
    await scene.bob.say("tea", "who is in stays")
    await scene.acts.invite(scene.helper.session.identity, scene.tea, "out")
    assert hub.channels(stranger) == ["tea"]
    await out.join("tea")
    await scene.kick(scene.helper, "out")
    assert await refusal(out.join("tea")) is ErrorCode.INVITED_ONLY, "an invitation is gone then"


async def test_a_channel_with_a_password_opens_to_who_knows_it() -> None:
    """And not to who knew the one of before."""
    scene = await Scene().ready()
    hub, out, owner = scene.chat.hub, scene.chat.login("out"), scene.owner.session.identity
    asked = models.SetAccess("", "password", PASSWORD)
    await scene.acts.set_access(owner, scene.tea, asked)
    assert PASSWORD not in repr(asked)
    assert await refusal(out.join("tea")) is ErrorCode.CHANNEL_PASSWORD
    assert await refusal(hub.enter(out.session, "tea", "wrong")) is ErrorCode.CHANNEL_PASSWORD
    await hub.enter(out.session, "tea", PASSWORD)
    await hub.leave(out.session, "tea")
    key = await scene.acts.key(out.session, scene.tea, PASSWORD)
    await scene.acts.set_access(owner, scene.tea, models.SetAccess("", "password", "another one"))
    assert await refusal(hub.join(out.session, "tea", key)) is ErrorCode.CHANNEL_PASSWORD
    for _ in range(5):
        with pytest.raises(ChatError):
            await hub.enter(out.session, "tea", "a guess or so")
    assert await refusal(hub.enter(out.session, "tea", "another one")) is ErrorCode.TOO_FAST
    scene.chat.clock.advance(60)
    await hub.enter(out.session, "tea", "another one")


async def test_an_operator_deletes_anybodys_message_and_that_is_in_the_record() -> None:
    """Somebody has to be able to, and somebody to see that he did."""
    scene = await Scene().ready()
    seq = await scene.owner.say("tea", "the owner's own")
    others = scene.bob.events()
    await scene.chat.settle()
    delete = models.DeleteMessage(scene.tea.id, seq)
    with pytest.raises(ChatError) as refused:
        await scene.chat.hub.act(scene.bob.session, delete).outcome()
    assert refused.value.code is ErrorCode.NOT_YOURS
    await scene.chat.hub.act(scene.helper.session, delete).outcome()
    await scene.chat.settle()
    (deleted,) = others.of(models.MessageDeleted)
    assert (deleted.user, deleted.target) == ("helper", seq)
    record = await scene.acts.audit(
        scene.owner.session.identity, scene.tea, models.AuditRequest("")
    )
    assert [(each.user, each.act, each.subject) for each in record.acts] == [
        ("helper", "delete", "message 1"),
        ("owner", "op", "helper"),
    ]


async def test_the_record_is_read_page_by_page_by_operators_alone() -> None:
    """Who was put out, by whom and why, is for those who decide."""
    scene = await Scene().ready()
    for number in range(5):
        await scene.mute(scene.helper, "bob", reason=f"reason {number}")
    owner = scene.owner.session.identity
    first = await scene.acts.audit(owner, scene.tea, models.AuditRequest("", limit=2))
    assert [each.reason for each in first.acts] == ["reason 4", "reason 3"]
    second = await scene.acts.audit(
        owner, scene.tea, models.AuditRequest("", before=first.next, limit=3)
    )
    assert [each.reason for each in second.acts] == ["reason 2", "reason 1", "reason 0"]
    bob = scene.bob.session.identity
    assert (
        await refusal(scene.acts.audit(bob, scene.tea, models.AuditRequest("")))
        is ErrorCode.NOT_ALLOWED
    )
    seen = scene.acts.rules(bob, scene.tea)
    assert (seen.bans, seen.mutes, seen.invited) == ([], [], [])
    assert seen.rules.owner == "owner"


async def test_nobody_moderates_who_decides_as_much() -> None:
    """Two operators who put each other out leave a channel to the flood."""
    scene = await Scene().ready()
    asked = models.SetOperator("", "bob")
    await scene.acts.set_operator(scene.owner.session.identity, scene.tea, asked)
    for by, user in ((scene.helper, "owner"), (scene.helper, "bob"), (scene.helper, "helper")):
        assert await refusal(scene.kick(by, user)) is ErrorCode.NOT_ALLOWED
        assert await refusal(scene.mute(by, user)) is ErrorCode.NOT_ALLOWED
        assert await refusal(scene.ban(by, user)) is ErrorCode.NOT_ALLOWED
    await scene.acts.kick(None, scene.tea, models.Kick("", "owner", "by who runs the server"))
    assert scene.tea.standing().owner == ""
    asked = models.SetOperator("", "helper", owner=True)
    await scene.acts.set_operator(None, scene.tea, asked)
    assert scene.tea.standing().owner == "helper"


async def test_a_name_that_was_another_operators_moderates_nothing() -> None:
    """Rights are the identity's: the next helper has none."""
    scene = await Scene().ready()
    scene.chat.hub.lobby.detach(scene.helper.session, at_once=True)
    other = scene.chat.login("helper")
    await other.join("tea")
    assert await refusal(scene.kick(other, "bob")) is ErrorCode.NOT_ALLOWED


async def test_a_private_conversation_has_no_moderators() -> None:
    """It is of two people, and of nobody else."""
    scene = await Scene().ready()
    await scene.bob.whisper("owner", "hello")
    two = scene.chat.hub.private(scene.bob.session, "owner")
    kick = scene.acts.kick(None, two, models.Kick("", "bob"))
    assert await refusal(kick) is ErrorCode.NO_SUCH_CONVERSATION


async def test_who_was_behind_is_told_what_holds_now() -> None:
    """A client that shows yesterday's operators tells people to ask the wrong ones."""
    scene = await Scene().ready()
    slow = scene.bob.events(credit=3)
    await scene.chat.settle()
    await scene.owner.say("tea", "one")
    asked = models.SetOperator("", "helper", on=False)
    await scene.acts.set_operator(scene.owner.session.identity, scene.tea, asked)
    slow.grant(100)
    await scene.chat.settle()
    assert slow.of(models.Members)[-1].rules == models.ChannelRules(owner="owner")


async def test_who_goes_is_gone_though_the_disk_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A channel with rules asks the disk before it decides; nobody stays in it as a ghost."""
    scene = await Scene().ready()
    await scene.acts.set_slow(scene.owner.session.identity, scene.tea, 5)

    async def fail(*_: object) -> None:
        raise ChatError(ErrorCode.STORAGE_UNAVAILABLE, "The disk is full.", retry=1.0)

    monkeypatch.setattr(scene.chat.log, "inspect", fail)
    said = scene.chat.hub.post(
        scene.bob.session, models.SendMessage("hi", conversation=scene.tea.id)
    )
    scene.chat.hub.lobby.detach(scene.bob.session, at_once=True)
    assert await refusal(said.outcome()) is ErrorCode.STORAGE_UNAVAILABLE
    await scene.chat.settle()
    assert scene.chat.hub.users("tea") == ["helper", "owner"]
