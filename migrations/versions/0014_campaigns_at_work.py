"""What the execution of campaigns keeps: tallies, the end of a promotion, the last live run. And its audit.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE reruns ADD COLUMN auto_promoted_at timestamptz;
ALTER TABLE reruns ADD COLUMN tally_ended INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE reruns ADD COLUMN tally_failed INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE bulk_gate ADD COLUMN live_at timestamptz;

CREATE INDEX ix_reruns_to_promote ON reruns (id)
    WHERE state = 'finished' AND auto_promote AND auto_promoted_at IS NULL;
"""

# As migration 0004 made it; what campaigns add comes at the end.
CASES_AND_RUNS = """
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
"""

# The last step of a campaign's items and its own end are one transaction; only settling may lag behind the workers.
CAMPAIGNS = """
  SELECT 'strand', i.case_id, format('item of %s: its run %s ended at %s', i.rerun_id, r.id, r.finished_at)
    FROM rerun_items i JOIN runs r ON r.id = i.run_id
   WHERE i.state = 'queued' AND r.finished_at < now() - interval '2 minutes'
  UNION ALL
  SELECT 'strand', i.case_id, format('item of %s is %s: the campaign is %s', i.rerun_id, i.state, c.state)
    FROM rerun_items i JOIN reruns c ON c.id = i.rerun_id
   WHERE i.state IN ('planned', 'queued') AND c.state IN ('canceled', 'finished')
  UNION ALL
  SELECT 'strand', NULL, format('campaign %s is canceling with nothing left', c.id)
    FROM reruns c
   WHERE c.state = 'canceling'
     AND NOT EXISTS (SELECT FROM rerun_items i WHERE i.rerun_id = c.id AND i.state = 'planned')
     AND NOT EXISTS (SELECT FROM rerun_items i WHERE i.rerun_id = c.id AND i.state = 'queued')
  UNION ALL
  SELECT 'shadow', c.id, format('publishes run %s of %s, which was not promoted', r.id, r.rerun_id)
    FROM cases c JOIN runs r ON r.id = c.published_run_id
   WHERE r.rerun_id IS NOT NULL
     AND NOT EXISTS (SELECT FROM rerun_items i
                      WHERE i.rerun_id = r.rerun_id AND i.run_id = r.id AND i.case_id = c.id
                        AND i.promotion = 'promoted')
"""

AUDITOR = "lesionlens_auditor"


def _audit(query: str) -> None:
    # The function belongs to the auditor, and only its owner may replace it; a member of a role may not be one of its
    # heirs, so it is replaced as the role itself, which may create in the schema for this moment alone.
    op.execute(f"GRANT CREATE ON SCHEMA public TO {AUDITOR}")
    op.execute(f"SET ROLE {AUDITOR}")
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_violations() RETURNS TABLE (invariant text, case_id text, detail text)"
        " LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$" + query + "$$"
    )
    op.execute("RESET ROLE")
    op.execute(f"REVOKE CREATE ON SCHEMA public FROM {AUDITOR}")


def upgrade() -> None:
    op.execute(COLUMNS)
    _audit(CASES_AND_RUNS + " UNION ALL " + CAMPAIGNS)


def downgrade() -> None:
    _audit(CASES_AND_RUNS)
    op.execute("DROP INDEX ix_reruns_to_promote")
    op.execute("ALTER TABLE reruns DROP COLUMN auto_promoted_at, DROP COLUMN tally_ended, DROP COLUMN tally_failed")
    op.execute("ALTER TABLE bulk_gate DROP COLUMN live_at")
