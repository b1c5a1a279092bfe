package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const (
	churns = 1_000_000
	checks = 1_000
	// In which work that was put off is done, and counted.
	settling = 1500 * time.Millisecond
)

// timeouts: timeouts of 30 s that are cancelled: api-schedule, api-cancel; churn, in the order in which
// they came.
func timeouts(options options) (int, bool) {
	count := 0
	switch options.variant {
	case "api-schedule", "api-cancel":
	case "churn":
		count = churns
	default:
		return 0, false
	}
	live := options.sizeOr(100_000)
	var fired atomic.Int64
	cancelled := 0
	fire := func() { fired.Add(1) }
	cancel := func(timer *time.Timer) {
		if timer.Stop() {
			cancelled++
		}
	}

	var measured measured
	var wall time.Time
	var cpu time.Duration
	begin := func() { wall, cpu = time.Now(), cpuTime() }
	end := func(settling time.Duration) {
		measured.wall = time.Since(wall)
		time.Sleep(settling)
		measured.cpu = cpuTime() - cpu
	}
	waiting := make([]*time.Timer, live)
	resident := residentBytes()
	begin()
	for number := range waiting {
		waiting[number] = time.AfterFunc(30*time.Second, fire)
	}
	if options.variant == "api-schedule" {
		end(0)
		measured.figures = map[string]float64{
			"bytes_per_timer": float64(residentBytes()-resident) / float64(live),
		}
	}
	begin()
	for number := range count {
		place := number % live
		cancel(waiting[place])
		waiting[place] = time.AfterFunc(30*time.Second, fire)
	}
	if options.variant == "churn" {
		end(settling)
	}
	begin()
	for _, timer := range waiting {
		cancel(timer)
	}
	if options.variant == "api-cancel" {
		end(0)
	}

	operations := live
	if count > 0 {
		operations = count
	}
	// None of those that were cancelled has fired, and those that are not cancelled do.
	verify := func() bool {
		for range checks {
			time.AfterFunc(10*time.Millisecond, fire)
		}
		for waits := 0; waits < 5_000 && fired.Load() < checks; waits++ {
			time.Sleep(time.Millisecond)
		}
		return cancelled == live+count && fired.Load() == checks
	}
	return report(options, plan{operations: uint64(operations), verify: verify}, measured), true
}

func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	if err != nil {
		panic(err)
	}
	return pages * int64(os.Getpagesize())
}
