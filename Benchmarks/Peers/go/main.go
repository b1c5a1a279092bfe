// The workloads on goroutines, wait groups and channels.
package main

import (
	"encoding/json"
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
	run        func()      // measured
	verify     func() bool // after all repetitions, not measured
}

// measured is for one repetition.
type measured struct {
	wall, cpu time.Duration
	latencies []time.Duration // of ping only
	figures   map[string]float64
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

// repeat runs the plan once to warm up and then for at least 0.2 s. A first run of seconds needs no
// other.
func repeat(plan plan) measured {
	const enough, plenty = 200 * time.Millisecond, 2 * time.Second
	first := repeatFor(0, plan)
	if first.wall >= plenty {
		return first
	}
	return repeatFor(enough, plan)
}

func repeatFor(enough time.Duration, plan plan) measured {
	wall, cpu, repetitions := time.Now(), cpuTime(), time.Duration(0)
	for repetitions == 0 || time.Since(wall) < enough {
		plan.run()
		repetitions++
	}
	return measured{wall: time.Since(wall) / repetitions, cpu: (cpuTime() - cpu) / repetitions}
}

// report prints the line and returns the exit code.
func report(options options, plan plan, measured measured) int {
	rss := peakRSS()
	verified := plan.verify()
	fmt.Printf(`{"workload":"%s","case":"%s","size":%d,"contender":"go","workers":%d,"verified":%t,`,
		options.workload, options.variant, options.size, options.workers, verified)
	fmt.Printf(`"operations":%d,"wall_ns":%d,"cpu_ns":%d,"peak_rss":%d`,
		plan.operations, measured.wall, measured.cpu, rss)
	if sorted := measured.latencies; len(sorted) > 0 {
		slices.Sort(sorted)
		fmt.Printf(`,"latencies_ns":{"p50":%d,"p99":%d}`,
			sorted[len(sorted)/2], sorted[len(sorted)*99/100])
	}
	if len(measured.figures) > 0 {
		text, err := json.Marshal(measured.figures)
		if err != nil {
			panic(err)
		}
		fmt.Printf(`,"figures":%s`, text)
	}
	fmt.Println("}")
	if !verified {
		return exitWrongAnswer
	}
	return 0
}

// sizeOr returns the size in use and notes it in the options.
func (options *options) sizeOr(size int) int {
	if options.size == 0 {
		options.size = size
	}
	return options.size
}

func makePlan(options *options) (plan, bool) {
	switch options.workload {
	case "fib":
		return planFib(options.sizeOr(37)), true
	case "skynet":
		return planSkynet(options.sizeOr(10_000_000)), true
	case "nqueens":
		if options.sizeOr(13) < len(solutions) {
			return planQueens(options.size), true
		}
	case "uts":
		return planTree(), true
	case "matmul":
		return planMatmul(options.sizeOr(1024)), true
	case "cilksort":
		return planSort(options.sizeOr(10_000_000)), true
	case "forEach":
		switch options.variant {
		case "", "flat":
			return planFlat(options.sizeOr(10_000_000)), true
		case "flat10ns":
			return planFlatTenNanoseconds(options.sizeOr(1_000_000)), true
		case "skewed":
			return planSkewed(options.sizeOr(1_000_000)), true
		}
	case "forksflat":
		return planForksFlat(options.sizeOr(10_000_000)), true
	case "reduce":
		return planReduce(options.sizeOr(10_000_000)), true
	}
	return plan{}, false
}

func main() {
	options := parse()
	runtime.GOMAXPROCS(options.workers)
	if !bodiesAgree() {
		fmt.Fprintln(os.Stderr, "error: the bodies of the leaves differ from those in C")
		os.Exit(exitWrongAnswer)
	}
	if options.workload == "ping" {
		os.Exit(ping(options))
	}
	if options.workload == "timers" {
		if code, supported := timeouts(options); supported {
			os.Exit(code)
		}
	}
	plan, supported := makePlan(&options)
	if !supported {
		fmt.Fprintln(os.Stderr, "error: go does not do", options.workload, options.variant)
		os.Exit(exitUnsupported)
	}
	os.Exit(report(options, plan, repeat(plan)))
}
