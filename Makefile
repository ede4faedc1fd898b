# `make demo` and `make test` need Python 3.11 or newer and nothing else; everything goes into .venv.

PYTHON ?= python3
BIN := .venv/bin
# Not compiled: of torch's thousands of files most are never imported, and Python keeps those that are.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt

.PHONY: demo test test-hf check benchmark clean

demo: .venv/light  ## segment drawn scenes with the embedded model
	rm -rf demo-out
	$(BIN)/perpixel draw street --count 4 --seed 100000 --out demo-out/scenes
	$(BIN)/perpixel predict demo-out/scenes/images --out demo-out/answers
	$(BIN)/perpixel score demo-out/answers demo-out/scenes/masks
	@echo "look at demo-out/answers/"
	$(BIN)/python examples/road.py demo-out/road.jpg

test: .venv/full  ## run the tests
	$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-hf: .venv/full  ## the tests that need Hugging Face's transformers, 300 MB more; the others skip them
	$(INSTALL) -e '.[train,test,hf]'
	$(BIN)/pytest tests/models/test_hf.py tests/backbones/test_hub.py tests/objectives/test_query_objective.py tests/training/test_query_training.py
	$(BIN)/pytest tests/models/test_every_model.py -k hf

check: .venv/full  ## style, types, floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

benchmark: .venv/full  ## every promised ratio beside its peers
	$(INSTALL) -e '.[train,test,benchmark]'
	$(BIN)/python -m benchmarks

.venv/light: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -e .
	touch $@

.venv/full: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(INSTALL) -e '.[train,tensorboard,test]'
	touch $@ .venv/light

clean:
	rm -rf .venv demo-out build src/*.egg-info
