"""`doorstepd token`: a token for trying things out, signed with this machine's own development key."""

import re
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from doorstepd.access.callers import Role

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def token(
    role: Annotated[Role, typer.Option(help="What kind of caller.")],
    merchant: Annotated[str, typer.Option(help="The merchant whose data it opens.")] = "demo",
    customer: Annotated[str | None, typer.Option(help="The customer, for --role customer.")] = None,
    courier: Annotated[str | None, typer.Option(help="The courier, for --role courier.")] = None,
    order: Annotated[str | None, typer.Option(help="The shared order, for --role guest.")] = None,
    scope: Annotated[
        str | None, typer.Option(help="For --role internal_service, separated by spaces; all of them if not given.")
    ] = None,
    ttl: Annotated[str, typer.Option(help="How long it lasts: 90s, 15m, 1h; a guest's up to 30d.")] = "15m",
    data: Annotated[
        Path, typer.Option(envvar="DOORSTEP_DATA", help="The server's data directory, which holds the keys.")
    ] = Path(".doorstep"),
) -> None:
    """Prints a token for development and nothing else.

    The key is made on the first use. A server started on the same data directory accepts it.
    """
    from doorstepd.access.tokens import Issuer, load_or_create_keys
    from doorstepd.settings import Settings

    needed = {Role.CUSTOMER: ("customer", customer), Role.COURIER: ("courier", courier), Role.GUEST: ("order", order)}
    option, owner = needed.get(role, ("", role.value))
    if not owner:
        raise typer.BadParameter(f"a {role} needs it", param_hint=f"--{option}")
    settings = Settings()
    issuer = Issuer(load_or_create_keys(data / "keys"), settings.issuer, settings.audience)
    try:
        text = issuer.issue(
            role=role,
            merchant_id=merchant,
            now=time.time(),
            ttl=seconds(ttl),
            customer_id=customer if role is Role.CUSTOMER else None,
            courier_id=courier if role is Role.COURIER else None,
            order_id=order if role is Role.GUEST else None,
            scopes=scopes(scope) if role is Role.INTERNAL_SERVICE else (),
        )
    except ValueError:
        raise typer.BadParameter(
            "IDs are 1 to 64 of A-Z a-z 0-9 . _ : - and a token lasts at most 1h, a guest's 30d"
        ) from None
    typer.echo(text)


def scopes(text: str | None) -> frozenset[str]:
    """The scopes named, separated by spaces or commas; all there are if none is. Raises typer.BadParameter."""
    from doorstepd.access.permissions import SCOPES

    if text is None:
        return SCOPES
    named = frozenset(text.replace(",", " ").split())
    if not named <= SCOPES:
        raise typer.BadParameter(f"a scope is one of {' '.join(sorted(SCOPES))}", param_hint="--scope")
    return named


def seconds(text: str) -> int:
    """A length of time such as 90s, 15m, 1h or 30d, in seconds. Raises typer.BadParameter."""
    found = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if not found:
        raise typer.BadParameter("give a number and s, m, h or d, such as 15m", param_hint="--ttl")
    return int(found[1]) * _UNITS[found[2]]
