"""What people write in a chat, read as Markdown: pure, from a message's text to blocks of spans.

Read is what Markdown says in a chat: emphasis, strike, code, quotes, lists and links. Not read are
headings, rules, tables, images, references and HTML: what begins with ``#`` is a channel, and
nothing that was said may vanish. Lines stay lines, and blank ones stay where they are.

The library reads; what is here is only how its tokens become text with marks.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it import MarkdownIt
    from markdown_it.token import Token


class Mark(enum.Flag):
    """How a piece of text is set off."""

    NONE = 0
    BOLD = enum.auto()
    ITALIC = enum.auto()
    STRIKE = enum.auto()
    CODE = enum.auto()


class Span(Struct, frozen=True):
    """A run of text that is set the same way."""

    text: str
    marks: Mark = Mark.NONE
    link: str = ""
    """Where it leads, where it is a link: http, https or mailto."""


class Block(Struct, frozen=True):
    """Lines that belong together."""

    spans: tuple[Span, ...]
    first: str = ""
    """What stands before its first line: quote bars, a list's bullet."""
    rest: str = ""
    """What stands before its other lines; as wide."""
    code: bool = False
    """Whether it is fenced code, whose white space means something."""
    language: str = ""
    """What the fence says of the code; empty where nothing."""

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(span.text for span in self.spans)


BAR: Final = "▌ "
BULLET: Final = "• "

DEEPEST: Final = 8
"""Quotes and lists in each other that are told apart; what is deeper stands at this depth."""

LINK_CHARS: Final = 2048
"""Longest target of a link; a longer one is text."""

_PARSED: Final = 512
"""Messages whose blocks are kept: a few screens, at every width."""

_MARKED: Final = re.compile(r"[*_~`<\\]|\]\(|^ {0,3}(?:>|[-+*]\s|\d{1,9}[.)]\s)", re.MULTILINE)
"""What a text has that Markdown would change; most have nothing of it, and are not parsed."""

_NOTHING: Final = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s*)*")
"""A line that has marks at the most."""

_SHRUG: Final = ("¯\\_(ツ)_/¯", r"¯\\\_(ツ)\_/¯")
"""Nobody who writes it means to lose an arm."""

_LINK: Final = re.compile(r"(?:https?://|mailto:)[\x21-\x7e]+", re.IGNORECASE)

_MARKS: Final = {
    "strong_open": Mark.BOLD,
    "em_open": Mark.ITALIC,
    "s_open": Mark.STRIKE,
}
_ENDS: Final = {opened.replace("open", "close"): mark for opened, mark in _MARKS.items()}

_RULES: Final = (
    "fence",
    "blockquote",
    "list",
    "emphasis",
    "strikethrough",
    "backticks",
    "link",
    "autolink",
    "escape",
)


def plain(text: str) -> tuple[Block, ...]:
    """Return ``text`` as it is."""
    return (Block((Span(text),)),)


def is_marked(text: str) -> bool:
    """Say whether `blocks` may find more in ``text`` than `plain`. Cheap."""
    return _MARKED.search(text) is not None


def blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of ``text``. What it says is in them, in its order, whatever it is."""
    return _blocks(text.replace(*_SHRUG)) if is_marked(text) else plain(text)


def line(text: str) -> tuple[Block, ...]:
    """Return ``text`` as one block, whose emphasis, code and links alone are read."""
    if not is_marked(text):
        return plain(text)
    (token,) = _parser().parseInline(text.replace(*_SHRUG))
    return (Block(tuple(_spans(token.children or ()))),)


def safe_link(link: str) -> str:
    """Return ``link`` where a terminal may be given it, else nothing."""
    return link if len(link) <= LINK_CHARS and _LINK.fullmatch(link) else ""


@functools.lru_cache(_PARSED)
def _blocks(text: str) -> tuple[Block, ...]:
    reader = _Reader(text)
    for token in _parser().parse(text):
        reader.take(token)
    reader.blank_lines_until(len(reader.lines))
    # An empty quote or list is no mark of anything: it is what somebody said. And what is nested
    # deeper than the library reads must not vanish.
    says = not reader.lost and any(block.text.strip() for block in reader.blocks)
    return tuple(reader.blocks) if says else plain(text)


@functools.cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # late: a third of the time to the first paint

    parser = MarkdownIt("zero", {"maxNesting": 4 * DEEPEST}).enable(_RULES)
    # Line ends stay in the text, with the white space around them.
    return parser.disable("newline", ignoreInvalid=True)


class _Lead(Struct):
    """A quote or an item of a list that is open."""

    first: str
    rest: str
    began: int
    """How many blocks there were before it."""


class _Reader:
    """Makes blocks from tokens."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.lines = source.split("\n")
        self.blocks: list[Block] = []
        self.lost = False
        """Whether a line that says something is in no block."""
        self._leads: list[_Lead] = []
        self._line = 0
        """The first line of the source that is in no block yet."""

    def take(self, token: Token) -> None:
        """Take the next token."""
        kind = token.type
        if kind == "blockquote_open":
            self._open(token, BAR, BAR)
        elif kind == "list_item_open":
            bullet = f"{token.info}{token.markup} " if token.info else BULLET
            self._open(token, bullet, " " * len(bullet))
        elif kind in ("blockquote_close", "list_item_close"):
            if len(self.blocks) == self._leads[-1].began:
                self._add(())
            self._leads.pop()
        elif kind == "inline":
            self._begin(token)
            spans = tuple(_spans(token.children or ()))
            if not self._leads and token.map is not None:
                # The library takes away what a paragraph's first line begins with.
                source = self.lines[token.map[0]]
                indent = source[: len(source) - len(source.lstrip(" "))]
                spans = (Span(indent), *spans) if indent else spans
            if (quoted := self._quoted(token)) is None:
                self._add(spans)
            else:
                quote, answer = _cut(spans, quoted)
                self._add(quote)
                self.blocks.append(Block(answer))
            self._end(token)
        elif kind == "fence":
            self._begin(token)
            code = token.content.removesuffix("\n")
            self._add((Span(code, Mark.CODE),), code=True, language=token.info.strip())
            self._end(token)

    def blank_lines_until(self, line: int) -> None:
        """Keep the blank lines before ``line`` that are in no block."""
        between = self.lines[self._line : line]
        self.lost = self.lost or not all(map(_NOTHING.fullmatch, between))
        count = sum(not each.strip(" >") for each in between)
        if count:
            bars = "".join(lead.rest for lead in self._leads[:DEEPEST])
            self.blocks += [Block((), bars, bars)] * count
        self._line = max(self._line, line)

    def _quoted(self, token: Token) -> int | None:
        """Return how many lines of a quote are quoted; None: all of them, or it is no quote.

        For Markdown the lines below a quote go on with it. In a chat they are the answer to it.
        """
        if token.map is None or not any(lead.rest == BAR for lead in self._leads):
            return None
        for number, line in enumerate(self.lines[token.map[0] : token.map[1]]):
            if number and not line.lstrip().startswith(">"):
                return number
        return None

    def _open(self, token: Token, first: str, rest: str) -> None:
        self._begin(token)
        self._leads.append(_Lead(first, rest, len(self.blocks)))

    def _begin(self, token: Token) -> None:
        if token.map is not None and self.blocks:
            self.blank_lines_until(token.map[0])

    def _end(self, token: Token) -> None:
        if token.map is not None:
            self._line = max(self._line, token.map[1])

    def _add(self, spans: tuple[Span, ...], *, code: bool = False, language: str = "") -> None:
        leads = self._leads[:DEEPEST]
        first = "".join(
            lead.first if lead.began == len(self.blocks) else lead.rest for lead in leads
        )
        rest = "".join(lead.rest for lead in leads)
        self.blocks.append(Block(spans, first, rest, code, language))


def _cut(spans: Iterable[Span], line: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Return what stands above line number ``line``, and from there on."""
    above: list[Span] = []
    below: list[Span] = []
    for span in spans:
        lines = span.text.split("\n")
        if not line:
            below.append(span)
        elif len(lines) <= line:
            above.append(span)
            line -= len(lines) - 1
        else:
            above.append(replace(span, text="\n".join(lines[:line])))
            below.append(replace(span, text="\n".join(lines[line:])))
            line = 0
    return tuple(above), tuple(below)


def _spans(tokens: Iterable[Token]) -> Iterable[Span]:
    """Yield what the tokens of a line say."""
    depth = dict.fromkeys(_MARKS.values(), 0)
    marks, link, shown, title = Mark.NONE, "", "", ""
    for token in tokens:
        if token.type in _MARKS:
            mark = _MARKS[token.type]
            depth[mark] += 1
            marks |= mark
        elif token.type in _ENDS:
            mark = _ENDS[token.type]
            depth[mark] -= 1
            marks = marks if depth[mark] else marks & ~mark
        elif token.type == "link_open":
            link, shown = str(token.attrs.get("href", "")), ""
            title = str(token.attrs.get("title", ""))
        elif token.type == "link_close":
            yield from _told_target(link, shown, title)
            link = ""
        else:
            code = Mark.CODE if token.type == "code_inline" else Mark.NONE
            shown += token.content
            yield Span(token.content, marks | code, safe_link(link))


def _told_target(link: str, shown: str, title: str) -> Iterable[Span]:
    """Yield a link's target, where its text does not say it: what is seen is where it leads."""
    if title or link.removeprefix("mailto:").rstrip("/") != shown.rstrip("/"):
        yield Span(" (")
        yield Span(link, link=safe_link(link))
        yield Span(f" {title})" if title else ")")
