//! `cargo lab`: starts and stops the daemons of the lab, and points a shell at one.
//!
//! Invariant: standard output has results only, so that `eval "$(cargo lab env)"` works; progress goes to standard error.

use std::env;
use std::ffi::OsStr;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use integration::{Daemon, Kind, Lab, frontend_image, setup, step};

const USAGE: &str = "\
usage: cargo lab up [DAEMON]     start a daemon with base images and the frontend image in it
       cargo lab env [DAEMON]    print the variables that point a shell at it: eval \"$(cargo lab env)\"
       cargo lab down [DAEMON]   stop it, or all; images stay
       cargo lab image           rebuild the frontend image and load it into every running daemon
DAEMON is 28 (the default), 28-containerd, 26, 20.10 or buildkit";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<()> {
    match arguments {
        ["up"] => up(Kind::Docker28),
        ["up", name] => up(name.parse()?),
        ["env"] => env(Kind::Docker28),
        ["env", name] => env(name.parse()?),
        ["down"] => down(&Kind::ALL),
        ["down", name] => down(&[name.parse()?]),
        ["image"] => image(),
        ["help" | "--help" | "-h"] => Ok(writeln!(stdout(), "{USAGE}")?),
        _ => bail!("there is no `cargo lab {}`\n{USAGE}", arguments.join(" ")),
    }
}

fn up(kind: Kind) -> Result<()> {
    let start = Instant::now();
    let daemon = Daemon::up(kind)?;
    let socket = daemon.lab().socket(kind);
    let mut out = stdout().lock();
    writeln!(
        out,
        "{kind}: {} at {} ({:.1}s)",
        daemon.version()?,
        socket.display(),
        start.elapsed().as_secs_f64()
    )?;
    Ok(writeln!(out, "use it: eval \"$(cargo lab env {kind})\"")?)
}

fn env(kind: Kind) -> Result<()> {
    let daemon = Daemon::running(kind)?;
    let mut out = stdout().lock();
    for (name, value) in daemon.environment() {
        if *name == "PATH" {
            // The shell's own PATH follows; it may change later.
            let [client, _, bin] = daemon.lab().programs(kind);
            writeln!(out, "export PATH={}:{}:\"$PATH\"", quote(client.as_os_str()), quote(bin.as_os_str()))?;
        } else {
            writeln!(out, "export {name}={}", quote(value))?;
        }
    }
    Ok(())
}

fn down(kinds: &[Kind]) -> Result<()> {
    let stopped = setup::down(&Lab::open()?, kinds)?;
    let names: Vec<&str> = stopped.iter().map(|kind| kind.name()).collect();
    let names = if names.is_empty() { "nothing, none ran".to_owned() } else { names.join(", ") };
    Ok(writeln!(stdout(), "stopped {names}")?)
}

fn image() -> Result<()> {
    let lab = Lab::open()?;
    let loaded = setup::image(&lab)?;
    let sizes = frontend_image::sizes(&lab)?;
    let names: Vec<&str> = loaded.iter().map(|kind| kind.name()).collect();
    Ok(writeln!(stdout(), "{} is in {}: {sizes}", frontend_image::NAME, names.join(", "))?)
}

fn quote(value: &OsStr) -> String {
    format!("'{}'", value.to_string_lossy().replace('\'', r"'\''"))
}
