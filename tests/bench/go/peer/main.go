// Command peer is a position fan-out as one would write it in Go: grpc-go, and Redis pub/sub through go-redis.
//
// A stream names its courier in the metadata. What is published on "peer:<courier>" is a whole message, made by the
// publisher: nothing is decided or put together here, which is less than the service does.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"

	"doorstep.example/bench/raw"
	"github.com/redis/go-redis/v9"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

const prefix = "peer:"

type hub struct {
	mutex    sync.RWMutex
	watchers map[string]map[chan []byte]struct{}
	pubsub   *redis.PubSub
}

func (h *hub) join(ctx context.Context, courier string, watcher chan []byte) error {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.watchers[courier] == nil {
		h.watchers[courier] = map[chan []byte]struct{}{}
		if err := h.pubsub.Subscribe(ctx, prefix+courier); err != nil {
			return err
		}
	}
	h.watchers[courier][watcher] = struct{}{}
	return nil
}

func (h *hub) leave(courier string, watcher chan []byte) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	delete(h.watchers[courier], watcher)
}

func (h *hub) read() {
	for message := range h.pubsub.Channel(redis.WithChannelSize(10_000)) {
		payload := []byte(message.Payload)
		h.mutex.RLock()
		for watcher := range h.watchers[strings.TrimPrefix(message.Channel, prefix)] {
			select {
			case watcher <- payload:
			default: // a slow reader misses one
			}
		}
		h.mutex.RUnlock()
	}
}

func (h *hub) serve(_ any, stream grpc.ServerStream) error {
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	named, _ := metadata.FromIncomingContext(stream.Context())
	couriers := strings.Split(strings.Join(named.Get("x-courier"), ","), ",")
	watcher := make(chan []byte, 16*len(couriers))
	for _, courier := range couriers {
		if err := h.join(stream.Context(), courier, watcher); err != nil {
			return err
		}
		defer h.leave(courier, watcher)
	}
	if err := stream.SendMsg(&request); err != nil { // the first message, in place of a snapshot
		return err
	}
	for {
		select {
		case payload := <-watcher:
			if err := stream.SendMsg(&payload); err != nil {
				return err
			}
		case <-stream.Context().Done():
			return stream.Context().Err()
		}
	}
}

func main() {
	options, err := redis.ParseURL(os.Args[1])
	if err != nil {
		panic(err)
	}
	client := redis.NewClient(options)
	it := &hub{watchers: map[string]map[chan []byte]struct{}{}, pubsub: client.Subscribe(context.Background())}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go it.read()
	server := grpc.NewServer(grpc.ForceServerCodecV2(raw.Codec{}), grpc.UnknownServiceHandler(it.serve))
	fmt.Println(listener.Addr())
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}
