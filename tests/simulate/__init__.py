"""Deterministic simulation: client and server on one event loop whose time is a number."""
