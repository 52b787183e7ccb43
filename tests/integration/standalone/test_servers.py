"""The launchers: real servers that come back on the same port with the same data, wherever their folder lies."""

import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
import redis

from services.standalone.child import StartFailed
from services.standalone.ports import free_port, is_free
from services.standalone.servers import RunningServer, create_owner, start_postgres, start_s3, start_valkey


@pytest.mark.parametrize("start_server", [start_postgres, start_valkey, start_s3])
def test_a_killed_server_comes_back_where_it_was(start_server: Callable[[Path], RunningServer], scratch: Path) -> None:
    with start_server(scratch / "server") as server:
        port, pid = server.port, server.pid
        assert not is_free(port)
        server.kill()
        assert is_free(port)
        server.restart()
        assert server.port == port
        assert server.pid != pid
    assert is_free(port)


def test_what_was_committed_survives_a_kill(scratch: Path) -> None:
    with start_postgres(scratch / "postgres", durable=True) as server:
        owner = create_owner(server)
        connection = psycopg2.connect(owner)
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 'photo' AS word")
        connection.close()
        server.kill()
        server.restart()
        connection = psycopg2.connect(owner)
        with connection, connection.cursor() as cursor:
            rights = "rolcreaterole, rolbypassrls, rolsuper"
            cursor.execute(f"SELECT word, {rights} FROM kept, pg_roles WHERE rolname = current_user")  # noqa: S608
            assert cursor.fetchone() == ("photo", True, True, False)
        connection.close()


def test_postgres_wants_its_password(scratch: Path) -> None:
    with start_postgres(scratch / "postgres") as server, pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(f"postgresql://postgres:wrong@127.0.0.1:{server.port}/postgres")


def test_valkey_wants_its_password(scratch: Path) -> None:
    with start_valkey(scratch / "valkey") as server:
        with redis.Redis(host="127.0.0.1", port=server.port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with redis.Redis.from_url(server.url) as client:
            assert client.ping()


def test_postgres_starts_from_a_folder_that_only_we_can_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    folder = tmp_path / "postgres"
    try:
        for _ in range(2):
            with start_postgres(folder) as server:
                psycopg2.connect(server.url).close()
    finally:
        cluster = folder / "cluster"
        if cluster.is_symlink():
            shutil.rmtree(cluster.readlink().parent)


def test_a_server_that_cannot_start_says_why(scratch: Path) -> None:
    port = free_port()
    with (
        start_valkey(scratch / "first", port=port),
        pytest.raises(StartFailed, match="in use"),
    ):
        start_valkey(scratch / "second", port=port)
