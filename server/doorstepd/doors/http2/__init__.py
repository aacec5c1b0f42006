"""An ASGI server for HTTP/2 with trailers, on the event loop's own thread: libnghttp2 under uvloop.

`front` listens and tells HTTP/2 from HTTP/1.1; `connection` turns bytes into exchanges and what they write into bytes;
an `exchange` is one request with its answer; `keepalive` finds connections whose other end is gone.
"""
