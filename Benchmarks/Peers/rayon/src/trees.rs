//! Forks within forks: fib, skynet, nqueens, uts.

use crate::bodies::{Board, Node};
use crate::harness::Options;
use crate::workload::Workload;
use rayon::prelude::*;

// ---- fib

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fib(n - 1), || fib(n - 2));
    a + b
}

fn serial_fib(n: u64) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

pub struct Fib {
    size: u64,
    result: u64,
}

impl Fib {
    pub fn new(options: &mut Options) -> Self {
        Fib { size: options.size_or(37), result: 0 }
    }
}

impl Workload for Fib {
    fn operations(&self) -> u64 {
        serial_fib(self.size + 1) - 1
    }
    fn run(&mut self) {
        self.result = fib(self.size);
    }
    fn verify(&self) -> bool {
        self.result == serial_fib(self.size)
    }
}

// ---- skynet: ten children at every level, the leaves' numbers are added up

fn skynet(first: u64, leaves: u64) -> u64 {
    if leaves <= 1 {
        return first;
    }
    (0..10u64)
        .into_par_iter()
        .map(|child| skynet(first + child * (leaves / 10), leaves / 10))
        .sum()
}

pub struct Skynet {
    leaves: u64,
    result: u64,
}

impl Skynet {
    pub fn new(options: &mut Options) -> Self {
        Skynet { leaves: options.size_or(10_000_000), result: 0 }
    }
}

impl Workload for Skynet {
    fn operations(&self) -> u64 {
        self.leaves
    }
    fn run(&mut self) {
        self.result = skynet(0, self.leaves);
    }
    fn verify(&self) -> bool {
        self.result == self.leaves * (self.leaves - 1) / 2
    }
}

// ---- nqueens: every safe placement of a row's queen is a fork

fn queens(board: Board, row: usize, n: usize) -> u64 {
    if row == n {
        return 1;
    }
    (0..n)
        .into_par_iter()
        .map(|column| board.placing(row, column).map_or(0, |next| queens(next, row + 1, n)))
        .sum()
}

fn queens_tasks(board: Board, row: usize, n: usize) -> u64 {
    if row == n {
        return 0;
    }
    let next = (0..n).filter_map(|column| board.placing(row, column));
    next.map(|next| 1 + queens_tasks(next, row + 1, n)).sum()
}

const SOLUTIONS: [u64; 15] =
    [1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2_680, 14_200, 73_712, 365_596];

pub struct Queens {
    n: usize,
    result: u64,
}

impl Queens {
    pub fn new(options: &mut Options) -> Option<Self> {
        let n = options.size_or(13) as usize;
        (n < SOLUTIONS.len()).then_some(Queens { n, result: 0 })
    }
}

impl Workload for Queens {
    fn operations(&self) -> u64 {
        queens_tasks(Board::default(), 0, self.n)
    }
    fn run(&mut self) {
        self.result = queens(Board::default(), 0, self.n);
    }
    fn verify(&self) -> bool {
        self.result == SOLUTIONS[self.n]
    }
}

// ---- uts: an unbalanced tree, every node is a fork

fn tree(node: Node, is_root: bool) -> u64 {
    match node.child_count(is_root) {
        0 => 1,
        count => {
            let children = (0..count).into_par_iter();
            1 + children.map(|child| tree(node.child(child), false)).sum::<u64>()
        }
    }
}

fn serial_tree(node: Node, is_root: bool) -> u64 {
    let children = 0..node.child_count(is_root);
    1 + children.map(|child| serial_tree(node.child(child), false)).sum::<u64>()
}

pub struct Tree {
    nodes: u64,
    result: u64,
}

impl Tree {
    pub fn new() -> Self {
        Tree { nodes: serial_tree(Node::root(), true), result: 0 }
    }
}

impl Workload for Tree {
    fn operations(&self) -> u64 {
        self.nodes
    }
    fn run(&mut self) {
        self.result = tree(Node::root(), true);
    }
    fn verify(&self) -> bool {
        self.result == self.nodes
    }
}
