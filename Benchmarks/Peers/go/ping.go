package main

import (
	"runtime"
	"time"
)

// ping: submit from outside, run, back: hot, one after the other; parked, after the workers have gone
// to sleep. "Outside" is a goroutine with a thread of its own: the answer comes from another thread.
func ping(options options) int {
	parked := options.variant == "parked"
	usual := 50_000
	if parked {
		usual = 1_000
	}
	size := options.sizeOr(usual)
	runtime.LockOSThread()
	answered, back := 0, make(chan struct{})
	once := func() {
		go func() {
			answered++
			back <- struct{}{}
		}()
		<-back
	}
	for i := 0; i < 100; i++ {
		once()
	}
	answered = 0
	var measured measured
	wall, cpu := time.Now(), cpuTime()
	for i := 0; i < size; i++ {
		if parked {
			time.Sleep(2 * time.Millisecond)
		}
		start := time.Now()
		once()
		measured.latencies = append(measured.latencies, time.Since(start))
	}
	measured.wall, measured.cpu = time.Since(wall), cpuTime()-cpu
	plan := plan{operations: uint64(size), verify: func() bool { return answered == size }}
	return report(options, plan, measured)
}
