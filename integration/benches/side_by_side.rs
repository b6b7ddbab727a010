//! `cargo bench`: this frontend beside Dockerfiles and ko, on real daemons; see `docs/benchmarks.md`.
//!
//! Invariant: whatever was measured is in `docs/benchmarks.json` before the next build starts.

use std::env;
use std::fs;
use std::process::ExitCode;

use anyhow::Result;
use integration::bench::results::Results;
use integration::bench::selection::Task;
use integration::bench::{Selection, chart, report, runner};
use integration::{Lab, step};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match bench(&arguments) {
        Ok(failures) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(failures) => {
            step::note(format_args!("error: {} failed: {}", failures.len(), failures.join(", ")));
            ExitCode::FAILURE
        }
        Err(error) => {
            step::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Result<Vec<String>> {
    let selection = Selection::parse(arguments)?;
    let docs = Lab::open()?.workspace().join("docs");
    let mut results = Results::open(&docs.join("benchmarks.json"))?;
    let failures = match selection.task {
        Task::Measure => runner::run(&selection, &mut results)?,
        Task::Report => Vec::new(),
    };
    fs::create_dir_all(&docs)?;
    fs::write(docs.join("benchmarks.md"), report::page(&results))?;
    fs::write(docs.join("benchmarks.svg"), chart::picture(&results))?;
    Ok(failures)
}
