"""The service bound to RSocket: connections, their requests, and the life of a server.

- `service`: what the gateway serves, as a value: tables of plain functions.
- `connection`: one connection, which looks a request's route up in these tables.
- `listener`: accepts connections and owns them.
- `server`: the order in which all of that begins and ends.

How frames become requests and answers become frames is the transport's business
(`rchat_protocol.transport`); what a request means is the service's.
"""
