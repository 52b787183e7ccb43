"""The record of work in Postgres: tables, sessions and the life cycle."""
