"""Remember who wrote to runs that were deleted, so that a run stays deleted when its trainer is heard again."""

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: None = None
depends_on: None = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table(
        "deleted_writer",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "writer", name="pk_deleted_writer"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("deleted_writer")
