"""Settings that are wrong: what a process says of them before it ends, and what it never says."""

import pytest
from pydantic import SecretStr

from services.gateway.settings import GatewaySettings
from services.standalone.settings import StandaloneSettings
from shared.db.session import make_engine
from shared.settings import DatabaseSettings, StorageSettings, TraceSettings

WORD = "open-sesame"
RIGHT = {
    "DATABASE_URL": f"postgresql://me:{WORD}@127.0.0.1/d",
    "REDIS_URL": f"redis://:{WORD}@127.0.0.1/0",
    "S3_ENDPOINT": "http://127.0.0.1:9000",
    "S3_ACCESS_KEY": WORD,
    "S3_SECRET_KEY": WORD,
    "SECRETS_KEYS": WORD,
    "ADDRESS_KEY": WORD * 3,
}


@pytest.fixture(autouse=True)
def _all_right(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatewaySettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def said(settings: type[GatewaySettings | StandaloneSettings], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        settings.of_environment()
    assert end.value.code == 2
    told = capsys.readouterr().err
    assert WORD not in told
    return told


def test_each_variable_is_named_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("REDIS_URL")
    monkeypatch.setenv("ADDRESS_KEY", WORD)
    monkeypatch.setenv("PORT", f"{WORD}1")
    lines = said(GatewaySettings, capsys).splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["settings:", f"{name}:"] for name in ("REDIS_URL", "PORT", "ADDRESS_KEY")
    ]


def test_what_belongs_together_is_told_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("S3_SECRET_KEY")
    assert said(StandaloneSettings, capsys) == (
        "settings: S3_ENDPOINT needs S3_ACCESS_KEY and S3_SECRET_KEY beside it\n"
    )


def test_an_error_that_reaches_the_log_holds_nothing_of_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("S3_ENDPOINT")
    with pytest.raises(ValueError, match="s3_endpoint") as error:
        StorageSettings()
    assert WORD not in str(error.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_both_names_of_a_database_are_understood(scheme: str) -> None:
    engine = make_engine(DatabaseSettings(database_url=SecretStr(f"{scheme}://me:word@127.0.0.1:1/d")), None)
    assert engine.url.drivername == "postgresql+psycopg2"
    assert (engine.url.host, engine.url.port, engine.url.database) == ("127.0.0.1", 1, "d")


@pytest.mark.parametrize("address", ["", "http://127.0.0.1:4318", "https://collector.example/otlp/"])
@pytest.mark.parametrize("headers", ["", "x-key=1", "a=1, b=%20", "a=b=c,"])
def test_collectors_that_can_be_named(address: str, headers: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", headers)
    assert TraceSettings.of_environment().otel_exporter_otlp_headers.get_secret_value() == headers


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("OTEL_EXPORTER_OTLP_ENDPOINT", value) for value in ("127.0.0.1:4318", "grpc://h:4317", "http://", "on")),
        *(("OTEL_EXPORTER_OTLP_HEADERS", value) for value in (WORD, f"x-key: {WORD}", f"a=1,{WORD}")),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_collectors_that_nothing_would_reach(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, value)
    assert said(GatewaySettings, capsys).startswith(f"settings: {variable}: ")
