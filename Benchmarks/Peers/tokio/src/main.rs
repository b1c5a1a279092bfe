//! Timers on tokio.

#[path = "../../support/harness.rs"]
mod harness;
mod timeouts;

use std::process::exit;

fn main() {
    let mut options = harness::parse();
    if options.workload != "timers" {
        unsupported(&options);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(options.workers)
        .enable_time()
        .build()
        .unwrap();
    // Timers are registered with the runtime whose context this is. A worker of it sleeps until the next one is due.
    let _context = runtime.enter();
    match timeouts::run(&mut options) {
        Some(code) => exit(code),
        None => unsupported(&options),
    }
}

fn unsupported(options: &harness::Options) -> ! {
    eprintln!("error: tokio does not do {} {}", options.workload, options.variant);
    exit(harness::EXIT_UNSUPPORTED)
}
