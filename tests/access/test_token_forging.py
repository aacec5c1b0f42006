"""Tokens that somebody made up. Each differs from a good one in one thing, and the good one is accepted."""

import json
import math
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from doorstepd.access.tokens import JWKS_NAME, Verifier
from doorstepd.errors import Refusal, TokenExpired, Unauthenticated

NOW = 1_800_000_000
CLAIMS: dict[str, Any] = {
    "iss": "us",
    "aud": "doorstep",
    "sub": "c1",
    "role": "customer",
    "merchant": "shop",
    "customer": "c1",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 900,
    "jti": "t1",
}
KEY = ECKey.generate_key("P-256", parameters={"kid": "k1"})
STRANGER = ECKey.generate_key("P-256", parameters={"kid": "k1"})
HEADER = {"alg": "ES256", "kid": "k1", "typ": "JWT"}


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    path = tmp_path_factory.mktemp("keys") / JWKS_NAME
    path.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return Verifier(path, "us")


def b64(data: bytes | str) -> str:
    return urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()


def signed(header: dict[str, Any], payload: str | bytes, key: ECKey = KEY) -> str:
    """Signs any header and payload, sound or not, with the real algorithm."""
    start = f"{b64(json.dumps(header))}.{b64(payload)}"
    algorithm = jws.default_registry.get_alg("ES256")
    return f"{start}.{b64(algorithm.sign(start.encode(), key))}"


def with_claims(**changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not ...}
    return signed(HEADER, json.dumps(claims))


def with_header(**changes: object) -> str:
    return signed({**HEADER, **changes}, json.dumps(CLAIMS))


def keyed_by_the_public_key(secret: bytes) -> str:
    start = f"{b64(json.dumps({**HEADER, 'alg': 'HS256'}))}.{b64(json.dumps(CLAIMS))}"
    mac = HMAC(secret, SHA256())
    mac.update(start.encode())
    return f"{start}.{b64(mac.finalize())}"


def json_form() -> str:
    protected, payload, signature = with_claims().split(".")
    both = [{"protected": protected, "signature": signature}] * 2
    return json.dumps({"payload": payload, "signatures": both})


def flipped(token: str, segment: int) -> str:
    parts = token.split(".")
    first = parts[segment][0]
    parts[segment] = ("B" if first == "A" else "A") + parts[segment][1:]
    return ".".join(parts)


def respelt(token: str) -> str:
    """The same bytes in other letters: the last letter of a signature has four bits that mean nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) ^ 1]


PUBLIC_PEM = KEY.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

FORGED: dict[str, str] = {
    "empty": "",
    "not a token": "abc",
    "two segments": "a.b",
    "four segments": with_claims() + ".AAAA",
    "unsigned": f"{b64(json.dumps({**HEADER, 'alg': 'none'}))}.{b64(json.dumps(CLAIMS))}.",
    "unsigned with a signature": f"{b64(json.dumps({**HEADER, 'alg': 'none'}))}.{b64(json.dumps(CLAIMS))}.AAAA",
    "HS256 keyed by the public PEM": keyed_by_the_public_key(PUBLIC_PEM),
    "HS256 keyed by the JWK": keyed_by_the_public_key(json.dumps(KEY.as_dict(private=False)).encode()),
    "alg in other letters": with_header(alg="es256"),
    "alg of another curve": with_header(alg="ES384"),
    "alg a list": with_header(alg=["ES256"]),
    "key of a stranger": signed(HEADER, json.dumps(CLAIMS), STRANGER),
    "changed header": flipped(with_claims(), 0),
    "changed payload": flipped(with_claims(), 1),
    "changed signature": flipped(with_claims(), 2),
    "signature in other letters": respelt(with_claims()),
    "cut signature": with_claims()[:-4],
    "no kid": signed({"alg": "ES256"}, json.dumps(CLAIMS)),
    "kid a path": with_header(kid="../../../../dev/null"),
    "kid SQL": with_header(kid="k1' OR '1'='1"),
    "kid with NUL": with_header(kid="k1\0"),
    "kid a list": with_header(kid=["k1"]),
    "kid a number": with_header(kid=1),
    "jku": with_header(jku="https://evil.example/jwks.json"),
    "x5u": with_header(x5u="https://evil.example/cert.pem"),
    "x5c": with_header(x5c=["AAAA"]),
    "own jwk": signed({**HEADER, "jwk": STRANGER.as_dict(private=False)}, json.dumps(CLAIMS), STRANGER),
    "crit": with_header(crit=["exp"]),
    "unencoded payload": with_header(b64=False),
    "typ of something else": with_header(typ="dpop+jwt"),
    "JSON form with two signatures": json_form(),
    "padded": with_claims() + "==",
    "with a line break": with_claims() + "\n",
    "standard base64": with_claims().replace("-", "+").replace("_", "/") + "+",
    "not ASCII": "é." + with_claims(),
    "lone surrogate": "\ud800." + with_claims(),
    "a megabyte": with_claims(junk="a" * 1_000_000),
    "just too large": with_claims(junk="a" * 8192),
    "payload no JSON": signed(HEADER, "{"),
    "payload a list": signed(HEADER, "[]"),
    "payload deeply nested": signed(HEADER, "[" * 5000),
    "payload not UTF-8": signed(HEADER, b"\xff\xfe"),
    "role given twice": signed(HEADER, json.dumps(CLAIMS)[:-1] + ',"role":"merchant_admin"}'),
    "alg given twice": "",
    "other issuer": with_claims(iss="them"),
    "other audience": with_claims(aud="elsewhere"),
    "audience a part": with_claims(aud="doorstep2"),
    "audiences of others": with_claims(aud=["a", "b"]),
    "unknown role": with_claims(role="root"),
    "role in capitals": with_claims(role="CUSTOMER"),
    "role a list": with_claims(role=["customer"]),
    "ten years": with_claims(exp=NOW + 10 * 365 * 86400),
    "more than an hour": with_claims(exp=NOW + 3601),
    "long by an old iat": with_claims(iat=NOW - 86400, exp=NOW + 900),
    "never ends": signed(HEADER, json.dumps({**CLAIMS, "exp": math.inf})),
    "exp not a number": signed(HEADER, json.dumps({**CLAIMS, "exp": math.nan})),
    "exp beyond floats": signed(HEADER, json.dumps(CLAIMS).replace(str(NOW + 900), "9" * 400)),
    "exp 1e999": signed(HEADER, json.dumps(CLAIMS).replace(str(NOW + 900), "1e999")),
    "exp a text": with_claims(exp=str(NOW + 900)),
    "exp true": with_claims(exp=True),
    "ends before it begins": with_claims(iat=NOW, exp=NOW - 5000),
    "not yet": with_claims(nbf=NOW + 1),
    "issued in the future": with_claims(iat=NOW + 600, nbf=NOW),
    "merchant with a slash": with_claims(merchant="../other"),
    "merchant a wildcard": with_claims(merchant="*"),
    "merchant null": with_claims(merchant=None),
    "customer empty": with_claims(customer=""),
    "customer a list": with_claims(customer=["c1", "c2"]),
    "scope a list": with_claims(scope=["tracking.read"]),
    "subject with a line break": with_claims(sub="a\nb"),
    **{
        f"no {claim}": with_claims(**{claim: ...})
        for claim in ("iss", "aud", "sub", "role", "merchant", "customer", "iat", "exp", "jti")
    },
}
_TWICE = '{"alg":"none","alg":"ES256","kid":"k1"}'
FORGED["alg given twice"] = f"{b64(_TWICE)}.{b64(json.dumps(CLAIMS))}.AAAA"


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
def test_a_forged_token_is_refused_without_saying_why(verifier: Verifier, token: str) -> None:
    with pytest.raises(Unauthenticated) as refused:
        verifier.verify(token, NOW)
    assert refused.value.message == Unauthenticated().message
    assert (refused.value.violations, refused.value.facts) == ((), {})
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


GOOD: dict[str, str] = {
    "plain": with_claims(),
    "an hour": with_claims(exp=NOW + 3600),
    "one of several audiences": with_claims(aud=["other", "doorstep"]),
    "without nbf": with_claims(nbf=...),
    "issuer a little ahead": with_claims(iat=NOW + 30, nbf=...),
    "access token": with_header(typ="at+jwt"),
    "fractional times": with_claims(exp=NOW + 10.5),
    "unknown claims": with_claims(locale="zh"),
}


@pytest.mark.parametrize("token", GOOD.values(), ids=GOOD.keys())
def test_what_the_forgeries_were_made_from_is_accepted(verifier: Verifier, token: str) -> None:
    assert verifier.verify(token, NOW).customer_id == "c1"


@pytest.mark.parametrize("role", ["courier", "guest"])
def test_a_role_without_its_own_id_is_refused(verifier: Verifier, role: str) -> None:
    with pytest.raises(Unauthenticated):
        verifier.verify(with_claims(role=role), NOW)


def test_only_a_token_that_was_good_once_is_called_expired(verifier: Verifier) -> None:
    over: dict[str, Callable[[], str]] = {
        "good": lambda: with_claims(iat=NOW - 900, nbf=NOW - 900, exp=NOW),
        "forged": lambda: signed(HEADER, json.dumps({**CLAIMS, "iat": NOW - 900, "nbf": 0, "exp": NOW}), STRANGER),
    }
    with pytest.raises(TokenExpired):
        verifier.verify(over["good"](), NOW)
    with pytest.raises(Unauthenticated):
        verifier.verify(over["forged"](), NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300) | st.text("abcdefABCDEF0123456789-_.=", max_size=300))
def test_no_text_makes_the_verifier_fail_otherwise_than_by_refusing(verifier: Verifier, token: str) -> None:
    with pytest.raises(Refusal):
        verifier.verify(token, NOW)


def test_a_private_key_in_the_public_file_is_not_taken_in(tmp_path: Path) -> None:
    path = tmp_path / JWKS_NAME
    path.write_text(json.dumps({"keys": [KEY.as_dict(private=True)]}))
    verifier = Verifier(path, "us")
    assert verifier.verify(with_claims(), NOW).customer_id == "c1"
    assert not any(key.is_private for key in verifier._keys.keys.values())
