"""Where and how a door opens, as the supervisor tells its worker processes."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import Self

DEFAULT_APP = "doorstepd.wiring:build"
_VARIABLE = "DOORSTEP_OPENING"


def _app() -> str:
    return os.environ.get("DOORSTEP_APP", DEFAULT_APP)


@dataclass(frozen=True, slots=True)
class Opening:
    """A door's settings. Port 0 asks for any free one."""

    app: str = field(default_factory=_app)
    """The app's factory, `module:callable`."""
    host: str = "127.0.0.1"
    port: int = 0
    http_port: int = 0
    """Where the grpcio door serves HTTP and gRPC-Web; the others do so on `port`."""
    workers: int = 1
    """Processes that share the port."""
    certificate: str = ""
    """A PEM file. With it, and `private_key`, the port speaks TLS only; on the Envoy door HTTP/3 as well."""
    private_key: str = ""
    public: bool = True
    """Limits for callers who are not trusted: 100 streams a connection, the defence against rapid resets."""
    reflection: bool = False
    max_message_bytes: int = 4 * 1024 * 1024
    """The largest request message, before and after inflating."""
    cors_origins: tuple[str, ...] = ("*",)
    """Web pages that may call, as origins or `*`. Calls carry bearer tokens, never cookies."""
    access_log: bool = False
    stalled_after: float = 10.0
    """Seconds that a stream's message may wait for its reader."""
    grace: float = 10.0
    """Seconds for open calls to end by themselves when the door closes."""

    shared: bool = False
    """Whether the ports are bound more than once: by several workers, and by the supervisor that holds them."""

    @property
    def tls(self) -> bool:
        """Whether the port speaks TLS."""
        return bool(self.certificate and self.private_key)

    def at(self, port: int, http_port: int, *, shared: bool) -> Self:
        """The same with its ports settled."""
        return replace(self, port=port, http_port=http_port, shared=shared)

    def environment(self) -> dict[str, str]:
        """For a worker process."""
        return {_VARIABLE: json.dumps(asdict(self)), "DOORSTEP_APP": self.app}

    @classmethod
    def from_environment(cls) -> Self:
        """What the supervisor said. Raises RuntimeError outside a worker process."""
        text = os.environ.get(_VARIABLE)
        if text is None:
            raise RuntimeError(f"{_VARIABLE} is not set: this runs in a worker process of a door")
        said = json.loads(text)
        return cls(**said | {"cors_origins": tuple(said["cors_origins"])})
