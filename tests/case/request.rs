//! The file `request` of a case: an option a line, `name=value`, as the client sends it.
//!
//! A line that starts with `| ` goes on with the value above, after a line break; one that starts with `#` is a
//! comment. Three kinds of lines are no options, and name files of the case's context:
//!
//! - `local:dockerfile=svc`: the directory that the build file is in, as a client says it that is given `-f svc/go.mod`;
//! - `source:git://host/repository.git#main=svc`: what is behind the identifier of a source: of a repository its files, of
//!   a URL those of an archive, or the file itself;
//! - `given:context=svc`: an input of the request, which is a repository.

use crate::daemon::Daemon;
use buildkit_llb::{Definition, Git};
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
        match name.split_once(':') {
            Some(("local", local)) => {
                daemon.locals.insert(local.to_owned(), context.join(value));
            }
            Some(("source", identifier)) => {
                daemon.sources.insert(identifier.to_owned(), context.join(value));
            }
            Some(("given", name)) => {
                let source = Git::new(format!("https://given.example/{name}.git")).build();
                daemon.inputs.insert(name.to_owned(), Definition::of(&source).to_proto());
                daemon.sources.insert(format!("git://given.example/{name}.git"), context.join(value));
            }
            _ => daemon.options.push((name.to_owned(), value.to_owned())),
        }
    }
    if daemon.options.iter().all(|(name, _)| name != "filename") {
        daemon = daemon.option("filename", "gobuild.yaml");
    }
    daemon
}
