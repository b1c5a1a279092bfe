// The workloads on goroutines, wait groups and channels.
package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const (
	exitWrongAnswer = 1
	exitUsage       = 2
	exitUnsupported = 3
)

type options struct {
	workload string
	variant  string // --case
	workers  int
	size     int // 0: the workload's default
}

// plan is one workload, ready to be measured.
type plan struct {
	operations uint64
	prepare    func() // before every repetition, not measured
	run        func() // measured
	verify     func() bool
	latencies  *[]uint64
}

func usageError(message string) {
	fmt.Fprintln(os.Stderr, "error:", message)
	os.Exit(exitUsage)
}

func parse() options {
	result := options{workers: 1}
	for i := 1; i < len(os.Args); i += 2 {
		name := os.Args[i]
		if name == "--version" {
			fmt.Println(runtime.Version())
			os.Exit(0)
		}
		if i+1 == len(os.Args) {
			usageError(name + " needs a value")
		}
		value := os.Args[i+1]
		number, err := strconv.Atoi(value)
		isNumber := err == nil && number >= 0
		switch {
		case name == "--workload":
			result.workload = value
		case name == "--case":
			result.variant = value
		case name == "--workers" && isNumber && number > 0:
			result.workers = number
		case name == "--size" && isNumber:
			result.size = number
		default:
			usageError("wrong option " + name + " " + value)
		}
	}
	return result
}

func cpuTime() time.Duration {
	const processCPUTime = 2
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, processCPUTime, uintptr(unsafe.Pointer(&now)), 0)
	return time.Duration(now.Nano())
}

func peakRSS() uint64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return uint64(usage.Maxrss) * 1024
}

// measure repeats the plan until its measured part has taken 0.2 s, prints the line, returns the
// exit code.
func measure(options options, plan plan) int {
	var wall, cpu, repetitions time.Duration
	verified := true
	for wall < 200*time.Millisecond && verified {
		if plan.prepare != nil {
			plan.prepare()
		}
		cpuStart, wallStart := cpuTime(), time.Now()
		plan.run()
		wall += time.Since(wallStart)
		cpu += cpuTime() - cpuStart
		repetitions++
		verified = plan.verify()
	}
	rss := peakRSS()
	fmt.Printf(`{"workload":"%s","case":"%s","size":%d,"contender":"go","workers":%d,"verified":%t,`,
		options.workload, options.variant, options.size, options.workers, verified)
	fmt.Printf(`"operations":%d,"wall_ns":%d,"cpu_ns":%d,"peak_rss":%d`,
		plan.operations, wall/repetitions, cpu/repetitions, rss)
	if plan.latencies != nil {
		sorted := *plan.latencies
		slices.Sort(sorted)
		at := func(percent int) uint64 { return sorted[(len(sorted)-1)*percent/100] }
		fmt.Printf(`,"latencies_ns":{"p50":%d,"p99":%d}`, at(50), at(99))
	}
	fmt.Println("}")
	if !verified {
		return exitWrongAnswer
	}
	return 0
}

func main() {
	options := parse()
	runtime.GOMAXPROCS(options.workers)
	plan, supported := makePlan(&options)
	if !supported {
		fmt.Fprintln(os.Stderr, "error: go does not do", options.workload, options.variant)
		os.Exit(exitUnsupported)
	}
	if fib(20) != serialFib(20) { // the warm-up: starts the threads and the allocator
		os.Exit(exitWrongAnswer)
	}
	os.Exit(measure(options, plan))
}
