"""Stock Envoy, from a wheel, with Python inside it: gRPC, gRPC-Web, HTTP, TLS and HTTP/3 on one port.

`envoy.yaml` is its configuration, which `configuration` fills in; `inside` is the app that Envoy's Python module runs;
`wheel` finds the parts. Run as a module it becomes one Envoy process.
"""

from doorstepd.doors.envoy.wheel import available

__all__ = ["available"]
