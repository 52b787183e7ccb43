"""Creates the roles that only a superuser can create: the owner, who migrates, and one login per service.

The group roles that the services act under come from the first migration; a login made here may only switch to its own.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  (a class that the library names in lower case)
from psycopg2.extensions import cursor as Cursor  # noqa: N812

OWNER = "lesionlens_owner"
_SERVER_LOCK = 7_306_129_644_010_112  # roles belong to the whole server: two callers must not both create them


@contextmanager
def _autocommit(url: str) -> Iterator[Cursor]:
    connection: Connection = psycopg2.connect(url, connect_timeout=5)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", (_SERVER_LOCK,))
            yield cursor
    finally:
        connection.close()


def with_login(url: str, *, user: str, password: str, database: str | None = None) -> str:
    """The same server with another user, and another database if one is named."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    path = parts.path if database is None else f"/{database}"
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{host}", path=path))


def _exists(cursor: Cursor, query: str, name: str) -> bool:
    cursor.execute(query, (name,))
    return cursor.fetchone() is not None


def create_owner_role(superuser_url: str, *, database: str, password: str | None = None) -> str:
    """Role lesionlens_owner (LOGIN, CREATEROLE, BYPASSRLS) owning `database`; returns its URL.

    The password is set anew at each call, so that an old one does not outlive the file that held it.
    """
    password = password or secrets.token_urlsafe(24)
    with _autocommit(superuser_url) as cursor:
        known = _exists(cursor, "SELECT 1 FROM pg_roles WHERE rolname = %s", OWNER)
        verb = sql.SQL("ALTER" if known else "CREATE")
        cursor.execute(
            sql.SQL("{} ROLE {} LOGIN CREATEROLE BYPASSRLS NOSUPERUSER PASSWORD %s").format(
                verb, sql.Identifier(OWNER)
            ),
            (password,),
        )
        if not _exists(cursor, "SELECT 1 FROM pg_database WHERE datname = %s", database):
            statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            cursor.execute(statement.format(sql.Identifier(database), sql.Identifier(OWNER)))
        cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    return with_login(superuser_url, user=OWNER, password=password, database=database)


def create_service_logins(superuser_url: str, *, database: str, logins: Mapping[str, tuple[str, str]]) -> None:
    """`logins` maps a login to (group role, password). A login inherits nothing: it must SET ROLE to its group.

    Raises LookupError if a group role is missing, which means that the migrations did not run.
    """
    with _autocommit(superuser_url) as cursor:
        for login, (group, password) in logins.items():
            if not _exists(cursor, "SELECT 1 FROM pg_roles WHERE rolname = %s", group):
                raise LookupError(f"role {group} does not exist; the migrations create it")
            known = _exists(cursor, "SELECT 1 FROM pg_roles WHERE rolname = %s", login)
            verb, who = sql.SQL("ALTER" if known else "CREATE"), sql.Identifier(login)
            cursor.execute(sql.SQL("{} ROLE {} LOGIN NOINHERIT PASSWORD %s").format(verb, who), (password,))
            cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(group), who))
            grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
            cursor.execute(grant.format(sql.Identifier(database), who))
