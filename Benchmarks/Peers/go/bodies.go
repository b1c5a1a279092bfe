package main

// The bodies of the leaves. The other contenders share one C source; a call from Go into C costs
// several times what the small ones do, so those are written again here, and `bodiesAgree` compares
// them with the C ones before anything is measured. The large one, matmul's, is C.

// #include "bodies.h"
import "C"

import "unsafe"

const matrixRows = C.BODY_MATRIX_ROWS

type board struct {
	column [16]int8
}

// isSafe says whether the queen in this row is attacked by none above it.
func (board *board) isSafe(row int) bool {
	column := int(board.column[row])
	for above := 0; above < row; above++ {
		difference := int(board.column[above]) - column
		if difference == 0 || difference == row-above || difference == above-row {
			return false
		}
	}
	return true
}

func mix(value uint64) uint64 {
	value ^= value >> 30
	value *= 0xbf58476d1ce4e5b9
	value ^= value >> 27
	value *= 0x94d049bb133111eb
	return value ^ value>>31
}

type node struct {
	state uint64
}

func treeRoot() node { return node{mix(42)} }

func (node node) childCount(isRoot bool) int {
	switch {
	case isRoot:
		return 2000
	case float64(mix(node.state)>>11)*0x1p-53 < 0.249:
		return 4
	default:
		return 0
	}
}

func (parent node) child(index int) node {
	state := parent.state + 0x9e3779b97f4a7c15*uint64(index+1)
	for round := uint64(0); round < 8; round++ {
		state = mix(state + round)
	}
	return node{state}
}

func tenNanoseconds(seed uint64) uint64 {
	for round := 0; round < 4; round++ {
		seed = mix(seed + 1)
	}
	return seed
}

// multiplyRows computes some rows of c = a * b, for square matrices of n columns.
func multiplyRows(a, b, c []float32, first, rows, n int) {
	pointer := func(values []float32) *C.float { return (*C.float)(unsafe.Pointer(&values[0])) }
	C.body_multiply_rows(
		pointer(a), pointer(b), pointer(c[first*n:(first+rows)*n]), C.int(first), C.int(rows), C.int(n))
}

// bodiesAgree compares the bodies above with those in C.
func bodiesAgree() bool {
	for seed := uint64(0); seed < 100; seed++ {
		if tenNanoseconds(seed) != uint64(C.body_ten_nanoseconds(C.uint64_t(seed))) {
			return false
		}
		var ours board
		var theirs C.body_board
		random := seed
		for row := range ours.column {
			random = mix(random + 1)
			ours.column[row] = int8(random % 64)
			theirs.column[row] = C.int8_t(ours.column[row])
			if ours.isSafe(row) != bool(C.body_board_is_safe(&theirs, C.int(row))) {
				return false
			}
		}
	}
	return treeAgrees(treeRoot(), C.body_tree_root(), true, 3)
}

func treeAgrees(ours node, theirs C.body_node, isRoot bool, levels int) bool {
	count := ours.childCount(isRoot)
	if ours.state != uint64(theirs.state) ||
		count != int(C.body_tree_child_count(theirs, C.bool(isRoot))) {
		return false
	}
	if levels == 0 {
		return true
	}
	for child := 0; child < count; child++ {
		next := C.body_tree_child(theirs, C.int(child))
		if !treeAgrees(ours.child(child), next, false, levels-1) {
			return false
		}
	}
	return true
}
