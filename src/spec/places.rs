//! What a build file says literally, and where: for whoever has a remark on it.
//!
//! Invariant: nothing here has a meaning; what a value means is in the [`Spec`](super::Spec).

use super::Document;
use super::reader::Spanned;
use super::yaml::{Node, Value};
use buildkit_llb::LineRange;
use std::collections::BTreeSet;

impl Document {
    /// The lines of the entry at `path` of a target, or at the top: from its key to the end of its value. An element of the path
    /// for each key.
    pub fn place(&self, target: Option<&str>, path: &[&str]) -> Option<LineRange> {
        let (last, above) = path.split_last()?;
        let (key, node) = node(self.images.tree(target), above)?.entry(last)?;
        Some(LineRange { start: key.span.start, end: node.span.end.max(key.span.end) })
    }

    /// The texts of the list at `path`, or the one text in its place, with variables as they are written.
    pub fn texts(&self, target: Option<&str>, path: &[&str]) -> Vec<Spanned<&str>> {
        let Some(node) = node(self.images.tree(target), path) else { return Vec::new() };
        let items = match &node.value {
            Value::Sequence(items) => items.as_slice(),
            Value::Scalar(..) | Value::Mapping(_) => std::slice::from_ref(node),
        };
        items
            .iter()
            .filter_map(|node| match &node.value {
                Value::Scalar(value, _) if !node.is_null() => {
                    Some(Spanned { value: value.as_str(), span: node.span })
                }
                _ => None,
            })
            .collect()
    }

    /// The names in all `${NAME}` of the file. What is under `args` refers to nothing.
    pub fn references(&self) -> BTreeSet<&str> {
        names(self.images.trees())
    }

    /// The names in all `${NAME}` of a target, or at the top.
    pub fn references_of(&self, target: Option<&str>) -> BTreeSet<&str> {
        names(std::iter::once(self.images.tree(target)))
    }
}

fn names<'a>(trees: impl Iterator<Item = &'a Node>) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for tree in trees {
        if let Value::Mapping(pairs) = &tree.value {
            let others = pairs.iter().filter(|(key, _)| key.name != "args");
            others.for_each(|(_, node)| collect(node, &mut names));
        }
    }
    names
}

fn node<'a>(tree: &'a Node, path: &[&str]) -> Option<&'a Node> {
    path.iter().try_fold(tree, |node, name| node.entry(name).map(|(_, node)| node))
}

/// The trees that are read are at most 32 levels deep (`yaml`).
fn collect<'a>(node: &'a Node, names: &mut BTreeSet<&'a str>) {
    match &node.value {
        Value::Scalar(text, _) => {
            let mut rest = text.as_str();
            while let Some((_, after)) = rest.split_once('$') {
                rest = after.strip_prefix('$').unwrap_or(after);
                let Some(after) = after.strip_prefix('{') else { continue };
                // What is not closed is a mistake that others tell of.
                let Some((reference, after)) = after.split_once('}') else { return };
                names.extend(reference.split(":-").next());
                rest = after;
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Mapping(pairs) => pairs.iter().for_each(|(_, node)| collect(node, names)),
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::{Document, Door};
    use buildkit_llb::SourceFile;
    use std::sync::Arc;

    fn document(text: &str) -> Document {
        let file = SourceFile {
            filename: "gobuild.yaml".to_owned(),
            language: "YAML".to_owned(),
            data: text.as_bytes().to_vec(),
            definition: None,
        };
        Document::parse(&Arc::new(file), Door::Yaml, "image").unwrap()
    }

    #[test]
    fn entries_have_lines() {
        let document = document("image:\n  labels:\n    a.b: x\n  ports: [80, 81]\n  cmd: >\n    a\n    b\n");
        let lines =
            |path: &[&str]| document.place(None, path).map(|range| (range.start.line, range.end.line));
        assert_eq!(lines(&["image", "labels", "a.b"]), Some((3, 3)));
        assert_eq!(lines(&["image", "cmd"]), Some((5, 7)));
        assert_eq!(lines(&["image", "env"]), None);
        let ports: Vec<&str> =
            document.texts(None, &["image", "ports"]).into_iter().map(|text| text.value).collect();
        assert_eq!(ports, ["80", "81"]);
    }

    #[test]
    fn references_are_those_that_are_replaced() {
        let document =
            document("args: {A: \"${Z}\"}\nmain: \"./${A}\"\nimage:\n  cmd: [\"${B:-x}\", \"$${C}\", $D]\n");
        assert_eq!(document.references().into_iter().collect::<Vec<_>>(), ["A", "B"]);
    }
}
