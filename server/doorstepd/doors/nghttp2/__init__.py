"""HTTP/2 by libnghttp2, in Python's own process and on its event loop's thread: the lean door.

No message changes threads on its way out, which is most of what a message costs behind the other doors. HTTP/1.1 on the
same port goes to uvicorn's protocol: webhooks, gRPC-Web, /healthz. Run as a module it is one worker process.

`front` listens and tells HTTP/2 from HTTP/1.1; `connection` turns bytes into exchanges, and what they write into bytes;
an `exchange` is one request with its answer; `calls` makes gRPC calls of them; `keepalive` finds connections whose
other end is gone. `serving` puts the service behind all that.
"""

import importlib.util

INSTALL = "install doorstepd[nghttp2]"


def available() -> str | None:
    """None where this door can open; else one line that says why not and what to install."""
    return None if importlib.util.find_spec("ngh2") else f"libnghttp2 is not installed; {INSTALL}"
