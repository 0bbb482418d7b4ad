"""What all tests of the client share."""

from __future__ import annotations

from hypothesis import settings

# A machine that is busy is no fault of the code: how long an example takes is not what is tested.
settings.register_profile("rchat", deadline=None)
settings.load_profile("rchat")
