//! A container platform in Go's words: `linux/arm/v6` is `GOOS=linux GOARCH=arm GOARM=6`.
//!
//! Invariant: a [`GoTarget`] is a port that `go tool dist list` names, at a level that its GOARCH has.

use super::level::Level;

/// The architectures of Go's Linux ports, and the levels that a platform's variant may ask for.
/// The one list: what is not in it is refused with it.
pub const SUPPORTED: [Port; 13] = [
    Port { architecture: "amd64", setting: Some("GOAMD64"), variants: &AMD64 },
    Port { architecture: "arm64", setting: Some("GOARM64"), variants: &ARM64 },
    Port { architecture: "arm", setting: Some("GOARM"), variants: &ARM },
    Port::plain("386"),
    Port { architecture: "riscv64", setting: Some("GORISCV64"), variants: &RISCV64 },
    Port::plain("ppc64le"),
    Port::plain("s390x"),
    Port::plain("loong64"),
    Port::plain("mips64le"),
    Port::plain("mips64"),
    Port::plain("mipsle"),
    Port::plain("mips"),
    Port::plain("ppc64"),
];

const AMD64: [(&str, &str); 4] = [("v1", "v1"), ("v2", "v2"), ("v3", "v3"), ("v4", "v4")];

/// `v8` is what every arm64 image is; leaving it unset keeps Go before 1.23, which has no GOARM64, and the cache of
/// builds without a variant.
const ARM64: [(&str, &str); 18] = [
    ("v8", ""),
    ("v8.0", "v8.0"),
    ("v8.1", "v8.1"),
    ("v8.2", "v8.2"),
    ("v8.3", "v8.3"),
    ("v8.4", "v8.4"),
    ("v8.5", "v8.5"),
    ("v8.6", "v8.6"),
    ("v8.7", "v8.7"),
    ("v8.8", "v8.8"),
    ("v8.9", "v8.9"),
    ("v9", "v9.0"),
    ("v9.0", "v9.0"),
    ("v9.1", "v9.1"),
    ("v9.2", "v9.2"),
    ("v9.3", "v9.3"),
    ("v9.4", "v9.4"),
    ("v9.5", "v9.5"),
];

/// 32-bit code on a 64-bit machine (`linux/arm/v8`) is built for the highest level that Go has.
const ARM: [(&str, &str); 4] = [("v5", "5"), ("v6", "6"), ("v7", "7"), ("v8", "7")];

const RISCV64: [(&str, &str); 3] =
    [("rva20u64", "rva20u64"), ("rva22u64", "rva22u64"), ("rva23u64", "rva23u64")];

/// A Linux port of Go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// GOARCH, which is also the architecture of the platform.
    pub architecture: &'static str,
    /// The variable that a variant sets.
    setting: Option<&'static str>,
    /// Variants, and what the variable is set to for them; empty for "leave it unset".
    variants: &'static [(&'static str, &'static str)],
}

/// What a program is compiled for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoTarget {
    architecture: &'static str,
    level: Option<Level>,
}

/// A platform that Go has no Linux port for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsupportedTarget {
    /// Images of this frontend are Linux images.
    Os {
        /// The operating system that was asked for.
        os: String,
    },
    /// Not in [`SUPPORTED`].
    Architecture {
        /// The architecture that was asked for.
        architecture: String,
        /// Those there are.
        supported: Vec<&'static str>,
    },
    /// The architecture is supported, this variant of it is not.
    Variant {
        /// The architecture that was asked for.
        architecture: &'static str,
        /// The variant that was asked for.
        variant: String,
        /// Those there are; empty if this architecture has none.
        supported: Vec<&'static str>,
    },
}

impl Port {
    const fn plain(architecture: &'static str) -> Port {
        Port { architecture, setting: None, variants: &[] }
    }

    /// The variants that a platform of this architecture may have.
    pub fn variants(&self) -> impl Iterator<Item = &'static str> {
        self.variants.iter().map(|(variant, _)| *variant)
    }
}

impl GoTarget {
    /// The target for a platform as `--platform` names it; an empty variant asks for nothing in particular.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Result<GoTarget, UnsupportedTarget> {
        if os != "linux" {
            return Err(UnsupportedTarget::Os { os: os.to_owned() });
        }
        let Some(port) = SUPPORTED.iter().find(|port| port.architecture == architecture) else {
            return Err(UnsupportedTarget::Architecture {
                architecture: architecture.to_owned(),
                supported: SUPPORTED.iter().map(|port| port.architecture).collect(),
            });
        };
        if variant.is_empty() {
            return Ok(GoTarget { architecture: port.architecture, level: None });
        }
        match port.variants.iter().find(|(name, _)| *name == variant) {
            Some((_, "")) => Ok(GoTarget { architecture: port.architecture, level: None }),
            Some((_, level)) => {
                let level = port.setting.and_then(|setting| Level::known(setting, level));
                Ok(GoTarget { architecture: port.architecture, level })
            }
            None => Err(UnsupportedTarget::Variant {
                architecture: port.architecture,
                variant: variant.to_owned(),
                supported: port.variants().collect(),
            }),
        }
    }

    /// The same at one of these levels, if one is for its architecture. What the platform asks for is the most that its
    /// machines are known to do: one above that is given back.
    pub fn at<'a>(self, mut levels: impl Iterator<Item = &'a Level>) -> Result<GoTarget, &'a Level> {
        match (levels.find(|level| level.is_for(self.architecture)), &self.level) {
            (None, _) => Ok(self),
            (Some(wanted), Some(platform)) if platform.is_below(wanted) => Err(wanted),
            (Some(wanted), _) => Ok(GoTarget { level: Some(wanted.clone()), ..self }),
        }
    }

    /// GOOS.
    pub fn os(&self) -> &'static str {
        "linux"
    }

    /// GOARCH.
    pub fn architecture(&self) -> &'static str {
        self.architecture
    }

    /// The environment that makes the go command compile for this target, sorted by name.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![("GOARCH", self.architecture.to_owned()), ("GOOS", self.os().to_owned())];
        env.extend(self.level.as_ref().map(Level::env));
        env.sort();
        env
    }

    /// The level, if one was asked for.
    pub fn setting(&self) -> Option<&Level> {
        self.level.as_ref()
    }

    /// The level of the instruction set within the architecture (`v3`, `7`), if one was asked for.
    pub fn level(&self) -> Option<&'static str> {
        self.level.as_ref().map(Level::word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments() {
        for (architecture, variant, expected) in [
            ("amd64", "", "GOARCH=amd64 GOOS=linux"),
            ("amd64", "v1", "GOAMD64=v1 GOARCH=amd64 GOOS=linux"),
            ("amd64", "v3", "GOAMD64=v3 GOARCH=amd64 GOOS=linux"),
            ("arm64", "", "GOARCH=arm64 GOOS=linux"),
            ("arm64", "v8", "GOARCH=arm64 GOOS=linux"),
            ("arm64", "v9", "GOARCH=arm64 GOARM64=v9.0 GOOS=linux"),
            ("arm", "", "GOARCH=arm GOOS=linux"),
            ("arm", "v5", "GOARCH=arm GOARM=5 GOOS=linux"),
            ("arm", "v7", "GOARCH=arm GOARM=7 GOOS=linux"),
            ("386", "", "GOARCH=386 GOOS=linux"),
            ("riscv64", "rva22u64", "GOARCH=riscv64 GOOS=linux GORISCV64=rva22u64"),
            ("mips64le", "", "GOARCH=mips64le GOOS=linux"),
        ] {
            let env = GoTarget::new("linux", architecture, variant).unwrap().env();
            let shown: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert_eq!(shown.join(" "), expected);
        }
    }

    #[test]
    fn every_row_of_the_table_is_a_target() {
        for port in SUPPORTED {
            assert!(GoTarget::new("linux", port.architecture, "").is_ok());
            for variant in port.variants() {
                assert!(GoTarget::new("linux", port.architecture, variant).is_ok(), "{variant}");
            }
        }
    }

    #[test]
    fn a_level_of_ones_own() {
        use crate::golang::SETTINGS;
        let level = |number: usize, text: &str| SETTINGS[number].parse(text).unwrap();
        for (architecture, variant, wanted, expected) in [
            ("amd64", "", level(0, "v3"), Some("GOAMD64=v3 GOARCH=amd64 GOOS=linux")),
            ("amd64", "v3", level(0, "v2"), Some("GOAMD64=v2 GOARCH=amd64 GOOS=linux")),
            ("amd64", "v2", level(0, "v3"), None),
            ("arm64", "", level(0, "v3"), Some("GOARCH=arm64 GOOS=linux")),
            ("arm64", "v8", level(2, "v8.2,lse"), Some("GOARCH=arm64 GOARM64=v8.2,lse GOOS=linux")),
            ("arm", "v7", level(1, "7,softfloat"), Some("GOARCH=arm GOARM=7,softfloat GOOS=linux")),
            ("arm", "v6", level(1, "7"), None),
            ("mipsle", "", level(4, "softfloat"), Some("GOARCH=mipsle GOMIPS=softfloat GOOS=linux")),
        ] {
            let target = GoTarget::new("linux", architecture, variant).unwrap().at([&wanted].into_iter());
            let shown = target.ok().map(|target| {
                let env = target.env().into_iter().map(|(name, value)| format!("{name}={value}"));
                env.collect::<Vec<_>>().join(" ")
            });
            assert_eq!(shown.as_deref(), expected, "{architecture}/{variant}");
        }
    }

    #[test]
    fn what_is_refused_says_what_there_is() {
        let windows = GoTarget::new("windows", "amd64", "").unwrap_err();
        assert_eq!(windows, UnsupportedTarget::Os { os: "windows".to_owned() });
        match GoTarget::new("linux", "x86_64", "").unwrap_err() {
            UnsupportedTarget::Architecture { supported, .. } => assert_eq!(supported.len(), SUPPORTED.len()),
            other => panic!("{other:?}"),
        }
        match GoTarget::new("linux", "amd64", "v5").unwrap_err() {
            UnsupportedTarget::Variant { supported, .. } => assert_eq!(supported, ["v1", "v2", "v3", "v4"]),
            other => panic!("{other:?}"),
        }
        match GoTarget::new("linux", "s390x", "z13").unwrap_err() {
            UnsupportedTarget::Variant { supported, .. } => assert!(supported.is_empty()),
            other => panic!("{other:?}"),
        }
    }
}
