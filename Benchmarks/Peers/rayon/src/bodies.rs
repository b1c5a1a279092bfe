//! The bodies of the leaves: the C source that every contender shares.

#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Board {
    pub column: [i8; 16],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Node {
    state: u64,
}

/// Rows of the product that one leaf computes.
pub const MATRIX_ROWS: usize = 4;

mod c {
    use super::{Board, Node};
    extern "C" {
        pub fn body_board_is_safe(board: *const Board, row: i32) -> bool;
        pub fn body_tree_root() -> Node;
        pub fn body_tree_child_count(node: Node, is_root: bool) -> i32;
        pub fn body_tree_child(node: Node, index: i32) -> Node;
        pub fn body_multiply_rows(
            a: *const f32,
            b: *const f32,
            c: *mut f32,
            first: i32,
            rows: i32,
            n: i32,
        );
        pub fn body_ten_nanoseconds(seed: u64) -> u64;
    }
}

impl Board {
    /// The board with a queen more, unless she is attacked.
    #[inline]
    pub fn placing(&self, row: usize, column: usize) -> Option<Board> {
        let mut next = *self;
        next.column[row] = column as i8;
        // SAFETY: a valid board, and `row` is one of its rows: indexing has checked it.
        unsafe { c::body_board_is_safe(&next, row as i32) }.then_some(next)
    }
}

impl Node {
    #[inline]
    pub fn root() -> Node {
        // SAFETY: a function of nothing.
        unsafe { c::body_tree_root() }
    }

    #[inline]
    pub fn child_count(self, is_root: bool) -> usize {
        // SAFETY: a function of its arguments.
        unsafe { c::body_tree_child_count(self, is_root) as usize }
    }

    #[inline]
    pub fn child(self, index: usize) -> Node {
        // SAFETY: a function of its arguments.
        unsafe { c::body_tree_child(self, index as i32) }
    }
}

/// Some rows of `a * b`, from the row `first` on, for square matrices of `n` columns.
pub fn multiply_rows(a: &[f32], b: &[f32], rows: &mut [f32], first: usize, n: usize) {
    let count = rows.len() / n;
    assert!(a.len() == n * n && b.len() == n * n && first + count <= n);
    // SAFETY: the matrices and the rows are as large as was checked.
    unsafe {
        c::body_multiply_rows(
            a.as_ptr(),
            b.as_ptr(),
            rows.as_mut_ptr(),
            first as i32,
            count as i32,
            n as i32,
        )
    }
}

#[inline]
pub fn ten_nanoseconds(seed: u64) -> u64 {
    // SAFETY: a function of its argument.
    unsafe { c::body_ten_nanoseconds(seed) }
}
