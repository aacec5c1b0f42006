"""What others may see of a person: names, phones, addresses, and carriers' sentences that mention them.

Every mask is safe to apply twice, and its length says nothing of what it hides.
"""

import unicodedata

from doorstepd.access.addresses import mask_address
from doorstepd.access.phones import Profile, mask_phone
from doorstepd.access.surnames import COMPOUND_SURNAMES

__all__ = ["Profile", "mask_address", "mask_name", "mask_phone"]


def mask_name(name: str) -> str:
    """The surname and one star: 张*, 欧阳*; J* for a Latin name; * where nothing can be shown; blank stays blank."""
    visible = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c) not in ("Cf", "Cc"))
    visible = visible.strip()
    if not visible:
        return ""
    if len(visible) > 2 and visible[:2] in COMPOUND_SURNAMES:
        return f"{visible[:2]}*"
    return f"{visible[0]}*" if len(visible) > 1 and visible[0].isalpha() else "*"
