"""Who waits for a case is told when it changes.

Revision ID: 0008
Revises: 0006
"""

from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

# Sent with the commit and never without it. Version 1 is nobody's news: nobody can wait for a case before it is there,
# and the transactions that accept photos are spared the lock under which Postgres commits notices.
NOTICE = """
CREATE FUNCTION events_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('case_changed', NEW.case_id || ' ' || NEW.version);
  RETURN NULL;
END $$;
CREATE TRIGGER events_notice AFTER INSERT ON events
  FOR EACH ROW WHEN (NEW.version > 1) EXECUTE FUNCTION events_notice();
"""

# One question for everybody who waits in a process, of whatever clinic. It runs as a role that sees every row, answers
# only about ids that the asker names, and says nothing of a case but its version.
BEYOND = """
CREATE FUNCTION cases_beyond(ids text[], versions integer[]) RETURNS TABLE (id text, version integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT c.id, c.version FROM unnest(ids, versions) AS known (id, version)
  JOIN cases c ON c.id = known.id AND c.version > known.version
$$;
GRANT CREATE ON SCHEMA public TO lesionlens_worker;
ALTER FUNCTION cases_beyond(text[], integer[]) OWNER TO lesionlens_worker;
REVOKE CREATE ON SCHEMA public FROM lesionlens_worker;
REVOKE ALL ON FUNCTION cases_beyond(text[], integer[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cases_beyond(text[], integer[]) TO lesionlens_gateway;
"""


def upgrade() -> None:
    op.execute(NOTICE)
    op.execute(BEYOND)


def downgrade() -> None:
    op.execute("DROP FUNCTION cases_beyond(text[], integer[])")
    op.execute("DROP TRIGGER events_notice ON events")
    op.execute("DROP FUNCTION events_notice()")
