"""Tokens: a JWT signed with ES256, read as RFC 8725 asks, and turned into a Caller.

A refusal says only "not valid" or "expired": the reason would help nobody but a forger.
"""

import hashlib
import json
import math
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from doorstepd.access.callers import Caller, Role
from doorstepd.access.keys import JWKS_NAME, KeyRing, load_or_create_keys, mark_of
from doorstepd.access.revoked import REVOKED_NAME, Revoked
from doorstepd.errors import TokenExpired, Unauthenticated
from doorstepd.names import is_id

__all__ = ["AUDIENCE", "DEVELOPMENT_ISSUER", "JWKS_NAME", "Issuer", "Verifier", "bearer", "load_or_create_keys"]

ALGORITHM: Final = "ES256"
DEVELOPMENT_ISSUER: Final = "doorstep"
AUDIENCE: Final = "doorstep"
MAX_TOKEN_BYTES: Final = 8192
MAX_LIFETIME: Final = 3600.0
MAX_SHARE_LIFETIME: Final = 30 * 86400.0
CLOCK_SLACK: Final = 60.0
"""By how many seconds an issuer's `iat` may be ahead of our clock. `nbf` and `exp` get no slack."""

_HEADER_FIELDS: Final = frozenset({"alg", "kid", "typ"})
_TYPES: Final = frozenset({None, "JWT", "at+jwt"})
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]+")
_SUBJECT: Final = re.compile(r"[A-Za-z0-9._:@+-]{1,128}")
_OWN_CLAIM: Final = {Role.GUEST: "order", Role.CUSTOMER: "customer", Role.COURIER: "courier"}


class _Invalid(ValueError):
    """The token is not one of ours; never leaves this module."""


@dataclass(frozen=True, slots=True)
class _Verified:
    caller: Caller
    not_before: float


def bearer(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The token of the one `authorization: Bearer <token>` in a call's metadata. Raises Unauthenticated."""
    found = [value for key, value in metadata if key.lower() == "authorization"]
    if len(found) != 1 or not isinstance(found[0], str):
        raise Unauthenticated
    scheme, _, token = found[0].partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not token or len(token) > MAX_TOKEN_BYTES:
        raise Unauthenticated
    return token


class Verifier:
    """Turns tokens into callers, by the public keys in a JWKS file.

    The file is looked at again at most once a second, and a change of it forgets every token verified before: taking a
    key out revokes what it signed. So is the list of revoked tokens beside it (`revoked.json`). Verified tokens are
    remembered (the signature alone costs some 130 µs), the most recently used `capacity` of them.
    """

    def __init__(self, jwks_path: Path, issuer: str, audience: str = AUDIENCE, capacity: int = 10_000) -> None:
        self._keys = KeyRing(jwks_path)
        self._revoked = Revoked(jwks_path.with_name(REVOKED_NAME))
        self._generation = 0
        self._marks = self._marked()
        self._issuer = issuer
        self._audience = audience
        self._capacity = capacity
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    def verify(self, token: str, now: float) -> Caller:
        """The token's caller at `now`, in seconds since 1970 UTC. Raises Unauthenticated or TokenExpired."""
        self._refresh(now)
        if len(token) > MAX_TOKEN_BYTES:
            raise Unauthenticated
        digest = hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=32).digest()
        verified = self._verified.get(digest)
        if verified is None:
            verified = self._verify_anew(token, now)
        if verified.not_before > now or verified.caller.token_id in self._revoked.token_ids:
            raise Unauthenticated
        if verified.caller.expires_at <= now:
            self._verified.pop(digest, None)
            raise TokenExpired
        self._remember(digest, verified)
        return verified.caller

    def generation(self, now: float) -> int:
        """Another number than before once some credential may stand no longer; cheap enough to ask all the time."""
        self._refresh(now)
        return self._generation

    def stands(self, credential: Hashable) -> bool:
        """Whether what a caller showed is still good, but for its time: its key in use and itself not revoked."""
        signed_by, token_id = cast("tuple[str, str]", credential)
        return signed_by in self._marks and token_id not in self._revoked.token_ids

    def _refresh(self, now: float) -> None:
        if self._keys.refresh(now):
            self._verified.clear()
            self._marks = self._marked()
            self._generation += 1
        if self._revoked.refresh(now):
            self._generation += 1

    def _marked(self) -> frozenset[str]:
        return frozenset(map(mark_of, self._keys.keys.values()))

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        self._verified[digest] = verified
        self._verified.move_to_end(digest)
        while len(self._verified) > self._capacity:
            self._verified.popitem(last=False)

    def _verify_anew(self, token: str, now: float) -> _Verified:
        try:
            claims, key = _signed_claims(token, self._keys.keys)
            return _read_claims(claims, self._issuer, self._audience, now, mark_of(key))
        except (JoseError, ValueError, TypeError, OverflowError, RecursionError):
            # From None: what a parser says of a hostile token belongs into no log.
            raise Unauthenticated from None


class Issuer:
    """Signs tokens with a private JWK, for development and for share links."""

    def __init__(self, private_jwk_path: Path, issuer: str = DEVELOPMENT_ISSUER, audience: str = AUDIENCE) -> None:
        self._key = ECKey.import_key(json.loads(private_jwk_path.read_text()))
        self._issuer = issuer
        self._audience = audience

    def issue(
        self,
        *,
        role: Role,
        merchant_id: str,
        now: float,
        ttl: float = 900.0,
        subject: str | None = None,
        customer_id: str | None = None,
        courier_id: str | None = None,
        order_id: str | None = None,
        scopes: Iterable[str] = (),
    ) -> str:
        """A token valid from `now` for `ttl` seconds. Raises ValueError where the Verifier would refuse it."""
        issued = int(now)
        owner = customer_id or courier_id or (f"share.{order_id}" if order_id else None)
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject or owner or role.value,
            "role": role.value,
            "merchant": merchant_id,
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(ttl),
            "jti": secrets.token_urlsafe(12),
        }
        owned = {"customer": customer_id, "courier": courier_id, "order": order_id, "scope": " ".join(sorted(scopes))}
        claims.update({name: value for name, value in owned.items() if value})
        _read_claims(claims, self._issuer, self._audience, now)
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key, algorithms=[ALGORITHM])


def _signed_claims(token: str, keys: Mapping[str, ECKey]) -> tuple[dict[str, Any], ECKey]:
    segments = token.split(".")
    if len(segments) != 3:
        raise _Invalid
    header, payload, _ = (_decode(segment) for segment in segments)
    fields = _parse(header)
    # Also shuts out jku, x5u, jwk, crit and b64: keys come from our file alone.
    if not fields.keys() <= _HEADER_FIELDS or fields.get("alg") != ALGORITHM or fields.get("typ") not in _TYPES:
        raise _Invalid
    key = keys.get(_text(fields.get("kid")))
    if key is None:
        raise _Invalid
    jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
    return _parse(payload), key


def _decode(segment: str) -> bytes:
    if not _SEGMENT.fullmatch(segment):
        raise _Invalid
    plain = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if urlsafe_b64encode(plain).rstrip(b"=").decode() != segment:
        raise _Invalid
    return plain


def _parse(text: bytes) -> dict[str, Any]:
    value = json.loads(text.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    if not isinstance(value, dict):
        raise _Invalid
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Invalid
    return found


def _refuse_constant(_: str) -> None:
    raise _Invalid


def _read_claims(claims: Mapping[str, Any], issuer: str, audience: str, now: float, signed_by: str = "") -> _Verified:
    if claims.get("iss") != issuer or not _is_for(claims.get("aud"), audience):
        raise _Invalid
    role = Role(_text(claims.get("role")))
    expires, issued = _time(claims.get("exp")), _time(claims.get("iat"))
    not_before = _time(claims["nbf"]) if "nbf" in claims else issued - CLOCK_SLACK
    longest = MAX_SHARE_LIFETIME if role is Role.GUEST else MAX_LIFETIME
    if issued > now + CLOCK_SLACK or not 0 < expires - issued <= longest:
        raise _Invalid
    return _Verified(_caller(claims, role, expires, signed_by), not_before)


def _caller(claims: Mapping[str, Any], role: Role, expires: float, signed_by: str) -> Caller:
    own_claim = _OWN_CLAIM.get(role)
    own = {own_claim: _id(claims.get(own_claim))} if own_claim else {}
    return Caller(
        role=role,
        merchant_id=_id(claims.get("merchant")),
        subject=_subject(claims.get("sub")),
        customer_id=own.get("customer"),
        courier_id=own.get("courier"),
        order_id=own.get("order"),
        scopes=frozenset(_text(claims.get("scope", "")).split()),
        expires_at=expires,
        token_id=_subject(claims.get("jti")),
        signed_by=signed_by,
    )


def _is_for(claimed: object, audience: str) -> bool:
    return claimed == audience or (isinstance(claimed, list) and audience in claimed)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Invalid
    return value


def _id(value: object) -> str:
    text = _text(value)
    if not is_id(text):
        raise _Invalid
    return text


def _subject(value: object) -> str:
    text = _text(value)
    if not _SUBJECT.fullmatch(text):
        raise _Invalid
    return text


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Invalid
    return float(value)
