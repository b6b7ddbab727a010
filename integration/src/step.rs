//! Progress: one line per step with its time, on standard error, because standard output is for results.
//!
//! Invariant: a step that has nothing to do prints nothing, so callers ask first, or tell [`step_if_needed`].

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr};
use std::time::Instant;

use anyhow::Result;

/// Does one step of work and prints `  label … 4.1s`.
///
/// On a terminal the label shows while the work goes on; several at once do no harm, since each end is a whole line.
pub fn step<T>(label: impl Display, work: impl FnOnce() -> Result<T>) -> Result<T> {
    step_if_needed(label, || Ok((work()?, true)))
}

/// The same for work that only finds out on the way whether there was any; the second half of its result says so.
pub fn step_if_needed<T>(label: impl Display, work: impl FnOnce() -> Result<(T, bool)>) -> Result<T> {
    let terminal = stderr().is_terminal();
    if terminal {
        say(format_args!("\r  {label} … \x1b[K"));
    }
    let start = Instant::now();
    let result = work();
    let seconds = start.elapsed().as_secs_f64();
    let (begin, end) = if terminal { ("\r", "\x1b[K") } else { ("", "") };
    match &result {
        Ok((_, true)) => say(format_args!("{begin}  {label} … {seconds:.1}s{end}\n")),
        Ok((_, false)) => say(format_args!("{begin}{end}")),
        Err(_) => say(format_args!("{begin}  {label} … {seconds:.1}s (failed){end}\n")),
    }
    result.map(|(value, _)| value)
}

/// Prints one line of information.
pub fn note(text: impl Display) {
    say(format_args!("{text}\n"));
}

/// Progress is worth no error: a closed terminal must not stop the work.
fn say(text: std::fmt::Arguments<'_>) {
    let mut out = stderr().lock();
    let _ = out.write_fmt(text).and_then(|()| out.flush());
}
