"""What carriers say before an order is here is kept, and a tracking number is written in one way."""

import sqlalchemy as sa
from alembic import op

from doorstepd.database.types import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ONE_WAY = "upper(replace(trim(tracking_number), ' ', ''))"


def upgrade() -> None:
    op.create_table(
        "early_reports",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("receive_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "tracking_number", "digest", name=op.f("pk_early_reports")),
    )
    with op.batch_alter_table("early_reports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_early_reports_merchant_id_receive_time"), ["merchant_id", "receive_time"], unique=False
        )
    op.execute(f"UPDATE parcels SET tracking_number = {_ONE_WAY} WHERE tracking_number <> {_ONE_WAY}")  # noqa: S608


def downgrade() -> None:
    with op.batch_alter_table("early_reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_early_reports_merchant_id_receive_time"))

    op.drop_table("early_reports")
