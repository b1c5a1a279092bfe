//! The command line, the measurement and the line of JSON.

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

/// One workload, ready to be measured.
pub trait Workload: Sync + Send {
    fn operations(&self) -> u64;
    /// Before every repetition, not measured.
    fn prepare(&mut self) {}
    /// Measured; runs on the calling thread, which is not a worker.
    fn run(&mut self, pool: &rayon::ThreadPool);
    /// After every repetition, not measured.
    fn verify(&self) -> bool;
    fn latencies(&mut self) -> Option<&mut Vec<u64>> {
        None
    }
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

fn version() -> String {
    let lock = include_str!("../Cargo.lock");
    let mut lines = lock.lines().skip_while(|line| *line != "name = \"rayon\"");
    let version = lines.nth(1).and_then(|line| line.split('"').nth(1));
    format!("rayon {}", version.unwrap_or("unknown"))
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
        let Some(value) = arguments.next() else { usage_error(format!("{name} needs a value")) };
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

/// Repeats the workload until its measured part has taken 0.2 s, prints the line, returns the exit
/// code.
pub fn measure(options: &Options, workload: &mut dyn Workload, pool: &rayon::ThreadPool) -> i32 {
    const ENOUGH: u64 = 200_000_000;
    let (mut wall, mut cpu, mut repetitions, mut verified) = (0, 0, 0, true);
    while wall < ENOUGH && verified {
        workload.prepare();
        let cpu_start = now(libc::CLOCK_PROCESS_CPUTIME_ID);
        let wall_start = now(libc::CLOCK_MONOTONIC);
        workload.run(pool);
        wall += now(libc::CLOCK_MONOTONIC) - wall_start;
        cpu += now(libc::CLOCK_PROCESS_CPUTIME_ID) - cpu_start;
        repetitions += 1;
        verified = workload.verify();
    }
    let peak_rss = peak_rss();
    print!(
        "{{\"workload\":\"{}\",\"case\":\"{}\",\"size\":{},\"contender\":\"rayon\",\"workers\":{},\
         \"verified\":{},\"operations\":{},\"wall_ns\":{},\"cpu_ns\":{},\"peak_rss\":{}",
        options.workload,
        options.variant,
        options.size,
        options.workers,
        verified,
        workload.operations(),
        wall / repetitions,
        cpu / repetitions,
        peak_rss
    );
    if let Some(latencies) = workload.latencies() {
        latencies.sort_unstable();
        let percentile = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
        print!(",\"latencies_ns\":{{\"p50\":{},\"p99\":{}}}", percentile(50), percentile(99));
    }
    println!("}}");
    if verified {
        0
    } else {
        EXIT_WRONG_ANSWER
    }
}
