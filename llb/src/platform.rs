//! The platform a process runs on or an image is made for.
//!
//! A parsed platform is in normal form, so equal platforms are equal values: `linux/aarch64` and `linux/arm64/v8`
//! are both `linux/arm64`. The rules are those of containerd/platforms (`platforms.go`, `database.go`).

use std::fmt;

use buildkit_proto::pb;

/// Operating system, architecture and, where it matters, the variant of the architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// As Go names it, `linux`.
    pub os: String,
    /// As Go names it, `amd64`.
    pub architecture: String,
    /// `v7` of `arm/v7`; absent where the architecture has an ordinary one.
    pub variant: Option<String>,
}

/// Why a text is not a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParsePlatformError {
    /// Neither a known operating system nor a known architecture.
    Unknown(String),
    /// A part between slashes is empty or has a character that platforms do not have.
    Part {
        /// The part.
        part: String,
        /// The whole text.
        platform: String,
    },
    /// More than three parts.
    TooLong(String),
}

const SYSTEMS: &[&str] = &[
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
    "windows",
    "zos",
];

const ARCHITECTURES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "ppc64",
    "ppc64le",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

impl Platform {
    /// Reads `os/architecture[/variant]`, or one of the first two alone; then the other is that of this process
    /// (an operating system of `linux`, as a frontend always runs in a Linux container).
    pub fn parse(text: &str) -> Result<Self, ParsePlatformError> {
        let parts: Vec<&str> = text.split('/').collect();
        for (position, part) in parts.iter().enumerate() {
            // A dot is fine in an architecture, but not in an operating system.
            let allowed =
                |c: char| c.is_ascii_alphanumeric() || "_-".contains(c) || (position > 0 && c == '.');
            if part.is_empty() || !part.chars().all(allowed) {
                let (part, platform) = ((*part).to_owned(), text.to_owned());
                return Err(ParsePlatformError::Part { part, platform });
            }
        }
        match parts.as_slice() {
            [single] => {
                let os = normal_os(single);
                if SYSTEMS.contains(&os.as_str()) {
                    return Ok(Self::new(&os, own_architecture(), ""));
                }
                let platform = Self::new("linux", single, "");
                if ARCHITECTURES.contains(&platform.architecture.as_str()) {
                    return Ok(platform);
                }
                Err(ParsePlatformError::Unknown(text.to_owned()))
            }
            [os, architecture] => Ok(Self::new(os, architecture, "")),
            [os, architecture, variant] => Ok(Self::new(os, architecture, variant)),
            _ => Err(ParsePlatformError::TooLong(text.to_owned())),
        }
    }

    /// The normal form of these three; an empty variant is none.
    pub fn new(os: &str, architecture: &str, variant: &str) -> Self {
        let (architecture, variant) = (architecture.to_lowercase(), variant.to_lowercase());
        let (architecture, variant) = match (architecture.as_str(), variant.as_str()) {
            ("i386", _) => ("386", ""),
            ("x86_64" | "x86-64" | "amd64", "v1") => ("amd64", ""),
            ("x86_64" | "x86-64" | "amd64", variant) => ("amd64", variant),
            ("aarch64" | "arm64", "8" | "v8" | "v8.0") => ("arm64", ""),
            ("aarch64" | "arm64", "9" | "9.0" | "v9.0") => ("arm64", "v9"),
            ("aarch64" | "arm64", variant) => ("arm64", variant),
            ("armhf", _) | ("arm", "" | "7") => ("arm", "v7"),
            ("armel", _) | ("arm", "6") => ("arm", "v6"),
            ("arm", "5") => ("arm", "v5"),
            ("arm", "8") => ("arm", "v8"),
            other => other,
        };
        Self {
            os: normal_os(os),
            architecture: architecture.to_owned(),
            variant: (!variant.is_empty()).then(|| variant.to_owned()),
        }
    }

    /// The platform as it travels.
    pub fn to_proto(&self) -> pb::Platform {
        pb::Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            variant: self.variant.clone().unwrap_or_default(),
            ..pb::Platform::default()
        }
    }

    /// The normal form of a received platform.
    pub fn from_proto(platform: &pb::Platform) -> Self {
        Self::new(&platform.os, &platform.architecture, &platform.variant)
    }
}

fn normal_os(os: &str) -> String {
    let os = os.to_lowercase();
    if os == "macos" { "darwin".to_owned() } else { os }
}

/// The architecture of this process in Go's spelling, where Rust's differs beyond what the normal form covers.
fn own_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86" => "386",
        "powerpc64" => "ppc64le",
        "loongarch64" => "loong64",
        other => other,
    }
}

/// `os/architecture[/variant]`, as containerd's `FormatAll` writes the normal form.
impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.iter().try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl std::str::FromStr for Platform {
    type Err = ParsePlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ParsePlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(text) => write!(f, "`{text}` is neither an operating system nor an architecture"),
            Self::Part { part, platform } => {
                write!(f, "`{part}` cannot be part of the platform `{platform}`")
            }
            Self::TooLong(text) => write!(f, "`{text}` is more than `os/architecture/variant`"),
        }
    }
}

impl std::error::Error for ParsePlatformError {}
