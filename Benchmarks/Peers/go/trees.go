package main

import "sync"

// Forks within forks: fib, skynet, nqueens, uts.

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

// ---- skynet: ten children at every level, the leaves' numbers are added up

func skynet(first, leaves int) int {
	if leaves <= 1 {
		return first
	}
	var sums [10]int
	var group sync.WaitGroup
	group.Add(9)
	for child := 1; child < 10; child++ {
		go func() {
			sums[child] = skynet(first+child*(leaves/10), leaves/10)
			group.Done()
		}()
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

// ---- nqueens: every safe placement of a row's queen is a fork

// safe returns the boards with a safe queen in this row, and how many.
func (from board) safe(row, n int) (next [16]board, count int) {
	for column := 0; column < n; column++ {
		next[count] = from
		next[count].column[row] = int8(column)
		if next[count].isSafe(row) {
			count++
		}
	}
	return next, count
}

func queens(from board, row, n int) int {
	if row == n {
		return 1
	}
	next, count := from.safe(row, n)
	if count == 0 {
		return 0
	}
	var sums [16]int
	var group sync.WaitGroup
	group.Add(count - 1)
	for child := 1; child < count; child++ {
		go func() {
			sums[child] = queens(next[child], row+1, n)
			group.Done()
		}()
	}
	sums[0] = queens(next[0], row+1, n)
	group.Wait()
	total := 0
	for _, sum := range sums[:count] {
		total += sum
	}
	return total
}

func queensTasks(from board, row, n int) uint64 {
	if row == n {
		return 0
	}
	next, count := from.safe(row, n)
	tasks := uint64(count)
	for _, board := range next[:count] {
		tasks += queensTasks(board, row+1, n)
	}
	return tasks
}

var solutions = []int{1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2_680, 14_200, 73_712, 365_596}

func planQueens(n int) plan {
	var result int
	return plan{
		operations: queensTasks(board{}, 0, n),
		run:        func() { result = queens(board{}, 0, n) },
		verify:     func() bool { return result == solutions[n] },
	}
}

// ---- uts: an unbalanced tree, every node is a fork

func tree(from node, isRoot bool) int {
	count := from.childCount(isRoot)
	if count == 0 {
		return 1
	}
	sums := make([]int, count)
	var group sync.WaitGroup
	group.Add(count - 1)
	for child := 1; child < count; child++ {
		go func() {
			sums[child] = tree(from.child(child), false)
			group.Done()
		}()
	}
	sums[0] = tree(from.child(0), false)
	group.Wait()
	total := 1
	for _, sum := range sums {
		total += sum
	}
	return total
}

func serialTree(from node, isRoot bool) int {
	nodes := 1
	for child := range from.childCount(isRoot) {
		nodes += serialTree(from.child(child), false)
	}
	return nodes
}

func planTree() plan {
	nodes := serialTree(treeRoot(), true)
	var result int
	return plan{
		operations: uint64(nodes),
		run:        func() { result = tree(treeRoot(), true) },
		verify:     func() bool { return result == nodes },
	}
}
