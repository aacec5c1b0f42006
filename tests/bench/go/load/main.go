// Command load is the clients of a benchmark: watchers, couriers or callers, as a plan says.
//
// It reads the plan's file named by its argument, opens everything, prints "ready", and then for each line
// "<seconds>" on its input measures that long and prints one line of JSON. It ends with its input.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep.example/bench/raw"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// Plan says who calls what. Byte fields are base64 in the JSON.
type Plan struct {
	Target      string
	Connections int
	Watch       *WatchPlan
	Unary       *UnaryPlan
	Report      *ReportPlan
}

// Result is what one measured window saw. Latencies are in milliseconds.
type Result struct {
	Seconds  float64 `json:"seconds"`
	Messages int64   `json:"messages"`
	Items    int64   `json:"items"`
	Bytes    int64   `json:"bytes"`
	Errors   int64   `json:"errors"`
	Error    string  `json:"error,omitempty"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
	Acks     int64   `json:"acks"`
	AckP50   float64 `json:"ack_p50"`
	AckP99   float64 `json:"ack_p99"`
}

// Part is one kind of client of a plan.
type Part interface {
	Open() error
	Window(time.Duration, *Result)
}

func dial(target string, count int) ([]*grpc.ClientConn, error) {
	var connections []*grpc.ClientConn
	for range max(1, count) {
		connection, err := grpc.NewClient(target,
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodecV2(raw.Codec{}), grpc.MaxCallRecvMsgSize(64<<20)))
		if err != nil {
			return nil, err
		}
		connections = append(connections, connection)
	}
	return connections, nil
}

func as(token string) context.Context {
	return metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer "+token)
}

func quantile(sorted []float32, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[min(len(sorted)-1, int(share*float64(len(sorted))))])
}

func summarise(latencies []float32) (p50, p99, most float64) {
	slices.Sort(latencies)
	return quantile(latencies, 0.5), quantile(latencies, 0.99), quantile(latencies, 1)
}

func parts(plan Plan) ([]Part, error) {
	connections, err := dial(plan.Target, plan.Connections)
	if err != nil {
		return nil, err
	}
	var found []Part
	sent := &sentTimes{}
	if plan.Watch != nil {
		found = append(found, &watchers{plan: plan.Watch, connections: connections, sent: sent})
	}
	if plan.Unary != nil {
		found = append(found, &callers{plan: plan.Unary, connections: connections})
	}
	if plan.Report != nil {
		found = append(found, &couriers{plan: plan.Report, connections: connections, sent: sent})
	}
	return found, nil
}

func run(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var plan Plan
	if err := json.Unmarshal(text, &plan); err != nil {
		return err
	}
	all, err := parts(plan)
	if err != nil {
		return err
	}
	for _, part := range all {
		if err := part.Open(); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		seconds, err := strconv.ParseFloat(strings.TrimSpace(lines.Text()), 64)
		if err != nil {
			return err
		}
		measure(all, time.Duration(seconds*float64(time.Second)))
	}
	return nil
}

func measure(all []Part, length time.Duration) {
	result, began := Result{}, time.Now()
	done := make(chan struct{})
	for _, part := range all {
		go func() { part.Window(length, &result); done <- struct{}{} }()
	}
	for range all {
		<-done
	}
	result.Seconds = time.Since(began).Seconds()
	text, _ := json.Marshal(result)
	fmt.Println(string(text))
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}
