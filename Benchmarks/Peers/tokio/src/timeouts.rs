//! Timeouts that are cancelled: `api-schedule`, `api-cancel`, and `churn`, in the order in which they came.
//!
//! A timeout is a boxed `Sleep` that was polled once, which registers it, and is cancelled by being dropped: the least that a
//! program pays. A task for each would cost more.

use crate::harness::{now, report, Measured, Options};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use tokio::time::{sleep, Sleep};

const CHURNS: u64 = 1_000_000;
const CHECKS: u64 = 1_000;
/// In which work that was put off is done, and counted.
const SETTLING: Duration = Duration::from_millis(1_500);

/// Counts the timers that fire.
struct Fired(AtomicU64);

impl Wake for Fired {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

struct Timeouts {
    fired: Arc<Fired>,
    waker: Waker,
    cancelled: u64,
}

impl Timeouts {
    fn schedule(&self, delay: Duration) -> Pin<Box<Sleep>> {
        let mut timeout = Box::pin(sleep(delay));
        let is_over = timeout.as_mut().poll(&mut Context::from_waker(&self.waker)).is_ready();
        assert!(!is_over);
        timeout
    }

    fn cancel(&mut self, timeout: Pin<Box<Sleep>>) {
        self.cancelled += !timeout.is_elapsed() as u64;
    }

    /// None of those that were cancelled has fired, and those that are not cancelled do.
    fn verify(&self, cancelled: u64) -> bool {
        let checks: Vec<_> =
            (0..CHECKS).map(|_| self.schedule(Duration::from_millis(10))).collect();
        let fired = || self.fired.0.load(Ordering::SeqCst);
        for _ in 0..5_000 {
            if fired() >= CHECKS {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.cancelled == cancelled
            && fired() == CHECKS
            && checks.iter().all(|check| check.is_elapsed())
    }
}

fn clocks() -> (u64, u64) {
    (now(libc::CLOCK_MONOTONIC), now(libc::CLOCK_PROCESS_CPUTIME_ID))
}

fn resident_bytes() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Returns the exit code, or none when there is no such case.
pub fn run(options: &mut Options) -> Option<i32> {
    let live = options.size_or(100_000);
    let variant = options.variant.clone();
    let churns = match variant.as_str() {
        "api-schedule" | "api-cancel" => 0,
        "churn" => CHURNS,
        _ => return None,
    };
    let fired = Arc::new(Fired(AtomicU64::new(0)));
    let mut timeouts = Timeouts { waker: fired.clone().into(), fired, cancelled: 0 };
    let timeout = Duration::from_secs(30);
    let mut measured = Measured::default();
    let mut end = |begin: (u64, u64), settling: Duration| {
        measured.wall = now(libc::CLOCK_MONOTONIC) - begin.0;
        std::thread::sleep(settling);
        measured.cpu = now(libc::CLOCK_PROCESS_CPUTIME_ID) - begin.1;
    };

    let resident = resident_bytes();
    let mut begin = clocks();
    let mut waiting: Vec<_> = (0..live).map(|_| timeouts.schedule(timeout)).collect();
    if variant == "api-schedule" {
        end(begin, Duration::ZERO);
    }
    let bytes = resident_bytes().saturating_sub(resident);
    begin = clocks();
    for number in 0..churns {
        let place = (number % live) as usize;
        let new = timeouts.schedule(timeout);
        timeouts.cancel(std::mem::replace(&mut waiting[place], new));
    }
    if variant == "churn" {
        end(begin, SETTLING);
    }
    begin = clocks();
    for timeout in waiting {
        timeouts.cancel(timeout);
    }
    if variant == "api-cancel" {
        end(begin, Duration::ZERO);
    }
    if variant == "api-schedule" {
        measured.figures.push(("bytes_per_timer", bytes as f64 / live as f64));
    }
    let operations = if variant == "churn" { CHURNS } else { live };
    Some(report(options, operations, measured, || timeouts.verify(live + churns)))
}
