"""How figures are told: the median, and how far the runs lie apart."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def told(values: Sequence[float], unit: str, *, scale: float = 1.0) -> str:
    """Return median and spread of ``values``, each times ``scale``."""
    scaled = sorted(value * scale for value in values)
    return f"{statistics.median(scaled):8.1f} {unit} ({scaled[0]:.1f} to {scaled[-1]:.1f})"
