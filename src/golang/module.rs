//! Names of modules and their versions.
//!
//! Invariant: a [`ModulePath`] is a path that Go accepts in an import (golang.org/x/mod/module, `CheckImportPath`,
//! without its rules about Windows), so its elements are safe as names of files.

use std::borrow::Borrow;
use std::fmt;

/// The path of a module, as in `module example.com/app/v2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModulePath(String);

/// The version of a module, as in `require example.com/lib v1.2.3`. Not checked: Go does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleVersion(String);

impl ModulePath {
    /// The path, if Go accepts it.
    pub fn parse(text: &str) -> Option<ModulePath> {
        (!text.starts_with('-') && text.split('/').all(is_element)).then(|| ModulePath(text.to_owned()))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What is left of an import path in this module: nothing for the module's own directory.
    pub fn rest_of<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(&self.0)?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// The name that a program at the root of this module gets.
    pub fn binary(&self) -> &str {
        binary_name(&self.0)
    }
}

impl Borrow<str> for ModulePath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl ModuleVersion {
    /// The version as it is written.
    pub fn new(text: &str) -> ModuleVersion {
        ModuleVersion(text.to_owned())
    }

    /// The version as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The name that `go build` gives the program of a package: the last element of its import path, or the one before
/// that if the last is a major version (`go help build`, `-o`).
pub fn binary_name(import_path: &str) -> &str {
    match import_path.rsplit_once('/') {
        Some((before, last)) if is_major_version(last) => before.rsplit('/').next().unwrap_or(before),
        Some((_, last)) => last,
        None => import_path,
    }
}

/// Whether Go accepts this as an element of an import path.
pub fn is_element(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+".contains(&byte);
    !text.is_empty() && !text.ends_with('.') && text.bytes().all(allowed)
}

/// `v2`, `v10`; not `v0`, `v1`, `v02`.
fn is_major_version(element: &str) -> bool {
    element.strip_prefix('v').is_some_and(|digits| {
        !digits.is_empty()
            && digits != "1"
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_names() {
        for (import_path, name) in [
            ("example.com/app", "app"),
            ("example.com/app/v2", "app"),
            ("example.com/app/v10", "app"),
            ("example.com/app/v2/cmd/api", "api"),
            ("example.com/app/v1", "v1"),
            ("example.com/app/v02", "v02"),
            ("gopkg.in/yaml.v3", "yaml.v3"),
            ("app", "app"),
            ("v2", "v2"),
        ] {
            assert_eq!(binary_name(import_path), name, "{import_path}");
        }
    }

    #[test]
    fn module_paths() {
        for good in ["app", "example.com/app/v2", "example.com/~user/a_b-c.d+e"] {
            assert!(ModulePath::parse(good).is_some(), "{good}");
        }
        for bad in
            ["", "/", "a//b", "a/", "/a", "-a", "a/..", ".", "a/b.", "a b", "a\0", "é", "a\\b", "a:b", "a\"b"]
        {
            assert!(ModulePath::parse(bad).is_none(), "{bad:?}");
        }
    }
}
