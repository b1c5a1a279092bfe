//! Loops and arrays: matmul, cilksort, forEach, forksflat, reduce.

use crate::bodies::{multiply_rows, ten_nanoseconds, MATRIX_ROWS};
use crate::harness::Options;
use crate::workload::Workload;
use rayon::prelude::*;

// ---- matmul: the rows of c = a * b are split in halves down to leaves of a few rows

fn multiply(a: &[f32], b: &[f32], c: &mut [f32], first: usize, n: usize) {
    let rows = c.len() / n;
    if rows <= MATRIX_ROWS {
        return multiply_rows(a, b, c, first, n);
    }
    let (upper, lower) = c.split_at_mut(rows / 2 * n);
    rayon::join(
        || multiply(a, b, upper, first, n),
        || multiply(a, b, lower, first + rows / 2, n),
    );
}

pub struct Matmul {
    n: usize,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

impl Matmul {
    pub fn new(options: &mut Options) -> Self {
        let n = options.size_or(1024) as usize;
        let a = (0..n * n).map(|i| (i % 7) as f32).collect();
        let b = (0..n * n).map(|i| (i % 5) as f32).collect();
        Matmul { n, a, b, c: vec![0.0; n * n] }
    }
}

impl Workload for Matmul {
    fn operations(&self) -> u64 {
        (self.n / MATRIX_ROWS) as u64
    }
    fn run(&mut self) {
        multiply(&self.a, &self.b, &mut self.c, 0, self.n);
    }
    fn verify(&self) -> bool {
        let n = self.n;
        [0, n / 3, n - 1].into_iter().all(|row| {
            [0, n / 2, n - 1].into_iter().all(|column| {
                let products = (0..n).map(|k| self.a[row * n + k] * self.b[k * n + column]);
                self.c[row * n + column] == products.sum::<f32>()
            })
        })
    }
}

// ---- cilksort: rayon's own sort

pub struct Sort {
    source: Vec<i64>,
    values: Vec<i64>,
}

impl Sort {
    pub fn new(options: &mut Options) -> Self {
        let mut state = 1u64;
        let next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005);
            state = state.wrapping_add(1_442_695_040_888_963_407);
            (state >> 20) as i64
        };
        let source: Vec<i64> =
            std::iter::repeat_with(next).take(options.size_or(10_000_000) as usize).collect();
        Sort { values: source.clone(), source }
    }
}

impl Workload for Sort {
    fn operations(&self) -> u64 {
        self.source.len() as u64
    }
    fn run(&mut self) {
        self.values.copy_from_slice(&self.source);
        self.values.par_sort_unstable();
    }
    fn verify(&self) -> bool {
        let sum = |values: &[i64]| values.iter().fold(0i64, |sum, value| sum.wrapping_add(*value));
        self.values.windows(2).all(|pair| pair[0] <= pair[1])
            && sum(&self.values) == sum(&self.source)
    }
}

// ---- forEach

struct ForEach<Body> {
    values: Vec<u64>,
    body: Body,
}

impl<Body: Fn(u64) -> u64 + Sync + Send> Workload for ForEach<Body> {
    fn operations(&self) -> u64 {
        self.values.len() as u64
    }
    fn run(&mut self) {
        let body = &self.body;
        self.values.par_iter_mut().enumerate().for_each(|(i, value)| *value = body(i as u64));
    }
    fn verify(&self) -> bool {
        let count = self.values.len();
        [0, count / 2, count - 1].into_iter().all(|i| self.values[i] == (self.body)(i as u64))
    }
}

fn looping<Body>(size: u64, body: Body) -> Option<Box<dyn Workload>>
where
    Body: Fn(u64) -> u64 + Sync + Send + 'static,
{
    Some(Box::new(ForEach { values: vec![0; size as usize], body }))
}

pub fn for_each(options: &mut Options) -> Option<Box<dyn Workload>> {
    match options.variant.as_str() {
        "" | "flat" => looping(options.size_or(10_000_000), |i| i.wrapping_mul(3).wrapping_add(1)),
        "flat10ns" => looping(options.size_or(1_000_000), ten_nanoseconds),
        "skewed" => {
            let size = options.size_or(1_000_000);
            let heavy = size - size / 100;
            looping(size, move |i| {
                let rounds = if i < heavy { 0 } else { 100 };
                (0..rounds).fold(i, |seed, _| ten_nanoseconds(seed))
            })
        }
        _ => None,
    }
}

// ---- forksflat: forks that are joined at once, in a loop

#[inline(never)]
fn flat_leaf(index: u64) -> u64 {
    index ^ 5
}

pub struct ForksFlat {
    size: u64,
    result: u64,
}

impl ForksFlat {
    pub fn new(options: &mut Options) -> Self {
        ForksFlat { size: options.size_or(10_000_000), result: 0 }
    }
}

impl Workload for ForksFlat {
    fn operations(&self) -> u64 {
        self.size
    }
    fn run(&mut self) {
        self.result = 0;
        for i in 0..self.size {
            let (a, b) = rayon::join(|| flat_leaf(i), || flat_leaf(i + 1));
            self.result += a + b;
        }
    }
    fn verify(&self) -> bool {
        self.result == (0..self.size).map(|i| (i ^ 5) + ((i + 1) ^ 5)).sum()
    }
}

// ---- reduce

pub struct Reduce {
    size: u64,
    result: u64,
}

impl Reduce {
    pub fn new(options: &mut Options) -> Self {
        Reduce { size: options.size_or(10_000_000), result: 0 }
    }
}

impl Workload for Reduce {
    fn operations(&self) -> u64 {
        self.size
    }
    fn run(&mut self) {
        let values = (0..self.size).into_par_iter().map(ten_nanoseconds);
        self.result = values.reduce(|| 0, u64::wrapping_add);
    }
    fn verify(&self) -> bool {
        self.result == (0..self.size).fold(0, |sum, i| ten_nanoseconds(i).wrapping_add(sum))
    }
}
