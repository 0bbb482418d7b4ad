"""What is wrong with a store that cannot be used. ``str(error)`` is a sentence for a person."""

from __future__ import annotations


class StorageRefusedError(Exception):
    """The store cannot be opened, checked, copied or restored: damaged, in use, or not ours."""
