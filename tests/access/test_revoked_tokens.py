"""Tokens that are taken back: by their ID in a file, or with the key that signed them."""

import json
import os
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from doorstepd.access.callers import Role
from doorstepd.access.keys import JWKS_NAME
from doorstepd.access.revoked import REVOKED_NAME, RevokedUnusable, read_revoked
from doorstepd.access.tokens import DEVELOPMENT_ISSUER, Issuer, Verifier, load_or_create_keys
from doorstepd.errors import Unauthenticated

NOW = 1_800_000_000.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def token(folder: Path) -> str:
    issuer = Issuer(load_or_create_keys(folder))
    return issuer.issue(role=Role.CUSTOMER, merchant_id="shop", customer_id="c1", now=NOW)


@pytest.fixture
def verifier(token: str, folder: Path) -> Verifier:
    return Verifier(folder / JWKS_NAME, DEVELOPMENT_ISSUER)


def rewrite(path: Path, content: object) -> None:
    """With a time stamp that differs, however coarse the file system's clock."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    later = max(before, path.stat().st_mtime_ns) + 10_000_000_000
    os.utime(path, ns=(later, later))


def test_a_token_whose_id_is_in_the_file_is_refused_within_a_second(
    token: str, verifier: Verifier, folder: Path
) -> None:
    caller = verifier.verify(token, NOW)
    before = verifier.generation(NOW)
    rewrite(folder / REVOKED_NAME, ["another", caller.token_id])
    with pytest.raises(Unauthenticated):
        verifier.verify(token, NOW + 1.5)
    assert verifier.generation(NOW + 1.5) != before
    assert not verifier.stands(caller.credential)


def test_tokens_that_are_not_in_the_file_stay_good(token: str, verifier: Verifier, folder: Path) -> None:
    rewrite(folder / REVOKED_NAME, ["another"])
    caller = verifier.verify(token, NOW + 2)
    assert verifier.stands(caller.credential)


def test_a_token_taken_off_the_file_is_good_again(token: str, verifier: Verifier, folder: Path) -> None:
    caller = verifier.verify(token, NOW)
    rewrite(folder / REVOKED_NAME, [caller.token_id])
    verifier.generation(NOW + 2)
    rewrite(folder / REVOKED_NAME, [])
    assert verifier.verify(token, NOW + 4)
    rewrite(folder / REVOKED_NAME, [caller.token_id])
    verifier.generation(NOW + 6)
    (folder / REVOKED_NAME).unlink()
    assert verifier.verify(token, NOW + 8)


BROKEN = ["", "{}", "[7]", '"abc"', '["a"', "null", "[" * 100_000, json.dumps(["x" * 30] * 40_000)]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_list_leaves_the_last_good_one_in_use(
    token: str, verifier: Verifier, folder: Path, content: str
) -> None:
    caller = verifier.verify(token, NOW)
    rewrite(folder / REVOKED_NAME, [caller.token_id])
    verifier.generation(NOW + 2)
    rewrite(folder / REVOKED_NAME, content)
    with pytest.raises(Unauthenticated):
        verifier.verify(token, NOW + 4)


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_list_is_refused_at_the_start(token: str, folder: Path, content: str) -> None:
    (folder / REVOKED_NAME).write_text(content)
    with pytest.raises(RevokedUnusable):
        read_revoked(folder / REVOKED_NAME)
    with pytest.raises(RevokedUnusable):
        Verifier(folder / JWKS_NAME, DEVELOPMENT_ISSUER)


def jwks(*keys: ECKey) -> dict[str, object]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def test_a_credential_stands_no_longer_once_its_key_is_out_of_the_file(
    token: str, verifier: Verifier, folder: Path
) -> None:
    caller, before = verifier.verify(token, NOW), verifier.generation(NOW)
    assert verifier.stands(caller.credential)
    rewrite(folder / JWKS_NAME, jwks(ECKey.generate_key("P-256", parameters={"kid": "other"})))
    assert verifier.generation(NOW + 2) != before
    assert not verifier.stands(caller.credential)


def test_a_credential_stands_no_longer_once_another_key_has_the_name_of_its_own(
    token: str, verifier: Verifier, folder: Path
) -> None:
    caller = verifier.verify(token, NOW)
    kid = json.loads((folder / JWKS_NAME).read_text())["keys"][0]["kid"]
    rewrite(folder / JWKS_NAME, jwks(ECKey.generate_key("P-256", parameters={"kid": kid})))
    verifier.generation(NOW + 2)
    assert not verifier.stands(caller.credential)


def test_a_key_that_is_added_leaves_credentials_standing(token: str, verifier: Verifier, folder: Path) -> None:
    caller = verifier.verify(token, NOW)
    own = json.loads((folder / JWKS_NAME).read_text())["keys"]
    added = jwks(ECKey.generate_key("P-256", parameters={"kid": "other"}))["keys"]
    rewrite(folder / JWKS_NAME, {"keys": [*own, *added]})  # type: ignore[misc]
    verifier.generation(NOW + 2)
    assert verifier.stands(caller.credential)
