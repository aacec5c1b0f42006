"""The tables. Every key begins with the merchant, so that no query can cross from one to another by mistake."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from doorstepd.database.types import Instant, Json

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _merchant() -> Column[str]:
    return Column("merchant_id", String(64), nullable=False)


def _required(name: str, type_: object = None) -> Column[object]:
    return Column(name, type_ or String(64), nullable=False)  # type: ignore[arg-type]


# One row: the epoch tells a resume token of this database from one of a restored copy.
epochs = Table("epochs", metadata, Column("epoch", BigInteger, primary_key=True), _required("create_time", Instant))

merchants = Table(
    "merchants",
    metadata,
    Column("merchant_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("settings", Json, nullable=False),
    Column("webhook_secret", String(64), nullable=False),
    Column("credentials", LargeBinary),  # of its carriers; sealed
    _required("create_time", Instant),
    UniqueConstraint("webhook_secret"),
)

customers = Table(
    "customers",
    metadata,
    _merchant(),
    _required("customer_id"),
    Column("settings", Json, nullable=False),
    _required("create_time", Instant),
    PrimaryKeyConstraint("merchant_id", "customer_id"),
)

orders = Table(
    "orders",
    metadata,
    _merchant(),
    _required("order_id"),
    _required("customer_id"),
    _required("digest"),  # of what was sent, so that a repeat is told from a conflict
    Column("order_time", Instant),
    _required("create_time", Instant),
    Column("recipient_name", String(200), nullable=False),  # masked, as the two below
    Column("recipient_phone", String(64), nullable=False),
    Column("recipient_address", String(500), nullable=False),
    Column("recipient_public", Json, nullable=False),  # the thicker mask, for share links
    Column("recipient_sealed", LargeBinary),
    Column("latitude", Float),  # the door, WGS-84
    Column("longitude", Float),
    PrimaryKeyConstraint("merchant_id", "order_id"),
    Index(None, "merchant_id", "customer_id", "create_time"),
    Index(None, "merchant_id", "create_time"),
)

parcels = Table(
    "parcels",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    _required("order_id"),
    Column("number", Integer, nullable=False),
    Column("items", Json, nullable=False),
    Column("carrier", String(32), nullable=False),
    Column("tracking_number", String(64), nullable=False),
    Column("status", String(32), nullable=False),
    Column("sub_status", String(40)),
    Column("status_time", Instant),
    Column("event_id", String(80)),  # the event that the status comes from
    Column("attention", Boolean, nullable=False),
    Column("terminal", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("courier_id", String(64)),
    Column("courier_name", String(100)),  # masked, as the phone
    Column("courier_phone", String(64)),
    Column("courier_sealed", LargeBinary),  # complete name and phone
    Column("expected_time", Instant),
    Column("expected_source", String(16)),
    Column("shipments", Json, nullable=False),  # what each source said of the parcel as a whole
    Column("revision", BigInteger, nullable=False),
    # When the carrier should be asked, unless there is news before; a claim moves it on, so that only one asks.
    Column("next_poll_time", Instant),
    Column("poll_time", Instant),  # the last question
    Column("polls", Integer, nullable=False, server_default="0"),  # questions since the last news
    _required("create_time", Instant),
    _required("update_time", Instant),
    PrimaryKeyConstraint("merchant_id", "parcel_id"),
    UniqueConstraint("merchant_id", "order_id", "number"),
    ForeignKeyConstraint(["merchant_id", "order_id"], ["orders.merchant_id", "orders.order_id"]),
    Index(None, "merchant_id", "tracking_number"),
    Index(None, "merchant_id", "create_time", "parcel_id"),
    Index(None, "merchant_id", "status", "create_time"),
    Index(None, "merchant_id", "next_poll_time"),
)

events = Table(
    "events",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    _required("source", String(32)),
    _required("event_key", String(64)),
    _required("event_time", Instant),
    Column("offset_minutes", Integer),
    Column("zone", String(10), nullable=False),
    Column("status", String(32)),
    Column("sub_status", String(40)),
    Column("text", Text, nullable=False),  # masked
    Column("text_sealed", LargeBinary),  # as received, where masking changed it
    Column("code", String(64)),
    Column("location", String(200)),
    Column("facts", Json, nullable=False),  # places, next place, masked courier: what sentences are made of
    Column("sequence", Integer, nullable=False),
    _required("receive_time", Instant),
    PrimaryKeyConstraint("merchant_id", "parcel_id", "source", "event_key"),
)

# The numbered log that watches read. `after` is the parcel as it stood then.
revisions = Table(
    "revisions",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    Column("revision", BigInteger, nullable=False),
    Column("kind", String(16), nullable=False),
    _required("change_time", Instant),
    Column("after", Json, nullable=False),
    Column("detail", Json),  # the event or reminder, as it was then
    PrimaryKeyConstraint("merchant_id", "parcel_id", "revision"),
)

# Numbers that a provider should tell us about by itself.
subscriptions = Table(
    "subscriptions",
    metadata,
    _merchant(),
    _required("tracking_number"),
    Column("carrier", String(32), nullable=False),
    _required("parcel_id", String(80)),
    Column("provider", String(32)),  # chosen when it is first asked
    Column("state", String(10), nullable=False),  # queued, active, none (nobody offers it), dead
    Column("tries", Integer, nullable=False),
    _required("due_time", Instant),
    Column("month", String(7), nullable=False),  # 2026-11; some providers count a number's subscriptions by month
    Column("times", Integer, nullable=False),  # in that month
    PrimaryKeyConstraint("merchant_id", "tracking_number", "carrier"),
    Index(None, "state", "due_time"),
)

# What carriers said of numbers that no parcel had, for a few days: its order may come yet.
early_reports = Table(
    "early_reports",
    metadata,
    _merchant(),
    _required("tracking_number"),
    _required("digest"),
    Column("sealed", LargeBinary, nullable=False),
    _required("receive_time", Instant),
    PrimaryKeyConstraint("merchant_id", "tracking_number", "digest"),
    Index(None, "merchant_id", "receive_time"),
)

# What a merchant's account at a provider has used up. Kept here as limits hold for all processes, and over restarts.
accounts = Table(
    "accounts",
    metadata,
    _merchant(),
    _required("provider", String(32)),
    Column("day", Integer, nullable=False),
    Column("calls", Integer, nullable=False),  # on that day
    _required("free_time", Instant),  # no call before
    PrimaryKeyConstraint("merchant_id", "provider"),
)

couriers = Table(
    "couriers",
    metadata,
    _merchant(),
    _required("courier_id"),
    Column("name", String(100), nullable=False),  # masked, as the phone
    Column("phone", String(64), nullable=False),
    Column("sealed", LargeBinary),
    _required("update_time", Instant),
    PrimaryKeyConstraint("merchant_id", "courier_id"),
)

stops = Table(
    "stops",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    Column("attempt", Integer, nullable=False),
    _required("courier_id"),
    Column("sequence", Integer, nullable=False),
    Column("state", String(12), nullable=False),  # open, delivered, failed, closed
    Column("latitude", Float),
    Column("longitude", Float),
    _required("open_time", Instant),
    Column("close_time", Instant),
    PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt"),
    Index(None, "merchant_id", "courier_id", "state"),
)

reminders = Table(
    "reminders",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    Column("attempt", Integer, nullable=False),
    _required("kind", String(32)),
    _required("ring_time", Instant),
    Column("text_zh", String(500), nullable=False),
    Column("text_en", String(500), nullable=False),
    Column("reason", Json, nullable=False),
    PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", "kind"),
)

# Why the bell of an attempt rang or stayed silent: numbers only, for 30 days.
bell_reasons = Table(
    "bell_reasons",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    Column("attempt", Integer, nullable=False),
    Column("rang", Boolean, nullable=False),
    Column("reason", Json, nullable=False),
    _required("decide_time", Instant),
    PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt"),
    Index(None, "decide_time"),
)

# What was expected when, so that it can be judged once the parcel is delivered.
eta_history = Table(
    "eta_history",
    metadata,
    _merchant(),
    _required("parcel_id", String(80)),
    Column("attempt", Integer, nullable=False),
    _required("made_time", Instant),
    _required("earliest_time", Instant),
    _required("expected_time", Instant),
    _required("latest_time", Instant),
    Column("stops_ahead", Integer),
    PrimaryKeyConstraint("merchant_id", "parcel_id", "attempt", "made_time"),
    Index(None, "made_time"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _merchant(),
    _required("parcel_id", String(80)),
    Column("attempt", Integer, nullable=False),
    _required("kind", String(32)),
    _required("channel", String(16)),
    Column("state", String(10), nullable=False),  # queued, sent, dropped, dead
    Column("tries", Integer, nullable=False),
    _required("due_time", Instant),
    Column("lease_until", Instant),
    Column("send_time", Instant),
    Column("drop_reason", String(64)),
    UniqueConstraint("merchant_id", "parcel_id", "attempt", "kind", "channel"),
    Index(None, "state", "due_time"),
)

lookups = Table(
    "lookups",
    metadata,
    Column("lookup_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _merchant(),
    _required("order_id"),
    _required("customer_id"),
    _required("role", String(24)),
    _required("lookup_time", Instant),
    Index(None, "merchant_id", "customer_id", "lookup_time"),
)
