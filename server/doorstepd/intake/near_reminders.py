"""The words of the reminders that a courier's way calls for, with the reasons that are kept beside them. Pure."""

from datetime import UTC, datetime

from doorstepd.intake.courier_round import DUE_SOON
from doorstepd.intake.decisions import DueSoon
from doorstepd.parcels.labels import label
from doorstepd.parcels.records import Parcel, StoredReminder
from doorstepd.parcels.sentences import Sentence
from doorstepd.reminders.bell import Ring
from doorstepd.reminders.reason import explain
from doorstepd.reminders.texts import courier_near


def near(parcel: Parcel, ring: Ring) -> StoredReminder:
    """The courier is near."""
    words, why = courier_near(parcel, ring.reason.distance_m), explain(ring.reason)
    reason = ring.reason.to_dict() | {"explanation_zh": why.zh, "explanation_en": why.en}
    return StoredReminder(parcel.parcel_id, ring.attempt, ring.kind, _moment(ring.time), words.zh, words.en, reason)


def due_soon(parcel: Parcel, due: DueSoon) -> StoredReminder:
    """The parcel should be there within the hour."""
    words, seconds = _within_the_hour(parcel), due.estimate.expected - due.time
    minutes = max(1, round(seconds / 60))
    reason = {
        "cause": DUE_SOON,
        "stops_ahead": due.estimate.stops_ahead,
        "eta_s": round(seconds),
        "explanation_zh": f"已提醒：按派件员的路线和速度，预计约 {minutes} 分钟后送达。",
        "explanation_en": f"Rung: by the courier's route and pace the parcel should arrive in about {minutes} min.",
    }
    return StoredReminder(parcel.parcel_id, due.attempt, DUE_SOON, _moment(due.time), words.zh, words.en, reason)


def _within_the_hour(parcel: Parcel) -> Sentence:
    name = label(parcel)
    return Sentence(f"{name.zh}预计 1 小时内送达，请留意派件员的电话。", f"{name.en} should arrive within the hour.")


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
