//! Variables that `build.env` does not take, each with the reason.
//!
//! Invariant: what runs in a step and where modules come from is said in one place, which is not the environment.

const BY_PROXY: &str = "it is about downloads, and the compile step has no network; write `modules.proxy`";
const BY_SUMDB: &str = "it is about downloads, and the compile step has no network; write `modules.sumdb`";
const BY_PRIVATE: &str =
    "it is about downloads, and the compile step has no network; write `modules.private`";
const BY_CA: &str =
    "it makes Go believe any server; write `modules.ca`, with the certificates of those that are right";
const PROGRAM: &str = "it makes the compiler run code that is not the toolchain's";
const TOOLCHAIN: &str = "it makes Go use another toolchain; write `go` or `builder`";

const REFUSED: [(&str, &str); 17] = [
    ("GIT_SSH_COMMAND", BY_PRIVATE),
    ("GIT_SSL_NO_VERIFY", BY_CA),
    ("GOAUTH", BY_PRIVATE),
    ("GOCACHEPROG", PROGRAM),
    ("GOINSECURE", BY_CA),
    ("GONOPROXY", BY_PRIVATE),
    ("GONOSUMDB", BY_PRIVATE),
    ("GOPRIVATE", BY_PRIVATE),
    ("GOPROXY", BY_PROXY),
    ("GOROOT", TOOLCHAIN),
    ("GOSUMDB", BY_SUMDB),
    ("GOTOOLDIR", TOOLCHAIN),
    ("GOVCS", BY_PRIVATE),
    ("LD_AUDIT", PROGRAM),
    ("LD_LIBRARY_PATH", PROGRAM),
    ("LD_PRELOAD", PROGRAM),
    ("NETRC", BY_PRIVATE),
];

/// Why a variable is not taken, and what to write instead; none if it is.
pub(super) fn reason(variable: &str) -> Option<&'static str> {
    let (_, reason) = REFUSED.iter().find(|(name, _)| *name == variable)?;
    Some(reason)
}
