"""Who is at work, how long the queue is, and whether the record adds up.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# One row a working process, for health and for the operator. Work itself never depends on it.
WORKERS = """
CREATE TABLE workers (
    id TEXT NOT NULL,
    service TEXT NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    looked_at timestamptz DEFAULT now() NOT NULL,
    runs_ended BIGINT DEFAULT 0 NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_workers PRIMARY KEY (id)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON workers TO lesionlens_worker;
GRANT SELECT ON workers TO lesionlens_gateway, lesionlens_auditor;

CREATE INDEX ix_runs_finished_at ON runs (finished_at) WHERE finished_at IS NOT NULL;
"""

# The gateway sees one clinic's rows; how long the queue is concerns all of them. These functions give it counts alone:
# they run as a role that sees every row, and hold no id of anything.
QUEUE = """
CREATE FUNCTION queue_backlog() RETURNS TABLE (second timestamptz, waiting bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT date_trunc('second', enqueued_at), count(*) FROM runs
  WHERE state = 'queued' AND queue = 'live' GROUP BY 1 ORDER BY 1
$$;

-- Idle seconds say nothing of how fast work is done, so the seconds in which something ended are counted beside it.
CREATE FUNCTION queue_pace() RETURNS TABLE (running bigint, ended_last_minute bigint, busy_seconds bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT (SELECT count(*) FROM runs WHERE state = 'running'),
         count(*),
         count(DISTINCT date_trunc('second', finished_at))
  FROM runs WHERE finished_at > now() - interval '1 minute'
$$;
"""

# Every row of `audit_violations` is a defect of ours. The names are the invariants of docs/architecture.md.
AUDIT = """
CREATE FUNCTION audit_balance() RETURNS TABLE (clinic_id text, accepted bigint, open bigint, terminal bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT clinic_id, accepted, open, terminal FROM case_balance ORDER BY clinic_id
$$;

CREATE FUNCTION audit_violations() RETURNS TABLE (invariant text, case_id text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT 'I1', c.id, format('case %s, first run %s', c.state, r.state)
    FROM cases c JOIN runs r ON r.id = c.first_run_id
   WHERE (c.state IN ('accepted', 'processing')) <> (r.state IN ('queued', 'running'))
  UNION ALL
  SELECT 'I2', r.case_id, format('%s active runs of one model', count(*))
    FROM runs r WHERE r.state IN ('queued', 'running')
   GROUP BY r.case_id, r.model_version_id HAVING count(*) > 1
  UNION ALL
  SELECT 'I4', r.case_id, format('%s attempts under fence %s', r.attempts, r.fence)
    FROM runs r WHERE r.attempts > r.fence
  UNION ALL
  SELECT 'I5', c.id, format('version %s, events %s', c.version, count(e.id))
    FROM cases c LEFT JOIN events e ON e.case_id = c.id AND e.version BETWEEN 1 AND c.version
   GROUP BY c.id, c.version HAVING count(e.id) <> c.version
  UNION ALL
  SELECT 'I7', r.case_id, format('run %s %s without its result or artifacts', r.id, r.state)
    FROM runs r
   WHERE r.state IN ('succeeded', 'rejected') AND NOT EXISTS (SELECT FROM results WHERE run_id = r.id)
      OR r.state = 'succeeded' AND (SELECT count(*) FROM artifacts a WHERE a.run_id = r.id) <> 4
  UNION ALL
  SELECT 'I8', c.id, format('publishes run %s', c.published_run_id)
    FROM cases c LEFT JOIN runs r ON r.id = c.published_run_id AND r.case_id = c.id
   WHERE c.published_run_id IS NOT NULL AND (r.id IS NULL OR r.state NOT IN ('succeeded', 'rejected'))
      OR (c.state IN ('completed', 'rejected')) <> (c.published_run_id IS NOT NULL)
  UNION ALL
  SELECT 'I9', NULL, format('clinic %s: accepted %s, open %s, terminal %s', b.clinic_id, b.accepted, b.open, b.terminal)
    FROM case_balance b WHERE b.accepted <> b.open + b.terminal
  UNION ALL
  SELECT 'stuck', r.case_id, format('run %s: its lease ended at %s', r.id, r.lease_until)
    FROM runs r WHERE r.state = 'running' AND r.lease_until < now() - interval '2 minutes'
$$;
"""

QUEUE_FUNCTIONS = ("queue_backlog()", "queue_pace()")
AUDIT_FUNCTIONS = ("audit_balance()", "audit_violations()")


def _give_to(role: str, functions: tuple[str, ...]) -> None:
    # Whoever is to own something in a schema must be allowed to create there; only for this moment.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {role}")
    for function in functions:
        op.execute(f"ALTER FUNCTION {function} OWNER TO {role}")
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO lesionlens_gateway, lesionlens_worker, lesionlens_auditor")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {role}")


def upgrade() -> None:
    for part in (WORKERS, QUEUE, AUDIT):
        op.execute(part)
    _give_to("lesionlens_worker", QUEUE_FUNCTIONS)
    _give_to("lesionlens_auditor", AUDIT_FUNCTIONS)


def downgrade() -> None:
    for function in (*QUEUE_FUNCTIONS, *AUDIT_FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP INDEX ix_runs_finished_at")
    op.execute("DROP TABLE workers")
