//! Build constraints of generated files, and the settings of the go command that together satisfy each of them.
//!
//! Invariant: the first setting is that of the image that is built, and every condition holds in some setting.

/// What the go command is told to list for.
#[derive(Debug)]
pub(crate) struct Setting {
    /// GOOS.
    pub(crate) os: &'static str,
    /// GOARCH.
    pub(crate) architecture: &'static str,
    /// `CGO_ENABLED`.
    pub(crate) cgo: &'static str,
    /// `-tags`.
    pub(crate) tags: &'static str,
}

/// All of them.
pub(crate) const SETTINGS: [Setting; 3] = [
    Setting { os: "linux", architecture: "amd64", cgo: "0", tags: "" },
    Setting { os: "linux", architecture: "arm64", cgo: "1", tags: "fancy" },
    Setting { os: "windows", architecture: "amd64", cgo: "0", tags: "fancy,extra" },
];

/// A build constraint, by the file's name or by the lines above its package clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// The end of the file's name.
    pub(crate) suffix: &'static str,
    /// The lines.
    pub(crate) lines: &'static str,
}

/// No constraint.
pub(crate) const ALWAYS: Condition = Condition { suffix: "", lines: "" };
/// What a script beside a package has; no setting satisfies it.
pub(crate) const IGNORED: Condition = Condition { suffix: "", lines: "//go:build ignore" };
/// What assembly for one architecture has.
pub(crate) const AMD64: Condition = Condition { suffix: "_amd64", lines: "" };

/// The conditions of generated files.
pub(crate) const CONDITIONS: [Condition; 17] = [
    Condition { suffix: "_linux", lines: "" },
    Condition { suffix: "_windows", lines: "" },
    Condition { suffix: "_arm64", lines: "" },
    Condition { suffix: "_windows_amd64", lines: "" },
    Condition { suffix: "_unix", lines: "" },
    Condition { suffix: "_linux", lines: "//go:build arm64" },
    Condition { suffix: "", lines: "//go:build linux && !arm64" },
    Condition { suffix: "", lines: "//go:build !linux" },
    Condition { suffix: "", lines: "// A comment.\n\n//go:build (unix && fancy) || extra" },
    Condition { suffix: "", lines: "//go:build fancy" },
    Condition { suffix: "", lines: "//go:build !fancy" },
    Condition { suffix: "", lines: "/* Above. */\n//go:build extra && windows" },
    Condition { suffix: "", lines: "//go:build cgo" },
    Condition { suffix: "", lines: "//go:build !cgo" },
    Condition { suffix: "", lines: "//go:build go1.18 && !go1.99" },
    Condition { suffix: "", lines: "//go:build arm64\n// +build arm64" },
    Condition { suffix: "", lines: "//go:build gc && !purego" },
];
