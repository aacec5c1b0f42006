// Package raw sends and receives gRPC messages as the bytes they are, and finds fields in them.
package raw

import (
	"encoding/binary"
	"math"

	"google.golang.org/grpc/mem"
)

// Codec passes *[]byte through: what is measured is the transport, on both sides alike.
type Codec struct{}

// Name is that of the usual codec, so that the content type is the usual one.
func (Codec) Name() string { return "proto" }

// Marshal takes a *[]byte.
func (Codec) Marshal(value any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*value.(*[]byte))}, nil
}

// Unmarshal fills a *[]byte.
func (Codec) Unmarshal(data mem.BufferSlice, value any) error {
	*value.(*[]byte) = data.Materialize()
	return nil
}

// Each calls back for every field of a message: its number, its number value, and its bytes if it has any.
// It returns false where the message is not well formed.
func Each(message []byte, found func(number int, value uint64, body []byte)) bool {
	for len(message) > 0 {
		tag, n := binary.Uvarint(message)
		if n <= 0 {
			return false
		}
		message = message[n:]
		var value uint64
		var body []byte
		switch tag & 7 {
		case 0:
			value, n = binary.Uvarint(message)
		case 1:
			n = 8
			if len(message) >= n {
				value = binary.LittleEndian.Uint64(message)
			}
		case 2:
			length, size := binary.Uvarint(message)
			n = size + int(length)
			if size > 0 && len(message) >= n {
				body = message[size:n]
			}
		case 5:
			n = 4
		default:
			return false
		}
		if n <= 0 || len(message) < n {
			return false
		}
		message = message[n:]
		found(int(tag>>3), value, body)
	}
	return true
}

// Body is the content of a field that holds a message, a string or bytes; nil where it is absent.
func Body(message []byte, number int) (found []byte) {
	Each(message, func(n int, _ uint64, body []byte) {
		if n == number {
			found = body
		}
	})
	return found
}

// Value is that of a number field, 0 where it is absent.
func Value(message []byte, number int) (found uint64) {
	Each(message, func(n int, value uint64, _ []byte) {
		if n == number {
			found = value
		}
	})
	return found
}

// Double is that of a double field.
func Double(message []byte, number int) float64 { return math.Float64frombits(Value(message, number)) }

// PutDouble appends a double field.
func PutDouble(to []byte, number int, value float64) []byte {
	to = binary.AppendUvarint(to, uint64(number)<<3|1)
	return binary.LittleEndian.AppendUint64(to, math.Float64bits(value))
}

// PutValue appends a number field.
func PutValue(to []byte, number int, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(to, uint64(number)<<3), value)
}

// PutBody appends a field with content.
func PutBody(to []byte, number int, body []byte) []byte {
	to = binary.AppendUvarint(to, uint64(number)<<3|2)
	return append(binary.AppendUvarint(to, uint64(len(body))), body...)
}
