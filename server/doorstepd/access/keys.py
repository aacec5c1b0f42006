"""The signing keys of tokens: public ones read from a JWKS file, and a pair made for development."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

log = structlog.get_logger(__name__)

JWKS_NAME: Final = "jwks.json"
PRIVATE_NAME: Final = "private.jwk.json"
MAX_FILE_BYTES: Final = 1_000_000
LOOK_AGAIN_AFTER: Final = 1.0

Stamp = tuple[int, int, int]


class KeysUnusable(Exception):
    """The file of public keys cannot be used; it must be a JWKS with at least one P-256 key that has a `kid`."""


class KeyRing:
    """The public keys of a JWKS file by `kid`, kept up to date with the file.

    A file that is missing or broken at the start raises KeysUnusable. One that becomes so later (a writer caught in
    the middle) leaves the last good keys in use and is logged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked_at = float("-inf")
        self._stamp = stamp_of(path)
        self.keys: Mapping[str, ECKey] = read_jwks(path)

    def refresh(self, now: float) -> bool:
        """Looks at the file again if a second has passed; True when the keys changed."""
        if abs(now - self._looked_at) < LOOK_AGAIN_AFTER:
            return False
        self._looked_at = now
        stamp = stamp_of(self._path)
        if stamp is None or stamp == self._stamp:
            return False
        return self._reload(stamp)

    def _reload(self, stamp: Stamp) -> bool:
        try:
            self.keys = read_jwks(self._path)
        except KeysUnusable:
            log.warning("token keys not reloaded", path=str(self._path))
            return False
        self._stamp = stamp
        log.info("token keys reloaded", keys=len(self.keys))
        return True


def read_jwks(path: Path) -> Mapping[str, ECKey]:
    """The file's P-256 signing keys by `kid`; other keys are passed over. Raises KeysUnusable."""
    try:
        text = path.read_bytes()
        entries = json.loads(text)["keys"] if len(text) <= MAX_FILE_BYTES else []
        usable = [entry for entry in entries if _is_usable(entry)]
        keys = {entry["kid"]: _public_key(entry) for entry in usable}
    except (OSError, JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise KeysUnusable from None
    if not keys or len(keys) != len(usable):
        raise KeysUnusable
    return keys


def mark_of(key: ECKey) -> str:
    """Names a key and what it is: another key under the same `kid` has another mark."""
    return f"{key.kid}/{key.thumbprint()}"


def _is_usable(entry: Mapping[str, Any]) -> bool:
    return (
        entry.get("kty") == "EC"
        and entry.get("crv") == "P-256"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "ES256") == "ES256"
        and isinstance(entry.get("kid"), str)
        and entry["kid"] != ""
    )


def _public_key(entry: Mapping[str, Any]) -> ECKey:
    # The private part, should somebody have put it there, is not taken in.
    return ECKey.import_key({name: entry[name] for name in ("kty", "crv", "x", "y", "kid")})


def stamp_of(path: Path) -> Stamp | None:
    """Tells one content of a file from the next; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def load_or_create_keys(directory: Path) -> Path:
    """For development: makes sure `directory` holds a private JWK (mode 0600) and its JWKS; answers the private's path.

    The JWKS is beside it as `jwks.json`. Several processes may do this at once; all end with the same pair.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = directory / PRIVATE_NAME, directory / JWKS_NAME
    if not private.exists():
        _create_private(private)
    if not public.exists():
        key = ECKey.import_key(json.loads(private.read_text()))
        _replace(public, {"keys": [key.as_dict(private=False)]}, 0o644)
    return private


def _create_private(path: Path) -> None:
    key = ECKey.generate_key("P-256", parameters={"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    _write(unfinished, key.as_dict(private=True), 0o600)
    try:
        os.link(unfinished, path)
    except FileExistsError:
        pass  # Another process was first; its key is as good.
    finally:
        unfinished.unlink()


def _replace(path: Path, content: Mapping[str, Any], mode: int) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    _write(unfinished, content, mode)
    unfinished.replace(path)


def _write(path: Path, content: Mapping[str, Any], mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
