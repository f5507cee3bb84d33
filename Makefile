# make demo    set up and train in the loop on a mismatched chip      make lint    ruff and mypy
# make test    set up and run the tests                               make bench   compare with other libraries
# make slow    the long tests                                         make quotes  figures in README and docs anew

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.bench-ready

.PHONY: demo test slow lint bench quotes clean

demo: $(READY)
	$(BIN)/inloop train yin-yang --die 7

# One worker per core; the tests of a file stay together, because they share simulations, and files come in their order:
# sorted by how many tests they have, those with few long ones would come last.
test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

slow: $(READY)
	$(BIN)/python -m pytest -m slow

# mypy and the package folder: the checkout may have any name, so it is checked under the name it is installed as.
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p .venv/checkout && ln -sfn ../.. .venv/checkout/inloop
	MYPYPATH=.venv/checkout $(BIN)/mypy -p inloop

# After results have changed; `inloop report docs/results` writes the pages of the experiments.
quotes: $(READY)
	$(BIN)/inloop report docs/results > /dev/null
	$(BIN)/python -m inloop.quotes

bench: $(BENCH_READY)
	$(BIN)/python benchmarks/compare.py

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "inloop needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# The peers come without their dependencies, which would replace torch.
$(BENCH_READY): $(READY)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps norse snntorch spikingjelly
	touch $@

clean:
	rm -rf .venv build *.egg-info
