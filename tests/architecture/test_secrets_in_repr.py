"""Nothing that holds a secret tells it when it is printed: settings by trying them, other classes by their source."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final, get_args

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from tests.architecture.sources import name_of, python_files, tree_of
from tests.architecture.test_settings import settings_classes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo
    from pydantic_settings import BaseSettings

SETTINGS: Final = settings_classes()
# Fields of such names hold what opens something: as text, or as what a process is given.
HOLDS_A_SECRET: Final = re.compile(
    r"secret$|password|token$|access_key$|secret_key$|credential|^env$|^environment$|^logins$|^ciphertexts?$"
    r"|(database|redis|owner|superuser)_url$|^secrets_keys$|signature"
)
# Classes of which `key` is that of a caller, and not of an object in the store or of a row.
KEYS_OF_CALLERS: Final = {"CreatedKey", "Server"}
# A digest or an id of a secret opens nothing.
HARMLESS: Final = {"ApiKey.secret_sha256", "WebhookSecret.ciphertext"}


def secret_fields(settings: type[BaseSettings]) -> dict[str, FieldInfo]:
    return {
        name: field
        for name, field in settings.model_fields.items()
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    }


def planted(settings: type[BaseSettings]) -> tuple[BaseSettings, list[str]]:
    """Return an instance whose every secret is a word of ours, and these words."""
    secrets = {name: SecretStr(f"open-sesame-{name}=".ljust(32, "-")) for name in secret_fields(settings)}
    required = {
        name: "x"
        for name, field in settings.model_fields.items()
        if field.default is PydanticUndefined and name not in secrets
    }
    values: dict[str, Any] = required | secrets
    return settings(**values), [secret.get_secret_value() for secret in secrets.values()]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.__qualname__)
def test_no_settings_tell_their_secrets(settings: type[BaseSettings], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_ENDPOINT", "http://x")
    made, words = planted(settings)
    told = [repr(made), str(made), f"{made!r:>1}", str(made.model_dump()), made.model_dump_json(), repr(vars(made))]
    told += [repr(value) for value in vars(made).values()]
    assert [(word, where) for word in words for where in told if word in where] == []


def test_there_are_secrets_among_them() -> None:
    assert {name for settings in SETTINGS for name in secret_fields(settings)} >= {
        "database_url", "redis_url", "s3_access_key", "s3_secret_key", "secrets_keys"
    }  # fmt: skip


def annotated(tree: ast.AST) -> Iterator[tuple[ast.ClassDef, ast.AnnAssign, str]]:
    """Yield the fields of all dataclasses and models; a class without either tells nothing of its fields."""
    for found in ast.walk(tree):
        if isinstance(found, ast.ClassDef):
            words = [ast.unparse(each) for each in (*found.decorator_list, *found.bases)]
            if not any("dataclass" in word or word.endswith(("BaseModel", "Body", "_Input")) for word in words):
                continue
            if any("repr=False" in word for word in words):
                continue
            for line in found.body:
                if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
                    yield found, line, line.target.id


def tells(owner: ast.ClassDef, line: ast.AnnAssign, name: str) -> bool:
    """Whether the field is a secret's, by its name, and would be printed: a SecretStr or a box of ours would not."""
    named = HOLDS_A_SECRET.search(name) or (name == "key" and owner.name in KEYS_OF_CALLERS)
    if not named or f"{owner.name}.{name}" in HARMLESS:
        return False
    kind = ast.unparse(line.annotation)
    plain = re.search(r"\b(str|bytes|Mapping|dict|list|tuple|Sequence)\b", kind) is not None
    return plain and "SecretStr" not in kind and "repr=False" not in ast.unparse(line.value or ast.Constant(None))


def test_no_class_tells_a_secret_that_it_holds() -> None:
    fields = [
        (name_of(path), *found)
        for path in python_files("services", "shared", "migrations", "samples")
        for found in annotated(tree_of(path))
    ]
    assert len(fields) > 300
    assert [f"{path}: {owner.name}.{name}" for path, owner, line, name in fields if tells(owner, line, name)] == []


def test_the_rule_would_notice() -> None:
    source = "@dataclass\nclass A:\n    password: str\n    secret: SecretStr\n    token: str = field(repr=False)\n"
    assert [name for owner, line, name in annotated(ast.parse(source)) if tells(owner, line, name)] == ["password"]
