//! `/etc/gobuild/org.yaml` of a derived frontend image: what an organisation says for all of its repositories.
//!
//! `defaults` are laid under a build file and `locked` over it; `locks` finds what contradicts, `rules` has what is accepted,
//! `authority` whose it all is, `file` how it is written. Invariant: a mistake of a repository is told at its own line, one of the organisation at
//! the organisation's.

mod authority;
mod file;
mod locks;
mod pattern;
mod rules;

pub use authority::Authority;
pub use pattern::Pattern;
pub use rules::Rules;

use file::File;

use super::overlay::merge;
use super::reader::{Field, Reader};
use super::targets::place;
use super::value::FromField;
use super::variables::Variables;
use super::yaml::{self, Key, Node, Trouble, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use buildkit_llb::{LineRange, SourceFile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where a derived image has it.
pub const ORGANISATION_FILE: &str = "/etc/gobuild/org.yaml";

/// What an organisation says.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Whose it is.
    pub authority: Authority,
    /// What is accepted.
    pub rules: Rules,
    /// The file.
    pub file: Arc<SourceFile>,
    defaults: Option<Node>,
    locked: Option<Node>,
}

/// Where a value is from that an organisation has an opinion on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The organisation's default.
    Default,
    /// The repository, instead of that.
    Repository,
    /// The organisation, and nobody else.
    Locked,
}

/// What an organisation has to do with a build file.
#[derive(Clone, Debug)]
pub struct Influence {
    /// What it says.
    pub organisation: Arc<Organisation>,
    /// The keys of its defaults and of what it has locked.
    pub keys: Vec<(String, Source)>,
}

/// The keys of the file, as a JSON schema.
pub(super) fn schema() -> serde_json::Value {
    File::schema()
}

impl Organisation {
    /// Reads the file.
    pub fn parse(data: Vec<u8>) -> Result<Organisation, Diagnostics> {
        let file = Arc::new(SourceFile {
            filename: ORGANISATION_FILE.to_owned(),
            language: "YAML".to_owned(),
            data,
            definition: None,
        });
        let all = |troubles: Vec<Trouble>| {
            let found = troubles.into_iter().map(|(problem, lines)| Diagnostic::at(problem, &file, lines));
            Diagnostics::check(found.collect())
        };
        let root = match yaml::parse(&file.data) {
            Ok(root) => root.unwrap_or(Node { value: Value::Mapping(Vec::new()), span: LineRange::line(1) }),
            Err(troubles) => return Err(all(troubles).expect_err("troubles are never empty")),
        };
        let variables = Variables::default();
        let mut reader = Reader { file: &file, variables: &variables, found: Vec::new(), text: 0 };
        let read = File::from_field(&mut reader, &Field { path: String::new(), node: &root });
        if let (Some(File { rules: Rules { licenses: None, .. }, .. }), Some((key, _))) =
            (&read, entries(&root, "rules.known-licenses").first())
        {
            let (path, beside) = (format!("rules.{}", key.name), "rules.licenses".to_owned());
            reader.report(Problem::OutOfPlace { key: path, beside }, key.span);
        }
        let mut found = reader.found;
        found.sort_by_key(place);
        Diagnostics::check(found)?;
        let File { name, contact, link, defaults, locked, rules } = read.unwrap_or_default();
        let name = name.unwrap_or_else(|| "your organisation".to_owned());
        Ok(Organisation {
            authority: Authority { name, contact, link },
            rules,
            file,
            defaults: defaults.0,
            locked: locked.0,
        })
    }
}

impl Organisation {
    /// A build file's tree between its defaults and what is locked, with what that has to do with it.
    pub(super) fn around(&self, root: &Node) -> Node {
        let mut tree = root.clone();
        if let Some(defaults) = &self.defaults {
            tree = merge(&on_first_line(defaults), &tree);
        }
        if let Some(locked) = &self.locked {
            tree = merge(&tree, &on_first_line(locked));
        }
        tree
    }

    /// What a tree of a repository says that it cannot.
    pub(super) fn refused(&self, own: &Node) -> Vec<Trouble> {
        let mut found = Vec::new();
        if let Some(locked) = &self.locked {
            found.extend(locks::conflicts(own, locked, &self.authority));
        }
        for path in &self.rules.refused_keys {
            for (key, _) in entries(own, path.as_str()) {
                let problem = Problem::RefusedKey {
                    key: path.as_str().to_owned(),
                    by: Box::new(self.authority.clone()),
                };
                found.push((problem, key.span));
            }
        }
        found
    }

    /// What a client gives that is locked: build args and labels.
    pub(super) fn refused_of_client(
        &self,
        args: &BTreeMap<String, String>,
        labels: &BTreeMap<String, String>,
    ) -> Vec<Problem> {
        let given = args.iter().map(|(name, value)| ("--build-arg", "args", name, value));
        let given = given.chain(labels.iter().map(|(name, value)| ("--label", "image.labels", name, value)));
        let refused = given.filter_map(|(flag, room, name, value)| {
            let locked = entries(self.locked.as_ref()?, &format!("{room}.{name}"));
            let locked = match &locked.first()?.1.value {
                Value::Scalar(text, _) => text.clone(),
                _ => return None,
            };
            let (flag, by) = (format!("{flag} {name}={value}"), Box::new(self.authority.clone()));
            (locked != *value).then_some(Problem::LockedByClient { flag, locked, by })
        });
        refused.collect()
    }

    /// The keys that it has an opinion on, and what became of it for a tree of a repository.
    pub(super) fn sources(&self, own: &Node) -> Vec<(String, Source)> {
        let mut keys = Vec::new();
        for leaf in self.locked.iter().flat_map(leaves) {
            keys.push((leaf, Source::Locked));
        }
        for leaf in self.defaults.iter().flat_map(leaves) {
            if keys.iter().all(|(known, _)| *known != leaf) {
                let said = !entries(own, &leaf).is_empty();
                keys.push((leaf, if said { Source::Repository } else { Source::Default }));
            }
        }
        keys.sort_by(|(one, _), (other, _)| one.cmp(other));
        keys
    }
}

/// A tree whose every place is the first line of the build file: there stands the name of the image that it comes from.
fn on_first_line(node: &Node) -> Node {
    let span = LineRange::line(1);
    let value = match &node.value {
        Value::Scalar(text, style) => Value::Scalar(text.clone(), *style),
        Value::Sequence(items) => Value::Sequence(items.iter().map(on_first_line).collect()),
        Value::Mapping(pairs) => {
            let pair =
                |(key, node): &(Key, Node)| (Key { name: key.name.clone(), span }, on_first_line(node));
            Value::Mapping(pairs.iter().map(pair).collect())
        }
    };
    Node { value, span }
}

/// What is at a path like `build.cgo`, in every item of a list; a key with a dot in it counts as one.
fn entries<'a>(node: &'a Node, path: &str) -> Vec<&'a (Key, Node)> {
    match &node.value {
        Value::Scalar(..) => Vec::new(),
        Value::Sequence(items) => items.iter().flat_map(|item| entries(item, path)).collect(),
        Value::Mapping(pairs) => {
            let here = pairs.iter().filter_map(|pair| Some((pair, path.strip_prefix(pair.0.name.as_str())?)));
            let found = here.flat_map(|(pair, rest)| match rest.strip_prefix('.') {
                None if rest.is_empty() => vec![pair],
                None => Vec::new(),
                Some(rest) => entries(&pair.1, rest),
            });
            found.collect()
        }
    }
}

/// The paths of everything in a tree that is no mapping.
fn leaves(node: &Node) -> Vec<String> {
    let Value::Mapping(pairs) = &node.value else { return Vec::new() };
    let below = pairs.iter().flat_map(|(key, node)| {
        let below = leaves(node);
        if below.is_empty() {
            vec![key.name.clone()]
        } else {
            below.into_iter().map(|leaf| format!("{}.{leaf}", key.name)).collect()
        }
    });
    below.collect()
}
