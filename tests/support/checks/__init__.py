"""What the commands of the table do, one check for each: written once, run on the app."""

from support.checks import acting, attending, moving, people, talking, viewing, writing
from support.checks.registry import CHECKS

__all__ = ["CHECKS", "acting", "attending", "moving", "people", "talking", "viewing", "writing"]
