//! The words after the image reference in `# syntax=gobuild/frontend:1 main=./cmd/api`.
//!
//! Invariant: a word is a key of the build file and is read by the same reader; it wins over the file, since whoever
//! sets `BUILDKIT_SYNTAX` has the last word.

use super::yaml::{Key, Node, Style, Trouble, Value};
use crate::diagnostic::Problem;
use buildkit_llb::LineRange;

/// Keys that are short enough to be wanted on that line, and that live under `image:`.
const IMAGE_KEYS: [&str; 7] = ["base", "user", "workdir", "entrypoint", "cmd", "ports", "healthcheck"];

/// Mappings whose keys are the user's to name, dots and all: `build.stamp.main.version`.
const NAMED: [&str; 5] = ["args", "build.stamp", "build.env", "image.env", "image.labels"];

/// The most dots in a key; the language has fewer.
const DEEPEST: usize = 8;

/// The words of `cmdline` as a tree, which is to be laid over that of the file.
///
/// `base=scratch` is `image.base`; other keys are written with their whole path, `build.tags=netgo`, and lists as in
/// YAML but without spaces, `cmd=[--listen,:8080]`.
/// The option holds the image reference as its first word.
pub(super) fn words(cmdline: &str) -> Result<Node, Vec<Trouble>> {
    // The directive is on the first line (`DetectSyntax` of BuildKit's parser asks for it there).
    let span = LineRange::line(1);
    let mut root = Node { value: Value::Mapping(Vec::new()), span };
    let mut troubles = Vec::new();
    for word in cmdline.split_whitespace().skip(1) {
        match word.split_once('=') {
            Some((key, value)) if !key.is_empty() && key.matches('.').count() < DEEPEST => {
                let key = if IMAGE_KEYS.contains(&key) { format!("image.{key}") } else { key.to_owned() };
                set(&mut root, &path(&key), value_of(value, span));
            }
            _ => troubles.push((Problem::DirectiveWord { word: word.to_owned() }, span)),
        }
    }
    if troubles.is_empty() { Ok(root) } else { Err(troubles) }
}

/// The elements of a key.
fn path(key: &str) -> Vec<&str> {
    let named =
        NAMED.into_iter().find_map(|mapping| Some((mapping, key.strip_prefix(mapping)?.strip_prefix('.')?)));
    match named {
        Some((mapping, name)) => mapping.split('.').chain([name]).collect(),
        None => key.split('.').collect(),
    }
}

fn value_of(text: &str, span: LineRange) -> Node {
    let scalar = |text: &str| Node { value: Value::Scalar(text.to_owned(), Style::Quoted), span };
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some("") => Node { value: Value::Sequence(Vec::new()), span },
        Some(items) => Node { value: Value::Sequence(items.split(',').map(scalar).collect()), span },
        None => scalar(text),
    }
}

/// Replaces the value at `path`, making the mappings on the way.
fn set(node: &mut Node, path: &[&str], leaf: Node) {
    let span = leaf.span;
    let Some((name, rest)) = path.split_first() else {
        *node = leaf;
        return;
    };
    if !matches!(node.value, Value::Mapping(_)) {
        node.value = Value::Mapping(Vec::new());
    }
    let Value::Mapping(pairs) = &mut node.value else { return };
    let index = pairs.iter().position(|(key, _)| key.name == *name).unwrap_or_else(|| {
        let empty = Node { value: Value::Mapping(Vec::new()), span };
        pairs.push((Key { name: (*name).to_owned(), span }, empty));
        pairs.len() - 1
    });
    set(&mut pairs[index].1, rest, leaf);
}
