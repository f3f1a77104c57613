"""Keep what somebody concluded from runs, where a run was imported from, and named views of the pages."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: None = None
depends_on: None = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the tables to this revision."""
    verdict = sa.Column("verdict", sa.Text(), nullable=False, server_default=sa.text("''"))
    origin = sa.Column("origin", sa.Text(), nullable=True)
    if op.get_bind().dialect.name == "sqlite":
        # Written anew, to have the columns before the documents: a list of runs reads no further.
        with op.batch_alter_table("run", recreate="always") as run:
            run.add_column(verdict, insert_after="note")
            run.add_column(origin, insert_after="verdict")
    else:
        op.add_column("run", verdict)
        op.add_column("run", origin)
    op.create_table(
        "view",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_view"),
        sa.UniqueConstraint("name", name="uq_view_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "comparison_note",
        sa.Column("runs", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("runs", name="pk_comparison_note"),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("comparison_note")
    op.drop_table("view")
    with op.batch_alter_table("run") as run:
        run.drop_column("origin")
        run.drop_column("verdict")
