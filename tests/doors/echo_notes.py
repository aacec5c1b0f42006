"""What the echo service's handlers wrote down."""

from echo_pb2 import Ask
from echo_pb2_grpc import EchoStub


async def noted(echo: EchoStub, key: str) -> list[str]:
    """What handlers have noted under `key`."""
    return list((await echo.Noted(Ask(key=key))).lines)
