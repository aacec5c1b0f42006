"""TLS for Envoy's listener, and one for HTTP/3 beside it.

A filter in two listeners is two filters, and for ours that means two Pythons' worth of app in one process. So HTTP/3
is passed on, over TLS and the loopback interface, to the listener that has Python behind it.
"""

from copy import deepcopy
from typing import Any

from doorstepd.doors.opening import Opening

_CLUSTER = "doorstep-over-tcp"
_TYPE = "type.googleapis.com/envoy.extensions"


def secure(static: dict[str, Any], opening: Opening) -> None:
    """Makes the one listener speak TLS, and adds one that speaks HTTP/3 on the same port over UDP."""
    plain = static["listeners"][0]
    over_udp = deepcopy(plain)
    plain["filter_chains"][0]["transport_socket"] = _over_tcp(opening)
    _offer_http3(plain, opening.port)
    _make_quic(over_udp, opening)
    static["listeners"].append(over_udp)
    static["clusters"] = [_over_loopback(opening)]


def _certificate(opening: Opening) -> dict[str, Any]:
    return {
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
        "tls_certificates": [
            {
                "certificate_chain": {"filename": opening.certificate},
                "private_key": {"filename": opening.private_key},
            }
        ],
    }


def _over_tcp(opening: Opening) -> dict[str, Any]:
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": f"{_TYPE}.transport_sockets.tls.v3.DownstreamTlsContext",
            "common_tls_context": _certificate(opening) | {"alpn_protocols": ["h2", "http/1.1"]},
        },
    }


def _connection(listener: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = listener["filter_chains"][0]["filters"][0]["typed_config"]
    return found


def _offer_http3(listener: dict[str, Any], port: int) -> None:
    for http_filter in _connection(listener)["http_filters"]:
        if http_filter["name"] == "envoy.filters.http.header_mutation":
            offer = {"header": {"key": "alt-svc", "value": f'h3=":{port}"; ma=86400'}}
            http_filter["typed_config"]["mutations"]["response_mutations"] = [{"append": offer}]


def _make_quic(listener: dict[str, Any], opening: Opening) -> None:
    listener["name"] = "doorstep-http3"
    listener["address"]["socket_address"]["protocol"] = "UDP"
    # Datagrams of one connection must reach one process: only Envoy's own reuse of the port sees to that.
    listener["enable_reuse_port"] = True
    listener["udp_listener_config"] = {"quic_options": {}, "downstream_socket_config": {"prefer_gro": True}}
    connection = _connection(listener)
    connection["codec_type"] = "HTTP3"
    connection["http3_protocol_options"] = {
        "quic_protocol_options": {"max_concurrent_streams": 100 if opening.public else 1000}
    }
    for unknown in ("http2_protocol_options", "http_protocol_options", "access_log"):
        connection.pop(unknown)
    connection["http_filters"] = [
        {"name": "envoy.filters.http.router", "typed_config": {"@type": f"{_TYPE}.filters.http.router.v3.Router"}}
    ]
    connection["route_config"] = {
        "virtual_hosts": [
            {
                "name": "doorstep",
                "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": _CLUSTER, "timeout": "0s"}}],
            }
        ]
    }
    listener["filter_chains"][0]["transport_socket"] = {
        "name": "envoy.transport_sockets.quic",
        "typed_config": {
            "@type": f"{_TYPE}.transport_sockets.quic.v3.QuicDownstreamTransport",
            "downstream_tls_context": {"common_tls_context": _certificate(opening)},
        },
    }


def _over_loopback(opening: Opening) -> dict[str, Any]:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(opening.host, opening.host)  # noqa: S104
    endpoint = {"address": {"socket_address": {"address": host, "port_value": opening.port}}}
    options = f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": _CLUSTER,
        "type": "STATIC",
        "connect_timeout": "5s",
        "load_assignment": {
            "cluster_name": _CLUSTER,
            "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}],
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": options,
                "explicit_http_config": {"http2_protocol_options": {"initial_stream_window_size": 65536}},
            }
        },
        "transport_socket": {
            "name": "envoy.transport_sockets.tls",
            "typed_config": {"@type": f"{_TYPE}.transport_sockets.tls.v3.UpstreamTlsContext"},
        },
    }
