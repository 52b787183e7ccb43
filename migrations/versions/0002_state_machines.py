"""The state machines and the invariants that Postgres can hold (I1 to I8 of docs/architecture.md).

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# I1, I3, I4: which states follow which, a fence that only grows, attempts that grow in the claim alone.
RUNS_GUARD = """
CREATE FUNCTION runs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  exits CONSTANT jsonb := '{
    "queued": ["running", "canceled", "expired"],
    "running": ["queued", "succeeded", "rejected", "failed", "timed_out", "canceled"]
  }';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'queued' OR NEW.fence <> 0 OR NEW.attempts <> 0 THEN
      RAISE EXCEPTION 'a run starts queued, with fence and attempts 0' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.case_id, NEW.clinic_id, NEW.model_version_id)
     IS DISTINCT FROM (OLD.id, OLD.case_id, OLD.clinic_id, OLD.model_version_id) THEN
    RAISE EXCEPTION 'a run keeps its id, case, clinic and model' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT exits ? OLD.state THEN
    IF (NEW.state, NEW.fence, NEW.attempts, NEW.error_code, NEW.finished_at)
       IS DISTINCT FROM (OLD.state, OLD.fence, OLD.attempts, OLD.error_code, OLD.finished_at) THEN
      RAISE EXCEPTION 'run % is terminal (%)', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF NEW.state <> OLD.state AND NOT (exits -> OLD.state) ? NEW.state THEN
    RAISE EXCEPTION 'run % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.fence < OLD.fence THEN
    RAISE EXCEPTION 'the fence of run % only grows', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state = 'queued' AND NEW.state = 'running' THEN
    IF NEW.fence <= OLD.fence OR NEW.attempts <> OLD.attempts + 1 THEN
      RAISE EXCEPTION 'a claim takes a new fence and counts one attempt' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.attempts > OLD.attempts OR NEW.attempts < OLD.attempts - 1
        OR (NEW.attempts < OLD.attempts AND NOT (OLD.state = 'running' AND NEW.state = 'queued')) THEN
    RAISE EXCEPTION 'attempts of run % change in the claim, or by one refund', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER runs_guard BEFORE INSERT OR UPDATE ON runs FOR EACH ROW EXECUTE FUNCTION runs_guard();
"""

# I1, I5: which states follow which, and a version that grows by one with each visible change and with nothing else.
CASES_GUARD = """
CREATE FUNCTION cases_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  exits CONSTANT jsonb := '{
    "accepted": ["processing", "canceled", "expired"],
    "processing": ["completed", "rejected", "failed", "canceled", "expired"],
    "completed": ["rejected", "failed", "expired"],
    "rejected": ["completed", "failed", "expired"],
    "failed": ["completed", "rejected"],
    "expired": ["completed", "rejected"],
    "canceled": []
  }';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'accepted' OR NEW.version <> 1 OR NEW.published_run_id IS NOT NULL THEN
      RAISE EXCEPTION 'a case starts accepted, at version 1, with nothing published' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.clinic_id, NEW.first_run_id, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.clinic_id, OLD.first_run_id, OLD.created_at) THEN
    RAISE EXCEPTION 'a case keeps its id, clinic and first run' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.state, NEW.published_run_id) IS DISTINCT FROM (OLD.state, OLD.published_run_id) THEN
    IF NEW.version <> OLD.version + 1 THEN
      RAISE EXCEPTION 'a visible change of case % takes the next version', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    NEW.updated_at := now();
  ELSIF NEW.version NOT IN (OLD.version, OLD.version + 1) THEN
    RAISE EXCEPTION 'the version of case % grows by one', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state THEN
    IF NOT (exits -> OLD.state) ? NEW.state THEN
      RAISE EXCEPTION 'case % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state NOT IN ('accepted', 'processing')
       AND NEW.published_run_id IS NOT DISTINCT FROM OLD.published_run_id THEN
      RAISE EXCEPTION 'case % has ended: only a promotion or its roll back changes it', OLD.id
        USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cases_guard BEFORE INSERT OR UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION cases_guard();
"""

# I1, I5, I6, I8, looked at when the transaction commits: what belongs together was written together.
CASES_AT_COMMIT = """
CREATE FUNCTION cases_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  first_state text;
  current record;
BEGIN
  IF NOT EXISTS (SELECT FROM events WHERE case_id = NEW.id AND version = NEW.version) THEN
    RAISE EXCEPTION 'version % of case % has no event', NEW.version, NEW.id USING ERRCODE = 'check_violation';
  END IF;
  SELECT state, published_run_id INTO current FROM cases WHERE id = NEW.id;
  SELECT state INTO first_state FROM runs WHERE id = NEW.first_run_id;
  IF (current.state IN ('accepted', 'processing')) <> (first_state IN ('queued', 'running')) THEN
    RAISE EXCEPTION 'case % is % while its first run is %', NEW.id, current.state, first_state
      USING ERRCODE = 'check_violation';
  END IF;
  IF current.published_run_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM runs WHERE id = current.published_run_id AND state IN ('succeeded', 'rejected')
  ) THEN
    RAISE EXCEPTION 'case % publishes a run without a result', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  IF (current.state IN ('completed', 'rejected')) <> (current.published_run_id IS NOT NULL) THEN
    RAISE EXCEPTION 'case % is % and publishes %', NEW.id, current.state, current.published_run_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cases_at_commit AFTER INSERT OR UPDATE OF state, version, published_run_id ON cases
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cases_at_commit();
"""

# I1, I7: a run that ends says so with its case, and success means a result and all four artifacts.
RUNS_AT_COMMIT = """
CREATE FUNCTION runs_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  mirrored record;
BEGIN
  IF NEW.state IN ('succeeded', 'rejected') AND NOT EXISTS (
    SELECT FROM results WHERE run_id = NEW.id AND (decision IS NOT NULL) = (NEW.state = 'succeeded')
  ) THEN
    RAISE EXCEPTION 'run % is % without its result', NEW.id, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'succeeded' AND (SELECT count(*) FROM artifacts WHERE run_id = NEW.id) <> 4 THEN
    RAISE EXCEPTION 'run % succeeded without all of its artifacts', NEW.id USING ERRCODE = 'check_violation';
  END IF;
  SELECT state, first_run_id INTO mirrored FROM cases WHERE id = NEW.case_id;
  IF mirrored.first_run_id = NEW.id AND (mirrored.state IN ('accepted', 'processing'))
     <> ((SELECT state FROM runs WHERE id = NEW.id) IN ('queued', 'running')) THEN
    RAISE EXCEPTION 'run % is % while its case is %', NEW.id, NEW.state, mirrored.state
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER runs_at_commit AFTER UPDATE OF state ON runs
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state)
  EXECUTE FUNCTION runs_at_commit();
"""

# I5, I6: an event tells of a version that exists, and is never rewritten.
EVENTS_GUARD = """
CREATE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are written once' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER events_guard BEFORE UPDATE ON events FOR EACH ROW EXECUTE FUNCTION events_guard();

CREATE FUNCTION events_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM cases WHERE id = NEW.case_id AND version >= NEW.version) THEN
    RAISE EXCEPTION 'event % tells of a version that case % never had', NEW.id, NEW.case_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER events_at_commit AFTER INSERT ON events
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_at_commit();
"""

# I9 as a query: accepted = open + terminal for every clinic, counted from events on one side and cases on the other.
CASE_BALANCE = """
CREATE VIEW case_balance WITH (security_invoker = true) AS
SELECT c.clinic_id,
       (SELECT count(*) FROM events e WHERE e.clinic_id = c.clinic_id AND e.type = 'case.accepted') AS accepted,
       count(*) FILTER (WHERE c.state IN ('accepted', 'processing')) AS open,
       count(*) FILTER (WHERE c.state NOT IN ('accepted', 'processing')) AS terminal
FROM cases c
GROUP BY c.clinic_id;
"""


def upgrade() -> None:
    for part in (RUNS_GUARD, CASES_GUARD, CASES_AT_COMMIT, RUNS_AT_COMMIT, EVENTS_GUARD, CASE_BALANCE):
        op.execute(part)


def downgrade() -> None:
    op.execute("DROP VIEW case_balance")
    for trigger, table in (
        ("events_at_commit", "events"),
        ("events_guard", "events"),
        ("runs_at_commit", "runs"),
        ("cases_at_commit", "cases"),
        ("cases_guard", "cases"),
        ("runs_guard", "runs"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION {trigger}()")
