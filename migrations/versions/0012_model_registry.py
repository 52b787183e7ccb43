"""The registry of models over the API: a revision to compare with, which states follow which, and who may write.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# One row. Whoever is to change the state of a model locks it first: of two, one sees what the other has done.
TABLE = """
CREATE TABLE model_registry (
    id INTEGER NOT NULL,
    revision INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_model_registry PRIMARY KEY (id),
    CONSTRAINT ck_model_registry_one_row CHECK (id = 1)
);

INSERT INTO model_registry (id) VALUES (1);
"""

# The revision grows with each change of a state, whoever makes it: the previous release's command does not know of it.
GUARD = """
CREATE FUNCTION model_versions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  exits CONSTANT jsonb := '{
    "candidate": ["active", "retired"],
    "active": ["retired"],
    "retired": ["active"]
  }';
BEGIN
  IF NEW.state <> OLD.state THEN
    IF NOT (exits -> OLD.state) ? NEW.state THEN
      RAISE EXCEPTION 'model % may not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    UPDATE model_registry SET revision = revision + 1;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER model_versions_guard BEFORE UPDATE OF state ON model_versions
  FOR EACH ROW EXECUTE FUNCTION model_versions_guard();
"""

# What a version is never changes, so the gateway cannot: a new row, or another state of an old one.
GRANTS = """
GRANT SELECT, UPDATE (revision) ON model_registry TO lesionlens_gateway, lesionlens_worker;
GRANT SELECT ON model_registry TO lesionlens_auditor;
GRANT INSERT, UPDATE (state, activated_at, retired_at) ON model_versions TO lesionlens_gateway;
"""


def upgrade() -> None:
    for part in (TABLE, GUARD, GRANTS):
        op.execute(part)


def downgrade() -> None:
    op.execute("REVOKE INSERT, UPDATE (state, activated_at, retired_at) ON model_versions FROM lesionlens_gateway")
    op.execute("DROP TRIGGER model_versions_guard ON model_versions")
    op.execute("DROP FUNCTION model_versions_guard()")
    op.execute("DROP TABLE model_registry")
