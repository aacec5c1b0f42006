"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from doorstepd.database.types import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bell_reasons",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("decide_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", name=op.f("pk_bell_reasons")),
    )
    with op.batch_alter_table("bell_reasons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bell_reasons_decide_time"), ["decide_time"], unique=False)

    op.create_table(
        "eta_history",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("made_time", Instant(), nullable=False),
        sa.Column("earliest_time", Instant(), nullable=False),
        sa.Column("expected_time", Instant(), nullable=False),
        sa.Column("latest_time", Instant(), nullable=False),
        sa.Column("stops_ahead", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", "made_time", name=op.f("pk_eta_history")),
    )
    with op.batch_alter_table("eta_history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_eta_history_made_time"), ["made_time"], unique=False)

    op.create_table(
        "couriers",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("courier_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("update_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "courier_id", name=op.f("pk_couriers")),
    )
    op.create_table(
        "customers",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("create_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "customer_id", name=op.f("pk_customers")),
    )
    op.create_table(
        "epochs",
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("create_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_epochs")),
    )
    op.create_table(
        "events",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("event_time", Instant(), nullable=False),
        sa.Column("offset_minutes", sa.Integer(), nullable=True),
        sa.Column("zone", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=True),
        sa.Column("sub_status", sa.String(length=40), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("receive_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "source", "event_key", name=op.f("pk_events")),
    )
    op.create_table(
        "lookups",
        sa.Column(
            "lookup_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("lookup_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("lookup_id", name=op.f("pk_lookups")),
    )
    with op.batch_alter_table("lookups", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_lookups_merchant_id_customer_id_lookup_time"),
            ["merchant_id", "customer_id", "lookup_time"],
            unique=False,
        )

    op.create_table(
        "merchants",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("webhook_secret", sa.String(length=64), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column("create_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("webhook_secret", name=op.f("uq_merchants_webhook_secret")),
    )
    op.create_table(
        "orders",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("order_time", Instant(), nullable=True),
        sa.Column("create_time", Instant(), nullable=False),
        sa.Column("recipient_name", sa.String(length=200), nullable=False),
        sa.Column("recipient_phone", sa.String(length=64), nullable=False),
        sa.Column("recipient_address", sa.String(length=500), nullable=False),
        sa.Column("recipient_public", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("recipient_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "order_id", name=op.f("pk_orders")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_orders_merchant_id_create_time"), ["merchant_id", "create_time"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_orders_merchant_id_customer_id_create_time"),
            ["merchant_id", "customer_id", "create_time"],
            unique=False,
        )

    op.create_table(
        "outbox",
        sa.Column(
            "outbox_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_time", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("send_time", Instant(), nullable=True),
        sa.Column("drop_reason", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "merchant_id",
            "parcel_id",
            "attempt",
            "kind",
            "channel",
            name=op.f("uq_outbox_merchant_id_parcel_id_attempt_kind_channel"),
        ),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_state_due_time"), ["state", "due_time"], unique=False)

    op.create_table(
        "reminders",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("ring_time", Instant(), nullable=False),
        sa.Column("text_zh", sa.String(length=500), nullable=False),
        sa.Column("text_en", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", "kind", name=op.f("pk_reminders")),
    )
    op.create_table(
        "revisions",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("change_time", Instant(), nullable=False),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "stops",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("courier_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("open_time", Instant(), nullable=False),
        sa.Column("close_time", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", name=op.f("pk_stops")),
    )
    with op.batch_alter_table("stops", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stops_merchant_id_courier_id_state"), ["merchant_id", "courier_id", "state"], unique=False
        )

    op.create_table(
        "parcels",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("order_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("items", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("sub_status", sa.String(length=40), nullable=True),
        sa.Column("status_time", Instant(), nullable=True),
        sa.Column("event_id", sa.String(length=80), nullable=True),
        sa.Column("attention", sa.Boolean(), nullable=False),
        sa.Column("terminal", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("courier_id", sa.String(length=64), nullable=True),
        sa.Column("courier_name", sa.String(length=100), nullable=True),
        sa.Column("courier_phone", sa.String(length=64), nullable=True),
        sa.Column("courier_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expected_time", Instant(), nullable=True),
        sa.Column("expected_source", sa.String(length=16), nullable=True),
        sa.Column("shipments", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("next_poll_time", Instant(), nullable=True),
        sa.Column("poll_time", Instant(), nullable=True),
        sa.Column("polls", sa.Integer(), server_default="0", nullable=False),
        sa.Column("create_time", Instant(), nullable=False),
        sa.Column("update_time", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"], ["orders.merchant_id", "orders.order_id"], name=op.f("fk_parcels_orders")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "parcel_id", name=op.f("pk_parcels")),
        sa.UniqueConstraint("merchant_id", "order_id", "number", name=op.f("uq_parcels_merchant_id_order_id_number")),
    )
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_parcels_merchant_id_create_time_parcel_id"),
            ["merchant_id", "create_time", "parcel_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_parcels_merchant_id_status_create_time"),
            ["merchant_id", "status", "create_time"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_parcels_merchant_id_tracking_number"), ["merchant_id", "tracking_number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_parcels_merchant_id_next_poll_time"), ["merchant_id", "next_poll_time"], unique=False
        )
    op.create_table(
        "subscriptions",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=32), nullable=False),
        sa.Column("parcel_id", sa.String(length=80), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_time", Instant(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "tracking_number", "carrier", name=op.f("pk_subscriptions")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_state_due_time"), ["state", "due_time"], unique=False)
    op.create_table(
        "accounts",
        sa.Column("merchant_id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("free_time", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", "provider", name=op.f("pk_accounts")),
    )


def downgrade() -> None:
    op.drop_table("accounts")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscriptions_state_due_time"))

    op.drop_table("subscriptions")
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_parcels_merchant_id_next_poll_time"))
        batch_op.drop_index(batch_op.f("ix_parcels_merchant_id_tracking_number"))
        batch_op.drop_index(batch_op.f("ix_parcels_merchant_id_status_create_time"))
        batch_op.drop_index(batch_op.f("ix_parcels_merchant_id_create_time_parcel_id"))

    op.drop_table("parcels")
    with op.batch_alter_table("stops", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stops_merchant_id_courier_id_state"))

    op.drop_table("stops")
    op.drop_table("revisions")
    op.drop_table("reminders")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_state_due_time"))

    op.drop_table("outbox")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_orders_merchant_id_customer_id_create_time"))
        batch_op.drop_index(batch_op.f("ix_orders_merchant_id_create_time"))

    op.drop_table("orders")
    op.drop_table("merchants")
    with op.batch_alter_table("lookups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lookups_merchant_id_customer_id_lookup_time"))

    op.drop_table("lookups")
    op.drop_table("events")
    with op.batch_alter_table("eta_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_eta_history_made_time"))

    op.drop_table("eta_history")
    op.drop_table("epochs")
    op.drop_table("customers")
    op.drop_table("couriers")
    with op.batch_alter_table("bell_reasons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bell_reasons_decide_time"))

    op.drop_table("bell_reasons")
