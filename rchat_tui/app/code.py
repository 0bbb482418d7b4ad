"""Fenced code in colours: pure, from its text to tokens of a few kinds."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, String, Token
from pygments.util import ClassNotFound

if TYPE_CHECKING:
    from pygments.token import _TokenType

LANGUAGES: Final = frozenset(
    (
        *("bash", "c", "c++", "cpp", "css", "diff", "docker", "dockerfile", "go", "html", "ini"),
        *("java", "javascript", "js", "json", "kotlin", "lua", "make", "makefile", "nginx", "php"),
        *("py", "python", "python3", "rb", "rs", "ruby", "rust", "sh", "shell", "sql", "swift"),
        *("toml", "ts", "typescript", "xml", "yaml", "yml", "zig", "zsh"),
    )
)
"""What is coloured: others write the code, and some lexers take very long over what is no code."""

MOST_CHARS: Final = 4_000
"""Code that is longer is shown plain."""

_KEPT: Final = 64
"""Pieces of code whose tokens are kept."""

_KINDS: Final[tuple[tuple[_TokenType, str], ...]] = (
    (Comment, "comment"),
    (Keyword, "keyword"),
    (String, "string"),
    (Number, "number"),
    (Literal, "number"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Name.Tag, "keyword"),
    (Name.Attribute, "name"),
    (Name.Builtin, "name"),
    (Name.Decorator, "name"),
    (Token.Generic.Inserted, "string"),
    (Token.Generic.Deleted, "number"),
    (Token.Generic.Heading, "comment"),
    (Token.Generic.Subheading, "comment"),
)


@functools.lru_cache(_KEPT)
def tokens(code: str, language: str) -> tuple[tuple[str, str], ...]:
    """Return ``code`` in pieces, each with its kind, which is empty where there is none.

    All of them joined are ``code``.
    """
    whole = ((code, ""),)
    if language.lower() not in LANGUAGES or len(code) > MOST_CHARS:
        return whole
    try:
        lexer = get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return whole
    found = tuple((text, _kind(token)) for token, text in lexer.get_tokens(code))
    # A lexer that changes what it reads would show what nobody wrote.
    return found if "".join(text for text, _ in found) == code else whole


def _kind(token: _TokenType) -> str:
    return next((kind for parent, kind in _KINDS if token in parent), "")
