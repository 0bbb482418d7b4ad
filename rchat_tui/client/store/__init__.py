"""What a client keeps: the login, the outbox, and what was read. One port, two implementations."""
