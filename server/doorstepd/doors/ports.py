"""Ports that nobody else has."""

import socket


def bound(host: str, port: int, *, shared: bool) -> socket.socket:
    """A socket bound to `port`, or to any free one for 0, with SO_REUSEPORT if `shared`.

    Raises OSError when another server has the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        taken.bind((host, port))
    except OSError:
        taken.close()
        raise
    return taken


def settle(host: str, port: int) -> int:
    """The number of a port that was free just now: `port` itself, or any for 0. Raises OSError when it is taken."""
    with bound(host, port, shared=False) as probe:
        number: int = probe.getsockname()[1]
        return number


def held(host: str, port: int) -> socket.socket:
    """A socket bound to `port`, or to any free one for 0, that shares it. Raises OSError when it is taken.

    It is asked for alone first, as sharing is silent: a server that somebody forgot would take half of the calls. Any
    free one needs no such question, as the kernel hands out none that is shared.
    """
    return bound(host, settle(host, port) if port else 0, shared=True)
