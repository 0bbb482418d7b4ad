"""From a preset and what the config binds to keys that work: wrong ones are refused, and told."""

from __future__ import annotations

import difflib
from itertools import combinations
from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from rchat_tui.app.commands import BY_ID, COMMANDS, Scope
from rchat_tui.app.keymap import Keys, shown
from rchat_tui.app.keynames import FEW, KeyProblem, normal, prints, why_not
from rchat_tui.app.presets import IRC, VIM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_tui.app.commands import Command

_PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "default": {},
    "irc": IRC,
    "vim": VIM,
}

_NO_TEXT: Final = ("connect-", "help-")
"""How the ids of bindings begin where nothing is typed: there, letters can be keys."""


def choose(preset: str, keys: Mapping[str, tuple[str, ...]]) -> Keys:
    """Return the keys that are in force.

    A key that is bound here is taken from the command that had it before, where there is another
    way to that one.

    Args:
        preset: ``default``, ``irc`` or ``vim``.
        keys: Keys as people write them, by a command's id; none: the command has no key.

    Raises:
        KeyProblem: There is no such command or key, a terminal cannot send it, two commands are
            given the same one, or it was the only way to another command.
    """
    own: dict[str, tuple[str, ...]] = {}
    for id_, listed in keys.items():
        _check_id(id_)
        own[id_] = tuple(_checked(id_, key) for key in listed)
        _check_reach(id_, own[id_])
    _check_clashes(own)
    began = {**_without(_PRESETS[preset], {}), **_PRESETS[preset]}
    left = _without(own, began)
    _check_bereft(own, began, left)
    return Keys({**left, **own})


def _without(
    mine: Mapping[str, tuple[str, ...]], chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the keys of the others, less those that are bound now."""
    left = {**chosen}
    for command in COMMANDS:
        if command.id in mine:
            continue
        before = chosen.get(command.id, command.keys)
        rivals = {key for id_, listed in mine.items() if _rivals(id_, command) for key in listed}
        after = tuple(key for key in before if key not in rivals)
        if after != before:
            left[command.id] = after
    return left


def _rivals(id_: str, command: Command) -> bool:
    """Return whether a key can be only one of two commands': each is awake when the other is."""
    return _place(id_) == _place(command.id)


def _place(id_: str) -> str:
    """Return where the keys of a binding are heard, by its id."""
    command = BY_ID.get(id_)
    if command is not None:
        return "message" if _for_message(command) else "edit"
    return id_.partition("-")[0]


def _for_message(command: Command) -> bool:
    return command.scope is Scope.MESSAGE


def _check_id(id_: str) -> None:
    if id_ in BY_ID:
        return
    known = [*BY_ID, *others()]
    if id_ not in known:
        near = difflib.get_close_matches(id_, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "rchat-tui config lists them."
        raise KeyProblem(f"there is no command {id_!r} to bind: {hint}")


def others() -> dict[str, tuple[str, ...]]:
    """Return what has keys beside the table's commands, by id, with its default keys.

    That is editing, lists and the other screens.
    """
    from rchat_tui.app.screens.connect import ConnectScreen
    from rchat_tui.app.screens.help import HelpScreen
    from rchat_tui.app.screens.reactions import ReactionsScreen
    from rchat_tui.app.screens.search import SearchScreen
    from rchat_tui.app.screens.switcher import SwitcherScreen
    from rchat_tui.app.widgets.composer import Composer, editing_keys
    from rchat_tui.app.widgets.row_list import RowList

    found: dict[str, tuple[str, ...]] = {}
    for home in (
        Composer,
        RowList,
        SwitcherScreen,
        SearchScreen,
        ReactionsScreen,
        HelpScreen,
        ConnectScreen,
    ):
        for binding in home.BINDINGS:
            if isinstance(binding, Binding) and binding.id is not None and binding.id not in BY_ID:
                found[binding.id] = (*found.get(binding.id, ()), *binding.key.split(","))
    for spare in editing_keys(spare=True):
        found.setdefault(spare.id or "", ())
    return {id_: found[id_] for id_ in sorted(found, key=lambda id_: not id_.startswith("edit-"))}


def _usual(id_: str) -> tuple[str, ...]:
    command = BY_ID.get(id_)
    return others().get(id_, ()) if command is None else command.keys


def _checked(id_: str, key: str) -> str:
    try:
        return normal(key)
    except KeyProblem as error:
        raise KeyProblem(f"{id_}: {error}") from None


def _check_reach(id_: str, keys: tuple[str, ...]) -> None:
    """Refuse keys that never arrive; one that few terminals send needs another one beside it."""
    command = BY_ID.get(id_)
    reasons = {}
    for key in keys:
        if prints(key) and (_for_message(command) if command else id_.startswith(_NO_TEXT)):
            continue
        reason = why_not(key)
        if reason is not None:
            reasons[key] = reason
    for key, reason in reasons.items():
        if reason is FEW and (len(reasons) < len(keys) or keys == _usual(id_)):
            continue
        raise KeyProblem(f"{id_} cannot be on {shown(key)}: {reason}.")


def _check_clashes(own: Mapping[str, tuple[str, ...]]) -> None:
    for (id_, keys), (other, listed) in combinations(own.items(), 2):
        shared = set(keys) & set(listed)
        if shared and _place(id_) == _place(other):
            # Some do by default: Up goes a line up, and on the first one to what was before.
            shared -= set(_usual(id_)) & set(_usual(other))
            if shared:
                raise KeyProblem(f"{shown(min(shared))} is bound twice: to {id_} and to {other}.")


def _check_bereft(
    own: Mapping[str, tuple[str, ...]],
    before: Mapping[str, tuple[str, ...]],
    left: Mapping[str, tuple[str, ...]],
) -> None:
    """Refuse to take the only key of what has no slash command."""
    for id_, keys in left.items():
        command = BY_ID[id_]
        had = before.get(id_, command.keys)
        if had and not keys and not command.slash:
            taker = next(o for o, listed in own.items() if set(listed) & set(had))
            raise KeyProblem(
                f"{taker} cannot be on {shown(had[0])}, the only key of {id_}:"
                f" give that another one, or [] for none."
            )
