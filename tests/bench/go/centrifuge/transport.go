package main

import (
	"sync"

	"github.com/centrifugal/centrifuge"
	"google.golang.org/grpc"
)

// transport writes a client's pushes to its stream. The library writes from one goroutine a client.
type transport struct {
	stream grpc.ServerStream
	once   sync.Once
	closed chan struct{}
}

func (*transport) Name() string                                { return "uni_grpc" }
func (*transport) AcceptProtocol() string                      { return "h2" }
func (*transport) Protocol() centrifuge.ProtocolType           { return centrifuge.ProtocolTypeProtobuf }
func (*transport) ProtocolVersion() centrifuge.ProtocolVersion { return centrifuge.ProtocolVersion2 }
func (*transport) Unidirectional() bool                        { return true }
func (*transport) Emulation() bool                             { return false }
func (*transport) DisabledPushFlags() uint64                   { return 0 }
func (*transport) PingPongConfig() centrifuge.PingPongConfig   { return centrifuge.PingPongConfig{} }

func (t *transport) Write(push []byte) error { return t.stream.SendMsg(&push) }

func (t *transport) WriteMany(pushes ...[]byte) error {
	for _, push := range pushes {
		if err := t.stream.SendMsg(&push); err != nil {
			return err
		}
	}
	return nil
}

func (t *transport) Close(centrifuge.Disconnect) error {
	t.once.Do(func() { close(t.closed) })
	return nil
}
