# Every target does its own set-up: all it takes is Python 3.11 or newer, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
USER ?= you

.PHONY: demo test check lint pythons elsewhere wheel screenshots man bench simulate stress fuzz clean

# A living chat, on this machine alone.
demo: $(VENV)/.app
	$(BIN)/rchat-tui --user "$(USER)" --demo

test: $(VENV)/.dev
	PYTHONASYNCIODEBUG=1 $(BIN)/pytest -q

# Everything that CI does.
check: test lint pythons wheel

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

# The tests on every other Python that is here, side by side: all but those that look at every corner
# of the screen, in pictures and real terminals, which are not about the language.
pythons: $(VENV)/.dev
	@own=$$($(BIN)/python -c 'import sys; print(sys.version_info.minor)'); \
	waiting=""; \
	for python in $$($(BIN)/python scripts/pythons.py); do \
		minor=$$($$python -c 'import sys; print(sys.version_info.minor)'); \
		[ "$$minor" = "$$own" ] && continue; \
		$(MAKE) --no-print-directory elsewhere VENV=.venv-3.$$minor PYTHON="$$python" & \
		waiting="$$waiting $$!"; \
	done; \
	for each in $$waiting; do wait $$each || exit 1; done

elsewhere: $(VENV)/.dev
	$(BIN)/pytest -q -p no:cacheprovider tests/contracts tests/rchat_protocol tests/rchat_server \
		tests/rchat_tui/client tests/rchat_tui/plain tests/rchat_tui/test_*.py \
		tests/rchat_tui/app/test_app.py tests/rchat_tui/app/test_commands.py

# The wheel in an empty environment, and both commands from there.
wheel: $(VENV)/.dev
	rm -rf dist
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .
	$(BIN)/python scripts/try_wheel.py dist/*.whl

screenshots: $(VENV)/.dev
	$(BIN)/python scripts/screenshots.py screenshots

# The manual page, from the tables.
man: $(VENV)/.dev
	$(BIN)/rchat-tui man > rchat_tui/rchat-tui.1

bench: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m bench $(BENCH)

# Real processes, and faults on purpose: ROUNDS=n, SEED=n of the first, SCENARIO=name;
# PATIENT=1 with the product's own deadlines, which are half a minute; MINUTES=n of bad neighbours.
stress: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m stress $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(SEED),--seed $(SEED)) $(if $(SCENARIO),--scenario $(SCENARIO)) \
		$(if $(PATIENT),--patient) $(if $(MINUTES),--minutes $(MINUTES))

# Client and server in one process, in virtual time: SEEDS=n, FIRST=n, or SEED=n with its trace.
simulate: $(VENV)/.dev
	PYTHONPATH=tests $(BIN)/python -m simulate $(if $(SEEDS),--seeds $(SEEDS)) \
		$(if $(FIRST),--first $(FIRST)) $(if $(SEED),--seed $(SEED))

# Hostile input by the million, and a watch over what takes it: PART=name, INPUTS=n, SEED=n,
# TRANSPORT=tcp or ws, REPLAY=file of a finding, SERVER="further options of rchat-server".
fuzz: $(VENV)/.fuzz
	PYTHONPATH=tests $(BIN)/python -m fuzz $(if $(PART),--part $(PART)) \
		$(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(TRANSPORT),--transport $(TRANSPORT)) \
		$(if $(REPLAY),--replay $(REPLAY)) $(if $(SERVER),--server="$(SERVER)")

clean:
	rm -rf .venv .venv-3.* dist build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "rchat needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@# Dependency groups (PEP 735) need this pip.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'

$(VENV)/.app: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
	@touch $@

# Not every platform has a wheel of it: by chance alone, then.
$(VENV)/.fuzz: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz \
		|| echo "atheris cannot be installed here: its part goes by chance alone."
	@touch $@
