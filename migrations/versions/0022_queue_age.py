"""For how long the oldest run has waited, for whoever scales workers by it and may know nothing else.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AUDITOR = "lesionlens_auditor"

# As in migration 0001. A login of the operator's is its member; see docs/install.md.
ROLE = """
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'lesionlens_metrics') THEN
    BEGIN
      CREATE ROLE lesionlens_metrics NOLOGIN NOBYPASSRLS;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  GRANT lesionlens_metrics TO CURRENT_USER;
END $$;
"""

# Seconds; 0 where none is due.
QUEUE_AGE = """
CREATE FUNCTION queue_age_seconds(wanted text DEFAULT 'live') RETURNS double precision
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT coalesce(greatest(extract(epoch FROM now() - min(greatest(enqueued_at, next_attempt_at))), 0), 0)::float8
    FROM runs WHERE state = 'queued' AND queue = wanted
$$;
"""


def upgrade() -> None:
    op.execute(ROLE)
    op.execute(QUEUE_AGE)
    # As in migration 0004: it is the auditor's, who sees every clinic.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {AUDITOR}")
    op.execute(f"ALTER FUNCTION queue_age_seconds(text) OWNER TO {AUDITOR}")
    op.execute("REVOKE ALL ON FUNCTION queue_age_seconds(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION queue_age_seconds(text) TO lesionlens_metrics")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {AUDITOR}")


def downgrade() -> None:
    op.execute("DROP FUNCTION queue_age_seconds(text)")
