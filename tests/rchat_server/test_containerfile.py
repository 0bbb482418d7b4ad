"""What can be said of a container without building it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Final

from rchat_server import admin
from rchat_server.config import parse

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())
FILE: Final = ROOT / "server" / "deploy" / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    """Return each instruction of the file, and what it is given."""
    lines = [line for line in FILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    text = "\n".join(lines).replace("\\\n", " ")
    told = [line.strip().partition(" ") for line in text.splitlines() if line.strip()]
    return [(name, " ".join(rest.split())) for name, _, rest in told]


def last_stage() -> dict[str, str]:
    """Return what holds in the image that is run: the last word of each instruction."""
    every = instructions()
    begins = max(number for number, (name, _) in enumerate(every) if name == "FROM")
    return dict(every[begins:])


def test_nothing_comes_from_an_address() -> None:
    """Whoever builds it decides where packages and images come from, and sees what goes in."""
    for name, rest in instructions():
        assert name != "ADD"
        assert "://" not in rest
        assert not re.search(r"\b(curl|wget|index-url|trusted-host|apt-get)\b", rest)


def test_each_image_is_of_a_version() -> None:
    """What is built anew in a year is what was tried; both stages have one Python, at one place."""
    images = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(images) == 2
    assert len(set(images)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", images[0])
    minor = images[0].partition("-")[0].removeprefix("python:")
    assert f"Programming Language :: Python :: {minor}" in PROJECT["project"]["classifiers"]


def test_it_does_not_run_as_root() -> None:
    """Who breaks out of the server is nobody; by its number, which orchestrators look at."""
    user, _, group = last_stage()["USER"].partition(":")
    assert int(user) >= 1000
    assert int(group) >= 1000
    names = [name for name, _ in instructions()]
    after = names[len(names) - names[::-1].index("USER") :]
    assert not {"RUN", "COPY", "FROM"} & set(after)


def test_what_it_starts_is_there_and_understands_its_arguments() -> None:
    """A wrong option is found when the server of somebody does not come up."""
    stage = last_stage()
    program, *options = json.loads(stage["ENTRYPOINT"])
    assert program in PROJECT["project"]["scripts"]
    config = parse(options)
    assert str(config.data) == stage["VOLUME"]
    assert str(config.port) == stage["EXPOSE"]
    assert config.log_format == "json"
    asked = stage["HEALTHCHECK"].partition(" CMD ")[2]
    asking, first, *rest = json.loads(asked)
    assert (asking, first) == (program, "admin")
    assert admin._parser().parse_args(rest).data == Path(stage["VOLUME"])
    place = dict(each.split("=") for each in stage["ENV"].split())
    assert place["PATH"].split(":")[0] == "/opt/rchat/bin"
    assert "--from=build /opt/rchat /opt/rchat" in stage["COPY"]


def test_all_that_the_wheel_is_made_of_is_copied() -> None:
    """The build fails without, or makes a wheel that lacks something."""
    copied = [
        source
        for name, rest in instructions()
        if name == "COPY" and not rest.startswith("--from")
        for source in rest.split()[:-1]
    ]
    for source in copied:
        assert (ROOT / source).exists()
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["packages"], *wheel["shared-data"], PROJECT["project"]["readme"]]
    needed += [*PROJECT["project"]["license-files"], PROJECT["tool"]["hatch"]["version"]["path"]]
    for each in ["pyproject.toml", *needed]:
        assert any(each == source or each.startswith(f"{source}/") for source in copied), each
