# What this project needs of a machine: Python 3.11 or newer, and make.
#
#   make demo       the main job, in a venv of its own, and its report, demo.html
#   make test       the tests, without the slow ones
#   make test-slow  the slow ones, but for
#   make test-sweep  sweeps: more of the same, and what nobody has seen; an hour, for a night
#   make test-export  the exported sources, in the libraries that they are for
#   make test-processors  those whose answers are the processor's, as on others than this one
#   make test-newest  a quick part of the tests on the newest Python that is found, with gmpy2
#   make test-wheel  the wheel, alone in an empty venv, and what an index will say of it
#   make test-floors  the tests on the lowest versions that pyproject.toml allows (Python 3.11, 3.12)
#   make test-floors-quick  a quick part of them
#   make environments  what all of these install, at once
#   make check      lint, formatting, types
#   make bench      the tables of docs/speed.md and docs/accuracy.md in short, and the benchmarks
#   make golden     renews the texts that tests/test_golden.py compares with; review their diff
#   make docs       the generated pages of docs/
#   make site       the documentation as a site, build/site; its warnings are errors
#   make clean      removes the venv and every cache

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
FLOORS := .venv-floors
WHEEL  := .venv-wheel
NEWEST := .venv-newest
# A Python of pyenv, or on the path, whichever is the youngest.
YOUNGEST = $(firstword $(foreach v,14 13 12,$(wildcard $(HOME)/.pyenv/versions/3.$(v).*/bin/python3.$(v) \
  /usr/local/bin/python3.$(v) /usr/bin/python3.$(v))))
# The package is installed in place, so a stamp is out of date only when pyproject.toml changes.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# A part of the tests that ends in a minute, and what it takes: none of what agents, editors and
# documents need.
QUICK := tests/trees tests/programs tests/targets/test_boosting_many.py tests/test_package.py
TOOLS := pytest pytest-xdist pytest-timeout hypothesis

# Where nothing may be written beside a source every process compiles symgd and the tests anew.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: demo test test-slow test-sweep test-export test-processors test-wheel test-newest test-floors test-floors-quick environments check bench golden docs site clean

demo: $(VENV)/stamp-plot
	$(BIN)/symgd
	$(BIN)/symgd report -o demo.html
	@echo "The report, for a browser: file://$(CURDIR)/demo.html"

test: $(VENV)/stamp-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/stamp-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "slow and not sweep"

test-sweep: $(VENV)/stamp-test
	$(BIN)/python -m pytest -n 2 --dist worksteal -m sweep

# TORCH=torch==2.13.0 adds PyTorch, in whatever build pip finds for this machine.
test-export: $(VENV)/stamp-export-test
	$(if $(TORCH),$(INSTALL) $(TORCH))
	$(BIN)/python -m pytest -n 2 tests/targets/test_export.py tests/targets/test_export_autodiff.py tests/targets/test_export_boosting.py
	SCIPY_ARRAY_API=1 $(BIN)/python -m pytest -n 2 tests/test_estimators.py

# Instructions that this machine lacks are left out, and a line says which. PROCESSORS="generic
# haswell" takes those alone.
test-processors: $(VENV)/stamp-test
	$(BIN)/python tests/processors.py $(PROCESSORS)

# What is published has to run with what it asks for itself, and with no file of this folder; then
# what an index will say of it is looked at, of the wheel that the source distribution makes.
test-wheel:
	rm -rf $(WHEEL) && $(PYTHON) -m venv $(WHEEL)
	$(WHEEL)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir $(WHEEL) .
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check $(WHEEL)/symgd-*.whl
	cd $(WHEEL) && PATH=bin:$$PATH bin/python ../tests/wheel.py
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check '.[package]'
	$(WHEEL)/bin/python -m build --no-isolation --outdir $(WHEEL)/dist . > $(WHEEL)/build.log || { cat $(WHEEL)/build.log; exit 1; }
	$(WHEEL)/bin/python -m twine check --strict $(WHEEL)/dist/*
	$(WHEEL)/bin/python tests/package.py $(WHEEL)/dist

test-newest: $(NEWEST)/stamp-test
	$(NEWEST)/bin/python --version
	$(NEWEST)/bin/python -m pytest -n 2 -m "not slow" $(QUICK) tests/derive/test_derive.py \
	  tests/test_resources.py tests/test_files.py

# Where one cannot be made its tests say why.
environments: $(VENV)/stamp-test $(NEWEST)/stamp-test $(FLOORS)/stamp-quick

test-floors: $(FLOORS)/stamp-test
	$(FLOORS)/bin/python -m pytest -n 2 -m "not slow"

test-floors-quick: $(FLOORS)/stamp-quick
	$(FLOORS)/bin/python -m pytest -n 2 -m "not slow" $(QUICK)

check: $(VENV)/stamp-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict symgd

bench: $(VENV)/stamp-bench
	$(BIN)/python tests/bench/speed_table.py --sizes 10000 1000000 --only sigmoid gelu
	$(BIN)/python tests/bench/accuracy_table.py --points 2 --formulas sigmoid gelu quadratic bce
	$(BIN)/python tests/bench/matrices.py
	$(BIN)/python -m pytest tests/bench -p no:xdist -s

golden: $(VENV)/stamp-core
	$(BIN)/python tests/golden/renew.py

docs: $(VENV)/stamp-core
	$(BIN)/python docs/generate.py

# Every page is read again, since what symgd derives is in none of the files that Sphinx compares.
# The workbench stands beside the pages, which open it within themselves, where node and npm make it.
site: $(VENV)/stamp-docs
	@$(BIN)/symgd site -o build/site/workbench || { \
	  rm -rf build/site/workbench; echo "The pages are built without the workbench in them."; }
	$(BIN)/python -m sphinx -q -W --keep-going -E -d build/doctrees -b html docs build/site
	@echo "The documentation, for a browser: file://$(CURDIR)/build/site/index.html"

clean:
	rm -rf $(VENV) $(FLOORS) $(WHEEL) $(NEWEST) build dist .pytest_cache .hypothesis .mypy_cache .ruff_cache .benchmarks demo.html
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/stamp-venv $(FLOORS)/stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "symgd needs Python 3.11 or newer; name one, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
	  exit 1; }
	rm -rf $(@D)
	@$(PYTHON) -m venv $(@D) || { \
	  echo "No venv could be made; on Debian or Ubuntu: apt-get install python3-venv" >&2; \
	  exit 1; }
	@touch $@

$(VENV)/stamp-core: pyproject.toml $(VENV)/stamp-venv
	$(INSTALL) --editable .
	@touch $@

$(VENV)/stamp-plot $(VENV)/stamp-test $(VENV)/stamp-bench $(VENV)/stamp-dev $(VENV)/stamp-export-test $(VENV)/stamp-docs: $(VENV)/stamp-%: pyproject.toml $(VENV)/stamp-venv
	$(INSTALL) --editable '.[$*]'
	@touch $@ $(VENV)/stamp-core

# With gmpy2 sympy and mpmath count in whole numbers of its kind, as they do where conda installs
# them.
$(NEWEST)/stamp-test: pyproject.toml
	rm -rf $(NEWEST) && $(or $(YOUNGEST),$(PYTHON)) -m venv $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --editable '.[plot,fast]' $(TOOLS) gmpy2
	@touch $@

$(FLOORS)/stamp-quick: pyproject.toml tests/lowest.py $(FLOORS)/stamp-venv
	$(FLOORS)/bin/python tests/lowest.py > $(FLOORS)/constraints.txt
	$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(FLOORS)/constraints.txt --editable '.[plot,fast]' \
	  $(TOOLS)
	@touch $@

$(FLOORS)/stamp-test: pyproject.toml tests/lowest.py $(FLOORS)/stamp-venv
	@$(FLOORS)/bin/python -c 'import sys; sys.exit(sys.version_info >= (3, 13))' || { \
	  echo "The lowest versions are older than this Python; name one, as in: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
	  exit 1; }
	$(FLOORS)/bin/python tests/lowest.py > $(FLOORS)/constraints.txt
	$(FLOORS)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint $(FLOORS)/constraints.txt --editable '.[test]'
	@touch $@
