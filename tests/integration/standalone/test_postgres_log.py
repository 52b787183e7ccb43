"""What Postgres writes when it refuses a row: that it did, and why, and nothing of what stood in the row."""

import time
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2 import extensions

from tests.integration.conftest import Servers

PLANTED = "Zinnia-of-the-log"
# What is refused, and the word in the log that tells so.
REFUSED = {
    "violates unique constraint": "INSERT INTO kept VALUES (%(word)s, 1)",
    "violates check constraint": "INSERT INTO kept VALUES (%(word)s || '!', 7)",
    "violates not-null constraint": "INSERT INTO kept VALUES (%(word)s || '?', NULL)",
    "violates foreign key constraint": "INSERT INTO named VALUES (%(word)s || '.')",
    "division by zero": "SELECT 1 / (length(%(word)s) - length(%(word)s))",
    "no column of that name": "DO $do$ BEGIN EXECUTE format('SELECT 1 FROM kept WHERE b = 1 AND %%L > '''' AND c', "
    "%(word)s); EXCEPTION WHEN undefined_column THEN RAISE EXCEPTION 'no column of that name'; END $do$",
    "canceling statement due to statement timeout": "SET statement_timeout = 50; SELECT pg_sleep(1), %(word)s",
}


@pytest.fixture
def cursor(servers: Servers) -> Iterator[extensions.cursor]:
    connection = psycopg2.connect(servers.postgres.url)
    connection.autocommit = True
    with connection.cursor() as made:
        made.execute("CREATE TEMP TABLE kept (a text PRIMARY KEY, b int NOT NULL CHECK (b < 5))")
        made.execute("CREATE TEMP TABLE named (a text REFERENCES kept)")
        made.execute("INSERT INTO kept VALUES (%s, 1)", [PLANTED])
        yield made
    connection.close()


def test_what_is_refused_is_told_without_the_row(servers: Servers, cursor: extensions.cursor) -> None:
    for statement in REFUSED.values():
        with pytest.raises(psycopg2.Error):
            cursor.execute(statement, {"word": PLANTED})
    deadline = time.monotonic() + 5
    while not all(reason in servers.postgres.log for reason in REFUSED):
        missing = [reason for reason in REFUSED if reason not in servers.postgres.log]
        assert time.monotonic() < deadline, (missing, servers.postgres.log)
        time.sleep(0.02)
    said = servers.postgres.log
    assert PLANTED not in said
    assert not [word for word in ("DETAIL", "CONTEXT", "STATEMENT", "HINT", "INSERT") if word in said]
