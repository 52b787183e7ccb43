"""`python -m migrations [upgrade|downgrade REVISION|current|check|revision MESSAGE]`: the schema, by Alembic.

Reads DATABASE_URL, the owner's login: it creates tables and, where they are missing, the group roles (CREATEROLE).
"""

import argparse
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m migrations", description="The schema, by Alembic.")
    verbs = parser.add_subparsers(dest="verb")
    verbs.add_parser("upgrade", help="bring the schema up to date (the default)")
    verbs.add_parser("downgrade", help="go back").add_argument("revision")
    verbs.add_parser("current", help="say which revision the database has")
    verbs.add_parser("check", help="fail if the tables in code and the schema differ")
    verbs.add_parser("revision", help="write an empty migration").add_argument("message")
    given = parser.parse_args(arguments)
    config = alembic_config()
    if given.verb == "downgrade":
        command.downgrade(config, given.revision)
    elif given.verb == "current":
        command.current(config)
    elif given.verb == "check":
        command.check(config)
    elif given.verb == "revision":
        command.revision(config, message=given.message)
    else:
        command.upgrade(config, "head")
        print("the schema is up to date")


if __name__ == "__main__":
    main(sys.argv[1:])
