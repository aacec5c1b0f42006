"""Tokens taken back before they expire: their IDs in a file beside the public keys."""

import json
from pathlib import Path
from typing import Final

import structlog

from doorstepd.access.keys import LOOK_AGAIN_AFTER, MAX_FILE_BYTES, stamp_of

log = structlog.get_logger(__name__)

REVOKED_NAME: Final = "revoked.json"


class RevokedUnusable(Exception):
    """The file of revoked tokens cannot be used; it must be a JSON list of token IDs (`jti`), of 1 MB at most."""


class Revoked:
    """The token IDs in the file, kept up to date with it. Where there is no file, no token is revoked.

    A file that is broken at the start raises RevokedUnusable; one that becomes so later leaves the last good list in
    use and is logged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked_at = float("-inf")
        self._stamp = stamp_of(path)
        self.token_ids = read_revoked(path)

    def refresh(self, now: float) -> bool:
        """Looks at the file again if a second has passed; True when the list changed."""
        if abs(now - self._looked_at) < LOOK_AGAIN_AFTER:
            return False
        self._looked_at = now
        stamp = stamp_of(self._path)
        if stamp == self._stamp:
            return False
        try:
            self.token_ids = read_revoked(self._path)
        except RevokedUnusable:
            log.warning("revoked tokens not reloaded", path=str(self._path))
            return False
        self._stamp = stamp
        log.info("revoked tokens reloaded", tokens=len(self.token_ids))
        return True


def read_revoked(path: Path) -> frozenset[str]:
    """The token IDs in the file; none where there is no file. Raises RevokedUnusable."""
    try:
        text = path.read_bytes()
        entries = json.loads(text) if len(text) <= MAX_FILE_BYTES else None
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, RecursionError):
        raise RevokedUnusable from None
    if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
        raise RevokedUnusable
    return frozenset(entries)
