"""A page of a clinic's history by an index whatever it is filtered by, and how often each clinic may call.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Each begins with the clinic and ends with what the page is sorted by, so that a page reads as many rows as it shows.
# Decision and label are those of the published result: read from `results`, never copied into `cases`.
INDEXES = """
CREATE INDEX ix_cases_by_client_ref ON cases (clinic_id, client_ref, id) WHERE client_ref IS NOT NULL;
CREATE INDEX ix_cases_by_subject_ref ON cases (clinic_id, subject_ref, id) WHERE subject_ref IS NOT NULL;
CREATE INDEX ix_cases_by_lesion_ref ON cases (clinic_id, lesion_ref, id) WHERE lesion_ref IS NOT NULL;
CREATE INDEX ix_cases_of_lesion ON cases (clinic_id, lesion_ref, COALESCE(captured_at, created_at), id)
    WHERE lesion_ref IS NOT NULL;
CREATE INDEX ix_cases_by_creation ON cases (clinic_id, created_at, id);
CREATE INDEX ix_cases_by_change ON cases (clinic_id, updated_at, id);

-- For ids the collation "C" is the same order. Naming it leaves these as the only indexes that are sorted so: Postgres
-- would else walk all results by case for a decision that it takes for common, and read them all if that is long ago.
CREATE INDEX ix_results_by_decision ON results (clinic_id, decision, case_id COLLATE "C");
CREATE INDEX ix_results_by_label ON results (clinic_id, label, case_id COLLATE "C");
CREATE INDEX ix_results_by_label_and_decision ON results (clinic_id, label, decision, case_id COLLATE "C");
"""

# Null means: as much as the operator's settings allow everybody.
LIMITS = """
ALTER TABLE clinics
    ADD COLUMN requests_per_minute INTEGER,
    ADD COLUMN photos_per_minute INTEGER,
    ADD CONSTRAINT ck_clinics_requests_per_minute_positive CHECK (requests_per_minute >= 1),
    ADD CONSTRAINT ck_clinics_photos_per_minute_positive CHECK (photos_per_minute >= 1);
"""


def upgrade() -> None:
    op.execute(INDEXES)
    op.execute(LIMITS)


def downgrade() -> None:
    op.execute("ALTER TABLE clinics DROP COLUMN requests_per_minute, DROP COLUMN photos_per_minute")
    for name in ("label_and_decision", "label", "decision"):
        op.execute(f"DROP INDEX ix_results_by_{name}")
    for name in ("by_change", "by_creation", "of_lesion", "by_lesion_ref", "by_subject_ref", "by_client_ref"):
        op.execute(f"DROP INDEX ix_cases_{name}")
