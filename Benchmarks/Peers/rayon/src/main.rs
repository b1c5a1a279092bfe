//! The workloads on rayon.

mod arrays;
mod bodies;
#[path = "../../support/harness.rs"]
mod harness;
mod ping;
mod trees;
mod workload;

use harness::Options;
use std::process::exit;
use workload::Workload;

/// The workload that the options name; their size becomes the one in use.
fn make(options: &mut Options) -> Option<Box<dyn Workload>> {
    Some(match options.workload.as_str() {
        "fib" => Box::new(trees::Fib::new(options)),
        "skynet" => Box::new(trees::Skynet::new(options)),
        "nqueens" => Box::new(trees::Queens::new(options)?),
        "uts" => Box::new(trees::Tree::new()),
        "matmul" => Box::new(arrays::Matmul::new(options)),
        "cilksort" => Box::new(arrays::Sort::new(options)),
        "forEach" => return arrays::for_each(options),
        "forksflat" => Box::new(arrays::ForksFlat::new(options)),
        "reduce" => Box::new(arrays::Reduce::new(options)),
        _ => return None,
    })
}

fn main() {
    let mut options = harness::parse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.workers).build().unwrap();
    if options.workload == "ping" {
        exit(ping::run(&mut options, &pool));
    }
    let mut workload = make(&mut options).unwrap_or_else(|| {
        eprintln!("error: rayon does not do {} {}", options.workload, options.variant);
        exit(harness::EXIT_UNSUPPORTED)
    });
    let measured = pool.install(|| workload::repeat(workload.as_mut()));
    let operations = workload.operations();
    exit(harness::report(&options, operations, measured, || workload.verify()));
}
