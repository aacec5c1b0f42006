"""What the commands that ask a server have in common: where it is, with which token, and a failure as one sentence."""

import asyncio
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from doorstepd.access.callers import Role

NOBODY_ANSWERS: Final = 3

Server = Annotated[str, typer.Option(help="The server, host:port.")]
Merchant = Annotated[str, typer.Option(help="Whose order it is.")]
Token = Annotated[str | None, typer.Option(help="A token; else one is made with the keys in --data.")]
Data = Annotated[
    Path, typer.Option(envvar="DOORSTEP_DATA", help="The server's data directory, for its development keys.")
]
Language = Annotated[str, typer.Option(help="zh, en or both.")]
Seconds = Annotated[float | None, typer.Option(min=0.1, help="End after so many seconds; else with Ctrl-C.")]

SERVER: Final = "127.0.0.1:8470"
DATA: Final = Path(".doorstep")


class Callers:
    """Makes tokens for development; with a token of the user's own, answers always that one."""

    def __init__(self, data: Path, merchant: str, token: str | None) -> None:
        self._data = data
        self._merchant = merchant
        self.given = token

    def token(self, role: Role, customer: str | None = None) -> str:
        """A token for a caller of this role. Ends the command where there are no keys to make it with."""
        if self.given is not None:
            return self.given
        from doorstepd.access.tokens import Issuer, load_or_create_keys
        from doorstepd.settings import Settings

        keys = self._data / "keys"
        if not keys.is_dir():
            fail(f"{self._data} holds no keys; name the server's data directory with --data, or give a --token.")
        settings = Settings()
        issuer = Issuer(load_or_create_keys(keys), settings.issuer, settings.audience)
        try:
            return issuer.issue(role=role, merchant_id=self._merchant, now=time.time(), customer_id=customer)
        except ValueError:
            raise typer.BadParameter("must be an ID of A-Z a-z 0-9 . _ : -", param_hint="--merchant") from None


def ask(server: str, asking: Coroutine[Any, Any, None]) -> None:
    """Runs it to its end, or to Ctrl-C. What a server refuses ends the command with one sentence."""
    import grpc
    from doorstep import DoorstepError

    try:
        asyncio.run(asking)
    except KeyboardInterrupt:
        pass
    except DoorstepError as error:
        if error.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            fail(
                f"No server answers at {server}. Start one with `doorstepd serve` or `doorstepd demo`.", NOBODY_ANSWERS
            )
        fail(_refusal(error))


def _refusal(error: Any) -> str:
    import grpc

    match error.code:
        case grpc.StatusCode.NOT_FOUND:
            return "There is no such order, or it is another merchant's."
        case grpc.StatusCode.UNAUTHENTICATED:
            return "The server does not accept the token; name its data directory with --data, or give a --token."
        case grpc.StatusCode.PERMISSION_DENIED:
            return "The token does not allow this."
    wrong = "; ".join(f"{one.field} {one.description}" for one in error.violations)
    return wrong or error.message or "The server could not answer."


def fail(sentence: str, status: int = 1) -> NoReturn:
    """Says it on the error stream and ends the command."""
    typer.echo(f"doorstepd: {sentence}", err=True)
    raise typer.Exit(status)


def language(text: str) -> Any:
    """The language asked for. Raises typer.BadParameter."""
    from doorstepd.demo.words import Lang

    if text not in list(Lang):
        raise typer.BadParameter("must be zh, en or both", param_hint="--lang")
    return Lang(text)
