# Every command of the project. `make` alone lists them. Each target sets up what it needs; the second time that takes
# no time. Settings are plain environment variables: PORT=9000 make run, or make run PORT=9000.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough; make PYTHON=... names another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; exit; }; done; echo python3)
PY := .venv/bin/python
STANDALONE := $(PY) -m services.standalone
TRAINER := $(PY) -m services.trainer
export PYTHONPATH := $(CURDIR)

# $(call stage,NAME,COMMAND): run it, say how long it took, fail if it fails. Status 75 says that it could not be done: no
# failure, and no success either.
define stage
@printf '\n=== %s\n' '$(1)'; begin=$$(date +%s); $(2); status=$$?; took=$$(( $$(date +%s) - begin )); \
	case $$status in 0) word=ok;; 75) word='NOT DONE'; status=0;; *) word=FAILED;; esac; printf '=== %s: %s after %s s\n' '$(1)' "$$word" $$took; \
	mkdir -p .stamps; printf '%-28s %5s s  %s\n' '$(1)' $$took "$$word" >> .stamps/times; exit $$status
endef

.PHONY: help run stop status demo test test-unit test-engine test-contract test-integration test-security test-trainer test-install test-system test-faults test-upgrade test-mobile faults gpu-check check-backends measure-reference \
	mobile mobile-install mobile-types mobile-check mobile-e2e bench bench-memory bench-scale bench-waiting train export evaluate import-fastai check compose-check chart-check dependencies compose-env fmt lint types imports size openapi openapi-check migrate backup restore ledger verify-backup rerun rotate-secrets clinic enrol model audit audit-verify s3-check install install-dev browser node clean clean-data

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: install ## start everything on this machine (PORT, DATA_DIR, DATABASE_URL, REDIS_URL, S3_ENDPOINT ...); Ctrl-C stops it
	@exec $(STANDALONE)

stop: install ## stop what `make run` started elsewhere
	@$(STANDALONE) stop

status: install ## say whether it runs, and where
	@$(STANDALONE) status

demo: install ## show one photo's result (IMAGE=photo.jpg MODALITY=dermoscopy); starts the servers if none run
	@$(PY) -m samples.demo $${IMAGE:+"$$IMAGE"} $${MODALITY:+--modality "$$MODALITY"}

clinic: install ## NAME="Practice" creates a clinic and prints its key (CONSENT=text-1 RETENTION_DAYS=365, also with CHANGE=cli_...); ROTATE=key_... or REVOKE=key_... changes a key; else a list
	@set -- $${CONSENT:+--consent "$$CONSENT"} $${RETENTION_DAYS:+--retention-days "$$RETENTION_DAYS"}; \
	if [ -n "$$NAME" ]; then set -- create --name "$$NAME" "$$@"; \
	elif [ -n "$$CHANGE" ]; then set -- change "$$CHANGE" "$$@"; \
	elif [ -n "$$ROTATE" ]; then set -- rotate "$$ROTATE"; \
	elif [ -n "$$REVOKE" ]; then set -- revoke "$$REVOKE"; \
	else set -- list; fi; $(STANDALONE) beside $(PY) -m services.gateway.clinics "$$@"

enrol: install ## SUBJECT=patient-17 prints a code by which a patient's device signs in; docs/devices.md
	@$(PY) -m services.gateway.enrolments --subject "$${SUBJECT:?SUBJECT=your pseudonym for the person}" \
	--connection "$${DATA_DIR:-.lesionlens}/standalone.json"

model: install ## REGISTER=folder takes a model in, ACTIVATE=mdl_... gives new photos to one (FROM=mdl_... only from that one), RETIRE=mdl_...; else a list
	@if [ -n "$$REGISTER" ]; then set -- register "$$REGISTER"; \
	elif [ -n "$$ACTIVATE" ]; then set -- activate "$$ACTIVATE" $${FROM:+--from "$$FROM"}; \
	elif [ -n "$$RETIRE" ]; then set -- retire "$$RETIRE"; \
	else set -- list; fi; $(STANDALONE) beside $(PY) -m services.inference.registry "$$@"

audit: install ## accepted, open and ended cases of each clinic, and every violation of what always holds (JSON=1)
	@$(STANDALONE) beside $(PY) -m services.maintenance.audit $${JSON:+--json}

audit-verify: install ## walk the seals over the access log: every edit, gap and later addition (HEAD=seq:hash from the log, JSON=1)
	@$(STANDALONE) beside $(PY) -m services.maintenance.access_log $${JSON:+--json} $${HEAD:+--head "$$HEAD"}

backup: install ## TO=folder copies record and photos of what runs into a folder, again and again (KEEP=14 deletes older ones)
	@$(STANDALONE) beside $(PY) -m services.backup create "$$(realpath -m "$${TO:?TO=folder}")" $${KEEP:+--keep "$$KEEP"}

restore: install ## FROM=folder restores the newest backup there, or BACKUP=... (LEDGER=file, REPLACE=1, WITHOUT_LEDGER=1); docs/backup.md
	@$(STANDALONE) alone $(PY) -m services.backup restore "$$(realpath -m "$${FROM:?FROM=folder}")" $${BACKUP:+--backup "$$BACKUP"} \
	$${LEDGER:+--ledger "$$(realpath -m "$$LEDGER")"} $${REPLACE:+--replace} $${WITHOUT_LEDGER:+--without-ledger}

ledger: install ## TO=file writes which cases were erased; keep it apart from the backups
	@$(STANDALONE) beside $(PY) -m services.backup ledger "$$(realpath -m "$${TO:?TO=file}")"

verify-backup: install ## FROM=folder reads every byte of the newest backup there, or of BACKUP=..., and says whether it is whole
	@$(PY) -m services.backup verify "$$(realpath -m "$${FROM:?FROM=folder}")" $${BACKUP:+--backup "$$BACKUP"}

rerun: install ## TARGET=mdl_... runs stored cases on another model: plan, question, progress, report (ARGS="--sample 500", YES=1; ID=rrn_... DO=follow)
	@if [ -n "$$ID" ]; then set -- "$${DO:-follow}" "$$ID"; \
	else set -- run "$${TARGET:?TARGET=the id of a model, or ID=the id of a campaign}" $${YES:+--yes}; fi; \
	$(PY) -m services.gateway.reruns "$$@" --connection "$${DATA_DIR:-.lesionlens}/standalone.json" $${ARGS}

rotate-secrets: install ## encrypt stored webhook secrets with the first of SECRETS_KEYS; the old keys may go then
	@$(STANDALONE) beside $(PY) -m services.notifier.rotate_secrets

compose-env: ## write .env for docker-compose.yml, with random secrets
	@$(PYTHON) deploy/environment.py

s3-check: install ## S3_ENDPOINT=... S3_ACCESS_KEY=... S3_SECRET_KEY=... says what a server can do of what we need
	@$(PY) -m services.standalone.s3_check

migrate: install ## bring the schema of DATABASE_URL, or of the running database, up to date
	@$(STANDALONE) beside $(PY) -m migrations

openapi: install ## write openapi.json anew
	@$(PY) -m services.gateway.openapi

test: install-dev ## check, then every test: unit, engine, contract, integration, security, trainer, install, system, faults, upgrade, phone app
	@rm -f .stamps/times
	@$(MAKE) check test-unit test-engine test-contract test-integration test-security test-trainer test-install test-system test-faults test-upgrade test-mobile; status=$$?; \
	printf '\n%s\n' '--- times'; cat .stamps/times; exit $$status

# One thread: the networks are tiny, and threads that wait for each other only burn time. Schemathesis takes a second to load.
test-unit: install-dev ## tests without network, servers or processes
	$(call stage,unit tests,OMP_NUM_THREADS=1 $(PY) -m pytest tests/unit -q --disable-socket --allow-unix-socket -p no:schemathesis)

test-engine: install-dev ## the network itself: the shipped model, the maps of others beside ours, the programs of the bench
	$(call stage,engine tests,OMP_NUM_THREADS=1 $(PY) -m pytest tests/engine -q -n 2 --dist loadfile --durations=5 -p no:schemathesis)

test-contract: install-dev node ## tests of what others rely on
	$(call stage,contract tests,$(PY) -m pytest tests/contract -q)

test-integration: install-dev ## tests on real Postgres, Valkey and S3 servers, which they start; two files at a time
	$(call stage,integration tests,$(PY) -m pytest tests/integration -q -n 2 --dist loadfile --durations=10)

test-security: install-dev ## every operation with every kind of key, every table as another clinic; docs/security.md
	$(call stage,security tests,$(PY) -m pytest tests/security -q --durations=3)

# Apart from all others: fastai brings a library that changes, when it is imported, how Starlette matches paths.
test-trainer: install-dev ## the trainer's tests: its parts, and small models trained, evaluated and exported
	$(call stage,trainer tests,$(PY) -m pytest tests/trainer -q -n 2 --dist loadfile --durations=5)

test-install: install-dev ## the Dockerfiles' install steps in fresh environments (ALL=1: all, with torch)
	$(call stage,install tests,INSTALL_ALL=$(ALL) $(PY) -m pytest tests/install -q --durations=5)

test-system: install-dev browser ## tests over HTTP against the whole product, which they start
	$(call stage,system tests,$(PY) -m pytest tests/system -q --durations=10)

test-faults: install-dev ## the fault experiments in small sizes
	$(call stage,fault tests,$(PY) -m pytest tests/faults -q --durations=20)

test-upgrade: install-dev ## the release before, at work while the schema is brought up to date (UPGRADE_CASES=1000000: a long history)
	$(call stage,upgrade tests,$(PY) -m tests.upgrade)

faults: install-dev ## kill everything on purpose and count what is lost (FULL=1: full sizes; ONLY=R4,R5; OUT=figures.json)
	@$(PY) -m tests.faults $${FULL:+--full} $${ONLY:+--only "$$ONLY"} $${OUT:+--out "$$OUT"}

gpu-check: install-dev ## the engine's tests and one case on the GPU; says so where there is none (REQUIRE=1: fails then)
	@$(PY) -m tests.gpu

browser: # the tests of the page need a Chromium: the machine's, Debian's for root, else the one that Playwright fetches
	@have() { for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && return; done; false; }; \
	[ -z "$$LESIONLENS_NO_BROWSER" ] || exit 0; have && exit 0; echo 'set-up: chromium ...'; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	apt-get install -y -qq --no-install-recommends chromium >/dev/null; fi; \
	have || $(PY) -m playwright install chromium || true

node: # signatures of webhooks are held against a JavaScript library: the machine's Node.js, Debian's for root
	@have() { command -v node >/dev/null && command -v npm >/dev/null; }; \
	[ -z "$$LESIONLENS_NO_NODE" ] || exit 0; have && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo 'set-up: node ...'; apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null || true; fi

# The packages of the phone app, again whenever its lock file is another.
mobile-install: node
	@cd services/mobile && now=$$(cksum package-lock.json); [ "$$now" = "$$(cat node_modules/.installed 2>/dev/null)" ] || \
	{ echo 'set-up: packages of the phone app ...'; npm ci --no-audit --no-fund --loglevel=error && echo "$$now" > node_modules/.installed; }

mobile: mobile-install ## build the phone app for browsers; `make run` has it at /app then
	$(call stage,phone app for browsers,sh services/mobile/scripts/build-web.sh)

mobile-types: mobile-install ## write the phone app's types anew from openapi.json
	@cd services/mobile && npm run --silent api:types

mobile-check: node ## the phone app from nothing: packages, types, lint, tests, bundles for Android, iOS and browsers
	$(call stage,phone app,sh services/mobile/scripts/check.sh)

mobile-e2e: install-dev browser mobile ## the phone app in a real browser on the real model (SCREENSHOTS=folder keeps pictures)
	$(call stage,phone app in a browser,$(PY) -m pytest tests/mobile -q -n 2 --dist loadfile --durations=5)

test-mobile: ## mobile-check and mobile-e2e, where the phone app is not what both last passed on (MOBILE=1: in any case)
	@if [ -z "$$MOBILE" ] && sh services/mobile/scripts/passed.sh same; then \
	echo '=== phone app: left out, nothing of it changed since its checks passed (services/mobile/PASSED; MOBILE=1 runs them)'; \
	else begun=$$(sh services/mobile/scripts/passed.sh digest); \
	$(MAKE) mobile-check && $(MAKE) mobile-e2e && sh services/mobile/scripts/passed.sh write "$$begun"; fi

bench: install-dev ## time engine and whole product beside others'; docs/performance.md, bench/results (QUICK=1: a little, to try it)
	@$(PY) -m bench.engine $${QUICK:+--quick}
	@$(PY) -m bench.photo_cost $${QUICK:+1 --output bench/results/quick-photo_cost.json}
	@$(PY) -m bench.stack $${QUICK:+--quick}
	@$(PY) -m bench.webhooks $${QUICK:+--quick}
	@[ -n "$$QUICK" ] || $(PY) -m bench.tables

bench-memory: install-dev ## the worker's memory over many photos, and its start (PHOTOS=10000); 15 minutes and more
	@$(PY) -m bench.worker_memory $${PHOTOS} && $(PY) -m bench.tables

bench-scale: install-dev ## what growth costs: a million cases beside a thousand, claims a second, one photo's cost; docs/scale.md (QUICK=1: a little)
	@$(PY) -m bench.scale $${QUICK:+--quick}
	@[ -n "$$QUICK" ] || $(PY) -m bench.tables

bench-waiting: install-dev ## 5,000 callers who wait on one gateway: how soon they hear, what it costs (PHONES=5000); 3 minutes
	@$(PY) -m bench.waiting $${PHONES:+--phones "$$PHONES"}

train: install-train ## DATA=folder trains a model on labelled photos (OUT=runs/latest ABOUT=ham10000 ARGS="--head ..."; --help)
	@$(TRAINER) train "$${DATA:?DATA=folder with labels.csv, or with a folder for each class}" --out "$${OUT:-runs/latest}" \
	--about "$${ABOUT:-}" $${ARGS}

export: install-train ## RUN=folder DATA=folder OUT=folder makes a calibrated model folder of a finished run (NAME=...)
	@$(TRAINER) export "$${RUN:?RUN=folder of a finished run}" "$${DATA:?DATA=the photos it was trained on}" \
	--out "$${OUT:?OUT=model folder to make}" --name "$${NAME:-my-model}" --about "$${ABOUT:-}" $${ARGS}

evaluate: install-train ## MODEL=folder DATA=folder measures a model; report.html and report.json (OUT=runs/report)
	@$(TRAINER) evaluate "$${MODEL:?MODEL=model folder}" "$${DATA:?DATA=folder with labels.csv}" --out "$${OUT:-runs/report}" $${ARGS}

check-backends: install-train ## MODEL=folder DATA=folder compares what can run a model here with the reference (ARGS=--write)
	@$(TRAINER) check-backends "$${MODEL:?MODEL=model folder}" "$${DATA:?DATA=folder with labels.csv}" $${ARGS}

measure-reference: install-train ## MODEL=folder DATA=folder measures what drift of a model is told against (ARGS=--write)
	@$(TRAINER) measure-reference "$${MODEL:?MODEL=model folder}" "$${DATA:?DATA=folder with labels.csv}" $${ARGS}

import-fastai: install-train ## FILE=learn.pkl OUT=folder converts a learn.export() file (ARGS=--trust: it may run any code)
	@$(TRAINER) import-fastai "$${FILE:?FILE=what learn.export() wrote}" --out "$${OUT:?OUT=folder of the run to make}" $${ARGS}

check: lint types imports openapi-check size compose-check chart-check dependencies ## everything that can be judged without running the product

lint: install-dev ## ruff's rules and format
	$(call stage,ruff,.venv/bin/ruff check . && .venv/bin/ruff format --check .)

types: install-dev ## mypy --strict
	$(call stage,mypy,.venv/bin/mypy)

imports: install-dev ## who may import whom
	$(call stage,import contracts,.venv/bin/lint-imports)

openapi-check: install-dev ## openapi.json says what the code does
	$(call stage,openapi.json,$(PY) -m services.gateway.openapi --check)

compose-check: install-dev ## docker-compose.yml by the compose specification and by our own rules
	$(call stage,docker-compose.yml,$(PY) -m pytest tests/architecture/test_compose.py -q)

chart-check: install-dev ## the Helm chart, rendered and held against the schemas of Kubernetes and KEDA
	$(call stage,Helm chart,$(PY) -m pytest tests/chart -q)

dependencies: install-dev node ## known holes in what we depend on, but those in deploy/accepted_findings.toml
	$(call stage,dependencies,$(PY) deploy/dependencies.py)

size: install-dev ## sizes of files and functions, and the other rules of the tree
	$(call stage,architecture tests,$(PY) -m pytest tests/architecture -q --ignore tests/architecture/test_compose.py)

fmt: install-dev ## format the code
	@.venv/bin/ruff format . && .venv/bin/ruff check --fix .

install:
	@$(PYTHON) services/standalone/install.py run

install-train:
	@$(PYTHON) services/standalone/install.py train

install-dev:
	@$(PYTHON) services/standalone/install.py test

clean: ## remove the virtual environments and caches; never the data in DATA_DIR
	rm -rf .venv .venv-s3 .stamps .install.log .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## remove all photos, results and keys of `make run`, after asking
	@folder="$${DATA_DIR:-.lesionlens}"; [ -e "$$folder/standalone.lock" ] || { echo "no data in $$folder"; exit 0; }; \
	if [ -x $(PY) ] && $(STANDALONE) status | grep -q process; then echo "it runs: make stop first"; exit 1; fi; \
	printf 'Remove %s with every photo, result and key in it? Type yes: ' "$$folder"; read answer; \
	[ "$$answer" = yes ] || { echo "kept"; exit 1; }; \
	cluster=$$(readlink "$$folder/postgres/cluster" || true); \
	case "$$cluster" in /var/lib/lesionlens/*) rm -rf "$${cluster%/cluster}";; esac; rm -rf "$$folder" && echo "removed"
