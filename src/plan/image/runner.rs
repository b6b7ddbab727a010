//! Whom the program runs as, and whose files are.
//!
//! Invariant: root only where the build file says so; an account that is added is in the files before anything that is its
//! own is made; where the build file says nothing, the user of the base stays as the base has it.

use super::config;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::{Account, Accounts, ImageConfig, User};
use crate::plan::Inputs;
use crate::spec::Spanned;
use std::fmt::Display;

/// Whom the program runs as.
pub(in crate::plan) struct Runner {
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
    /// That of an image that was planned without a problem.
    pub(in crate::plan) fn planned(inputs: &Inputs<'_>) -> Option<Runner> {
        let config = inputs.base.map_or_else(|| config::empty(inputs), |base| base.config.clone());
        Runner::of(inputs, &config).ok()
    }

    /// The user of the file, of the base if that is not root, or `nonroot`.
    pub(super) fn of(inputs: &Inputs<'_>, base: &ImageConfig) -> Result<Runner, Diagnostics> {
        let spec = &inputs.spec.image;
        let user = match &spec.user {
            Some(user) => user.value.clone(),
            None if !base.user_is_root() => return Ok(Runner::of_base(inputs, base)),
            None => User::nonroot(),
        };
        let wanted = spec.accounts.unwrap_or(true);
        let accounts = match inputs.base {
            None => wanted.then(Accounts::ours),
            Some(_) => inputs.accounts.cloned(),
        };
        // A base is not looked into for somebody whom nobody has named.
        let looked_up = accounts.filter(|_| wanted && (inputs.base.is_none() || spec.user.is_some()));
        let Some(mut accounts) = looked_up else {
            let known = inputs.accounts.cloned();
            let config = match (inputs.base, user.numbered()) {
                // Who that is, is the base's to know.
                (Some(_), _) => user.config_string(),
                // Without an account runtimes would take the group of root.
                (None, Ok(Account { uid, gid, .. })) => format!("{uid}:{gid}"),
                (None, Err(_)) => {
                    return Err(unnumbered(inputs, "image.user", spec.user.as_ref(), &user).into());
                }
            };
            let ids = ids(known.as_ref(), &user);
            return Ok(Runner { config, ids, home: None, files: None, known });
        };
        let before = accounts.clone();
        let account = accounts.settle(&user);
        let written = inputs.base.is_none() || accounts != before;
        // By convention the home of nobody does not exist.
        // One that was known before has its own.
        let is_new = inputs.base.is_none() || accounts.passwd != before.passwd;
        let home = Some(account.home).filter(|home| is_new && home != "/nonexistent");
        Ok(Runner {
            config: account.config,
            ids: Some((account.uid, account.gid)),
            home,
            files: written.then(|| accounts.clone()),
            known: Some(accounts),
        })
    }

    /// The user of the base, in its words.
    fn of_base(inputs: &Inputs<'_>, base: &ImageConfig) -> Runner {
        let known = inputs.accounts.cloned();
        let ids = User::of_image(&base.config.user).ok().and_then(|user| ids(known.as_ref(), &user));
        Runner { config: base.config.user.clone(), ids, home: None, files: None, known }
    }

    /// Its own user and group, for what is to be its own.
    pub(super) fn itself(&self, inputs: &Inputs<'_>) -> Result<(u32, u32), Diagnostics> {
        let problem = || unnumbered(inputs, "image.user", inputs.spec.image.user.as_ref(), &self.config);
        self.ids.ok_or_else(|| problem().into())
    }

    /// User and group that own something.
    pub(in crate::plan) fn owner(
        &self,
        inputs: &Inputs<'_>,
        key: &str,
        owner: &Spanned<User>,
    ) -> Result<(u32, u32), Diagnostics> {
        let ids = ids(self.known.as_ref(), &owner.value);
        ids.ok_or_else(|| unnumbered(inputs, key, Some(owner), &owner.value).into())
    }
}

/// The numbers of a user and a group: those that are written, or of accounts that are there.
fn ids(known: Option<&Accounts>, user: &User) -> Option<(u32, u32)> {
    let of_accounts = || {
        let known = known?;
        let mut accounts = known.clone();
        let account = accounts.settle(user);
        (accounts == *known).then_some((account.uid, account.gid))
    };
    user.uid_gid().or_else(of_accounts)
}

fn unnumbered(
    inputs: &Inputs<'_>,
    key: &str,
    place: Option<&Spanned<User>>,
    user: &impl Display,
) -> Diagnostic {
    let problem = Problem::UnnumberedUser { key: key.to_owned(), user: user.to_string() };
    match place {
        Some(place) => Diagnostic::at(problem, &inputs.spec.file, place.span),
        None => Diagnostic::nowhere(problem),
    }
}
