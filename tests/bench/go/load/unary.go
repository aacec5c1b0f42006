package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"google.golang.org/grpc"
)

// UnaryPlan calls Method with one of Requests after the other, or at random.
//
// Rate 0 is a closed loop of Concurrency callers. With a rate calls begin on a schedule, whether or not earlier ones
// have ended, and their latency counts from the schedule. Total > 0 ends a window after so many calls.
type UnaryPlan struct {
	Method      string
	Token       string
	Requests    [][]byte
	Random      bool
	Concurrency int
	Rate        float64
	Total       int
}

type callers struct {
	plan        *UnaryPlan
	connections []*grpc.ClientConn
	mutex       sync.Mutex
	latencies   []float32
	failed      int64
	why         string
	bytes       int64
}

func (c *callers) Open() error {
	var answer []byte
	for _, connection := range c.connections {
		if err := connection.Invoke(as(c.plan.Token), c.plan.Method, &c.plan.Requests[0], &answer); err != nil {
			return err
		}
	}
	return nil
}

func (c *callers) call(ctx context.Context, number int, began time.Time) {
	place := number % len(c.plan.Requests)
	if c.plan.Random {
		place = rand.IntN(len(c.plan.Requests))
	}
	var answer []byte
	err := c.connections[number%len(c.connections)].Invoke(ctx, c.plan.Method, &c.plan.Requests[place], &answer)
	took := float32(time.Since(began).Seconds() * 1000)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if err != nil {
		c.failed++
		c.why = fmt.Sprint(err)
		return
	}
	c.bytes += int64(len(answer))
	c.latencies = append(c.latencies, took)
}

func (c *callers) Window(length time.Duration, result *Result) {
	c.latencies, c.failed, c.why, c.bytes = c.latencies[:0], 0, "", 0
	if c.plan.Rate > 0 {
		c.onSchedule(length)
	} else {
		c.inALoop(length)
	}
	result.Messages, result.Bytes = int64(len(c.latencies)), c.bytes
	result.P50, result.P99, result.Max = summarise(c.latencies)
	result.Errors, result.Error = c.failed, c.why
}

func (c *callers) inALoop(length time.Duration) {
	ctx, end := as(c.plan.Token), time.Now().Add(length)
	var all sync.WaitGroup
	for caller := range c.plan.Concurrency {
		all.Go(func() {
			for number := caller; ; number += c.plan.Concurrency {
				if c.plan.Total > 0 && number >= c.plan.Total || c.plan.Total == 0 && time.Now().After(end) {
					return
				}
				c.call(ctx, number, time.Now())
			}
		})
	}
	all.Wait()
}

func (c *callers) onSchedule(length time.Duration) {
	ctx, began := as(c.plan.Token), time.Now()
	step := time.Duration(float64(time.Second) / c.plan.Rate)
	var all sync.WaitGroup
	for number := range int(length / step) {
		due := began.Add(time.Duration(number) * step)
		time.Sleep(time.Until(due))
		all.Go(func() { c.call(ctx, number, due) })
	}
	all.Wait()
}
