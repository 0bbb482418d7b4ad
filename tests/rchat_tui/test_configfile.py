"""What ``/set`` keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rchat_tui.configfile import keep
from rchat_tui.options import BY_NAME, OptionError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_setting_is_kept_and_all_else_stays(tmp_path: Path) -> None:
    """Broken, the comments of a file that somebody wrote with care were gone, or his link to it."""
    real, path = tmp_path / "dotfiles" / "rchat.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    real.write_text('# mine\ntheme = "x"  # nice\n\n[keys]\nhelp = "f3"\n', encoding="utf-8")
    real.chmod(0o640)
    path.symlink_to(real)
    keep(path, BY_NAME["theme"], "rchat-light")
    keep(path, BY_NAME["typing"], False)  # noqa: FBT003
    keep(path, BY_NAME["keywords"], ("rust", 'a "b"'))
    keep(path, BY_NAME["server"], "host")
    text = real.read_text(encoding="utf-8")
    assert text.startswith('# mine\ntheme = "rchat-light"  # nice\n')
    head, keys = text.split("[keys]")
    assert keys == '\nhelp = "f3"\n'
    assert "typing = false\n" in head
    assert 'keywords = ["rust", "a \\"b\\""]\n' in head
    assert 'server = "tcp://host:6565"\n' in head
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in real.parent.iterdir()] == ["rchat.toml"]


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Broken, the first /set of a new user failed, or others read what calls him."""
    path = tmp_path / "new" / "config.toml"
    keep(path, BY_NAME["preset"], "vim")
    assert path.read_text(encoding="utf-8") == 'preset = "vim"\n'
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    """Broken, a file that somebody was editing was replaced, or a wrong name kept him out."""
    path = tmp_path / "config.toml"
    path.write_text("theme = ", encoding="utf-8")
    with pytest.raises(OptionError, match="is no valid TOML: mend it first"):
        keep(path, BY_NAME["theme"], "x")
    assert path.read_text(encoding="utf-8") == "theme = "
    with pytest.raises(OptionError, match="cannot begin with #"):
        keep(tmp_path / "other.toml", BY_NAME["user"], "#me")
    with pytest.raises(OptionError, match="cannot be written"):
        keep(path / "config.toml", BY_NAME["theme"], "x")
