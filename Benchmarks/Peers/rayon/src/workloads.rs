//! The workloads without a C leaf.

use crate::harness::{now, Options, Workload};
use rayon::prelude::*;
use rayon::ThreadPool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Arc};

// ---- Values that every contender computes in the same way

#[inline]
pub fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    value ^ (value >> 33)
}

#[inline]
fn chain(value: u64, rounds: u64) -> u64 {
    (0..rounds).fold(value, |value, _| mix(value.wrapping_add(0x9e37_79b9_7f4a_7c15)))
}

fn or(size: u64, otherwise: u64) -> u64 {
    if size == 0 {
        otherwise
    } else {
        size
    }
}

// ---- fib

pub fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = rayon::join(|| fib(n - 1), || fib(n - 2));
    a + b
}

pub fn serial_fib(n: u64) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

struct Fib {
    size: u64,
    result: u64,
}

impl Workload for Fib {
    fn operations(&self) -> u64 {
        serial_fib(self.size + 1) - 1
    }
    fn run(&mut self, pool: &ThreadPool) {
        self.result = pool.install(|| fib(self.size));
    }
    fn verify(&self) -> bool {
        self.result == serial_fib(self.size)
    }
}

// ---- skynet

fn skynet(first: u64, leaves: u64) -> u64 {
    if leaves == 1 {
        return first;
    }
    (0..10u64)
        .into_par_iter()
        .map(|child| skynet(first + child * (leaves / 10), leaves / 10))
        .sum()
}

struct Skynet {
    leaves: u64,
    result: u64,
}

impl Workload for Skynet {
    fn operations(&self) -> u64 {
        self.leaves
    }
    fn run(&mut self, pool: &ThreadPool) {
        self.result = pool.install(|| skynet(0, self.leaves));
    }
    fn verify(&self) -> bool {
        self.result == self.leaves * (self.leaves - 1) / 2
    }
}

// ---- forksflat: forks of depth one, in a loop

struct ForksFlat {
    size: u64,
    result: u64,
}

impl Workload for ForksFlat {
    fn operations(&self) -> u64 {
        self.size
    }
    fn run(&mut self, pool: &ThreadPool) {
        self.result = pool.install(|| {
            let mut total = 0;
            for i in 0..self.size {
                let (a, b) = rayon::join(|| i, || i ^ 1);
                total += a + b;
            }
            total
        });
    }
    fn verify(&self) -> bool {
        self.result == (0..self.size).map(|i| i + (i ^ 1)).sum()
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
    fn run(&mut self, pool: &ThreadPool) {
        let (values, body) = (&mut self.values, &self.body);
        pool.install(|| {
            values.par_iter_mut().enumerate().for_each(|(i, value)| *value = body(i as u64))
        });
    }
    fn verify(&self) -> bool {
        let correct = |i: usize| self.values[i] == (self.body)(i as u64);
        (0..self.values.len()).step_by(101).all(correct) && correct(self.values.len() - 1)
    }
}

fn for_each(options: &mut Options) -> Option<Box<dyn Workload>> {
    let size = or(options.size, 10_000_000);
    options.size = size;
    let values = vec![0; size as usize];
    match options.variant.as_str() {
        "" | "flat" => {
            options.variant = "flat".to_string();
            Some(Box::new(ForEach { values, body: mix }))
        }
        "flat10ns" => Some(Box::new(ForEach { values, body: |i| chain(i, 5) })),
        "skewed" => Some(Box::new(ForEach { values, body: move |i| chain(i, 10 * i / size) })),
        _ => None,
    }
}

// ---- reduce

struct Reduce {
    size: u64,
    result: u64,
}

impl Workload for Reduce {
    fn operations(&self) -> u64 {
        self.size
    }
    fn run(&mut self, pool: &ThreadPool) {
        self.result = pool.install(|| {
            (0..self.size).into_par_iter().map(mix).reduce(|| 0, |a, b| a.wrapping_add(b))
        });
    }
    fn verify(&self) -> bool {
        self.result == (0..self.size).fold(0, |sum: u64, i| sum.wrapping_add(mix(i)))
    }
}

// ---- cilksort

const SORTED_SERIALLY: usize = 2048;

fn merge(a: &[i64], b: &[i64], out: &mut [i64]) {
    let (a, b) = if a.len() < b.len() { (b, a) } else { (a, b) };
    if out.len() <= SORTED_SERIALLY {
        let (mut i, mut j) = (0, 0);
        for place in out {
            if j == b.len() || (i < a.len() && a[i] <= b[j]) {
                *place = a[i];
                i += 1;
            } else {
                *place = b[j];
                j += 1;
            }
        }
        return;
    }
    let half = a.len() / 2;
    let cut = b.partition_point(|value| *value < a[half]);
    let ((a1, a2), (b1, b2)) = (a.split_at(half), b.split_at(cut));
    let (out1, out2) = out.split_at_mut(half + cut);
    rayon::join(|| merge(a1, b1, out1), || merge(a2, b2, out2));
}

fn cilksort(values: &mut [i64], scratch: &mut [i64]) {
    if values.len() <= SORTED_SERIALLY {
        values.sort_unstable();
        return;
    }
    let quarter = values.len() / 4;
    {
        let (left, right) = values.split_at_mut(2 * quarter);
        let ((v1, v2), (v3, v4)) = (left.split_at_mut(quarter), right.split_at_mut(quarter));
        let (left, right) = scratch.split_at_mut(2 * quarter);
        let ((s1, s2), (s3, s4)) = (left.split_at_mut(quarter), right.split_at_mut(quarter));
        rayon::join(
            || rayon::join(|| cilksort(v1, s1), || cilksort(v2, s2)),
            || rayon::join(|| cilksort(v3, s3), || cilksort(v4, s4)),
        );
        rayon::join(|| merge(v1, v2, left), || merge(v3, v4, right));
    }
    let (left, right) = scratch.split_at(2 * quarter);
    merge(left, right, values);
}

struct Cilksort {
    values: Vec<i64>,
    scratch: Vec<i64>,
    checksum: u64,
}

impl Cilksort {
    fn sum(&self) -> u64 {
        self.values.iter().fold(0, |sum, value| sum.wrapping_add(mix(*value as u64)))
    }
}

impl Workload for Cilksort {
    fn operations(&self) -> u64 {
        self.values.len() as u64
    }
    fn prepare(&mut self) {
        for (i, value) in self.values.iter_mut().enumerate() {
            *value = chain(i as u64, 2) as i64;
        }
        self.checksum = self.sum();
    }
    fn run(&mut self, pool: &ThreadPool) {
        let (values, scratch) = (&mut self.values, &mut self.scratch);
        pool.install(|| cilksort(values, scratch));
    }
    fn verify(&self) -> bool {
        self.values.windows(2).all(|pair| pair[0] <= pair[1]) && self.sum() == self.checksum
    }
}

// ---- ping

struct Ping {
    size: u64,
    parked: bool,
    answered: Arc<AtomicU64>,
    latencies: Vec<u64>,
}

impl Workload for Ping {
    fn operations(&self) -> u64 {
        self.size
    }
    fn prepare(&mut self) {
        self.answered.store(0, Ordering::Relaxed);
    }
    fn run(&mut self, pool: &ThreadPool) {
        let (sender, receiver) = mpsc::sync_channel(1);
        for _ in 0..self.size {
            if self.parked {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            let start = now(libc::CLOCK_MONOTONIC);
            let (answered, sender) = (self.answered.clone(), sender.clone());
            pool.spawn(move || {
                answered.fetch_add(1, Ordering::Relaxed);
                sender.send(()).unwrap();
            });
            receiver.recv().unwrap();
            self.latencies.push(now(libc::CLOCK_MONOTONIC) - start);
        }
    }
    fn verify(&self) -> bool {
        self.answered.load(Ordering::Relaxed) == self.size
    }
    fn latencies(&mut self) -> Option<&mut Vec<u64>> {
        Some(&mut self.latencies)
    }
}

fn ping(options: &mut Options) -> Option<Box<dyn Workload>> {
    if options.variant.is_empty() {
        options.variant = "hot".to_string();
    }
    let parked = match options.variant.as_str() {
        "hot" => false,
        "parked" => true,
        _ => return None,
    };
    options.size = or(options.size, if parked { 200 } else { 20_000 });
    let (answered, latencies) = (Arc::new(AtomicU64::new(0)), Vec::new());
    Some(Box::new(Ping { size: options.size, parked, answered, latencies }))
}

/// The workload that the options name; their size and case become the ones in use.
pub fn make(options: &mut Options) -> Option<Box<dyn Workload>> {
    let default = if options.workload == "fib" { 37 } else { 10_000_000 };
    let size = or(options.size, default);
    let workload: Box<dyn Workload> = match options.workload.as_str() {
        "fib" => Box::new(Fib { size, result: 0 }),
        "skynet" => Box::new(Skynet { leaves: 10u64.pow(size.ilog10()), result: 0 }),
        "forksflat" => Box::new(ForksFlat { size, result: 0 }),
        "reduce" => Box::new(Reduce { size, result: 0 }),
        "cilksort" => {
            let (values, scratch) = (vec![0; size as usize], vec![0; size as usize]);
            Box::new(Cilksort { values, scratch, checksum: 0 })
        }
        "forEach" => return for_each(options),
        "ping" => return ping(options),
        _ => return None,
    };
    options.size = if options.workload == "skynet" { workload.operations() } else { size };
    Some(workload)
}
