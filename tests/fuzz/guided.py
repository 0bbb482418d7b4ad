"""One target, led by what it reaches. Run as ``python -m fuzz.guided TARGET CORPUS [OPTION …]``.

A process of its own, since libFuzzer ends the one that it runs in. Options are libFuzzer's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

_SLOWER: Final = 10
"""How much slower what is looked into may be. Whoever runs this looks again, without."""

_INSTRUMENTED: Final = ["rchat_protocol", "rchat_server", "rsocket.frame", "rsocket.frame_helpers"]


def main() -> None:
    """Run a target until libFuzzer has enough, or something is found."""
    import atheris

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from fuzz import targets
    name, corpus, *options = sys.argv[1:]
    target: Any = targets.TARGETS[name]
    for number, seed in enumerate(targets.seeds(name)):
        Path(corpus, f"seed-{number}").write_bytes(seed)

    def one_input(data: bytes) -> None:
        targets.judge(target, data, slowest=_SLOWER * targets.SLOWEST)

    atheris.Setup([sys.argv[0], corpus, *options], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
