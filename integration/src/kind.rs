//! The daemons of the matrix, as data.
//!
//! Invariant: a name on the command line and a [`Kind`] are one to one.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, bail};

/// One daemon of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Docker 28.5 with the classic image store; the default.
    Docker28,
    /// Docker 28.5 with the containerd image store: several platforms, attestations.
    Docker28Containerd,
    /// Docker 26.1.
    Docker26,
    /// Docker 20.10, what Debian 12 users have: the oldest that the frontend supports.
    Docker20,
    /// buildkitd 0.32 beside a registry: what remote builders and fleets use.
    Buildkit,
}

/// A Docker release as Debian packages it.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Folder of the unpacked packages.
    pub name: &'static str,
    /// Debian suite that has it.
    pub suite: &'static str,
    /// Packages that make up client and daemon.
    pub packages: &'static [&'static str],
}

/// `tini-static` is what `docker run --init` starts; before sid it came with `tini`.
const PACKAGES_28: &[&str] = &["docker.io", "docker-cli", "containerd", "tini-static"];
const PACKAGES_26: &[&str] = &["docker.io", "docker-cli", "containerd", "tini"];

/// Its client was not a package of its own yet.
const PACKAGES_20: &[&str] = &["docker.io", "containerd", "tini"];

impl Kind {
    /// Every daemon, the default first.
    pub const ALL: [Self; 5] =
        [Self::Docker28, Self::Docker28Containerd, Self::Docker26, Self::Docker20, Self::Buildkit];

    /// The name on the command line and of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker28 => "28",
            Self::Docker28Containerd => "28-containerd",
            Self::Docker26 => "26",
            Self::Docker20 => "20.10",
            Self::Buildkit => "buildkit",
        }
    }

    /// The Docker release whose client goes with the daemon, and whose daemon it is unless it is buildkitd.
    pub fn release(self) -> Release {
        match self {
            Self::Docker28 | Self::Docker28Containerd | Self::Buildkit => {
                Release { name: "28", suite: "sid", packages: PACKAGES_28 }
            }
            Self::Docker26 => Release { name: "26", suite: "trixie", packages: PACKAGES_26 },
            Self::Docker20 => Release { name: "20.10", suite: "bookworm", packages: PACKAGES_20 },
        }
    }

    /// Position in [`Kind::ALL`]; gives every daemon a network of its own.
    pub fn index(self) -> u8 {
        match self {
            Self::Docker28 => 0,
            Self::Docker28Containerd => 1,
            Self::Docker26 => 2,
            Self::Docker20 => 3,
            Self::Buildkit => 4,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match Self::ALL.into_iter().find(|kind| kind.name() == text) {
            Some(kind) => Ok(kind),
            None => {
                bail!("there is no daemon `{text}`; the lab has {}", Self::ALL.map(Self::name).join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kind() {
        for (position, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
            assert_eq!(usize::from(kind.index()), position);
        }
    }

    #[test]
    fn a_typo_lists_the_names() {
        let error = "27".parse::<Kind>().unwrap_err().to_string();
        assert_eq!(error, "there is no daemon `27`; the lab has 28, 28-containerd, 26, 20.10, buildkit");
    }
}
