"""What the command does that changes settings."""

from __future__ import annotations

import difflib

from rchat_tui.app.actions.doing import Doing
from rchat_tui.options import BY_NAME, OPTIONS, Option, OptionError


class Choosing(Doing):
    """The settings."""

    def do_set(self, argument: str) -> None:
        """Change a setting, tell what it is, or tell all."""
        name, _, text = argument.strip().partition(" ")
        if not name:
            told = "\n".join(f"{option.name} = {self._value(option)}" for option in OPTIONS)
            self._stage.tell(f"{told}\n/set NAME VALUE changes one.")
            return
        option = BY_NAME.get(name.lower())
        if option is None:
            near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(BY_NAME)}."
            self._stage.tell(f"There is no setting {name}. {hint}", error=True)
        elif not text.strip():
            choices = f" ({', '.join(option.choices)})" if option.choices else ""
            value = self._value(option) or "empty"
            self._stage.tell(f"{option.name} is {value}. {option.about}{choices}.")
        else:
            self._set(option, text.strip())

    def _set(self, option: Option, text: str) -> None:
        # What is empty cannot be typed as a last word: a lone hyphen says it.
        try:
            value = option.parse("" if text == "-" else text)
            self._stage.set_option(option, value)
        except OptionError as error:
            self._stage.tell(str(error), error=True)
            return
        when = "" if option.live else " from the next start on"
        shown = option.show(value) or "empty"
        self._stage.tell(f"{option.name} is {shown}{when}. It is kept in the config file.")

    def _value(self, option: Option) -> str:
        value = self._stage.options[option.name]
        return "" if value is None else option.show(value)
