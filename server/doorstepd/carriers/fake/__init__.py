"""A stand-in for the providers, shipped for development and tests; the keys here open nothing real."""

from collections.abc import Mapping

TEST_CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "kdniao": {"EBusinessID": "1000001", "ApiKey": "kdn-test-key-0001"},
    "kuaidi100": {"customer": "TESTCUSTOMER0001", "key": "kd100TestKey", "salt": "salt-2026"},
    "track17": {"key": "17TRACK-TEST-KEY-0001"},
    "aftership": {
        "webhook_secret": "as-webhook-secret-test",
        "api_secret": "as-api-secret-test",
        "api_key": "as-api-key-test",
    },
    "zto": {"appKey": "zto-test-app", "appSecret": "zto-test-secret"},
    "sf": {"partnerID": "TESTPARTNER", "checkWord": "sfTestCheckWord0001"},
    "yto": {"secret": "123456", "userId": "YTOTEST", "clientId": "K00000000"},
    "jd": {"app_key": "jd-app-key", "app_secret": "jd-app-secret", "access_token": "jd-access-token"},
    "dhl": {"api_key": "dhl-test-key", "hook_header": "x-doorstep-token", "hook_token": "dhl-test-token"},
    "fedex": {
        "security_token": "fedex-webhook-token-0000000000000001",
        "client_id": "fedex-test-client",
        "client_secret": "fedex-test-secret",
    },
    "fourpx": {"app_key": "fpx-app-key", "app_secret": "fpx-app-secret"},
}
