//! `cargo bench -p integration --bench images`: writes `docs/images.md`, see there.
//!
//! Invariant: a run that fails leaves the page of the last one.

use std::env;
use std::fs;
use std::process::ExitCode;

use anyhow::{Result, bail};
use integration::images::results::Results;
use integration::images::{page, runner};
use integration::{Lab, step};

fn main() -> ExitCode {
    match images() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn images() -> Result<()> {
    let docs = Lab::open()?.workspace().join("docs");
    let file = docs.join("images.json");
    let words: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let results = match words.as_slice() {
        [] => runner::run_all()?,
        // As it was found before, in another form.
        ["report"] => Results::read(&file)?,
        _ => bail!("usage: cargo bench -p integration --bench images [-- report]"),
    };
    results.write(&file)?;
    Ok(fs::write(docs.join("images.md"), page::write(&results))?)
}
