//! Submit from outside, run, back: hot, one after the other; parked, after the workers have gone to
//! sleep.

use crate::harness::{now, report, Measured, Options};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{mpsc, Arc};
use std::time::Duration;

pub fn run(options: &mut Options, pool: &rayon::ThreadPool) -> i32 {
    let parked = options.variant == "parked";
    let size = options.size_or(if parked { 1_000 } else { 50_000 });
    let answered = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = mpsc::sync_channel(1);
    let once = || {
        let (answered, sender) = (answered.clone(), sender.clone());
        pool.spawn(move || {
            answered.fetch_add(1, Ordering::Relaxed);
            sender.send(()).unwrap();
        });
        receiver.recv().unwrap();
    };
    for _ in 0..100 {
        once();
    }
    answered.store(0, Ordering::Relaxed);
    let mut measured = Measured::default();
    let (wall, cpu) = (now(libc::CLOCK_MONOTONIC), now(libc::CLOCK_PROCESS_CPUTIME_ID));
    for _ in 0..size {
        if parked {
            std::thread::sleep(Duration::from_millis(2));
        }
        let start = now(libc::CLOCK_MONOTONIC);
        once();
        measured.latencies.push(now(libc::CLOCK_MONOTONIC) - start);
    }
    measured.wall = now(libc::CLOCK_MONOTONIC) - wall;
    measured.cpu = now(libc::CLOCK_PROCESS_CPUTIME_ID) - cpu;
    report(options, size, measured, || answered.load(Ordering::Relaxed) == size)
}
