//! Whether a Go file is part of a build: by its name, its constraint, and its use of C (`go help buildconstraint`).
//!
//! Invariant: a file is excluded only when Go is sure to exclude it. What depends on the unknown is part of the build;
//! one file too many costs little, one too few a failed build.

use super::constraint::Truth;
use super::source::Source;
use super::target::GoTarget;
use super::version::{GoVersion, cut_number};
use std::collections::BTreeSet;

/// Every GOOS that Go has or had; in a file name they are a condition (internal/syslist, `KnownOS`).
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// Every GOARCH that Go has, had or reserved (internal/syslist, `KnownArch`).
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// What a build is made with.
#[derive(Clone, Debug)]
pub struct Conditions<'a> {
    /// The platform.
    pub target: &'a GoTarget,
    /// The tags that the user sets.
    pub tags: &'a BTreeSet<String>,
    /// The toolchain, for tags such as `go1.26`.
    pub builder: Builder,
    /// Whether C code is compiled.
    pub cgo: Cgo,
}

/// What is known of the toolchain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Builder {
    /// It has this version.
    Exactly(GoVersion),
    /// It has this version or a later one.
    AtLeast(GoVersion),
    /// Nothing.
    Unknown,
}

/// `CGO_ENABLED`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cgo {
    /// `CGO_ENABLED=0`.
    Off,
    /// `CGO_ENABLED=1`.
    On,
    /// Not decided yet.
    Unknown,
}

/// Why a Go file is not part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Its name starts with `_` or `.`.
    Hidden,
    /// It is a test.
    Test,
    /// Its name ends in another platform: `_windows.go`.
    FileName,
    /// Its build constraint does not hold.
    Constraint {
        /// 1-based.
        line: usize,
        /// The expression as it is written.
        text: String,
    },
    /// It imports "C", and cgo is off.
    NeedsCgo {
        /// The line of that import, 1-based.
        line: usize,
    },
    /// It is in `package documentation`, which Go skips.
    Documentation,
}

impl Conditions<'_> {
    /// What a build tag is in this build (`go help buildconstraint`).
    pub fn tag(&self, name: &str) -> Truth {
        let architecture = self.target.architecture();
        if self.tags.contains(name) || name == self.target.os() || name == architecture {
            return Truth::True;
        }
        match name {
            "gc" | "unix" => Truth::True,
            "cgo" => match self.cgo {
                Cgo::Off => Truth::False,
                Cgo::On => Truth::True,
                Cgo::Unknown => Truth::Unknown,
            },
            // The toolchain decides; `boringcrypto` is the old name of such a tag.
            "boringcrypto" => Truth::Unknown,
            _ if name.starts_with("goexperiment.") => Truth::Unknown,
            _ => match (name.strip_prefix("go1."), name.split_once('.')) {
                (Some(minor), _) => self.release(minor),
                (None, Some((prefix, level))) if prefix == architecture => self.level(level),
                _ => Truth::False,
            },
        }
    }

    /// Why a file of this name is not part of the build, as far as the name alone tells.
    pub fn excludes_name(&self, file_name: &str) -> Option<Exclusion> {
        if file_name.starts_with(['_', '.']) {
            Some(Exclusion::Hidden)
        } else if file_name.ends_with("_test.go") {
            Some(Exclusion::Test)
        } else if self.platform_in(file_name).possible() {
            None
        } else {
            Some(Exclusion::FileName)
        }
    }

    /// Why a file is not part of the build.
    pub fn excludes(&self, file_name: &str, source: &Source) -> Option<Exclusion> {
        if let Some(exclusion) = self.excludes_name(file_name) {
            return Some(exclusion);
        }
        if let Some(constraint) = &source.constraint
            && !constraint.evaluate(|tag| self.tag(tag)).possible()
        {
            return Some(Exclusion::Constraint { line: constraint.line, text: constraint.text.clone() });
        }
        if source.package.as_deref() == Some("documentation") {
            return Some(Exclusion::Documentation);
        }
        let c = source.imports.iter().find(|import| import.path == "C").filter(|_| self.cgo == Cgo::Off)?;
        Some(Exclusion::NeedsCgo { line: c.line })
    }

    /// The condition in a file name: `*_GOOS`, `*_GOARCH` or `*_GOOS_GOARCH`, with something before the first
    /// underscore, and `_test` behind it or not.
    fn platform_in(&self, file_name: &str) -> Truth {
        let stem = file_name.split('.').next().unwrap_or_default();
        let Some((_, conditions)) = stem.split_once('_') else { return Truth::True };
        let mut words = conditions.rsplit('_').peekable();
        words.next_if_eq(&"test");
        let Some(last) = words.next() else { return Truth::True };
        let before = words.next().filter(|word| SYSTEMS.contains(word));
        match before {
            Some(system) if ARCHITECTURES.contains(&last) => self.tag(last).min(self.tag(system)),
            _ if SYSTEMS.contains(&last) || ARCHITECTURES.contains(&last) => self.tag(last),
            _ => Truth::True,
        }
    }

    /// `go1.N`: the release is N or later.
    fn release(&self, minor: &str) -> Truth {
        let Some((minor, "")) = cut_number(minor) else { return Truth::False };
        match &self.builder {
            Builder::Exactly(version) => version.satisfies_release_tag(1, minor).into(),
            Builder::AtLeast(version) if version.satisfies_release_tag(1, minor) => Truth::True,
            Builder::AtLeast(_) | Builder::Unknown => Truth::Unknown,
        }
    }

    /// `amd64.v3`, `arm.6`: the instruction set has this level. Of the rarer ones Go knows the default.
    fn level(&self, level: &str) -> Truth {
        let (prefix, default) = match self.target.architecture() {
            "amd64" => ("v", "v1"),
            "arm" => ("", "7"),
            _ => return Truth::Unknown,
        };
        let number = |text: &str| text.strip_prefix(prefix).and_then(|digits| digits.parse::<u8>().ok());
        match (number(level), number(self.target.level().unwrap_or(default))) {
            (Some(wanted), Some(has)) => (wanted <= has).into(),
            _ => Truth::False,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    struct Build {
        target: GoTarget,
        tags: BTreeSet<String>,
        builder: Builder,
        cgo: Cgo,
    }

    impl Build {
        fn new(architecture: &str, variant: &str) -> Build {
            Build {
                target: GoTarget::new("linux", architecture, variant).unwrap(),
                tags: ["sqlite".to_owned()].into(),
                builder: Builder::Exactly(GoVersion::parse("1.26.3").unwrap()),
                cgo: Cgo::Off,
            }
        }

        fn conditions(&self) -> Conditions<'_> {
            let Build { target, tags, builder, cgo } = self;
            Conditions { target, tags, builder: builder.clone(), cgo: *cgo }
        }
    }

    #[test]
    fn tags() {
        for (architecture, variant, tag, value) in [
            ("amd64", "", "linux", True),
            ("amd64", "", "amd64", True),
            ("amd64", "", "unix", True),
            ("amd64", "", "gc", True),
            ("amd64", "", "gccgo", False),
            ("amd64", "", "android", False),
            ("amd64", "", "windows", False),
            ("amd64", "", "arm64", False),
            ("amd64", "", "sqlite", True),
            ("amd64", "", "ignore", False),
            ("amd64", "", "cgo", False),
            ("amd64", "", "go1.1", True),
            ("amd64", "", "go1.26", True),
            ("amd64", "", "go1.27", False),
            ("amd64", "", "go1.26.3", False),
            ("amd64", "", "go1.x", False),
            ("amd64", "", "goexperiment.jsonv2", Unknown),
            ("amd64", "", "boringcrypto", Unknown),
            ("amd64", "", "amd64.v1", True),
            ("amd64", "", "amd64.v2", False),
            ("amd64", "v3", "amd64.v2", True),
            ("amd64", "v3", "amd64.v4", False),
            ("amd64", "v3", "arm64.v8.0", False),
            ("arm", "", "arm.7", True),
            ("arm", "v6", "arm.6", True),
            ("arm", "v6", "arm.7", False),
            ("arm64", "", "arm64.v8.0", Unknown),
        ] {
            assert_eq!(
                Build::new(architecture, variant).conditions().tag(tag),
                value,
                "{architecture}{variant} {tag}"
            );
        }
    }

    #[test]
    fn what_is_unknown_is_possible() {
        let mut build = Build::new("amd64", "");
        build.cgo = Cgo::Unknown;
        build.builder = Builder::AtLeast(GoVersion::parse("1.24").unwrap());
        assert_eq!(build.conditions().tag("cgo"), Unknown);
        assert_eq!(build.conditions().tag("go1.24"), True);
        assert_eq!(build.conditions().tag("go1.25"), Unknown);
        build.builder = Builder::Unknown;
        assert_eq!(build.conditions().tag("go1.1"), Unknown);
    }

    #[test]
    fn file_names() {
        for (name, exclusion) in [
            ("main.go", None),
            ("linux.go", None),
            ("windows.go", None),
            ("_windows.go", Some(Exclusion::Hidden)),
            (".x.go", Some(Exclusion::Hidden)),
            ("a_linux.go", None),
            ("a_windows.go", Some(Exclusion::FileName)),
            ("a_amd64.go", None),
            ("a_arm64.go", Some(Exclusion::FileName)),
            ("a_linux_amd64.go", None),
            ("a_linux_arm64.go", Some(Exclusion::FileName)),
            ("a_windows_amd64.go", Some(Exclusion::FileName)),
            ("a_amd64_windows.go", Some(Exclusion::FileName)),
            ("a_unix.go", None),
            ("a_b_windows.go", Some(Exclusion::FileName)),
            ("a_windows_b.go", None),
            ("a_windows.pb.go", Some(Exclusion::FileName)),
            ("a.b_windows.go", None),
            ("a_test.go", Some(Exclusion::Test)),
            ("a_windows_test.go", Some(Exclusion::Test)),
            ("a_arm.go", Some(Exclusion::FileName)),
            ("a_.go", None),
        ] {
            assert_eq!(Build::new("amd64", "").conditions().excludes_name(name), exclusion, "{name}");
        }
    }

    #[test]
    fn contents() {
        let windows = Exclusion::Constraint { line: 1, text: "windows".to_owned() };
        for (cgo, source, exclusion) in [
            (Cgo::Off, "package main", None),
            (Cgo::Off, "//go:build windows\n\npackage main", Some(windows)),
            (Cgo::Off, "package documentation", Some(Exclusion::Documentation)),
            (Cgo::Off, "package main\nimport \"C\"", Some(Exclusion::NeedsCgo { line: 2 })),
            (Cgo::On, "package main\nimport \"C\"", None),
            (Cgo::Unknown, "package main\nimport \"C\"", None),
        ] {
            let mut build = Build::new("amd64", "");
            build.cgo = cgo;
            assert_eq!(
                build.conditions().excludes("a.go", &Source::scan(source.as_bytes())),
                exclusion,
                "{source}"
            );
        }
    }
}
