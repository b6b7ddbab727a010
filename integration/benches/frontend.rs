//! `cargo bench`: what the frontend costs its users before it builds anything.
//!
//! Invariant: every number is measured on the image that `cargo lab image` makes, the one that tests use.

use std::io::{Write, stdout};

use anyhow::Result;
use integration::{Lab, frontend_image, setup};

fn main() -> Result<()> {
    let lab = Lab::open()?;
    setup::image(&lab)?;
    let sizes = frontend_image::sizes(&lab)?;
    let mut out = stdout().lock();
    writeln!(out, "| frontend image | size |")?;
    writeln!(out, "| --- | --- |")?;
    for (what, bytes) in [("binary", sizes.binary), ("image", sizes.image), ("compressed", sizes.compressed)]
    {
        writeln!(out, "| {what} | {} |", frontend_image::megabytes(bytes))?;
    }
    Ok(())
}
