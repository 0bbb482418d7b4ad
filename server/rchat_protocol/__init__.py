"""The contract between rchat's client and server: what both sides know, and nothing more."""

__version__ = "0.1.0"
