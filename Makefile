# Jobs, one command each; `make` alone lists them.
# The environment lives in .venv. To choose its Python: make env PYTHON=python3.12
# To try the lowest versions that settings.ini allows: make test BOUNDS=lowest
# Works with GNU make 3.81 (macOS) and later. README.md has the same jobs as plain commands for Windows.

PYTHON ?=
EXTRAS ?= dev,accel
BOUNDS ?= newest
PAGES  ?=

ENV = PYTHON='$(PYTHON)' sh scripts/make-env $(EXTRAS)
IN  = . .venv/bin/activate &&
export BOUNDS

.PHONY: help env capstone test browser-env browser oracle-env oracle pages site lite bench package clean

help:      ## list the jobs
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

env:       ## make .venv, or bring it up to date with settings.ini
	@$(ENV)

capstone: env  ## train, optimize, benchmark, write a bundle that others can check, and its report
	$(IN) tito capstone

test: env  ## run tests/, then run every page and compare its outputs
	$(IN) pytest
	$(IN) pytest --nbval nbs/

browser-env: env
	@sh scripts/make-env browser,site,lite
	@sh scripts/need-chromium

browser: browser-env  ## open the HTML that the course writes in headless Chromium (installs both)
	$(IN) pytest browser

oracle-env: env
	@sh scripts/make-env oracle

oracle: oracle-env  ## compare with PyTorch, SciPy and tokenizers (installs them)
	$(IN) pytest oracle

site: env  ## build the pages as a website, _docs/index.html, that opens without a network
	@sh scripts/make-env site
	$(IN) python scripts/build_site.py

lite: env  ## build a JupyterLite site of a fresh workspace, _lite/, for a browser with a network
	@sh scripts/make-env lite
	$(IN) python scripts/build_lite.py

bench: oracle-env  ## measure side by side with PyTorch (installs it)
	$(IN) python benchmarks/run.py

pages: env  ## export, run, clean and check the pages; PAGES=nbs/05_autograd.ipynb runs one
	$(IN) nbdev_export
	$(IN) python scripts/make_stubs.py
	$(IN) python scripts/execute_notebooks.py $(PAGES)
	$(IN) nbdev_clean
	$(IN) pytest --nbval $(or $(PAGES),nbs/)

package: env  ## build the wheel and the sdist and use each in an empty environment
	$(IN) python scripts/try_dist.py

clean:     ## remove what the commands made, except .venv
	rm -rf build dist tinytorch.egg-info _docs _lite .quarto .pytest_cache
	find . -name .venv -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +
