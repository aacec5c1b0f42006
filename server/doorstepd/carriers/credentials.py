"""The keys that a merchant has at each provider, under the provider's own names for them.

Which are for pushes and which for questions is in each provider's file; a merchant may give some of them only.
"""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[str, ...]] = {
    "kdniao": ("EBusinessID", "ApiKey"),
    "kuaidi100": ("customer", "key", "salt"),
    "track17": ("key",),
    "aftership": ("webhook_secret", "api_key", "api_secret"),
    "zto": ("appKey", "appSecret"),
    "sf": ("partnerID", "checkWord"),
    "yto": ("secret", "clientId", "userId"),
    "jd": ("app_key", "app_secret", "access_token", "customerCode"),
    "dhl": ("api_key", "hook_header", "hook_token"),
    "fedex": ("security_token", "client_id", "client_secret"),
    "fourpx": ("app_key", "app_secret"),
}
