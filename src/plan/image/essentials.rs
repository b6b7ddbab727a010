//! What distroless' static image has and a base has not, or is to have besides.
//!
//! Invariant: an image on nothing gets all of it unless told; one on a base gets what it is told.

use super::runner::Runner;
use super::{CERTIFICATES, CERTIFICATES_FOLDER, base_place, timestamp, tools};
use crate::image::Accounts;
use crate::plan::Inputs;
use crate::plan::go_step::Root;
use crate::plan::layer::Layer;
use buildkit_llb::{Copy, File, Output};

/// Where Go and C libraries look for time zones first (`time/zoneinfo_unix.go`).
const ZONES: &str = "/usr/share/zoneinfo/";
/// The permissions of a directory that everybody may write to.
const EVERYBODY: u32 = 0o1777;

/// What is added.
pub(in crate::plan) struct Essentials {
    /// Account files.
    pub(in crate::plan) accounts: Option<Accounts>,
    /// A home directory, and whose it is.
    pub(in crate::plan) home: Option<(String, (u32, u32))>,
    /// CA certificates.
    pub(in crate::plan) certificates: bool,
    /// Time zones.
    pub(in crate::plan) timezones: bool,
    /// A directory for temporary files.
    pub(in crate::plan) tmp: bool,
}

impl Essentials {
    pub(in crate::plan) fn of(inputs: &Inputs<'_>, runner: &Runner) -> Essentials {
        let spec = &inputs.spec.image;
        let wanted = |said: Option<bool>| said.unwrap_or(inputs.base.is_none());
        Essentials {
            accounts: runner.files.clone(),
            home: runner.home.clone().map(|home| (home, runner.ids.unwrap_or((0, 0)))),
            certificates: wanted(spec.ca_certificates),
            timezones: wanted(spec.timezones),
            tmp: wanted(spec.tmp),
        }
    }

    /// What people know it as; none if there is nothing to add.
    pub(in crate::plan) fn name(&self) -> Option<String> {
        let names = [
            (self.accounts.is_some(), "accounts"),
            (self.certificates, "CA certificates"),
            (self.timezones, "time zones"),
            (self.tmp, "/tmp"),
        ];
        let names: Vec<&str> =
            names.into_iter().filter_map(|(is_there, name)| is_there.then_some(name)).collect();
        match names.as_slice() {
            [] => None,
            [name] => Some((*name).to_owned()),
            [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
        }
    }

    /// All of it as one layer.
    pub(super) fn on(&self, inputs: &Inputs<'_>, root: &Root, base: Option<Output>) -> File {
        let mut layer = Layer::new(timestamp(inputs));
        if let Some(accounts) = &self.accounts {
            layer = layer.file("/etc/passwd", &accounts.passwd).file("/etc/group", &accounts.group);
        }
        let certificates = |layer: Layer| layer.copy(&root.tree, CERTIFICATES, CERTIFICATES, 0o644);
        if self.certificates && base.is_none() {
            layer = certificates(layer);
        }
        if self.timezones {
            let zones = tools::zones(inputs, root, base_place(inputs.spec));
            layer = layer.copy_as(ZONES, |to| Copy::new(zones, "/", to).contents_only().owner(0, 0));
        }
        if let Some((home, owner)) = &self.home {
            layer = layer.directory(home, 0o700, *owner);
        }
        if self.tmp {
            layer = layer.directory("/tmp", EVERYBODY, (0, 0));
        }
        let is_on_base = base.is_some();
        let file = layer.onto(base.map_or_else(File::scratch, File::on));
        if self.certificates && is_on_base {
            // Where some bases have a link, which is followed to a place and not from inside a tree.
            certificates(Layer::within(CERTIFICATES_FOLDER, timestamp(inputs))).onto(file)
        } else {
            file
        }
    }
}
