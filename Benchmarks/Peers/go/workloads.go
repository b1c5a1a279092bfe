package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ---- Values that every contender computes in the same way

func mix(value uint64) uint64 {
	value ^= value >> 33
	value *= 0xff51afd7ed558ccd
	value ^= value >> 33
	return value
}

func chain(value uint64, rounds int) uint64 {
	for i := 0; i < rounds; i++ {
		value = mix(value + 0x9e3779b97f4a7c15)
	}
	return value
}

// fork2 runs both functions, the first in a goroutine of its own.
func fork2(f, g func()) {
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		f()
		group.Done()
	}()
	g()
	group.Wait()
}

// chunks cuts [0, count) into pieces that as many goroutines as workers take in turn.
func chunks(count int, body func(from, to int)) {
	workers := runtime.GOMAXPROCS(0)
	chunk := max(1, count/(64*workers))
	var next atomic.Int64
	var group sync.WaitGroup
	for worker := 0; worker < workers; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				from := int(next.Add(int64(chunk))) - chunk
				if from >= count {
					return
				}
				body(from, min(from+chunk, count))
			}
		}()
	}
	group.Wait()
}

// ---- fib

func fib(n int) int {
	if n < 2 {
		return n
	}
	var a int
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		a = fib(n - 1)
		group.Done()
	}()
	b := fib(n - 2)
	group.Wait()
	return a + b
}

func serialFib(n int) int {
	a, b := 0, 1
	for ; n > 0; n-- {
		a, b = b, a+b
	}
	return a
}

func planFib(size int) plan {
	var result int
	return plan{
		operations: uint64(serialFib(size+1) - 1),
		run:        func() { result = fib(size) },
		verify:     func() bool { return result == serialFib(size) },
	}
}

// ---- skynet

func skynet(first, leaves int) int {
	if leaves == 1 {
		return first
	}
	var sums [10]int
	var group sync.WaitGroup
	group.Add(9)
	for child := 1; child < 10; child++ {
		go func(child int) {
			sums[child] = skynet(first+child*(leaves/10), leaves/10)
			group.Done()
		}(child)
	}
	sums[0] = skynet(first, leaves/10)
	group.Wait()
	total := 0
	for _, sum := range sums {
		total += sum
	}
	return total
}

func planSkynet(leaves int) plan {
	var result int
	return plan{
		operations: uint64(leaves),
		run:        func() { result = skynet(0, leaves) },
		verify:     func() bool { return result == leaves*(leaves-1)/2 },
	}
}

// ---- forksflat: forks of depth one, in a loop

func planForksFlat(size int) plan {
	var result int
	return plan{
		operations: uint64(size),
		run: func() {
			total := 0
			for i := 0; i < size; i++ {
				var a, b int
				fork2(func() { a = i }, func() { b = i ^ 1 })
				total += a + b
			}
			result = total
		},
		verify: func() bool {
			expected := 0
			for i := 0; i < size; i++ {
				expected += i + (i ^ 1)
			}
			return result == expected
		},
	}
}

// ---- forEach

// planForEach has its loops written out, one a case: a body behind a function value would be
// called for every element, which the other contenders do not do.
func planForEach(variant string, size int) (plan, bool) {
	values := make([]uint64, size)
	var body func(i int) uint64
	var loop func(from, to int)
	switch variant {
	case "flat":
		body = func(i int) uint64 { return mix(uint64(i)) }
		loop = func(from, to int) {
			for i := from; i < to; i++ {
				values[i] = mix(uint64(i))
			}
		}
	case "flat10ns":
		body = func(i int) uint64 { return chain(uint64(i), 5) }
		loop = func(from, to int) {
			for i := from; i < to; i++ {
				values[i] = chain(uint64(i), 5)
			}
		}
	case "skewed":
		body = func(i int) uint64 { return chain(uint64(i), 10*i/size) }
		loop = func(from, to int) {
			for i := from; i < to; i++ {
				values[i] = chain(uint64(i), 10*i/size)
			}
		}
	default:
		return plan{}, false
	}
	return plan{
		operations: uint64(size),
		run:        func() { chunks(size, loop) },
		verify: func() bool {
			for i := 0; i < size; i += 101 {
				if values[i] != body(i) {
					return false
				}
			}
			return values[size-1] == body(size-1)
		},
	}, true
}

// ---- reduce

func planReduce(size int) plan {
	var result atomic.Uint64
	return plan{
		operations: uint64(size),
		prepare:    func() { result.Store(0) },
		run: func() {
			chunks(size, func(from, to int) {
				var sum uint64
				for i := from; i < to; i++ {
					sum += mix(uint64(i))
				}
				result.Add(sum)
			})
		},
		verify: func() bool {
			var expected uint64
			for i := 0; i < size; i++ {
				expected += mix(uint64(i))
			}
			return result.Load() == expected
		},
	}
}

// ---- cilksort

const sortedSerially = 2048

func merge(a, b, out []int64) {
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(out) <= sortedSerially {
		i, j := 0, 0
		for place := range out {
			if j == len(b) || (i < len(a) && a[i] <= b[j]) {
				out[place] = a[i]
				i++
			} else {
				out[place] = b[j]
				j++
			}
		}
		return
	}
	half := len(a) / 2
	cut, _ := slices.BinarySearch(b, a[half])
	fork2(
		func() { merge(a[:half], b[:cut], out[:half+cut]) },
		func() { merge(a[half:], b[cut:], out[half+cut:]) })
}

func cilksort(values, scratch []int64) {
	if len(values) <= sortedSerially {
		slices.Sort(values)
		return
	}
	quarter := len(values) / 4
	half, last := 2*quarter, 3*quarter
	sort := func(from, to int) func() {
		return func() { cilksort(values[from:to], scratch[from:to]) }
	}
	fork2(
		func() { fork2(sort(0, quarter), sort(quarter, half)) },
		func() { fork2(sort(half, last), sort(last, len(values))) })
	fork2(
		func() { merge(values[:quarter], values[quarter:half], scratch[:half]) },
		func() { merge(values[half:last], values[last:], scratch[half:]) })
	merge(scratch[:half], scratch[half:], values)
}

func planCilksort(size int) plan {
	values, scratch := make([]int64, size), make([]int64, size)
	checksum := func() uint64 {
		var sum uint64
		for _, value := range values {
			sum += mix(uint64(value))
		}
		return sum
	}
	var expected uint64
	return plan{
		operations: uint64(size),
		prepare: func() {
			for i := range values {
				values[i] = int64(chain(uint64(i), 2))
			}
			expected = checksum()
		},
		run:    func() { cilksort(values, scratch) },
		verify: func() bool { return slices.IsSorted(values) && checksum() == expected },
	}
}

// ---- ping

func planPing(parked bool, size int) plan {
	var answered int
	var latencies []uint64
	return plan{
		operations: uint64(size),
		latencies:  &latencies,
		run: func() {
			// A thread of its own: the goroutine that answers runs on another one.
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			answered = 0
			back := make(chan struct{})
			for i := 0; i < size; i++ {
				if parked {
					time.Sleep(2 * time.Millisecond)
				}
				start := time.Now()
				go func() {
					answered++
					back <- struct{}{}
				}()
				<-back
				latencies = append(latencies, uint64(time.Since(start)))
			}
		},
		verify: func() bool { return answered == size },
	}
}

// makePlan makes the plan that the options name; their size and case become the ones in use.
func makePlan(options *options) (plan, bool) {
	sizeOr := func(size int) int {
		if options.size == 0 {
			options.size = size
		}
		return options.size
	}
	variantOr := func(variant string) string {
		if options.variant == "" {
			options.variant = variant
		}
		return options.variant
	}
	switch options.workload {
	case "fib":
		return planFib(sizeOr(37)), true
	case "skynet":
		leaves := 1
		for leaves*10 <= sizeOr(10_000_000) {
			leaves *= 10
		}
		options.size = leaves
		return planSkynet(leaves), true
	case "forksflat":
		return planForksFlat(sizeOr(10_000_000)), true
	case "forEach":
		return planForEach(variantOr("flat"), sizeOr(10_000_000))
	case "reduce":
		return planReduce(sizeOr(10_000_000)), true
	case "cilksort":
		return planCilksort(sizeOr(10_000_000)), true
	case "ping":
		switch variantOr("hot") {
		case "hot":
			return planPing(false, sizeOr(20_000)), true
		case "parked":
			return planPing(true, sizeOr(200)), true
		}
	}
	return plan{}, false
}
