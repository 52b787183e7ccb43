"""Every setting is documented, secrets are typed as secrets, and only the settings files read the environment."""

from __future__ import annotations

import ast
import importlib
import re
from typing import Final

from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from tests.architecture.sources import ROOT, module_of, name_of, python_files, tree_of

PAGE: Final = ROOT / "docs" / "settings.md"
SECRET_NAME: Final = re.compile(r"(DATABASE_URL|REDIS_URL|PASSWORD|TOKEN|SECRET|ACCESS_KEY|ADDRESS_KEY)")
# The samples are programs for users, with no settings file: one must find the server that `make run` started, one takes
# a secret that others on the machine must not see. The third starts the whole stack anew and hands its own on, unread.
READERS: Final = {"samples/stack.py", "samples/receive_webhook.py", "services/standalone/background.py"}


def settings_classes() -> list[type[BaseSettings]]:
    found: dict[str, type[BaseSettings]] = {}
    for path in python_files("services", "shared", "migrations"):
        if path.stem == "settings":
            module = importlib.import_module(module_of(path))
            for thing in vars(module).values():
                if isinstance(thing, type) and issubclass(thing, BaseSettings) and thing is not BaseSettings:
                    found[f"{thing.__module__}.{thing.__name__}"] = thing
    return list(found.values())


def variables() -> dict[str, list[type[BaseSettings]]]:
    """Return each environment variable with the classes that read it."""
    found: dict[str, list[type[BaseSettings]]] = {}
    for settings in settings_classes():
        prefix = str(settings.model_config.get("env_prefix", ""))
        for name, field in settings.model_fields.items():
            alias = field.validation_alias
            variable = alias if isinstance(alias, str) else prefix + name
            found.setdefault(variable.upper(), []).append(settings)
    return found


def documented() -> dict[str, str]:
    """Return the rows of the page's tables by the name in their first column."""
    return dict(re.findall(r"^\| `([A-Z][A-Z0-9_]*)` \| (.*)$", PAGE.read_text(), re.MULTILINE))


def test_every_setting_is_documented_and_none_that_is_not_read() -> None:
    assert set(documented()) == set(variables())


def test_the_documented_defaults_are_those_of_the_code() -> None:
    rows = documented()
    for variable, classes in variables().items():
        for settings in classes:
            default = settings.model_fields[variable.lower()].default
            if default is not PydanticUndefined and default is not None:
                assert str(default) in rows[variable], f"{settings.__name__}.{variable}: {default}"


def test_every_setting_says_what_it_is() -> None:
    for settings in settings_classes():
        assert [name for name, field in settings.model_fields.items() if not field.description] == [], settings


def test_secrets_are_typed_as_secrets() -> None:
    found = 0
    for settings in settings_classes():
        for name, field in settings.model_fields.items():
            if SECRET_NAME.search(name.upper()):
                assert "SecretStr" in str(field.annotation), f"{settings.__name__}.{name} would be printed in clear"
                assert field.default is None or field.is_required(), f"{settings.__name__}.{name} has a default"
                found += 1
    assert found
    assert "open sesame" not in repr(SecretStr("open sesame"))


def _reads_environment(tree: ast.AST) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {a.name for a in node.names} & {"environ"})
        for node in ast.walk(tree)
    )


def test_only_settings_read_the_environment() -> None:
    readers = {
        name_of(path)
        for path in python_files("services", "shared", "migrations", "samples")
        if _reads_environment(tree_of(path)) and path.stem != "settings"
    }
    assert readers - READERS == set()


OUTPUT: Final = {"print", "write", "debug", "info", "warning", "error", "exception", "critical", "log", "echo", "bind"}


def test_no_secret_is_printed_or_logged() -> None:
    """A revealed secret inside a call that prints or logs: what no formatter downstream can take back."""
    for path in python_files("services", "shared", "migrations", "samples"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in OUTPUT:
                inside = {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
                assert "get_secret_value" not in inside, f"{name_of(path)}:{node.lineno}"
