"""Run every measurement and print one table."""

from __future__ import annotations

import argparse

from bench import fanout, first_paint


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="runs of each figure (default 5)")
    parser.add_argument("--members", type=int, nargs="+", default=[10, 100], help="fan-out sizes")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of a fan-out run")
    options = parser.parse_args()
    for line in first_paint.report(options.runs):
        print(line, flush=True)
    for members in options.members:
        for line in fanout.report(members, options.runs, options.seconds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
