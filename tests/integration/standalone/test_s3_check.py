"""The check of an S3 server, on the embedded one, whose strengths and weaknesses are known."""

import socket

import pytest
from pydantic import SecretStr

from services.standalone import s3_check
from services.standalone.s3_probes import Bench
from shared.settings import StorageSettings
from shared.storage.s3 import S3Store, make_client


def lines(said: str) -> dict[str, str]:
    """Return what stands before the name of each check, by that name."""
    table = said.partition("\n\n")[0].splitlines()[1:]
    return {
        check.name: line.split()[0] for check in s3_check.CHECKS for line in table if f" {check.name} " in line + " "
    }


def test_the_embedded_server_lacks_what_is_known(
    storage_settings: StorageSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert s3_check.run(storage_settings) == 1
    said = capsys.readouterr().out
    found = lines(said)
    assert set(found) == {check.name for check in s3_check.CHECKS}
    assert {name for name, word in found.items() if word != "ok"} == {"wrong secret key refused"}
    assert "for evaluation only, on loopback" in said
    assert storage_settings.s3_secret_key.get_secret_value() not in said
    client = make_client(storage_settings)
    assert client.list_objects_v2(Bucket=storage_settings.s3_bucket).get("Contents", []) == []
    buckets = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
    assert [name for name in buckets if "-check-" in name] == []


def test_a_bucket_with_versions_is_told_of(
    store: S3Store, storage_settings: StorageSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    store.check()
    bench = Bench(storage_settings)
    versions = {"Status": "Enabled"}
    bench.client.put_bucket_versioning(Bucket=bench.bucket, VersioningConfiguration=versions)  # type: ignore[arg-type]
    assert s3_check.run(storage_settings) == 1
    said = capsys.readouterr().out
    assert lines(said)["bucket without versioning"] == "missing"
    assert "Switch versioning off" in said
    left = bench.client.list_object_versions(Bucket=bench.bucket)
    assert not left.get("Versions")
    assert not left.get("DeleteMarkers")


def test_a_key_that_nobody_knows(storage_settings: StorageSettings, capsys: pytest.CaptureFixture[str]) -> None:
    stranger = storage_settings.model_copy(update={"s3_access_key": SecretStr("nobody")})
    assert s3_check.run(stranger) == 1
    said = capsys.readouterr().out
    assert lines(said) == {"bucket": "MISSING"}
    assert "403" in said


def test_a_server_that_is_not_there(storage_settings: StorageSettings, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = storage_settings.model_copy(update={"s3_endpoint": f"http://127.0.0.1:{port}", "s3_attempts": 1})
    assert s3_check.run(away) == 2
    assert "does not answer" in capsys.readouterr().err


def test_settings_that_are_missing_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit, match="2"):
        s3_check.main()
    assert capsys.readouterr().err.split()[1::4] == ["S3_ENDPOINT:", "S3_ACCESS_KEY:", "S3_SECRET_KEY:"]
