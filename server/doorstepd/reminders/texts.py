"""What customers read in a reminder, in both languages. Facts only: no names, phones or addresses."""

from doorstepd.parcels.labels import label
from doorstepd.parcels.records import Parcel
from doorstepd.parcels.sentences import Sentence


def courier_near(parcel: Parcel, distance_m: float | None) -> Sentence:
    """The bell. Without a distance the courier's phone is silent and the scans before this stop rang it."""
    name = label(parcel)
    if distance_m is None:
        return Sentence(
            f"{name.zh}即将送达，请留意派件员的电话。",
            f"{name.en} is about to arrive; please keep your phone at hand.",
        )
    zh, en = _distance(distance_m)
    return Sentence(
        f"派件员距离您约 {zh}，{name.zh}即将送达，请准备收件。",
        f"The courier is about {en} away; {name.en} is about to arrive.",
    )


def milestone_text(parcel: Parcel, sentence: Sentence) -> Sentence:
    """A change of status: the same sentence that the page shows, with the parcel's name before it."""
    name = label(parcel)
    return Sentence(f"{name.zh}：{sentence.zh}", f"{name.en}: {sentence.en}")


def _distance(metres: float) -> tuple[str, str]:
    if metres < 950:
        rounded = max(50, round(metres / 50) * 50)
        return f"{rounded} 米", f"{rounded} m"
    kilometres = f"{metres / 1000:.1f}".removesuffix(".0")
    return f"{kilometres} 公里", f"{kilometres} km"
