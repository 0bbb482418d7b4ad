"""What the commands of the table do, one check for each: written once, run on the app."""

from support.checks import (
    account,
    acting,
    attending,
    moderating,
    moving,
    people,
    talking,
    viewing,
    writing,
)
from support.checks.registry import CHECKS

__all__ = [
    "CHECKS",
    "account",
    "acting",
    "attending",
    "moderating",
    "moving",
    "people",
    "talking",
    "viewing",
    "writing",
]
