//! The workloads on rayon.

mod harness;
mod workloads;

use std::process::exit;

fn main() {
    let mut options = harness::parse();
    let Some(mut workload) = workloads::make(&mut options) else {
        eprintln!("error: rayon does not do {} {}", options.workload, options.variant);
        exit(harness::EXIT_UNSUPPORTED);
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.workers).build().unwrap();
    // The warm-up: starts the threads and the allocator.
    if pool.install(|| workloads::fib(20)) != workloads::serial_fib(20) {
        exit(harness::EXIT_WRONG_ANSWER);
    }
    exit(harness::measure(&options, workload.as_mut(), &pool));
}
