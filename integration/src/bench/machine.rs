//! The machine that figures come from.
//!
//! Invariant: one line, the same for the same machine, so that figures of two machines are told apart.

use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::Result;

use crate::command::read;
use crate::tools;

/// Cores, memory, processor, kernel, and the versions of everything that builds.
pub fn describe() -> Result<String> {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, key: &str| -> Option<String> {
        let line = text.lines().find(|line| line.starts_with(key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let model = value(&file("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let memory = value(&file("/proc/meminfo"), "MemTotal").unwrap_or_default();
    let kilobytes: u64 = memory.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    Ok(format!(
        "{} cores, {} GB memory, {model}, Linux {}; BuildKit {}, ko {}, Go {}",
        available_parallelism()?,
        kilobytes / 1_000_000,
        file("/proc/sys/kernel/osrelease").trim(),
        tools::BUILDKIT,
        tools::KO,
        tools::GO,
    ))
}

/// The day, as in 2026-01-31.
pub fn today() -> Result<String> {
    read(Command::new("date").args(["-u", "+%F"]))
}
