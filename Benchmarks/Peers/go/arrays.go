package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Loops and arrays: matmul, cilksort, forEach, forksflat, reduce.

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

// ---- matmul: the rows of c = a * b are split in halves down to leaves of a few rows

func multiply(a, b, c []float32, first, rows, n int) {
	if rows <= matrixRows {
		multiplyRows(a, b, c, first, rows, n)
		return
	}
	half := rows / 2
	fork2(
		func() { multiply(a, b, c, first, half, n) },
		func() { multiply(a, b, c, first+half, rows-half, n) })
}

func planMatmul(n int) plan {
	a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	for i := range a {
		a[i], b[i] = float32(i%7), float32(i%5)
	}
	return plan{
		operations: uint64(n / matrixRows),
		run:        func() { multiply(a, b, c, 0, n, n) },
		verify: func() bool {
			for _, row := range []int{0, n / 3, n - 1} {
				for _, column := range []int{0, n / 2, n - 1} {
					var sum float32
					for k := 0; k < n; k++ {
						sum += a[row*n+k] * b[k*n+column]
					}
					if c[row*n+column] != sum {
						return false
					}
				}
			}
			return true
		},
	}
}

// ---- cilksort: Go has no parallel sort, a merge sort of goroutines

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

func mergeSort(values, scratch []int64) {
	if len(values) <= sortedSerially {
		slices.Sort(values)
		return
	}
	quarter := len(values) / 4
	half, last := 2*quarter, 3*quarter
	sort := func(from, to int) func() {
		return func() { mergeSort(values[from:to], scratch[from:to]) }
	}
	fork2(
		func() { fork2(sort(0, quarter), sort(quarter, half)) },
		func() { fork2(sort(half, last), sort(last, len(values))) })
	fork2(
		func() { merge(values[:quarter], values[quarter:half], scratch[:half]) },
		func() { merge(values[half:last], values[last:], scratch[half:]) })
	merge(scratch[:half], scratch[half:], values)
}

func planSort(size int) plan {
	source, values, scratch := make([]int64, size), make([]int64, size), make([]int64, size)
	state := uint64(1)
	for i := range source {
		state = state*6_364_136_223_846_793_005 + 1_442_695_040_888_963_407
		source[i] = int64(state >> 20)
	}
	sum := func(values []int64) (total int64) {
		for _, value := range values {
			total += value
		}
		return total
	}
	return plan{
		operations: uint64(size),
		run: func() {
			copy(values, source)
			mergeSort(values, scratch)
		},
		verify: func() bool { return slices.IsSorted(values) && sum(values) == sum(source) },
	}
}

// ---- forEach

// planLoop takes the loop written out beside its body: behind a function value the body would be
// called for every element, which it is not in the other contenders.
func planLoop(
	size int, body func(i int) uint64, loop func(values []uint64, from int),
) plan {
	values := make([]uint64, size)
	return plan{
		operations: uint64(size),
		run: func() {
			chunks(size, func(from, to int) { loop(values[from:to], from) })
		},
		verify: func() bool {
			for _, i := range []int{0, size / 2, size - 1} {
				if values[i] != body(i) {
					return false
				}
			}
			return true
		},
	}
}

func flat(i int) uint64 { return uint64(i)*3 + 1 }

func planFlat(size int) plan {
	return planLoop(size, flat, func(values []uint64, from int) {
		for i := range values {
			values[i] = flat(from + i)
		}
	})
}

func flatTenNanoseconds(i int) uint64 { return tenNanoseconds(uint64(i)) }

func planFlatTenNanoseconds(size int) plan {
	return planLoop(size, flatTenNanoseconds, func(values []uint64, from int) {
		for i := range values {
			values[i] = flatTenNanoseconds(from + i)
		}
	})
}

func skewed(i, heavy int) uint64 {
	seed := uint64(i)
	if i < heavy {
		return seed
	}
	for round := 0; round < 100; round++ {
		seed = tenNanoseconds(seed)
	}
	return seed
}

func planSkewed(size int) plan {
	heavy := size - size/100
	body := func(i int) uint64 { return skewed(i, heavy) }
	return planLoop(size, body, func(values []uint64, from int) {
		for i := range values {
			values[i] = skewed(from+i, heavy)
		}
	})
}

// ---- forksflat: forks that are joined at once, in a loop

//go:noinline
func flatLeaf(index int) int { return index ^ 5 }

func planForksFlat(size int) plan {
	var result int
	return plan{
		operations: uint64(size),
		run: func() {
			total := 0
			for i := 0; i < size; i++ {
				var a, b int
				fork2(func() { a = flatLeaf(i) }, func() { b = flatLeaf(i + 1) })
				total += a + b
			}
			result = total
		},
		verify: func() bool {
			expected := 0
			for i := 0; i < size; i++ {
				expected += (i ^ 5) + ((i + 1) ^ 5)
			}
			return result == expected
		},
	}
}

// ---- reduce

func planReduce(size int) plan {
	sum := func(from, to int) (total uint64) {
		for i := from; i < to; i++ {
			total += tenNanoseconds(uint64(i))
		}
		return total
	}
	var result uint64
	return plan{
		operations: uint64(size),
		run: func() {
			var total atomic.Uint64
			chunks(size, func(from, to int) { total.Add(sum(from, to)) })
			result = total.Load()
		},
		verify: func() bool { return result == sum(0, size) },
	}
}
