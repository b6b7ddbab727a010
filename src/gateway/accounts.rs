//! The accounts of bases, for build files that name users.
//!
//! Invariant: a base is looked into only where a name has to become a number; numbers need no account.

use super::client::Daemon;
use super::failure::Failure;
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::{Accounts, User};
use crate::plan::{self, ResolvedImage};

/// Longer files are refused, which no base has.
const LONGEST: usize = 1 << 20;

/// The accounts of the base of an image, if they are needed.
pub(super) async fn accounts(
    daemon: &Daemon,
    wanted: &Wanted,
    base: Option<&ResolvedImage>,
) -> Result<Option<Accounts>, Failure> {
    let Some(base) = base.filter(|base| wanted.goal.has_base() && needs_numbers(wanted, base)) else {
        return Ok(None);
    };
    let files = plan::base_files(&wanted.spec, base, "");
    let files = daemon.solve("looking up the accounts of the base", &files, &[]).await?;
    let mut texts = Vec::new();
    for path in ["/etc/passwd", "/etc/group"] {
        let file = daemon.read_file(&files, path, LONGEST).await?.unwrap_or_default();
        if file.len() > LONGEST {
            // Cut, it would give somebody the number of an account that it has.
            let problem = Problem::AccountsTooLong { path, base: base.name.clone(), limit: LONGEST };
            return Err(Diagnostic::at(problem, &wanted.spec.file, wanted.spec.image.base.span).into());
        }
        texts.push(String::from_utf8_lossy(&file).into_owned());
    }
    let group = texts.pop().unwrap_or_default();
    Ok(Some(Accounts { passwd: texts.pop().unwrap_or_default(), group }))
}

/// Whether something is said of a user by name: by the build file, or by the base where that user owns something.
fn needs_numbers(wanted: &Wanted, base: &ResolvedImage) -> bool {
    let spec = &wanted.spec.image;
    let directories = spec.directories.0.iter();
    let makes = !spec.volumes.is_empty() || directories.clone().any(|made| made.owner.is_none());
    let owners = directories.filter_map(|made| made.owner.as_ref());
    let owners = owners.chain(spec.files.0.iter().filter_map(|files| files.value.owner.as_ref()));
    let user = spec.user.as_ref().filter(|_| makes || spec.accounts.unwrap_or(true));
    let user = user.map(|user| user.value.clone());
    let of_base = User::parse(&base.config.config.user).ok().filter(|_| makes && spec.user.is_none());
    let users = owners.map(|owner| owner.value.clone()).chain(user).chain(of_base);
    users.into_iter().any(|user| user.uid_gid().is_none())
}
