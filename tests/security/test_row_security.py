"""Row-level security, table by table from Postgres' catalogue: a table that is added later is looked at by itself.

To show that the policies hold alone, the gateway's role is given every right on every table here, and the triggers that
refuse much of this too are switched off; in the product both stand before the policies.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from services.standalone.database_roles import with_login
from shared.db.session import Database, DatabaseRole, make_engine
from tests.integration.conftest import Servers, database_settings, fresh_database
from tests.security.planted_rows import OF_NO_CLINIC, Pair, plant, relations, writable

ROLES = ("lesionlens_gateway", "lesionlens_worker", "lesionlens_auditor")
# What runs as a role that sees every clinic, and so answers with counts, ids or versions and nothing else.
SEES_ALL_CLINICS = {
    "access_log_tail",
    "audit_balance",
    "audit_violations",
    "cases_beyond",
    "deliveries_due",
    "figures_lately",
    "figures_of_day",
    "figures_of_drift",
    "queue_backlog",
    "queue_pace",
    "retention_overdue",
}


@dataclass
class Planted:
    """`everything` is a superuser's, who passes every policy."""

    gateway: Database
    everything: Engine
    pair: Pair


def as_superuser(servers: Servers, database_url: str) -> Engine:
    name = database_url.rsplit("/", 1)[1]
    user, _, password = servers.postgres.url.split("://", 1)[1].split("@", 1)[0].partition(":")
    url = with_login(servers.postgres.url, user=user, password=password, database=name)
    return make_engine(database_settings(url), role=None)


@pytest.fixture(scope="module")
def planted(servers: Servers) -> Iterator[Planted]:
    with fresh_database(servers) as database_url:
        settings = database_settings(database_url)
        gateway, worker = (Database(make_engine(settings, r)) for r in (DatabaseRole.GATEWAY, DatabaseRole.WORKER))
        pair = plant(gateway, worker)
        worker.close()
        everything = as_superuser(servers, database_url)
        with everything.begin() as connection:
            connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO lesionlens_gateway"))
            for table in writable(everything):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield Planted(gateway, everything, pair)
        everything.dispose()
        gateway.close()


def tenant_relations(planted: Planted) -> list[str]:
    return [name for name in relations(planted.everything) if name not in OF_NO_CLINIC]


def clinics_in(planted: Planted, relation: str, clinic: str | None) -> set[str | None]:
    """Return whose rows a bare `SELECT *` of the gateway shows."""
    with planted.gateway.transaction(clinic) as session:
        return {row["clinic_id"] for row in session.execute(text(f"SELECT * FROM {relation}")).mappings()}  # noqa: S608


def test_every_table_is_a_clinics_or_stands_in_the_list(planted: Planted) -> None:
    found = relations(planted.everything)
    assert set(OF_NO_CLINIC) <= set(found)
    with planted.everything.connect() as connection:
        query = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = :c"
        with_clinic = set(connection.execute(text(query), {"c": "clinic_id"}).scalars())
    assert set(found) - set(OF_NO_CLINIC) <= with_clinic, "a table without clinic_id: say in planted_rows.py why"


def test_every_tenant_table_is_under_forced_row_security(planted: Planted) -> None:
    query = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    with planted.everything.connect() as connection:
        assert set(writable(planted.everything)) == set(connection.execute(text(query)).scalars())


def test_services_have_roles_that_cannot_pass_row_security(planted: Planted) -> None:
    query = "SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = ANY (:roles)"
    with planted.everything.connect() as connection:
        assert list(connection.execute(text(query), {"roles": list(ROLES)}).scalars()) == [False] * len(ROLES)


def test_the_other_clinic_has_something_everywhere(planted: Planted) -> None:
    """Otherwise what follows would pass on an empty table."""
    with planted.everything.connect() as connection:
        for relation in tenant_relations(planted):
            rows = connection.execute(text(f"SELECT clinic_id FROM {relation}")).scalars()  # noqa: S608
            assert {planted.pair.mine, planted.pair.theirs} <= set(rows), f"{relation}: plant a row in planted_rows.py"


def test_without_a_clinic_nothing_is_seen(planted: Planted) -> None:
    shown = {name: clinics_in(planted, name, None) for name in tenant_relations(planted)}
    assert {name: whose for name, whose in shown.items() if whose} == {}


def test_a_clinic_sees_its_own_rows_and_no_others(planted: Planted) -> None:
    mine = planted.pair.mine
    assert {name: clinics_in(planted, name, mine) for name in tenant_relations(planted)} == {
        name: {mine} for name in tenant_relations(planted)
    }


def test_the_setting_ends_with_the_transaction(planted: Planted) -> None:
    """A pooled connection carries no clinic over to the next request."""
    for _ in range(3):
        assert clinics_in(planted, "cases", planted.pair.mine) == {planted.pair.mine}
        assert clinics_in(planted, "cases", None) == set()


@pytest.mark.parametrize("statement", ["UPDATE {} SET clinic_id = clinic_id", "DELETE FROM {}"])
def test_the_other_clinics_rows_are_not_touched(planted: Planted, statement: str) -> None:
    touched = {}
    for table in writable(planted.everything):
        for clinic in (planted.pair.mine, None):
            with planted.gateway.transaction(clinic) as session:
                query = statement.format(table) + " WHERE clinic_id = :theirs RETURNING 1"
                touched[table] = len(session.execute(text(query), {"theirs": planted.pair.theirs}).all())
    assert touched == dict.fromkeys(touched, 0)
    test_the_other_clinic_has_something_everywhere(planted)


@pytest.mark.parametrize("whose", ["a clinic's", "nobody's"])
def test_no_row_is_put_into_another_clinic(planted: Planted, whose: str) -> None:
    clinic = planted.pair.mine if whose == "a clinic's" else None
    for table in writable(planted.everything):
        with planted.everything.connect() as connection:
            query = f"SELECT to_jsonb(t) FROM {table} t WHERE clinic_id = :theirs LIMIT 1"  # noqa: S608
            row = json.dumps(connection.execute(text(query), {"theirs": planted.pair.theirs}).scalar_one())
        insert = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"  # noqa: S608
        with pytest.raises(DBAPIError, match=f'row-level security policy for table "{table}"'):  # noqa: SIM117
            with planted.gateway.transaction(clinic) as session:
                session.execute(text(insert), {"row": row})


def test_no_row_is_given_away(planted: Planted) -> None:
    pair = planted.pair
    for table in writable(planted.everything):
        query = f"UPDATE {table} SET clinic_id = :theirs WHERE clinic_id = :mine"  # noqa: S608
        with pytest.raises(DBAPIError, match="row-level security"), planted.gateway.transaction(pair.mine) as session:
            session.execute(text(query), {"mine": pair.mine, "theirs": pair.theirs})


def test_what_sees_all_clinics_is_a_short_list_of_functions(planted: Planted) -> None:
    """Whoever adds one that the gateway may call has to look here: no policy stands before its answer."""
    query = (
        "SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE nspname = 'public'"
        " AND prosecdef AND prorettype <> 'trigger'::regtype"
        " AND has_function_privilege('lesionlens_gateway', p.oid, 'EXECUTE')"
    )
    with planted.everything.connect() as connection:
        assert set(connection.execute(text(query)).scalars()) == SEES_ALL_CLINICS


def test_views_ask_with_the_rights_of_whoever_asks(planted: Planted) -> None:
    query = (
        "SELECT relname, reloptions FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE nspname = 'public' AND relkind = 'v'"
    )
    with planted.everything.connect() as connection:
        options = {name: set(found or ()) for name, found in connection.execute(text(query)).tuples()}
    assert options
    assert [name for name, found in options.items() if "security_invoker=true" not in found] == []
