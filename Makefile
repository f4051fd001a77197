# Everything a newcomer needs: `make demo` shows the product at work, `make test` proves it.
# Each target makes its own environment in .venv; the system's Python is never touched.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
# one more than there are cores: many tests wait for a daemon, a clock or a disk
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1 )))
# containers like to forbid it; then each of some hundred processes of a run would compile the whole program anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check conformance bench mutants nightly tables api lock clean

help:
	@echo "make demo         one full round on this machine: X, Telegram, mail, webhook, no credentials"
	@echo "make test         lint, types, all tests with the coverage gate"
	@echo "make conformance  the platforms' official data (DISTRIBUTOR_CONFORMANCE names their folder)"
	@echo "make bench        speed, as ratios against a named yardstick"
	@echo "make mutants      bugs planted on purpose, each of which a test must find"
	@echo "make nightly      long evidence runs: random editions, damaged documents, simulation, power cuts, kills, the stop button, seven days as foretold, a month of newsletters"
	@echo "make tables       refresh top-level domains and emoji from downloaded files: TLDS=file EMOJI=file"
	@echo "make api          what the API's document takes from docs, anew"
	@echo "make lock         resolve and lock the dependencies anew"

demo: $(BIN)/.run
	$(BIN)/distributor demo

test: check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder --cov --cov-report= -m "not conformance"
	$(BIN)/python tests/gate.py

check: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

conformance: $(BIN)/.dev
	@test -d "$$DISTRIBUTOR_CONFORMANCE" || { echo "DISTRIBUTOR_CONFORMANCE must name the folder of the official data"; exit 1; }
	$(BIN)/python -m pytest -s -m conformance -rs tests/conformance

bench: $(BIN)/.dev
	$(BIN)/python -m tests.bench

mutants: $(BIN)/.dev
	$(BIN)/python -m tests.mutants --workers 2

nightly: $(BIN)/.dev
	$(BIN)/python -m tests.nightly --editions 500
	$(BIN)/python -m tests.mutating --count 200000 --seed 1
	$(BIN)/python -m tests.mutants --workers 2
	$(BIN)/python -m tests.simulation --schedules 200000 --seed 1 --workers 2
	$(BIN)/python -m tests.power --cuts 20000 --seed 1
	$(BIN)/python -m tests.jumps
	DISTRIBUTOR_API_REQUESTS=200 $(BIN)/python -m pytest -q tests/flow/test_api_by_its_document.py
	$(BIN)/python -m tests.stop_button --readers 5000
	$(BIN)/python -m tests.seven_days --days 7 --stories 40 --seed 1
	$(BIN)/python -m tests.month --readers 5000 --seed 1
	$(BIN)/python -m tests.month --readers 1000 --seed 2 --start 2027-03-10 --days 27
	$(BIN)/distributor drill kill --deliveries 100000 --kills 200 --seed 1

# Nothing is fetched: the files are those of distributor/text/data/README.md.
tables: $(BIN)/.dev
	$(BIN)/python -m tests.tables $(if $(TLDS),--tlds "$(TLDS)") $(if $(EMOJI),--emoji "$(EMOJI)")

api: $(BIN)/.dev
	$(BIN)/python -m tests.api

lock: $(BIN)/.dev
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/run.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/dev.txt
	printf "hatchling\neditables\n" | $(BIN)/uv pip compile - --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/build.txt

# The environment of the product, and on top of it what only its developers need.
$(BIN)/.run: requirements/run.txt requirements/build.txt pyproject.toml | .venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "pip is missing in .venv; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/.dev: requirements/dev.txt $(BIN)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv:
	@test -n "$(PYTHON)" || { echo "distributor needs Python 3.11 or newer; on Debian: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c "import venv, ensurepip" 2>/dev/null || { echo "$(PYTHON) has no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* dist demo-out
