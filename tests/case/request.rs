//! The file `request` of a case: an option a line, `name=value`, as the client sends it.
//!
//! A line that starts with `| ` goes on with the value above, after a line break; one that starts with `#` is a
//! comment. `local:dockerfile=svc` is no option: it says which directory of the context the build file is in, as a
//! client does that is given `-f svc/go.mod`.

use crate::daemon::Daemon;
use std::path::Path;

/// The build that these lines ask for.
pub(super) fn read(lines: &str, context: &Path) -> Daemon {
    let mut daemon = Daemon::new(context);
    for line in lines.lines().filter(|line| !line.starts_with('#')) {
        if let Some(more) = line.strip_prefix("| ") {
            let (_, value) = daemon.options.last_mut().expect("an option to go on with");
            value.push('\n');
            value.push_str(more);
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        match name.strip_prefix("local:") {
            Some(local) => {
                daemon.locals.insert(local.to_owned(), context.join(value));
            }
            None => daemon.options.push((name.to_owned(), value.to_owned())),
        }
    }
    if daemon.options.iter().all(|(name, _)| name != "filename") {
        daemon = daemon.option("filename", "gobuild.yaml");
    }
    daemon
}
