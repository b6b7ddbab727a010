//! Daemons as processes: started so that they outlive the command, stopped by pid file.
//!
//! Invariant: only a process whose command line names the lab's folder is ever signalled, so a stale pid file whose
//! number went to somebody else's process does no harm.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::{run, tail};

/// How long a daemon may take to answer, and how long to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a daemon in a session of its own, so that neither the end of this process nor Ctrl-C reaches it.
pub fn start(daemon: &Command, log: &Path) -> Result<u32> {
    let log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new("setsid");
    command.arg(daemon.get_program()).args(daemon.get_args());
    for (key, value) in daemon.get_envs() {
        match value {
            Some(value) => command.env(key, value),
            None => command.env_remove(key),
        };
    }
    let child = command
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("`{}` does not start", daemon.get_program().to_string_lossy()))?;
    Ok(child.id())
}

/// Waits until a daemon that was just started answers; when it ends instead, says why.
pub fn wait_until_ready(pid: u32, log: &Path, mut ready: impl FnMut() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !ready() {
        if !alive(pid) || Instant::now() > deadline {
            let text = fs::read_to_string(log).unwrap_or_default();
            bail!("the daemon did not come up; the end of {}:\n{}", log.display(), tail(&text, 10));
        }
        sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// The running process of a pid file, provided that its command line mentions `mark`.
pub fn running(pid_file: &Path, mark: &Path) -> Option<u32> {
    let pid = fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let ours = String::from_utf8_lossy(&line).contains(mark.to_str()?);
    (ours && alive(pid)).then_some(pid)
}

/// Ends every process whose command line names something below a folder: what a killed daemon started itself.
pub fn stop_all_of(folder: &Path) {
    let mark = format!("{}/", folder.display());
    let Ok(processes) = fs::read_dir("/proc") else { return };
    for entry in processes.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        // The first word only says where a program is: clients of the lab may be running too.
        let arguments = String::from_utf8_lossy(&line);
        if arguments.split('\0').skip(1).any(|word| word.contains(&mark)) && pid != std::process::id() {
            send(pid, Signal::KILL);
        }
    }
}

/// Ends the process of a pid file, gently first; returns whether there was one.
pub fn stop(pid_file: &Path, mark: &Path) -> Result<bool> {
    let Some(pid) = running(pid_file, mark) else {
        let _ = fs::remove_file(pid_file);
        return Ok(false);
    };
    for signal in [Signal::TERM, Signal::KILL] {
        send(pid, signal);
        let deadline = Instant::now() + PATIENCE;
        while alive(pid) && Instant::now() < deadline {
            sleep(Duration::from_millis(50));
        }
    }
    if alive(pid) {
        bail!("process {pid} of {} does not end", pid_file.display());
    }
    let _ = fs::remove_file(pid_file);
    Ok(true)
}

/// Detaches every mount below a folder, the deepest first: what a killed daemon leaves.
pub fn unmount_below(folder: &Path) -> Result<()> {
    let table = fs::read_to_string("/proc/self/mountinfo")?;
    for point in mount_points(&table, &folder.to_string_lossy()) {
        run(Command::new("umount").arg("--lazy").arg(point))?;
    }
    Ok(())
}

/// A process that has ended but whose parent has not asked yet is not alive.
fn alive(pid: u32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The name in parentheses may itself contain a parenthesis.
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}

fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself meanwhile.
        let _ = kill_process(pid, signal);
    }
}

fn mount_points<'a>(table: &'a str, folder: &str) -> Vec<&'a str> {
    let mut points: Vec<&str> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .filter(|point| point.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
        .collect();
    points.sort_unstable_by(|a, b| b.cmp(a));
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deepest_mounts_come_first() {
        let table = "36 35 98:0 / /lab/run/a rw - ext3 x rw\n37 35 98:0 / /lab/run/a/b rw - ext3 x rw\n\
            38 35 98:0 / /lab/runner/c rw - ext3 x rw\n39 35 98:0 / /lab/run rw - ext3 x rw\n";
        assert_eq!(mount_points(table, "/lab/run"), ["/lab/run/a/b", "/lab/run/a"]);
    }

    #[test]
    fn process_lives_and_ends() {
        let folder = std::env::temp_dir().join(format!("gobuild-process-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (log, pid_file) = (folder.join("log"), folder.join("pid"));
        let mut sleeper = Command::new("sleep");
        sleeper.arg("60");
        let pid = start(&sleeper, &log).unwrap();
        fs::write(&pid_file, pid.to_string()).unwrap();
        // Both `setsid` and the `sleep` that it becomes have the argument; in between there is none.
        wait_until_ready(pid, &log, || running(&pid_file, Path::new("60")) == Some(pid)).unwrap();
        assert_eq!(running(&pid_file, Path::new("not this one")), None);
        assert!(stop(&pid_file, Path::new("60")).unwrap());
        assert!(!stop(&pid_file, Path::new("60")).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }
}
