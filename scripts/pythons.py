"""Print the interpreters that the project supports and this machine has, one path a line."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

OLDEST = 11
NEWEST = 14


def candidates() -> list[str]:
    """Return paths that may be such interpreters: on the PATH, and those that pyenv keeps."""
    found = [shutil.which(f"python3.{minor}") for minor in range(OLDEST, NEWEST + 1)]
    found.append(shutil.which("python3"))
    versions = Path.home() / ".pyenv" / "versions"
    found += [str(path) for path in sorted(versions.glob("3.*/bin/python3"))]
    return [path for path in found if path]


def main() -> None:
    """Ask each candidate for its version, and keep the first of each."""
    ask = "import sys; print(sys.version_info.minor, sys.executable)"
    chosen: dict[int, str] = {}
    for path in candidates():
        # A pyenv shim is there also for versions that are not to be had.
        answer = subprocess.run([path, "-c", ask], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            minor, executable = answer.stdout.split(maxsplit=1)
            if OLDEST <= int(minor) <= NEWEST:
                chosen.setdefault(int(minor), executable.strip())
    for minor in sorted(chosen):
        print(chosen[minor])


if __name__ == "__main__":
    main()
