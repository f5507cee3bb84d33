# make demo    set up and train in the loop on a mismatched chip      make lint    ruff and mypy
# make test    set up and run the tests                               make bench   compare with other libraries
# make slow    the long tests                                         make quotes  figures in README and docs anew
# make bounds  tests of kernels with all indices checked

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.bench-ready

.PHONY: demo test slow bounds lint bench quotes clean

demo: $(READY)
	$(BIN)/inloop train yin-yang --die 7

# One worker per core; the tests of a file stay together, because they share simulations, and files come in their order:
# sorted by how many tests they have, those with few long ones would come last.
test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

slow: $(READY)
	$(BIN)/python -m pytest -m slow

# What is compiled so is kept apart from the code of other runs.
CHECKED := behavioral/bss1/fabric/test_against_plain.py behavioral/bss1/fabric/test_run.py \
  behavioral/bss2/fabric/test_against_plain.py behavioral/bss2/fabric/test_advance.py behavioral/bss2/test_layer.py \
  behavioral/bss1/analog behavioral/bss2/analog behavioral/network behavioral/test_events.py \
  behavioral/test_event_checks.py behavioral/test_moments.py behavioral/numerics/test_noise.py \
  cosim/bss1/test_behavioral.py cosim/bss1/test_digital.py::test_each_chip_is_the_twin_in_an_open_loop \
  cosim/bss2/test_step_order.py cosim/test_single_neuron.py

bounds: $(READY)
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder \
	  --fidelity behavioral --fidelity event $(CHECKED:%=tests/%)

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
