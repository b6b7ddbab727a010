//! Daemons as processes: started so that they outlive the command, stopped by pid file.
//!
//! Invariant: only a process whose arguments name something in the daemon's folder is ever signalled, so a stale pid
//! file whose number went to somebody else's process does no harm.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::command::{run, succeeds, tail};
use crate::host;

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

/// The running process of a pid file, provided that its arguments name something in `folder`.
pub fn running(pid_file: &Path, folder: &Path) -> Option<u32> {
    let pid = fs::read_to_string(pid_file).ok()?.trim().parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    (names(&line, folder) && alive(pid)).then_some(pid)
}

/// Ends every process whose arguments name one of these folders or something in it: a daemon whose pid file is lost,
/// and what a killed daemon started itself. Returns whether there was one.
pub fn stop_all_of(folders: &[PathBuf]) -> Result<bool> {
    let deadline = Instant::now() + PATIENCE;
    let mut found = false;
    // Until none is left, because a daemon that is yet to be killed starts its containerd anew.
    loop {
        let all: Vec<u32> = processes_of(folders)?;
        let Some(first) = all.first() else { return Ok(found) };
        if Instant::now() > deadline {
            bail!("process {first}, which uses {}, does not end", folders[0].display());
        }
        found = true;
        for pid in all {
            send(pid, Signal::KILL);
        }
        sleep(Duration::from_millis(50));
    }
}

fn processes_of(folders: &[PathBuf]) -> Result<Vec<u32>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc").context("cannot list processes")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if pid != std::process::id() && folders.iter().any(|folder| names(&line, folder)) {
            all.push(pid);
        }
    }
    Ok(all)
}

/// Whether an argument of a command line is a folder or something in it, as a path or as `unix://` and a path.
///
/// The first word only says where a program is: clients of the lab may be running too.
fn names(line: &[u8], folder: &Path) -> bool {
    line.split(|byte| *byte == 0).skip(1).any(|word| {
        let path = word.strip_prefix(b"unix://").unwrap_or(word);
        Path::new(OsStr::from_bytes(path)).starts_with(folder)
    })
}

/// Ends the process of a pid file, gently first; returns whether there was one.
pub fn stop(pid_file: &Path, folder: &Path) -> Result<bool> {
    let Some(pid) = running(pid_file, folder) else {
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

/// Ends the containers whose bundle is below a folder; `root` is where runc keeps what it knows of them.
pub fn end_containers(root: &Path, folder: &Path) {
    let folder = folder.to_string_lossy();
    for container in fs::read_dir(root).into_iter().flatten().flatten() {
        let state = fs::read_to_string(container.path().join("state.json")).unwrap_or_default();
        if state.contains(&format!("\"bundle={folder}/")) {
            let mut runc = host::command("runc");
            runc.arg("--root").arg(root).args(["delete", "--force"]).arg(container.file_name());
            // One that has ended by now is what we want.
            let _ = succeeds(&mut runc);
        }
    }
}

/// Detaches every mount below a folder, the deepest first: what a killed daemon leaves.
pub fn unmount_below(folder: &Path) -> Result<()> {
    let table = fs::read("/proc/self/mountinfo")?;
    for point in mount_points(&table, folder) {
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

fn mount_points(table: &[u8], folder: &Path) -> Vec<PathBuf> {
    let mut points: Vec<PathBuf> = table
        .split(|byte| *byte == b'\n')
        .filter_map(|line| line.split(|byte| *byte == b' ').nth(4))
        .map(|point| PathBuf::from(OsString::from_vec(unescape(point))))
        .filter(|point| point != folder && point.starts_with(folder))
        .collect();
    points.sort_unstable_by(|a, b| b.cmp(a));
    points
}

/// The kernel writes white space and backslashes of a path as three octal digits: `\040`.
fn unescape(mut escaped: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(escaped.len());
    loop {
        match escaped {
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                path.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                escaped = rest;
            }
            [byte, rest @ ..] => {
                path.push(*byte);
                escaped = rest;
            }
            [] => return path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deepest_mounts_come_first() {
        let table = "36 35 98:0 / /lab/run/a rw - ext3 x rw\n37 35 98:0 / /lab/run/a/b rw - ext3 x rw\n\
            38 35 98:0 / /lab/runner/c rw - ext3 x rw\n39 35 98:0 / /lab/run rw - ext3 x rw\n";
        let points = mount_points(table.as_bytes(), Path::new("/lab/run"));
        assert_eq!(points, [Path::new("/lab/run/a/b"), Path::new("/lab/run/a")]);
    }

    #[test]
    fn escapes_of_mount_points_are_undone() {
        let table = br"36 35 98:0 / /my\040lab\011\012\134/run/\303\244 rw - ext3 x rw";
        let folder = Path::new("/my lab\t\n\\/run");
        assert_eq!(mount_points(table, folder), [folder.join("\u{e4}")]);
        assert_eq!(unescape(br"a\04\999\"), br"a\04\999\");
    }

    #[test]
    fn folder_is_not_the_one_whose_name_begins_alike() {
        let folder = Path::new("/lab/run/28");
        assert!(names(b"dockerd\0--exec-root\0/lab/run/28\0", folder));
        assert!(names(b"dockerd\0--host\0unix:///lab/run/28/docker.sock\0", folder));
        assert!(!names(b"dockerd\0--exec-root\0/lab/run/28-containerd/exec\0", folder));
        assert!(!names(b"dockerd\0--exec-root\0/other/lab/run/28/exec\0", folder));
        assert!(!names(b"/lab/run/28/program\0", folder));
    }

    #[test]
    fn process_lives_and_ends() {
        let folder = std::env::temp_dir().join(format!("gobuild-process-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (log, pid_file) = (folder.join("log"), folder.join("pid"));
        let mut daemon = Command::new("tail");
        daemon.arg("--follow").arg(&log);
        let start = || {
            let pid = start(&daemon, &log).unwrap();
            fs::write(&pid_file, pid.to_string()).unwrap();
            // Both `setsid` and the program that it becomes have the argument; in between there is none.
            wait_until_ready(pid, &log, || running(&pid_file, &folder) == Some(pid)).unwrap();
        };
        start();
        assert_eq!(running(&pid_file, &folder.join("not this one")), None);
        assert!(stop(&pid_file, &folder).unwrap());
        assert!(!stop(&pid_file, &folder).unwrap());
        // Without its pid file it is found too.
        start();
        fs::remove_file(&pid_file).unwrap();
        assert!(stop_all_of(std::slice::from_ref(&log)).unwrap());
        assert!(!stop_all_of(std::slice::from_ref(&log)).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }
}
