//! Running other programs: the lab is mostly made of them.
//!
//! Invariant: a program that fails always ends in an error that names it, its exit status and the end of what it said.

use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

/// Lines of a failed program's output that go into the error.
const TAIL: usize = 15;

/// Runs a program to its end and keeps its output to itself.
pub fn run(command: &mut Command) -> Result<()> {
    read(command).map(drop)
}

/// Runs a program and returns what it wrote to standard output, without the white space around it.
pub fn read(command: &mut Command) -> Result<String> {
    Ok(String::from_utf8_lossy(&read_bytes(command)?).trim().to_owned())
}

/// Runs a program and returns what it wrote to standard output.
pub fn read_bytes(command: &mut Command) -> Result<Vec<u8>> {
    let output = output(command)?;
    if !output.status.success() {
        bail!(failure(command, &output));
    }
    Ok(output.stdout)
}

/// Whether a program exists and ends well; nothing it says is kept.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program and returns its output, whatever its exit status.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("`{}` does not start", program(command)))
}

/// Runs `from | to`.
pub fn pipe(from: &mut Command, to: &mut Command) -> Result<()> {
    let mut source = from
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{}` does not start", program(from)))?;
    let pipe = source.stdout.take().context("the pipe has no reading end")?;
    let mut complaints = source.stderr.take().context("the pipe has no error stream")?;
    // Read beside the pipe: a program blocked on its error stream would never finish its output.
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        complaints.read_to_end(&mut text).map(|_| text)
    });
    let sink = to.stdin(pipe).output().with_context(|| format!("`{}` does not start", program(to)));
    // Closes our copy of the reading end: if the sink died early, the source must get its broken pipe.
    to.stdin(Stdio::null());
    let status = source.wait()?;
    let stderr = reader.join().ok().and_then(Result::ok).unwrap_or_default();
    let sink = sink?;
    if !sink.status.success() {
        bail!(failure(to, &sink));
    }
    if !status.success() {
        bail!(failure(from, &Output { status, stdout: Vec::new(), stderr }));
    }
    Ok(())
}

/// The last lines of a text, for an error message.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn failure(command: &Command, output: &Output) -> String {
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    let said = tail(&String::from_utf8_lossy(&said), TAIL);
    let said = if said.is_empty() { "it said nothing".to_owned() } else { said };
    format!("`{}` failed ({}):\n{said}", line(command), output.status)
}

fn program(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// The command as one would type it; a long one is cut.
fn line(command: &Command) -> String {
    let mut line = program(command);
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_names_command_status_and_output() {
        let error = run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("`sh -c"), "{text}");
        assert!(text.contains("exit status: 3") && text.contains("out\nerr"), "{text}");
    }

    #[test]
    fn missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("`no-such-program` does not start"));
    }

    #[test]
    fn pipe_reports_the_side_that_failed() {
        pipe(Command::new("echo").arg("x"), Command::new("grep").arg("x")).unwrap();
        let error =
            pipe(Command::new("sh").args(["-c", "echo broken >&2; exit 2"]), &mut Command::new("cat"));
        assert!(error.unwrap_err().to_string().contains("broken"));
        let error = pipe(&mut Command::new("yes"), Command::new("sh").args(["-c", "exit 4"]));
        assert!(error.unwrap_err().to_string().contains("exit status: 4"));
    }

    #[test]
    fn tail_keeps_the_end() {
        assert_eq!(tail("a\n\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a", 2), "a");
    }
}
