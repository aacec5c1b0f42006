"""One file a service. The only room that knows protobuf."""
