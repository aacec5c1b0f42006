package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"doorstep.example/bench/raw"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// WatchPlan opens one stream for each of Streams, spread over the connections.
type WatchPlan struct {
	Method  string
	Fleet   bool // messages are fleet frames: their positions are counted as items
	Push    bool // messages are Centrifugo's pushes: what was published is inside
	Streams []Stream
}

// Stream is one watcher. Courier goes as metadata, for peers that know no orders.
type Stream struct {
	Token   string
	Request []byte
	Courier string
}

type watchers struct {
	plan        *WatchPlan
	connections []*grpc.ClientConn
	sent        *sentTimes
	measuring   atomic.Bool
	readers     []*reader
	lost        atomic.Int64
	why         atomic.Value
}

type reader struct {
	mutex     sync.Mutex
	messages  int64
	items     int64
	bytes     int64
	latencies []float32
}

// Open returns when every stream has had its first message.
func (w *watchers) Open() error {
	first := make(chan error, len(w.plan.Streams))
	gate := make(chan struct{}, 64) // a herd of arrivals is another benchmark
	for place, stream := range w.plan.Streams {
		one := &reader{}
		w.readers = append(w.readers, one)
		connection := w.connections[place%len(w.connections)]
		gate <- struct{}{}
		go w.follow(connection, stream, one, func(err error) { <-gate; first <- err })
	}
	for range w.plan.Streams {
		select {
		case err := <-first:
			if err != nil {
				return err
			}
		case <-time.After(60 * time.Second):
			return errors.New("a stream had no first message for 60 s")
		}
	}
	return nil
}

func (w *watchers) follow(connection *grpc.ClientConn, stream Stream, one *reader, begun func(error)) {
	ctx := metadata.AppendToOutgoingContext(as(stream.Token), "x-courier", stream.Courier)
	receive, err := opened(ctx, connection, w.plan.Method, stream.Request)
	if err != nil {
		begun(err)
		return
	}
	var message []byte
	err = receive.RecvMsg(&message)
	begun(err)
	for err == nil {
		if err = receive.RecvMsg(&message); err == nil && w.measuring.Load() {
			w.note(one, message)
		}
	}
	w.lost.Add(1)
	w.why.Store(fmt.Sprint(err))
}

func opened(ctx context.Context, connection *grpc.ClientConn, method string, request []byte) (grpc.ClientStream, error) {
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(&request); err != nil {
		return nil, err
	}
	return stream, stream.CloseSend()
}

// Fields of WatchUpdate, PositionUpdate and CourierPosition, of FleetUpdate, and of Centrifugo's Push and Publication.
const (
	pushPublication = 4
	publicationData = 4
	updatePosition  = 5
	positionBody    = 1
	positionCourier = 1
	positionTime    = 3
	positionHeading = 7
	fleetPositions  = 1
)

func (w *watchers) note(one *reader, message []byte) {
	now := time.Now()
	one.mutex.Lock()
	defer one.mutex.Unlock()
	if w.plan.Fleet {
		one.messages++
		one.bytes += int64(len(message))
		raw.Each(message, func(number int, _ uint64, _ []byte) {
			if number == fleetPositions {
				one.items++
			}
		})
		return
	}
	if w.plan.Push {
		message = raw.Body(raw.Body(message, pushPublication), publicationData)
	}
	position := raw.Body(raw.Body(message, updatePosition), positionBody)
	if position == nil {
		return // a heartbeat, or a change of status
	}
	one.messages++
	one.bytes += int64(len(message))
	if since, known := w.began(position); known {
		one.latencies = append(one.latencies, float32(now.Sub(since).Seconds()*1000))
	}
}

// began is when the fix was sent: by the courier here if there is one, else by the time that is written on it.
func (w *watchers) began(position []byte) (time.Time, bool) {
	if w.sent.known {
		return w.sent.of(string(raw.Body(position, positionCourier)), raw.Double(position, positionHeading))
	}
	stamp := raw.Body(position, positionTime)
	return time.Unix(int64(raw.Value(stamp, 1)), int64(raw.Value(stamp, 2))), stamp != nil
}

func (w *watchers) Window(length time.Duration, result *Result) {
	for _, one := range w.readers {
		one.messages, one.items, one.bytes, one.latencies = 0, 0, 0, one.latencies[:0]
	}
	w.measuring.Store(true)
	time.Sleep(length)
	w.measuring.Store(false)
	var latencies []float32
	for _, one := range w.readers {
		one.mutex.Lock()
		result.Messages += one.messages
		result.Items += one.items
		result.Bytes += one.bytes
		latencies = append(latencies, one.latencies...)
		one.mutex.Unlock()
	}
	result.P50, result.P99, result.Max = summarise(latencies)
	result.Errors += w.lost.Load()
	if why, some := w.why.Load().(string); some {
		result.Error = why
	}
}
