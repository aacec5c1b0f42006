"""What is looked at before anything starts, so that a mistake is one sentence for whoever runs the service.

Each check raises CannotStart. None quotes a password or the text of somebody else's exception.
"""

import difflib
import errno
import os
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from doorstepd.doors.app import CannotStart
from doorstepd.doors.opening import Opening
from doorstepd.settings import Settings

_PORT_TROUBLES = {
    errno.EADDRINUSE: "is taken; choose another with {option}, or stop what listens there",
    errno.EACCES: "may not be opened by this user; choose one above 1023 with {option}",
    errno.EADDRNOTAVAIL: "cannot be opened on {host}: this machine does not have that address; choose with --host",
}

_AMAP = frozenset({"key", "secret", "url"})
_FOR_OTHERS = frozenset({"DOORSTEP_TOKEN", "DOORSTEP_WEBHOOK", "DOORSTEP_APP"})
"""Variables that the client, the pages under docs/ and the doors read."""


def folder(data: Path) -> Path:
    """Makes the data folder, and answers its whole path. What is made in it later needs the right to write there."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / "keys").mkdir(exist_ok=True, mode=0o700)
        trial = data / f".trial.{os.getpid()}"
        trial.touch()
        trial.unlink()
    except OSError as error:
        why = "is a file" if data.is_file() else (os.strerror(error.errno or 0)).lower()
        raise CannotStart(f"The folder {data} cannot be written to ({why}); choose another with --data.") from None
    return data.resolve()


def settings(data: Path | None = None) -> Settings:
    """The settings that the environment gives, with the data folder if it is given."""
    try:
        read = Settings(data=data) if data else Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "DOORSTEP_" + str(first["loc"][0]).upper()
        raise CannotStart(f"{name} cannot be used: {_asked(first)}.") from None
    except SettingsError as error:
        field = re.search(r'field "(\w+)"', str(error))
        name = f"DOORSTEP_{field[1].upper()}" if field else "A DOORSTEP_… variable"
        raise CannotStart(f"{name} cannot be used: it must be a JSON object of texts.") from None
    try:
        _ = read.zone
    except (KeyError, ValueError, OSError):
        raise CannotStart("DOORSTEP_TIME_ZONE is no time zone; give one such as Asia/Shanghai.") from None
    return read


def misspelt() -> list[str]:
    """A line for each DOORSTEP_… variable that means nothing, with the one that was probably meant."""
    known = {f"DOORSTEP_{name}".upper() for name in Settings.model_fields} | _FOR_OTHERS
    lines = []
    for name in sorted(name for name in os.environ if name.startswith("DOORSTEP_") and name not in known):
        meant = difflib.get_close_matches(name, known, 1)
        lines.append(f"{name} is no setting" + (f"; did you mean {meant[0]}?" if meant else ""))
    return lines


def carriers(read: Settings) -> None:
    """The addresses in place of the providers' own."""
    from doorstepd.carriers import PROVIDERS

    for provider, url in read.provider_urls.items():
        if provider not in PROVIDERS:
            there_are = ", ".join(PROVIDERS)
            raise CannotStart(f"DOORSTEP_PROVIDER_URLS: {provider}: no such provider; there are {there_are}.")
        if not re.fullmatch(r"https?://[^\s/?#]+(/\S*)?", url):
            raise CannotStart(
                f"DOORSTEP_PROVIDER_URLS: {provider}: must be an address such as https://api.example.com."
            )


def port(host: str, number: int, option: str) -> None:
    """Whether a port is free just now; 0 always is."""
    from doorstepd.doors.ports import settle

    if not 0 <= number <= 65535:
        raise CannotStart(f"{option} must be 0 to 65535.")
    try:
        settle(host, number)
    except socket.gaierror:
        raise CannotStart(f"The address {host} is not known; --host takes an address of this machine.") from None
    except OSError as error:
        trouble = _PORT_TROUBLES.get(error.errno or 0, "cannot be opened; choose another with {option}")
        raise CannotStart(f"Port {number} {trouble.format(option=option, host=host)}.") from None


def certificate(opening: Opening) -> None:
    """The certificate and its key, if TLS is wanted."""
    if bool(opening.certificate) != bool(opening.private_key):
        raise CannotStart("TLS needs both --certificate and --private-key.")
    if not opening.tls:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(opening.certificate, opening.private_key, "")
    except ssl.SSLError:
        raise CannotStart("--certificate and --private-key must be PEM files that belong together.") from None
    except OSError:
        raise CannotStart("--certificate or --private-key names a file that cannot be read.") from None


def keys(read: Settings) -> None:
    """The public keys of tokens, and the keys that seal personal data; made in the data folder where none are named."""
    from doorstepd.access.keys import KeysUnusable, load_or_create_keys, read_jwks
    from doorstepd.access.revoked import REVOKED_NAME, RevokedUnusable, read_revoked
    from doorstepd.access.sealing import SealingKeysUnusable, load_or_create

    path = read.data / "keys" / "sealing.json"
    revoked = read.effective_jwks.with_name(REVOKED_NAME)
    try:
        load_or_create(path)
        if read.jwks is None:
            load_or_create_keys(read.data / "keys")
        read_jwks(read.effective_jwks)
        read_revoked(revoked)
    except SealingKeysUnusable as error:
        raise CannotStart(f"{path}: {_told(error)}") from None
    except RevokedUnusable as error:
        raise CannotStart(f"{revoked}: {_told(error)}") from None
    except KeysUnusable as error:
        where = "DOORSTEP_JWKS, " if read.jwks else ""
        raise CannotStart(f"{where}{read.effective_jwks}: {_told(error)}") from None
    except (OSError, ValueError, KeyError):
        raise CannotStart(f"The keys in {read.data / 'keys'} cannot be read.") from None


def geocoder(read: Settings) -> None:
    """Who names streets, if anybody does."""
    from doorstepd.positions.geocoding.by_geopy import ByGeopy, UnknownGeocoder

    if read.geocoder == "amap" and not read.geocoder_options.get("key"):
        raise CannotStart('DOORSTEP_GEOCODER amap needs DOORSTEP_GEOCODER_OPTIONS={"key": "…"}.')
    if read.geocoder == "amap" and (unknown := set(read.geocoder_options) - _AMAP):
        raise CannotStart(f"DOORSTEP_GEOCODER_OPTIONS: {min(unknown)}: amap has key, secret and url.")
    if read.geocoder in ("", "amap"):
        return
    try:
        ByGeopy(read.geocoder, read.geocoder_options)
    except (UnknownGeocoder, ValueError):
        wanted = "DOORSTEP_GEOCODER must be amap or one of geopy's, such as nominatim"
        raise CannotStart(f"{wanted}, with the options that it takes in DOORSTEP_GEOCODER_OPTIONS.") from None


async def database(read: Settings) -> str:
    """Reaches the database, brings it to the present tables and answers their version."""
    from alembic.util.exc import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from doorstepd.database import Database
    from doorstepd.database.migrate import migrate
    from doorstepd.errors import Unavailable

    url = _database_url(read.effective_database_url)
    try:
        opened = Database(read.effective_database_url, statement_timeout=read.statement_timeout)
    except OSError as error:
        raise CannotStart(_why_no_database(error, url)) from None
    try:
        return await migrate(opened)
    except CommandError:
        raise CannotStart("The database was made by a newer doorstepd; install that one again.") from None
    except (Unavailable, SQLAlchemyError, OSError) as error:
        raise CannotStart(_why_no_database(error, url)) from None
    finally:
        await opened.close()


def _database_url(text: str) -> Any:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
        if url.drivername in ("postgresql+asyncpg", "sqlite+aiosqlite"):
            return url
    except (ArgumentError, ValueError):
        pass
    raise CannotStart("DOORSTEP_DATABASE_URL must be postgresql+asyncpg://user:password@host:5432/name.") from None


def _why_no_database(error: BaseException, url: Any) -> str:
    if url.get_backend_name() == "sqlite":
        return f"The database {url.database} cannot be opened: it is damaged, locked, or not a file of doorstepd."
    port = f":{url.port or 5432}" if url.host else ""
    place = url.host or "its socket"
    states = {str(state) for one in _causes(error) if (state := getattr(one, "sqlstate", None))}
    if any(state.startswith("28") for state in states):
        return f"The database at {place} does not accept the user or password in DOORSTEP_DATABASE_URL."
    if "3D000" in states:
        return f"There is no database {url.database} at {place}; create it, or mend DOORSTEP_DATABASE_URL."
    if "42501" in states:
        return f"The user in DOORSTEP_DATABASE_URL may not create tables in {url.database}."
    if states:
        return f"The database at {place} refuses to be set up (SQLSTATE {min(states)})."
    return f"No database answers at {place}{port}; start it, or mend DOORSTEP_DATABASE_URL."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        original = getattr(error, "orig", None)
        if isinstance(original, BaseException) and original is not error.__cause__:
            yield from _causes(original)
        error = error.__cause__


async def redis(read: Settings) -> str | None:
    """Whether the Redis that is named can be used. Answers a warning where it is only away, as the service waits."""
    from redis.asyncio.connection import parse_url

    from doorstepd.broadcast.connection import LinkError, dial

    try:
        options: Any = parse_url(read.redis_url)
    except ValueError:
        raise CannotStart("DOORSTEP_REDIS_URL must be redis://host:6379/0, rediss://… or unix://….") from None
    place = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
    try:
        (await dial(read.redis_url, lambda: None, 2.0)).abort()
    except LinkError as error:
        if error.__cause__ is not None:
            return f"no Redis answers at {place}; live positions wait for it"
        raise CannotStart(f"The Redis at {place} does not accept the password or database of its URL.") from None
    return None


def _asked(wrong: Any) -> str:
    """What pydantic asks for, in words for somebody who has never heard of it."""
    if wrong["type"] == "string_pattern_mismatch":
        return "it must be an address such as https://track.shop.com"
    return str(wrong["msg"][:1].lower() + wrong["msg"][1:])


def _told(error: Exception) -> str:
    return " ".join((type(error).__doc__ or "").split())
