"""Hostile input, by the million, and a watch over what takes it. ``make fuzz`` runs it.

- `targets`, `mutator`, `guided`, `parsers`: what reads bytes, by itself; led by coverage where
  atheris is installed (``pip install --group fuzz``), by chance alone where it is not.
- `chance`, `byte_talks`, `frame_talks`, `session_talks`: what is said to a server: a `talks.Talk`
  is all that one connection says, and a function of the seed and its number.
- `dial`, `player`: over which line, and how.
- `host`, `stall`, `watched`: a server in a process of its own, that tells how it is.
- `judge`: what a server may answer. `findings`: what is kept of one that it may not.
- `campaign`, `__main__`: many talks, watched.

What is found is kept in a file, and `make fuzz REPLAY=file` says it again to a new server.
"""
