"""Grants and row-level security: a clinic's rows are visible only to a transaction that names the clinic.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TENANT_TABLES = ("cases", "runs", "results", "artifacts", "events", "idempotency_records")

GRANTS = """
GRANT USAGE ON SCHEMA public TO lesionlens_gateway, lesionlens_worker, lesionlens_auditor;

GRANT SELECT, INSERT, UPDATE ON clinics, api_keys, cases, runs, idempotency_records TO lesionlens_gateway;
GRANT SELECT, INSERT ON events TO lesionlens_gateway;
GRANT SELECT ON model_versions, results, artifacts, case_balance TO lesionlens_gateway;

GRANT SELECT, INSERT, UPDATE ON model_versions, runs, results, artifacts TO lesionlens_worker;
GRANT SELECT, UPDATE ON cases TO lesionlens_worker;
GRANT SELECT, INSERT ON events TO lesionlens_worker;
GRANT SELECT, DELETE ON idempotency_records TO lesionlens_worker;
GRANT SELECT ON clinics, case_balance TO lesionlens_worker;

GRANT SELECT ON clinics, model_versions, case_balance TO lesionlens_auditor;
GRANT SELECT ON cases, runs, results, artifacts, events TO lesionlens_auditor;
"""


def upgrade() -> None:
    op.execute(GRANTS)
    for table in TENANT_TABLES:
        # FORCE, so that not even the owner reads a tenant's rows by accident; unset means no rows.
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_clinic ON {table} TO lesionlens_gateway"
            " USING (clinic_id = current_setting('app.clinic', true))"
            " WITH CHECK (clinic_id = current_setting('app.clinic', true))"
        )
        op.execute(f"CREATE POLICY every_clinic ON {table} TO lesionlens_worker USING (true) WITH CHECK (true)")
        op.execute(f"CREATE POLICY read_all ON {table} FOR SELECT TO lesionlens_auditor USING (true)")


def downgrade() -> None:
    for table in TENANT_TABLES:
        for policy in ("own_clinic", "every_clinic", "read_all"):
            op.execute(f"DROP POLICY {policy} ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    everyone = "lesionlens_gateway, lesionlens_worker, lesionlens_auditor"
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {everyone}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {everyone}")
