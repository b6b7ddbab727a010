//! The accounts of bases, for build files that say whom the program runs as, or whose a file is.
//!
//! Invariant: a base is looked into only where the build file says something that its accounts can answer: what is not
//! said pulls no base.

use super::client::Daemon;
use super::failure::Failure;
use super::wanted::Wanted;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::{Accounts, User};
use crate::plan::{self, FileSystem, ResolvedImage};

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

/// Whether the build file says whom the program runs as, or a name has to become a number.
fn needs_numbers(wanted: &Wanted, base: &ResolvedImage) -> bool {
    let spec = &wanted.spec.image;
    let directories = spec.directories.0.iter();
    let makes = !spec.volumes.is_empty() || directories.clone().any(|made| made.owner.is_none());
    let owners = directories.filter_map(|made| made.owner.as_ref());
    let owners = owners.chain(spec.files.0.iter().filter_map(|files| files.value.owner.as_ref()));
    let user = spec.user.as_ref().map(|user| &user.value);
    if user.is_some_and(|user| spec.accounts.unwrap_or(true) && !has(base, user)) {
        return true;
    }
    let user = user.filter(|_| makes).cloned();
    let of_base = User::of_image(&base.config.config.user).ok().filter(|_| makes && spec.user.is_none());
    let users = owners.map(|owner| owner.value.clone()).chain(user).chain(of_base);
    users.into_iter().any(|user| user.uid_gid().is_none())
}

/// Whether it is known without a look that a base has a user: all of distroless have root, nobody and nonroot.
fn has(base: &ResolvedImage, user: &User) -> bool {
    match &base.files {
        FileSystem::Registry { pinned, .. } => pinned.is_distroless() && user.is_well_known(),
        FileSystem::Tree(_) => false,
    }
}
