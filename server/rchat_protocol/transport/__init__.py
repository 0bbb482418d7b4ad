"""RSocket over bounded byte transports: the one place that touches the rsocket library's own names.

What stands where, from the wire upwards:

- `frames`: bytes to frames and back, incremental and bounded. `metadata`: routes and credentials.
- `base`: what every transport does (coalesced writes, output budget, write deadline, read-ahead);
  `tcp` and `memory`: the two lines it runs over.
- `endpoint`: what both ends share: one `run()`, a watchdog, clean-up exactly once. `client` and
  `server`: the two ends. `streams`: what an answer or a stream is on the server.

A client dials with `tcp.open_tcp`, makes a `client.ClientEndpoint` on the transport and awaits its
`run()` in a task of its own. A server makes a `server.ServerEndpoint` with a handler and awaits its
`run()`. Nothing here knows what the chat is.
"""
