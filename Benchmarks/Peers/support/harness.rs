//! The command line, the clocks and the line of JSON of the peers in Rust.

use std::process::exit;

pub const EXIT_WRONG_ANSWER: i32 = 1;
pub const EXIT_USAGE: i32 = 2;
pub const EXIT_UNSUPPORTED: i32 = 3;

pub struct Options {
    pub workload: String,
    pub variant: String,
    pub workers: usize,
    pub size: u64,
}

impl Options {
    /// The size in use.
    pub fn size_or(&mut self, size: u64) -> u64 {
        if self.size == 0 {
            self.size = size;
        }
        self.size
    }
}

/// What was measured, for one repetition.
#[derive(Default)]
pub struct Measured {
    pub wall: u64,
    pub cpu: u64,
    /// Of `ping` and of late timers only.
    pub latencies: Vec<u64>,
    /// Further figures, by name.
    pub figures: Vec<(&'static str, f64)>,
}

pub fn now(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn peak_rss() -> u64 {
    // SAFETY: all-zero bytes are a valid `rusage`, and it is a valid place for the answer.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    usage.ru_maxrss as u64 * 1024
}

/// The package is called after the crate that it measures.
fn contender() -> &'static str {
    env!("CARGO_PKG_NAME").trim_start_matches("peer-")
}

fn version() -> String {
    let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
    let name = format!("name = \"{}\"", contender());
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let version = lines.nth(1).and_then(|line| line.split('"').nth(1));
    format!("{} {}", contender(), version.unwrap_or("unknown"))
}

fn usage_error(message: String) -> ! {
    eprintln!("error: {message}");
    exit(EXIT_USAGE)
}

pub fn parse() -> Options {
    let mut options =
        Options { workload: String::new(), variant: String::new(), workers: 1, size: 0 };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--version" {
            println!("{}", version());
            exit(0);
        }
        let value =
            arguments.next().unwrap_or_else(|| usage_error(format!("{name} needs a value")));
        let number = || {
            value.parse::<u64>().unwrap_or_else(|_| usage_error(format!("{name}: not a number")))
        };
        match name.as_str() {
            "--workload" => options.workload = value,
            "--case" => options.variant = value,
            "--workers" => options.workers = number() as usize,
            "--size" => options.size = number(),
            _ => usage_error(format!("unknown option {name}")),
        }
    }
    if options.workers == 0 {
        usage_error("--workers must be positive".to_string());
    }
    options
}

/// Prints the line and returns the exit code.
pub fn report(
    options: &Options,
    operations: u64,
    mut measured: Measured,
    verify: impl FnOnce() -> bool,
) -> i32 {
    let peak_rss = peak_rss();
    let verified = verify();
    print!(
        "{{\"workload\":\"{}\",\"case\":\"{}\",\"size\":{},\"contender\":\"{}\",\"workers\":{},\
         \"verified\":{},\"operations\":{},\"wall_ns\":{},\"cpu_ns\":{},\"peak_rss\":{}",
        options.workload,
        options.variant,
        options.size,
        contender(),
        options.workers,
        verified,
        operations,
        measured.wall,
        measured.cpu,
        peak_rss
    );
    let sorted = &mut measured.latencies;
    if !sorted.is_empty() {
        sorted.sort_unstable();
        let (p50, p99) = (sorted[sorted.len() / 2], sorted[sorted.len() * 99 / 100]);
        print!(",\"latencies_ns\":{{\"p50\":{p50},\"p99\":{p99}}}");
    }
    if !measured.figures.is_empty() {
        let figures = measured.figures.iter().map(|(name, value)| format!("\"{name}\":{value}"));
        print!(",\"figures\":{{{}}}", figures.collect::<Vec<_>>().join(","));
    }
    println!("}}");
    if verified {
        0
    } else {
        EXIT_WRONG_ANSWER
    }
}
