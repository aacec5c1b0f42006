// Command centrifuge is a position fan-out on the library that Centrifugo is made of, with its Redis broker.
//
// The unidirectional stream over gRPC that Centrifugo adds to it is written here: each push is one gRPC message. A
// stream names its couriers in the metadata, each is a channel. The publisher writes to Redis what the broker would.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"doorstep.example/bench/raw"
	"github.com/centrifugal/centrifuge"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// gather is how long a busy client's messages wait for each other: the setting that the documentation advises for
// many messages a client. With few it would only add a timer.
const gather = 100 * time.Millisecond

type server struct {
	node *centrifuge.Node
}

func (s *server) serve(_ any, stream grpc.ServerStream) error {
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	line := &transport{stream: stream, closed: make(chan struct{})}
	client, leave, err := centrifuge.NewClient(stream.Context(), s.node, line)
	if err != nil {
		return err
	}
	defer func() { _ = leave() }()
	named, _ := metadata.FromIncomingContext(stream.Context())
	couriers := map[string]centrifuge.SubscribeRequest{}
	for _, courier := range strings.Split(strings.Join(named.Get("x-courier"), ","), ",") {
		couriers[courier] = centrifuge.SubscribeRequest{}
	}
	client.Connect(centrifuge.ConnectRequest{Subs: couriers})
	select {
	case <-stream.Context().Done():
	case <-line.closed:
	}
	return nil
}

func subscribed(event centrifuge.ConnectEvent) centrifuge.ConnectReply {
	reply := centrifuge.ConnectReply{
		Credentials:   &centrifuge.Credentials{UserID: "watcher"},
		Subscriptions: map[string]centrifuge.SubscribeOptions{},
	}
	for _, channel := range event.Channels {
		reply.Subscriptions[channel] = centrifuge.SubscribeOptions{}
	}
	if len(event.Channels) > 1 {
		reply.WriteDelay, reply.MaxMessagesInFrame = gather, -1
	}
	return reply
}

func running(address string) (*centrifuge.Node, error) {
	node, err := centrifuge.New(centrifuge.Config{ClientChannelLimit: 100_000, ClientQueueMaxSize: 64 << 20})
	if err != nil {
		return nil, err
	}
	shard, err := centrifuge.NewRedisShard(node, centrifuge.RedisShardConfig{Address: address})
	if err != nil {
		return nil, err
	}
	broker, err := centrifuge.NewRedisBroker(node, centrifuge.RedisBrokerConfig{Shards: []*centrifuge.RedisShard{shard}})
	if err != nil {
		return nil, err
	}
	node.SetBroker(broker)
	node.OnConnecting(func(_ context.Context, event centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return subscribed(event), nil
	})
	node.OnConnect(func(*centrifuge.Client) {})
	return node, node.Run()
}

func main() {
	node, err := running(os.Args[1])
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	it := &server{node: node}
	open := grpc.NewServer(grpc.ForceServerCodecV2(raw.Codec{}), grpc.UnknownServiceHandler(it.serve))
	fmt.Println(listener.Addr())
	if err := open.Serve(listener); err != nil {
		panic(err)
	}
}
