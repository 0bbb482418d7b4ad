"""Settings that change while the app lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rchat_tui.app import terminal
from rchat_tui.app.keywords import Keywords
from rchat_tui.app.settings import SPELLED
from rchat_tui.options import Option, OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rchat_tui.app.base import BaseApp
    from rchat_tui.app.settings import AppSettings


class Living:
    """The settings of an app, as they are now.

    Args:
        app: Whose they are.
        settings: What it was started with.
        environment: Variables, which tell what the terminal understands.
    """

    def __init__(self, app: BaseApp, settings: AppSettings, environment: Mapping[str, str]) -> None:
        self._app = app
        self._settings = settings
        self._environment = environment
        self._values = settings.options()

    @property
    def values(self) -> Mapping[str, Any]:
        """The settings by name."""
        return {**self._values, "theme": self._app.theme}

    def set(self, option: Option, value: Any) -> None:
        """Change a setting, now where that can be, and keep it for the next start.

        Raises:
            OptionError: It cannot be that, or cannot be kept; then it counts until one quits.
        """
        app = self._app
        match option.name:
            case "theme":
                if value not in app.available_themes:
                    there = ", ".join(sorted(app.available_themes))
                    raise OptionError(f"There is no theme {value}: there are {there}.")
                app.theme = value
            case "keywords":
                app.model.hits.keywords = Keywords.of(value)
            case "text-emoji":
                app.set_class(value, SPELLED)
                for widget in app.chat.walk_children():
                    widget.refresh(layout=True)
            case "notify":
                app.herald.use(terminal.detect(self._environment, value))
        if option.live:
            self._values[option.name] = value
        app.show_soon()
        self._settings.kept(option, value)
