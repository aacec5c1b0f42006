package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"doorstep.example/bench/raw"
	"google.golang.org/grpc"
)

// ReportPlan has each courier send Rate messages a second with Fixes fixes each, walking north and back.
type ReportPlan struct {
	Method   string
	Rate     float64
	Fixes    int
	Couriers []Courier
}

// Courier is one phone.
type Courier struct {
	ID        string
	Token     string
	Latitude  float64
	Longitude float64
}

const (
	metresADegree = 111_195.0
	metresASecond = 8.0
	turnAfter     = 120.0 // seconds
	headings      = 3600
	pipelined     = 64
)

// sentTimes remembers when each courier sent the fix with each heading: the heading tells which fix came out.
type sentTimes struct {
	known   bool
	courier sync.Map // ID to *[headings]atomic.Int64
}

func (s *sentTimes) of(courier string, heading float64) (time.Time, bool) {
	times, some := s.courier.Load(courier)
	if !some {
		return time.Time{}, false
	}
	stamp := times.(*[headings]atomic.Int64)[int(heading*10+0.5)%headings].Load()
	return time.Unix(0, stamp), stamp != 0
}

type couriers struct {
	plan        *ReportPlan
	connections []*grpc.ClientConn
	sent        *sentTimes
	measuring   atomic.Bool
	accepted    atomic.Int64
	acks        atomic.Int64
	lost        atomic.Int64
	why         atomic.Value
	mutex       sync.Mutex
	latencies   []float32
}

func (c *couriers) Open() error {
	c.sent.known = true
	var all sync.WaitGroup
	for place, courier := range c.plan.Couriers {
		stream, err := c.connections[place%len(c.connections)].NewStream(as(courier.Token),
			&grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, c.plan.Method)
		if err != nil {
			return err
		}
		times := &[headings]atomic.Int64{}
		c.sent.courier.Store(courier.ID, times)
		one := &phone{courier: courier, stream: stream, times: times}
		all.Add(1)
		go c.listen(one, all.Done)
		go c.walk(one)
	}
	all.Wait()
	return nil
}

type phone struct {
	courier Courier
	stream  grpc.ClientStream
	times   *[headings]atomic.Int64
	batches [pipelined]atomic.Int64
	number  int
}

func (c *couriers) walk(one *phone) {
	step := time.Duration(float64(time.Second) / c.plan.Rate)
	due, began := time.Now().Add(rand.N(step)), time.Now()
	for batch := uint64(1); ; batch++ {
		time.Sleep(time.Until(due))
		now := time.Now()
		one.batches[batch%pipelined].Store(now.UnixNano())
		message := one.message(batch, now, now.Sub(began).Seconds(), step/time.Duration(c.plan.Fixes), c.plan.Fixes)
		if one.stream.SendMsg(&message) != nil {
			return
		}
		due = due.Add(step)
	}
}

// Fields of ReportPositionsRequest, PositionFix and Point.
func (one *phone) message(batch uint64, now time.Time, walked float64, apart time.Duration, fixes int) []byte {
	var message []byte
	for place := range fixes {
		ago := apart * time.Duration(fixes-1-place)
		one.number++
		heading := one.number % headings
		one.times[heading].Store(now.UnixNano())
		message = raw.PutBody(message, 2, one.fix(now.Add(-ago), walked-ago.Seconds(), float64(heading)/10))
	}
	return raw.PutValue(message, 3, batch)
}

func (one *phone) fix(at time.Time, walked, heading float64) []byte {
	round := walked - 2*turnAfter*float64(int(walked/(2*turnAfter)))
	if round > turnAfter {
		round = 2*turnAfter - round
	}
	point := raw.PutDouble(nil, 1, one.courier.Latitude+round*metresASecond/metresADegree)
	point = raw.PutValue(raw.PutDouble(point, 2, one.courier.Longitude), 3, 1)
	stamp := raw.PutValue(raw.PutValue(nil, 1, uint64(at.Unix())), 2, uint64(at.Nanosecond()))
	fix := raw.PutBody(raw.PutBody(nil, 1, point), 2, stamp)
	fix = raw.PutDouble(raw.PutDouble(fix, 3, 8.0), 4, metresASecond)
	return raw.PutDouble(fix, 5, heading)
}

func (c *couriers) listen(one *phone, begun func()) {
	begin := sync.OnceFunc(begun)
	defer begin()
	var ack []byte
	for {
		if err := one.stream.RecvMsg(&ack); err != nil {
			c.lost.Add(1)
			c.why.Store(fmt.Sprint(err))
			return
		}
		begin()
		if c.measuring.Load() {
			c.note(one, ack)
		}
	}
}

// Fields of ReportPositionsResponse.
func (c *couriers) note(one *phone, ack []byte) {
	sent := one.batches[raw.Value(ack, 1)%pipelined].Load()
	c.acks.Add(1)
	c.accepted.Add(int64(raw.Value(ack, 2)))
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.latencies = append(c.latencies, float32(time.Since(time.Unix(0, sent)).Seconds()*1000))
}

func (c *couriers) Window(length time.Duration, result *Result) {
	c.accepted.Store(0)
	c.acks.Store(0)
	c.mutex.Lock()
	c.latencies = c.latencies[:0]
	c.mutex.Unlock()
	c.measuring.Store(true)
	time.Sleep(length)
	c.measuring.Store(false)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	result.Acks, result.Items = c.acks.Load(), c.accepted.Load()
	result.AckP50, result.AckP99, _ = summarise(c.latencies)
	result.Errors += c.lost.Load()
	if why, some := c.why.Load().(string); some {
		result.Error = why
	}
}
