"""The signatures that providers use, and the one way to compare them."""

import base64
import hashlib
import hmac
from urllib.parse import quote_plus


def md5_hex(text: str) -> str:
    """32 lower-case hex characters of the MD5 of the UTF-8 text; MD5 is the providers' choice."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def md5_base64(text: str) -> str:
    """Base64 of the 16 raw bytes of the MD5."""
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def md5_hex_base64(text: str) -> str:
    """Base64 of the 32 hex characters of the MD5, as KDNiao wants it."""
    return base64.b64encode(md5_hex(text).encode()).decode()


def sha256_hex(content: bytes) -> str:
    """Lower-case hex of the SHA-256."""
    return hashlib.sha256(content).hexdigest()


def hmac_base64(secret: str, content: bytes) -> str:
    """Base64 of the HMAC-SHA256."""
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


def java_urlencode(text: str) -> str:
    """As Java's URLEncoder does: space to `+`, `*` kept, `~` to `%7E`."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def same(given: str, expected: str, *secrets: str) -> bool:
    """Constant-time comparison; False whenever a secret is missing, so that an empty key never opens the door."""
    return all(secrets) and hmac.compare_digest(given.encode(), expected.encode())
