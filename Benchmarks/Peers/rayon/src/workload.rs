//! Workloads that are run again and again.

use crate::harness::{now, Measured};

/// One workload, ready to be measured.
pub trait Workload: Send {
    fn operations(&self) -> u64;
    /// Measured; runs on a worker.
    fn run(&mut self);
    /// After all repetitions, not measured.
    fn verify(&self) -> bool;
}

/// Runs the workload once to warm up and then for at least 0.2 s.
pub fn repeat(workload: &mut dyn Workload) -> Measured {
    const ENOUGH: u64 = 200_000_000;
    workload.run();
    let (wall, cpu) = (now(libc::CLOCK_MONOTONIC), now(libc::CLOCK_PROCESS_CPUTIME_ID));
    let mut repetitions = 0;
    while repetitions == 0 || now(libc::CLOCK_MONOTONIC) - wall < ENOUGH {
        workload.run();
        repetitions += 1;
    }
    Measured {
        wall: (now(libc::CLOCK_MONOTONIC) - wall) / repetitions,
        cpu: (now(libc::CLOCK_PROCESS_CPUTIME_ID) - cpu) / repetitions,
        ..Measured::default()
    }
}
