//! The environment of an image: `NAME=value` entries in the order in which they were set.
//!
//! Invariant: what a base image wrote is kept byte for byte, even an entry without `=`, until its name is
//! set anew.

use serde::{Deserialize, Serialize};

/// An ordered environment, as the image config stores it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Env(Vec<String>);

impl Env {
    /// The value of `name`. Of two entries the last counts, as it does for the process.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().rev().find(|(entry, _)| *entry == name).map(|(_, value)| value)
    }

    /// Sets `name`, in the place where it was, or at the end. Further entries of that name go.
    pub fn set(&mut self, name: &str, value: &str) {
        let mut entry = Some(format!("{name}={value}"));
        self.0.retain_mut(|other| {
            if split(other).0 != name {
                return true;
            }
            let Some(entry) = entry.take() else {
                return false;
            };
            *other = entry;
            true
        });
        self.0.extend(entry);
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> + ExactSizeIterator {
        self.0.iter().map(|entry| split(entry))
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<String> for Env {
    fn from_iter<I: IntoIterator<Item = String>>(entries: I) -> Self {
        Self(entries.into_iter().collect())
    }
}

fn split(entry: &str) -> (&str, &str) {
    entry.split_once('=').unwrap_or((entry, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(entries: &[&str]) -> Env {
        entries.iter().map(|entry| (*entry).to_owned()).collect()
    }

    #[test]
    fn set_keeps_the_order() {
        let cases: [(&[&str], &str, &[&str]); 6] = [
            (&[], "A", &["A=new"]),
            (&["PATH=/bin", "A=1", "B=2"], "A", &["PATH=/bin", "A=new", "B=2"]),
            (&["A=1", "B=2", "A=3"], "A", &["A=new", "B=2"]),
            (&["A", "B=2"], "A", &["A=new", "B=2"]),
            (&["AA=1", "a=2"], "A", &["AA=1", "a=2", "A=new"]),
            (&["odd", "=C:=x", ""], "A", &["odd", "=C:=x", "", "A=new"]),
        ];
        for (before, name, after) in cases {
            let mut got = env(before);
            got.set(name, "new");
            assert_eq!(got, env(after), "{before:?}");
        }
    }

    #[test]
    fn get_reads_the_last() {
        let cases = [("A", Some("3")), ("B", Some("x=y")), ("C", Some("")), ("D", None), ("a", None)];
        let env = env(&["A=1", "B=x=y", "C", "A=3"]);
        for (name, value) in cases {
            assert_eq!(env.get(name), value, "{name}");
        }
    }
}
