"""grpc.aio's own server, and uvicorn beside it for HTTP and gRPC-Web on a second port: it runs wherever grpcio does.

Run as a module it is one worker process.
"""
