"""The schema comes from the migrations alone, goes down and up again, and holds what the code believes."""

from alembic import command
from sqlalchemy import Engine, text

from migrations.__main__ import alembic_config

ROLES = ("lesionlens_gateway", "lesionlens_worker", "lesionlens_auditor")


def test_tables_in_code_and_schema_agree_and_migrations_can_be_taken_back(owner_engine: Engine) -> None:
    config = alembic_config()
    with owner_engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
        command.downgrade(config, "base")
        command.upgrade(config, "head")
        command.check(config)


def test_services_have_roles_that_cannot_pass_row_security(owner_engine: Engine) -> None:
    with owner_engine.begin() as connection:
        rows = connection.execute(
            text("SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = ANY (:roles)"),
            {"roles": list(ROLES)},
        )
        assert [row[0] for row in rows] == [False] * len(ROLES)


def test_every_table_with_a_clinic_is_under_forced_row_security(owner_engine: Engine) -> None:
    """A tenant table added later without row security fails here."""
    with owner_engine.begin() as connection:
        open_tables = connection.execute(
            text(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
                " WHERE a.attname = 'clinic_id' AND NOT a.attisdropped AND c.relkind = 'r'"
                " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
            )
        ).scalars()
        # Keys are looked up before the caller's clinic is known.
        assert set(open_tables) == {"api_keys"}
