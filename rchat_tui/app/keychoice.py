"""From a preset and what the config binds to keys that work: wrong ones are refused, and told."""

from __future__ import annotations

import difflib
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

    A key that is bound here is taken from the command that had it before.

    Args:
        preset: ``default``, ``irc`` or ``vim``.
        keys: Keys as people write them, by a command's id; none: the command has no key.

    Raises:
        KeyProblem: There is no such command or key, a terminal cannot send it, or two commands are
            given the same one.
    """
    own: dict[str, tuple[str, ...]] = {}
    for id_, listed in keys.items():
        _check_id(id_)
        own[id_] = tuple(_checked(id_, key) for key in listed)
        _check_reach(id_, own[id_])
    _check_clashes(own)
    chosen: dict[str, tuple[str, ...]] = {}
    for mine in (_PRESETS[preset], own):
        chosen = {**_without(mine, chosen), **mine}
    return Keys(chosen)


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
    other = BY_ID.get(id_)
    return other is not None and _for_message(other) is _for_message(command)


def _for_message(command: Command) -> bool:
    return command.scope is Scope.MESSAGE


def _check_id(id_: str) -> None:
    if id_ in BY_ID:
        return
    known = [*BY_ID, *_others()]
    if id_ not in known:
        near = difflib.get_close_matches(id_, known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "rchat-tui config lists them."
        raise KeyProblem(f"there is no command {id_!r} to bind: {hint}")


def _others() -> list[str]:
    """Return what has keys beside the table's commands: editing, lists and the other screens."""
    from rchat_tui.app.screens.connect import ConnectScreen
    from rchat_tui.app.screens.help import HelpScreen
    from rchat_tui.app.screens.reactions import ReactionsScreen
    from rchat_tui.app.screens.search import SearchScreen
    from rchat_tui.app.screens.switcher import SwitcherScreen
    from rchat_tui.app.widgets.composer import Composer
    from rchat_tui.app.widgets.row_list import RowList

    homes = (
        Composer,
        RowList,
        SwitcherScreen,
        SearchScreen,
        ReactionsScreen,
        HelpScreen,
        ConnectScreen,
    )
    return [
        binding.id
        for home in homes
        for binding in home.BINDINGS
        if isinstance(binding, Binding) and binding.id is not None and binding.id not in BY_ID
    ]


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
        if reason is not FEW or len(reasons) == len(keys):
            raise KeyProblem(f"{id_} cannot be on {shown(key)}: {reason}.")


def _check_clashes(own: Mapping[str, tuple[str, ...]]) -> None:
    for id_, keys in own.items():
        for other, others in own.items():
            shared = set(keys) & set(others)
            if other != id_ and shared and other in BY_ID and _rivals(id_, BY_ID[other]):
                raise KeyProblem(f"{shown(min(shared))} is bound twice: to {id_} and to {other}.")
