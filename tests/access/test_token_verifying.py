"""Good tokens, and the file of keys that makes them good."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from doorstepd.access.callers import Role
from doorstepd.access.keys import JWKS_NAME, KeysUnusable, read_jwks
from doorstepd.access.tokens import DEVELOPMENT_ISSUER, Issuer, Verifier, bearer, load_or_create_keys
from doorstepd.errors import TokenExpired, Unauthenticated

NOW = 1_800_000_000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def issuer(folder: Path) -> Issuer:
    return Issuer(load_or_create_keys(folder))


@pytest.fixture
def verifier(issuer: Issuer, folder: Path) -> Verifier:
    return Verifier(folder / JWKS_NAME, DEVELOPMENT_ISSUER)


def customer(issuer: Issuer, **changes: object) -> str:
    asked = {"role": Role.CUSTOMER, "merchant_id": "shop", "customer_id": "c1", "now": NOW, **changes}
    return issuer.issue(**asked)  # type: ignore[arg-type]


def test_a_token_tells_who_calls(issuer: Issuer, verifier: Verifier) -> None:
    caller = verifier.verify(customer(issuer), NOW)
    assert (caller.role, caller.merchant_id, caller.customer_id) == (Role.CUSTOMER, "shop", "c1")
    assert (caller.courier_id, caller.order_id, caller.view) == (None, None, "self")
    assert caller.expires_at == NOW + 900
    assert caller.token_id


def test_each_role_carries_its_own_id_and_scopes(issuer: Issuer, verifier: Verifier) -> None:
    courier = issuer.issue(role=Role.COURIER, merchant_id="shop", courier_id="k1", now=NOW)
    guest = issuer.issue(role=Role.GUEST, merchant_id="shop", order_id="o1", now=NOW, ttl=30 * 86400)
    service = issuer.issue(role=Role.INTERNAL_SERVICE, merchant_id="shop", scopes=("tracking.read",), now=NOW)
    assert verifier.verify(courier, NOW).courier_id == "k1"
    assert verifier.verify(guest, NOW).order_id == "o1"
    assert verifier.verify(guest, NOW).view == "guest"
    assert verifier.verify(service, NOW).scopes == {"tracking.read"}
    assert verifier.verify(service, NOW).view == "desk"


def test_an_id_that_is_not_the_roles_own_is_not_taken_in(issuer: Issuer, verifier: Verifier) -> None:
    caller = verifier.verify(customer(issuer, courier_id="k9", order_id="o9"), NOW)
    assert (caller.courier_id, caller.order_id) == (None, None)


def test_a_token_ends_at_its_second_also_when_it_was_seen_before(issuer: Issuer, verifier: Verifier) -> None:
    token = customer(issuer, ttl=60)
    verifier.verify(token, NOW + 59.9)
    with pytest.raises(TokenExpired):
        verifier.verify(token, NOW + 60)


def test_a_token_seen_before_is_refused_when_the_clock_goes_back_before_it(issuer: Issuer, verifier: Verifier) -> None:
    token = customer(issuer)
    verifier.verify(token, NOW)
    with pytest.raises(Unauthenticated):
        verifier.verify(token, NOW - 600)


def test_only_a_guest_may_have_a_token_for_longer_than_an_hour(issuer: Issuer) -> None:
    for role in set(Role) - {Role.GUEST}:
        with pytest.raises(ValueError):
            issuer.issue(role=role, merchant_id="m", customer_id="c", courier_id="k", now=NOW, ttl=3601)
    with pytest.raises(ValueError):
        issuer.issue(role=Role.GUEST, merchant_id="m", order_id="o", now=NOW, ttl=30 * 86400 + 1)


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.COURIER, Role.GUEST])
def test_no_token_is_issued_without_the_id_its_role_needs(issuer: Issuer, role: Role) -> None:
    with pytest.raises(ValueError):
        issuer.issue(role=role, merchant_id="shop", now=NOW)


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)
    later = path.stat().st_mtime_ns + 10_000_000_000
    os.utime(path, ns=(later, later))


def test_taking_a_key_out_of_the_file_revokes_its_tokens_within_a_second(
    issuer: Issuer, verifier: Verifier, folder: Path
) -> None:
    token = customer(issuer)
    verifier.verify(token, NOW)
    other = ECKey.generate_key("P-256", parameters={"kid": "other"})
    rewrite(folder / JWKS_NAME, json.dumps({"keys": [other.as_dict(private=False)]}))
    verifier.verify(token, NOW + 0.5)
    with pytest.raises(Unauthenticated):
        verifier.verify(token, NOW + 1.5)


def test_a_key_added_to_the_file_is_known_within_a_second(
    issuer: Issuer, verifier: Verifier, folder: Path, tmp_path: Path
) -> None:
    verifier.verify(customer(issuer), NOW)
    second = Issuer(load_or_create_keys(tmp_path / "second"))
    both = [json.loads(path.read_text())["keys"][0] for path in (folder / JWKS_NAME, tmp_path / "second" / JWKS_NAME)]
    rewrite(folder / JWKS_NAME, json.dumps({"keys": both}))
    assert verifier.verify(customer(second), NOW + 2).customer_id == "c1"
    assert verifier.verify(customer(issuer), NOW + 2).customer_id == "c1"


@pytest.mark.parametrize("break_it", [Path.unlink, lambda path: rewrite(path, '{"keys": [')])
def test_a_file_broken_while_the_server_runs_leaves_the_last_good_keys(
    issuer: Issuer, verifier: Verifier, folder: Path, break_it: Callable[[Path], None]
) -> None:
    break_it(folder / JWKS_NAME)
    assert verifier.verify(customer(issuer), NOW + 5).customer_id == "c1"


GOOD = ECKey.generate_key("P-256", parameters={"kid": "a"}).as_dict(private=False)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"keys": []}',
        '{"keys": [7]}',
        json.dumps({"keys": [GOOD, GOOD]}),
        json.dumps({"keys": [{**GOOD, "kid": ""}]}),
        json.dumps({"keys": [{**GOOD, "use": "enc"}]}),
        json.dumps({"keys": [{**GOOD, "x": GOOD["y"]}]}),
        json.dumps({"keys": [{"kty": "oct", "kid": "a", "k": "AAAA"}]}),
        "[" * 100_000,
    ],
)
def test_a_file_of_unusable_keys_is_refused_at_the_start(tmp_path: Path, content: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(content)
    with pytest.raises(KeysUnusable):
        read_jwks(path)


def test_no_file_of_keys_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable):
        Verifier(tmp_path / "none.json", DEVELOPMENT_ISSUER)


def test_the_private_key_is_for_its_owner_only_and_not_in_the_public_file(folder: Path) -> None:
    private = load_or_create_keys(folder)
    assert private.stat().st_mode & 0o777 == 0o600
    assert "d" not in json.loads((folder / JWKS_NAME).read_text())["keys"][0]


def test_keys_once_made_stay(folder: Path) -> None:
    first = load_or_create_keys(folder).read_text()
    (folder / JWKS_NAME).unlink()
    assert load_or_create_keys(folder).read_text() == first
    assert Verifier(folder / JWKS_NAME, DEVELOPMENT_ISSUER).verify(customer(Issuer(folder / "private.jwk.json")), NOW)


def test_a_verifier_remembers_no_more_tokens_than_it_was_told(issuer: Issuer, folder: Path) -> None:
    verifier = Verifier(folder / JWKS_NAME, DEVELOPMENT_ISSUER, capacity=3)
    for _ in range(10):
        verifier.verify(customer(issuer), NOW)
    assert len(verifier._verified) == 3


def test_the_token_is_read_from_the_authorization_of_a_call() -> None:
    assert bearer([("x-other", "1"), ("authorization", "Bearer abc.def.ghi")]) == "abc.def.ghi"
    assert bearer([("Authorization", "bearer  abc")]) == "abc"


@pytest.mark.parametrize(
    "metadata",
    [
        [],
        [("authorization", "")],
        [("authorization", "Bearer")],
        [("authorization", "Bearer ")],
        [("authorization", "Basic abc")],
        [("authorization", "abc")],
        [("authorization", b"Bearer abc")],
        [("authorization", "Bearer a"), ("authorization", "Bearer b")],
        [("authorization", "Bearer " + "a" * 1_000_000)],
    ],
)
def test_a_call_without_one_bearer_token_is_refused(metadata: list[tuple[str, str | bytes]]) -> None:
    with pytest.raises(Unauthenticated):
        bearer(metadata)
