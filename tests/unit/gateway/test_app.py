"""Which file of the built phone app an address stands for."""

import gzip
from pathlib import Path

import pytest

from services.gateway.app import endpoints, service

SCRIPT = "_expo/static/js/web/entry-1a2b.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / SCRIPT).parent.mkdir(parents=True)
    (folder / SCRIPT).write_bytes(b"start()")
    (folder / f"{SCRIPT}.gz").write_bytes(gzip.compress(b"start()"))
    (folder / "index.html").write_bytes(b"<!doctype html>")
    (folder / "secret.key").write_bytes(b"no")
    (tmp_path / "outside.js").write_bytes(b"no")
    return folder


@pytest.mark.parametrize("path", ["", "/", "cases/case_06f3", "lesions/left-arm", "enrol", "index.html"])
def test_every_page_is_the_one_document(built: Path, path: str) -> None:
    found = service.find(built, path, takes_gzip=True)
    assert found == service.Found(b"<!doctype html>", "text/html", "no-cache", packed=False)


def test_what_is_named_after_its_content_is_kept_for_good(built: Path) -> None:
    plain, packed = (service.find(built, SCRIPT, takes_gzip=each) for each in (False, True))
    assert plain is not None
    assert packed is not None
    assert (plain.content, plain.media_type, plain.packed) == (b"start()", "text/javascript", False)
    assert plain.cache == packed.cache == "public, max-age=31536000, immutable"
    assert packed.packed
    assert gzip.decompress(packed.content) == b"start()"


@pytest.mark.parametrize(
    "path",
    ["../outside.js", "%2e%2e/outside.js", "/etc/passwd.js", f"/{SCRIPT}", "none.js", "secret.key", f"{SCRIPT}.gz"],
)
def test_nothing_else_is_sent(built: Path, path: str) -> None:
    assert service.find(built, path, takes_gzip=False) is None


def test_without_a_build_there_is_no_app(tmp_path: Path) -> None:
    assert service.find(None, "", takes_gzip=False) is None
    assert service.find(tmp_path / "dist", "", takes_gzip=False) is None


def test_a_page_talks_to_its_server_and_to_the_store_alone() -> None:
    plain = endpoints._rules(None)["Content-Security-Policy"]
    assert "unsafe" not in plain
    assert "connect-src 'self';" in plain
    assert "default-src 'none'" in plain
    offered = endpoints._rules("https://photos.example:9000/path")["Content-Security-Policy"]
    assert "connect-src 'self' https://photos.example:9000;" in offered


def test_the_document_says_where_photos_may_go() -> None:
    document = b"<html><head><title>x</title></head></html>"
    assert endpoints._told(document, None) == document
    assert b'<head><meta name="direct-upload" content="offered"><title>' in endpoints._told(
        document, "https://s.example"
    )
