"""Real server processes, real sockets, real files, and faults on purpose. ``make stress`` runs it.

- `frames`, `line`, `member`, `writer`: a client of our own, which shares no code with the product.
- `ears`, `chatter`, `puppet`: people who use the product's `ChatClient`, here or in a process that
  is killed.
- `launcher`, `server`: server processes that are killed, stopped, and asked how they are.
- `proxy`: a line that is cut, swallowed or delayed.
- `ledger`, `verdict`: what was seen, and the promise that it is checked against.
- `raw`, `loris`, `scene`, `attacks`, `gang`: attackers, in a process of their own.
- `regulars`: those whom they are to leave in peace.
- `plants`: faults that a scenario has to find.
- `setting`, `arena`, `scenarios`, `rounds`: one round of one scenario.
- `workers`, `__main__`: many of them.

A seed repeats a round's plan: who says what, which faults are done, and at which message, byte or
moment. What the kernel and three processes make of it differs from time to time; so a round that
failed is repeated with its seed a few times.
"""
