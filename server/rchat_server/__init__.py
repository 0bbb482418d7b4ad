"""rchat, the server."""
