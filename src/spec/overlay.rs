//! One tree laid over another: how a target, or the words of the first line, change what is under them.
//!
//! Invariant: mappings merge key by key, and whatever else is above takes the place of what is under it. A key above that has
//! no value takes away the one under it. Everything keeps its place in the file.

use super::yaml::{Key, Node, Value};
use std::collections::BTreeMap;

/// `under` with `over` laid on it. Keys stay in the order of `under`; new ones follow.
pub(super) fn merge(under: &Node, over: &Node) -> Node {
    let (Value::Mapping(below), Value::Mapping(above)) = (&under.value, &over.value) else {
        return over.clone();
    };
    let known: BTreeMap<&str, usize> =
        below.iter().enumerate().map(|(index, (key, _))| (key.name.as_str(), index)).collect();
    let mut changed: BTreeMap<usize, Option<(Key, Node)>> = BTreeMap::new();
    let mut added = Vec::new();
    for (key, node) in above {
        match known.get(key.name.as_str()) {
            Some(index) => {
                let merged = (!node.is_null()).then(|| (key.clone(), merge(&below[*index].1, node)));
                changed.insert(*index, merged);
            }
            None => added.push((key.clone(), node.clone())),
        }
    }
    let merged = below
        .iter()
        .enumerate()
        .filter_map(|(index, pair)| changed.remove(&index).unwrap_or_else(|| Some(pair.clone())))
        .chain(added);
    Node { value: Value::Mapping(merged.collect()), span: over.span }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::{Node, Value, parse};
    use super::merge;

    fn tree(text: &str) -> Node {
        parse(text.as_bytes()).unwrap().unwrap()
    }

    /// A tree on one line, with the line that each scalar is from.
    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Scalar(text, _) => format!("{text}@{}", node.span.start.line),
            Value::Sequence(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Value::Mapping(pairs) => {
                let pairs = pairs.iter().map(|(key, node)| format!("{}: {}", key.name, shown(node)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[test]
    fn mappings_merge_and_all_else_replaces() {
        for (under, over, expected) in [
            ("a: 1\nb: 2", "\n\nb: 3\nc: 4", "{a: 1@1, b: 3@3, c: 4@4}"),
            ("a: {x: 1, y: 2}", "\na: {y: 3}", "{a: {x: 1@1, y: 3@2}}"),
            ("a: {b: {c: {d: 1}}}", "\na: {b: {c: {e: 2}}}", "{a: {b: {c: {d: 1@1, e: 2@2}}}}"),
            ("a: [1, 2]", "\na: [3]", "{a: [3@2]}"),
            ("a: [1, 2]", "\na: []", "{a: []}"),
            ("a: none", "\na: {x: 1}", "{a: {x: 1@2}}"),
            ("a: {x: 1}", "\na: none", "{a: none@2}"),
            ("a: {x: 1}\nb: 2", "\na:", "{b: 2@2}"),
            ("a: {x: 1, y: 2}", "\na: {x: ~}", "{a: {y: 2@1}}"),
            ("a: {x: 1}", "\na: {y: }", "{a: {x: 1@1, y: @2}}"),
            ("a: 1", "\n{}", "{a: 1@1}"),
            ("{}", "\na: 1", "{a: 1@2}"),
            ("text", "\na: 1", "{a: 1@2}"),
        ] {
            assert_eq!(shown(&merge(&tree(under), &tree(over))), expected, "{over:?} over {under:?}");
        }
    }

    #[test]
    fn a_merged_mapping_is_where_it_was_last_written() {
        let merged = merge(&tree("a:\n  x: 1"), &tree("\n\n\na:\n  y: 1"));
        let Value::Mapping(pairs) = &merged.value else { panic!("a mapping") };
        assert_eq!((pairs[0].0.span.start.line, pairs[0].1.span.start.line), (4, 5));
    }
}
