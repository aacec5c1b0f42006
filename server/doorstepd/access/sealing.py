"""Personal data at rest: sealed field by field with AES-256-GCM, and found again by a blind index.

Each merchant's keys are derived from the master key, and the merchant and field are authenticated with the text, so a
ciphertext copied to another row's field, or another merchant's, does not open. Layout of a sealed field:

    version (1 byte, 1) | length of the key's ID (1) | key's ID (ASCII) | nonce (12) | ciphertext and tag (16 more)
"""

import hmac
import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doorstepd.access.phones import normalise_phone
from doorstepd.errors import Internal

KEY_BYTES: Final = 32
_VERSION: Final = 1
_NONCE_BYTES: Final = 12
_INDEX_BYTES: Final = 12
"""96 bits: among a billion phones of one merchant two share an index with a chance below one in 10^10."""


class SealBroken(Internal):
    """Stored personal data could not be opened, so it is not shown; the key may be gone or the data damaged."""


class SealingKeysUnusable(Exception):
    """The file of sealing keys cannot be used; it must hold `current`, `index` and `keys` of 32 bytes in base64."""


class Sealer:
    """Seals and opens fields. `keys` are 32-byte master keys by ID; new fields are sealed with the one of `current`.

    To rotate: add a key, make it current, seal again what was sealed before, take the old key out. `index` names the
    key of the blind index (the current one if not given) and stays when `current` moves on, or nothing is found.
    """

    def __init__(self, keys: Mapping[str, bytes], current: str, index: str | None = None) -> None:
        if current not in keys or (index or current) not in keys or not all(map(_is_key, keys.items())):
            raise SealingKeysUnusable
        self._keys = dict(keys)
        self._current = current
        self._index = index or current

    def __repr__(self) -> str:
        return f"Sealer(current={self._current!r})"

    def seal(self, merchant_id: str, field: str, text: str) -> bytes:
        """The text sealed for one merchant's field, named as table.column. Each call gives other bytes."""
        header = bytes((_VERSION, len(self._current))) + self._current.encode("ascii")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._derived(self._current, "seal", merchant_id))
        return header + nonce + cipher.encrypt(nonce, text.encode(), _bound_to(header, merchant_id, field))

    def open(self, merchant_id: str, field: str, sealed: bytes) -> str:
        """The text again. Raises SealBroken for another merchant, field or key, and for damaged bytes."""
        try:
            header, key_id, nonce, ciphertext = _parts(sealed)
            cipher = AESGCM(self._derived(key_id, "seal", merchant_id))
            return cipher.decrypt(nonce, ciphertext, _bound_to(header, merchant_id, field)).decode()
        except (InvalidTag, KeyError, IndexError, ValueError):
            raise SealBroken from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether it was sealed with the current key; otherwise open it and seal it again."""
        return sealed[2 : 2 + sealed[1]] == self._current.encode("ascii") if len(sealed) > 2 else False

    def blind_index(self, merchant_id: str, phone: str) -> str:
        """Equal for all ways of writing one number at one merchant, and telling nothing to who has not the key."""
        key = self._derived(self._index, "index", merchant_id)
        return hmac.digest(key, normalise_phone(phone).encode(), "sha256")[:_INDEX_BYTES].hex()

    def fingerprint(self, merchant_id: str, content: str) -> str:
        """Equal for equal content of one merchant. Keyed, as a plain hash of a phone number can be tried out."""
        key = self._derived(self._index, "fingerprint", merchant_id)
        return hmac.digest(key, content.encode(), "sha256").hex()[:48]

    def _derived(self, key_id: str, purpose: str, merchant_id: str) -> bytes:
        return hmac.digest(self._keys[key_id], _joined("doorstep", purpose, merchant_id), "sha256")


def load_or_create(path: Path) -> Sealer:
    """For development: the keys in a JSON file, made (mode 0600) if it is not there. Raises SealingKeysUnusable.

    Several processes may do this at once; all end with the same keys.
    """
    if not path.exists():
        _create(path)
    try:
        content = json.loads(path.read_text())
        keys = {name: b64decode(key, validate=True) for name, key in content["keys"].items()}
        return Sealer(keys, content["current"], content["index"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise SealingKeysUnusable from None


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"current": "k1", "index": "k1", "keys": {"k1": b64encode(secrets.token_bytes(KEY_BYTES)).decode()}}
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass  # Another process was first.
    finally:
        unfinished.unlink()


def _is_key(item: tuple[str, bytes]) -> bool:
    name, key = item
    return len(key) == KEY_BYTES and 0 < len(name) < 256 and name.isascii()


def _parts(sealed: bytes) -> tuple[bytes, str, bytes, bytes]:
    start = 2 + sealed[1]
    if sealed[0] != _VERSION or len(sealed) < start + _NONCE_BYTES:
        raise ValueError
    header, rest = sealed[:start], sealed[start:]
    return header, header[2:].decode("ascii"), rest[:_NONCE_BYTES], rest[_NONCE_BYTES:]


def _bound_to(header: bytes, merchant_id: str, field: str) -> bytes:
    return header + _joined(merchant_id, field)


def _joined(*parts: str) -> bytes:
    """The parts with their lengths before them, so that ("ab", "c") differs from ("a", "bc")."""
    return b"".join(len(part := text.encode()).to_bytes(4, "big") + part for text in parts)
