//! The levels of instruction sets that Go compiles for: GOAMD64 and its like.
//!
//! Invariant: a [`Level`] is a value that Go accepts for its variable (internal/buildcfg); the table here is the one list.

use super::version::GoVersion;

/// A variable that says what processors of an architecture can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub variable: &'static str,
    /// The architectures that it is for.
    pub architectures: &'static [&'static str],
    /// The levels, the lowest first.
    levels: &'static [&'static str],
    /// What may follow a level, after a comma.
    options: &'static [&'static str],
    /// The minor release that has the variable, and the one that has the options.
    since: (u64, u64),
}

/// All of them.
pub const SETTINGS: [Setting; 8] = [
    Setting {
        variable: "GOAMD64",
        architectures: &["amd64"],
        levels: &["v1", "v2", "v3", "v4"],
        options: &[],
        since: (18, 18),
    },
    Setting {
        variable: "GOARM",
        architectures: &["arm"],
        levels: &["5", "6", "7"],
        options: &["softfloat", "hardfloat"],
        since: (1, 22),
    },
    Setting {
        variable: "GOARM64",
        architectures: &["arm64"],
        levels: &[
            "v8.0", "v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v8.6", "v8.7", "v8.8", "v8.9", "v9.0", "v9.1",
            "v9.2", "v9.3", "v9.4", "v9.5",
        ],
        options: &["lse", "crypto"],
        since: (23, 23),
    },
    Setting {
        variable: "GO386",
        architectures: &["386"],
        levels: &["softfloat", "sse2"],
        options: &[],
        since: (16, 16),
    },
    Setting {
        variable: "GOMIPS",
        architectures: &["mips", "mipsle"],
        levels: &["softfloat", "hardfloat"],
        options: &[],
        since: (10, 10),
    },
    Setting {
        variable: "GOMIPS64",
        architectures: &["mips64", "mips64le"],
        levels: &["softfloat", "hardfloat"],
        options: &[],
        since: (11, 11),
    },
    Setting {
        variable: "GOPPC64",
        architectures: &["ppc64", "ppc64le"],
        levels: &["power8", "power9", "power10"],
        options: &[],
        since: (20, 20),
    },
    Setting {
        variable: "GORISCV64",
        architectures: &["riscv64"],
        levels: &["rva20u64", "rva22u64", "rva23u64"],
        options: &[],
        since: (23, 23),
    },
];

/// A value of a [`Setting`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    setting: &'static Setting,
    /// Where in the levels of the setting.
    rank: usize,
    options: Vec<&'static str>,
}

impl Setting {
    /// The level that a text says, or what is accepted.
    pub fn parse(&'static self, text: &str) -> Result<Level, String> {
        let mut words = text.split(',');
        let level = words.next().and_then(|word| self.levels.iter().position(|level| *level == word));
        let options: Option<Vec<&'static str>> =
            words.map(|word| self.options.iter().find(|option| **option == word).copied()).collect();
        match (level, options) {
            (Some(rank), Some(options)) if options.iter().all(|one| once(one, &options)) => {
                Ok(Level { setting: self, rank, options })
            }
            _ => Err(self.accepted()),
        }
    }

    fn accepted(&self) -> String {
        let levels = self.levels.join(", ");
        match self.options {
            [] => format!("it is one of {levels}"),
            options => {
                format!("it is one of {levels}, and may have `,{}` behind it", options.join("` or `,"))
            }
        }
    }
}

fn once(option: &str, options: &[&str]) -> bool {
    options.iter().filter(|other| **other == option).count() == 1
}

impl Level {
    /// The level of this name, of a table of this program's own.
    pub(super) fn known(variable: &str, level: &str) -> Option<Level> {
        SETTINGS.iter().find(|setting| setting.variable == variable)?.parse(level).ok()
    }

    /// The variable and its value.
    pub fn env(&self) -> (&'static str, String) {
        let words: Vec<&str> = std::iter::once(self.word()).chain(self.options.iter().copied()).collect();
        (self.setting.variable, words.join(","))
    }

    /// The level alone.
    pub fn word(&self) -> &'static str {
        self.setting.levels[self.rank]
    }

    /// Whether it is one of processors of this architecture.
    pub fn is_for(&self, architecture: &str) -> bool {
        self.setting.architectures.contains(&architecture)
    }

    /// Whether a processor of this level may lack what a program of that level needs.
    pub fn is_below(&self, other: &Level) -> bool {
        self.rank < other.rank
    }

    /// The first release of Go that knows it; others would build for another level and not say so.
    pub fn since(&self) -> GoVersion {
        let (variable, options) = self.setting.since;
        let minor = match (self.options.is_empty(), self.word()) {
            (_, "rva23u64") => 25,
            (true, _) => variable,
            (false, _) => options,
        };
        GoVersion::of_language(1, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::SETTINGS;

    #[test]
    fn values() {
        for (variable, text, expected) in [
            ("GOAMD64", "v3", Some("v3 1.18")),
            ("GOAMD64", "v5", None),
            ("GOAMD64", "3", None),
            ("GOAMD64", "v3,lse", None),
            ("GOARM", "7", Some("7 1.1")),
            ("GOARM", "6,softfloat", Some("6,softfloat 1.22")),
            ("GOARM", "7,", None),
            ("GOARM", "", None),
            ("GOARM64", "v9.0,lse,crypto", Some("v9.0,lse,crypto 1.23")),
            ("GOARM64", "v9.0,lse,lse", None),
            ("GOARM64", "v8", None),
            ("GORISCV64", "rva20u64", Some("rva20u64 1.23")),
            ("GORISCV64", "rva23u64", Some("rva23u64 1.25")),
            ("GO386", "sse2", Some("sse2 1.16")),
        ] {
            let setting = SETTINGS.iter().find(|setting| setting.variable == variable).unwrap();
            let found = setting.parse(text).ok().map(|level| format!("{} {}", level.env().1, level.since()));
            assert_eq!(found.as_deref(), expected, "{variable}={text}");
        }
        let accepted = SETTINGS[1].parse("8").unwrap_err();
        assert_eq!(accepted, "it is one of 5, 6, 7, and may have `,softfloat` or `,hardfloat` behind it");
    }
}
