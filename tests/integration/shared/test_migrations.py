"""The schema comes from the migrations alone, goes down and up again, and holds what the code believes."""

from alembic import command
from sqlalchemy import Engine

from migrations.__main__ import alembic_config


def test_tables_in_code_and_schema_agree_and_migrations_can_be_taken_back(owner_engine: Engine) -> None:
    config = alembic_config()
    with owner_engine.connect() as connection:
        config.attributes["connection"] = connection
        command.check(config)
        command.downgrade(config, "base")
        command.upgrade(config, "head")
        command.check(config)
