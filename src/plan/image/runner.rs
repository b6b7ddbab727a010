//! Whom the program runs as, and whose files are.
//!
//! Invariant: root only where the build file says so; an account that is added is in the files before anything that is its
//! own is made.

use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::{Accounts, ImageConfig, User};
use crate::plan::Inputs;
use crate::spec::Spanned;

/// Whom the program runs as.
pub(super) struct Runner {
    /// What the config says.
    pub(super) config: String,
    /// User and group by number, where they are known.
    pub(super) ids: Option<(u32, u32)>,
    /// The home directory that has to be made.
    pub(super) home: Option<String>,
    /// The account files, if they have to be written.
    pub(super) files: Option<Accounts>,
    /// The accounts that are known.
    known: Option<Accounts>,
}

impl Runner {
    /// The user of the file, of the base if that is not root, or `nonroot`.
    pub(super) fn of(inputs: &Inputs<'_>, base: &ImageConfig) -> Result<Runner, Diagnostics> {
        let spec = &inputs.spec.image;
        let user = match &spec.user {
            Some(user) => user.value.clone(),
            None if !base.user_is_root() => User::parse(&base.config.user).unwrap_or_default(),
            None => User::nonroot(),
        };
        let wanted = spec.accounts.unwrap_or(true);
        let accounts = match inputs.base {
            None => wanted.then(Accounts::ours),
            Some(_) => inputs.accounts.cloned(),
        };
        let named = spec.user.as_ref().is_some_and(|user| user.value.uid_gid().is_none());
        // A number needs no account where a base has its own.
        let looked_up = accounts.filter(|_| wanted && (inputs.base.is_none() || named));
        let Some(mut accounts) = looked_up else {
            return match user.numbered() {
                Ok(account) => Ok(Runner {
                    ids: Some((account.uid, account.gid)),
                    config: account.config,
                    home: None,
                    files: None,
                    known: inputs.accounts.cloned(),
                }),
                // The base's to know.
                Err(_) if inputs.base.is_some() => Ok(Runner {
                    config: user.config_string(),
                    ids: None,
                    home: None,
                    files: None,
                    known: inputs.accounts.cloned(),
                }),
                Err(_) => Err(unnumbered(inputs, "image.user", spec.user.as_ref(), &user).into()),
            };
        };
        let before = accounts.clone();
        let account = accounts.settle(&user);
        let written = inputs.base.is_none() || accounts != before;
        // By convention the home of nobody does not exist.
        let home = Some(account.home).filter(|home| written && home != "/nonexistent");
        Ok(Runner {
            config: account.config,
            ids: Some((account.uid, account.gid)),
            home,
            files: written.then(|| accounts.clone()),
            known: Some(accounts),
        })
    }

    /// User and group that own something.
    pub(super) fn owner(
        &self,
        inputs: &Inputs<'_>,
        key: &str,
        owner: &Spanned<User>,
    ) -> Result<(u32, u32), Diagnostics> {
        let known = || {
            let mut accounts = self.known.clone()?;
            let before = accounts.clone();
            let account = accounts.settle(&owner.value);
            (accounts == before).then_some((account.uid, account.gid))
        };
        let ids = owner.value.uid_gid().or_else(known);
        ids.ok_or_else(|| unnumbered(inputs, key, Some(owner), &owner.value).into())
    }
}

fn unnumbered(inputs: &Inputs<'_>, key: &str, place: Option<&Spanned<User>>, user: &User) -> Diagnostic {
    let problem = Problem::UnnumberedUser { key: key.to_owned(), user: user.to_string() };
    match place {
        Some(place) => Diagnostic::at(problem, &inputs.spec.file, place.span),
        None => Diagnostic::nowhere(problem),
    }
}
