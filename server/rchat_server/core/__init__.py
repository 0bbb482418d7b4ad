"""The chat itself: who is here, what was said, who still has to hear it. No sockets, no SQL."""
