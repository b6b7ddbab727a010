//! YAML text to a tree in which everything knows its lines.
//!
//! The only file that knows the YAML crate. Invariants: a scalar stays the text that was written (`1.30` is not
//! 1.3), and the tree is bounded in bytes, depth and nodes whatever the text is.

use super::variables::LEFT;
use crate::diagnostic::{Kind, Problem};
use buildkit_llb::{LineRange, Position};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as Marks};
use std::collections::BTreeMap;

/// The longest file that is read, in bytes.
pub const LARGEST_FILE: usize = 1 << 20;
/// The deepest nesting; the deepest key of the language is five levels down.
const DEEPEST: usize = 32;
/// The most nodes, those behind aliases counted each time.
pub(super) const MOST_NODES: usize = 20_000;
/// The most text, that behind aliases counted each time.
pub(super) const MOST_TEXT: usize = 4 * LARGEST_FILE;

/// A value and the lines it was written on.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The value.
    pub(crate) value: Value,
    /// From its first place to its last.
    pub(crate) span: LineRange,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Text as written, and whether it had quotes (or was a block).
    Scalar(String, Style),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the file; no key occurs twice.
    Mapping(Vec<(Key, Node)>),
}

/// How a scalar was written: only a plain one can be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Without quotes.
    Plain,
    /// With quotes, or as a block.
    Quoted,
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Its text.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) span: LineRange,
}

impl Node {
    /// The entry of a mapping with this key; anything else has none.
    pub(crate) fn entry(&self, name: &str) -> Option<&(Key, Node)> {
        let Value::Mapping(pairs) = &self.value else { return None };
        pairs.iter().find(|(key, _)| key.name == name)
    }

    /// Whether this is YAML's null: nothing, `~` or `null`.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(text, Style::Plain) if matches!(text.as_str(), "" | "~" | "null"))
    }

    /// What it is, in words for a message.
    pub(super) fn kind(&self) -> Kind {
        match &self.value {
            _ if self.is_null() => Kind::Nothing,
            Value::Scalar(..) => Kind::Text,
            Value::Sequence(_) => Kind::List,
            Value::Mapping(_) => Kind::Mapping,
        }
    }
}

/// A problem of the text itself, with its lines.
pub(crate) type Trouble = (Problem, LineRange);

/// The root of the one document of `text`, or none if it holds nothing but comments.
///
/// Repeated keys are all reported; anything else that is not YAML ends the reading.
pub(crate) fn parse(text: &[u8]) -> Result<Option<Node>, Vec<Trouble>> {
    let start = LineRange::line(1);
    if text.len() > LARGEST_FILE {
        return Err(vec![(Problem::FileTooLarge { limit: LARGEST_FILE }, start)]);
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let lines = text[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            return Err(vec![(Problem::NotUtf8, LineRange::line(line_number(lines)))]);
        }
    };
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, marks) = event.map_err(|error| {
            let line = line_number(error.marker().line());
            let (detail, help) = (error.info().to_owned(), help(error.info()));
            vec![(Problem::Syntax { detail, help }, LineRange::line(line))]
        })?;
        tree.add(event, span(marks)).map_err(|trouble| vec![trouble])?;
    }
    if tree.repeated.is_empty() { Ok(tree.root) } else { Err(tree.repeated) }
}

/// What to do about what the parser says, where people make that mistake.
fn help(said: &str) -> &'static str {
    match said {
        _ if said.contains("tab") => "indent with spaces",
        _ if said.contains("quoted scalar") => "close the quote",
        _ if said.contains("flow") => "close the bracket",
        _ if said.contains("expected") || said.contains("indent") || said.contains("mapping values") => {
            "keys of one mapping start in the same column, and a value with `: ` or ` #` in it needs quotes"
        }
        _ => "check this line and the one before it",
    }
}

/// The tree so far: the open collections from the outside in, and what anchors stand for.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, (Node, Size)>,
    size: Size,
    documents: usize,
    repeated: Vec<Trouble>,
}

/// How large a tree is.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: usize,
    text: usize,
}

/// A collection whose end has not come yet.
struct Open {
    anchor: usize,
    span: LineRange,
    before: Size,
    items: Items,
}

enum Items {
    Sequence(Vec<Node>),
    Mapping { entries: BTreeMap<String, LineRange>, pairs: Vec<(Key, Node)>, key: Option<Key> },
}

impl Tree {
    fn add(&mut self, event: Event<'_>, span: LineRange) -> Result<(), Trouble> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 { Err((Problem::SeveralDocuments, span)) } else { Ok(()) }
            }
            Event::Alias(anchor) => {
                let Some((_, size)) = self.anchors.get(&anchor) else {
                    return Err((Problem::SelfAlias, span));
                };
                // Before it is copied.
                self.count(*size, span)?;
                match self.anchors.get(&anchor).cloned() {
                    Some((node, _)) => self.place(Node { span, ..node }),
                    None => Ok(()),
                }
            }
            Event::Scalar(_, _, _, Some(tag))
            | Event::SequenceStart(_, Some(tag))
            | Event::MappingStart(_, Some(tag))
                if !tag.is_yaml_core_schema() =>
            {
                Err((Problem::Tag { tag: tag.to_string() }, span))
            }
            // What marks a reference that is left as it is (`variables`).
            Event::Scalar(text, ..) if text.contains([LEFT.0, LEFT.1]) => {
                let detail = "characters of the private planes 15 and 16 have no meaning here".to_owned();
                Err((Problem::Syntax { detail, help: "remove them" }, span))
            }
            Event::Scalar(text, style, anchor, _) => {
                let size = Size { nodes: 1, text: text.len() };
                self.count(size, span)?;
                let style = if style == ScalarStyle::Plain { Style::Plain } else { Style::Quoted };
                let node = Node { value: Value::Scalar(text.into_owned(), style), span };
                self.anchor(anchor, &node, size)?;
                self.place(node)
            }
            Event::SequenceStart(anchor, _) => self.open(anchor, span, Items::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => {
                let items = Items::Mapping { entries: BTreeMap::new(), pairs: Vec::new(), key: None };
                self.open(anchor, span, items)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let value = match open.items {
                    Items::Sequence(items) => Value::Sequence(items),
                    Items::Mapping { pairs, .. } => Value::Mapping(pairs),
                };
                let end = last_line(&value).unwrap_or(open.span.end).max(open.span.end);
                let node = Node { value, span: LineRange { start: open.span.start, end } };
                let (nodes, text) = (self.size.nodes - open.before.nodes, self.size.text - open.before.text);
                self.anchor(open.anchor, &node, Size { nodes, text })?;
                self.place(node)
            }
        }
    }

    fn open(&mut self, anchor: usize, span: LineRange, items: Items) -> Result<(), Trouble> {
        if self.open.len() == DEEPEST {
            return Err((Problem::TooDeep { limit: DEEPEST }, span));
        }
        let before = self.size;
        self.count(Size { nodes: 1, text: 0 }, span)?;
        self.open.push(Open { anchor, span, before, items });
        Ok(())
    }

    fn count(&mut self, size: Size, span: LineRange) -> Result<(), Trouble> {
        self.size.nodes += size.nodes;
        self.size.text += size.text;
        if self.size.nodes > MOST_NODES {
            Err((Problem::TooManyNodes { limit: MOST_NODES }, span))
        } else if self.size.text > MOST_TEXT {
            Err((Problem::TooMuchText { limit: MOST_TEXT }, span))
        } else {
            Ok(())
        }
    }

    /// Keeps what an anchor stands for: a copy, whose text counts like any other.
    fn anchor(&mut self, anchor: usize, node: &Node, size: Size) -> Result<(), Trouble> {
        // The parser numbers anchors from 1; 0 is none.
        if anchor != 0 {
            self.count(Size { nodes: 0, text: size.text }, node.span)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    fn place(&mut self, node: Node) -> Result<(), Trouble> {
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::Sequence(items)) => items.push(node),
            Some(Items::Mapping { entries, pairs, key }) => match key.take() {
                Some(key) => match entries.get(&key.name) {
                    Some(first) => self
                        .repeated
                        .push((Problem::DuplicateKey { key: key.name, first: first.start.line }, key.span)),
                    None => {
                        entries.insert(key.name.clone(), key.span);
                        pairs.push((key, node));
                    }
                },
                None => match node.value {
                    Value::Scalar(name, _) => *key = Some(Key { name, span: node.span }),
                    _ => return Err((Problem::KeyIsCollection, node.span)),
                },
            },
        }
        Ok(())
    }
}

/// Where the last thing in a collection ends. The end event itself stands on the next key's line in block style.
fn last_line(value: &Value) -> Option<Position> {
    match value {
        Value::Scalar(..) => None,
        Value::Sequence(items) => items.last().map(|node| node.span.end),
        Value::Mapping(pairs) => pairs.last().map(|(key, node)| node.span.end.max(key.span.end)),
    }
}

fn span(marks: Marks) -> LineRange {
    let start = Position { line: line_number(marks.start.line()), character: column(marks.start.col()) };
    // A block scalar ends at the start of the line after it.
    let end = if marks.end.col() == 0 && marks.end.line() > marks.start.line() {
        Position { line: line_number(marks.end.line() - 1), character: 0 }
    } else {
        Position { line: line_number(marks.end.line()), character: column(marks.end.col()) }
    };
    LineRange { start, end }
}

/// The parser counts lines from 1, but says 0 of an empty text.
fn line_number(number: usize) -> u32 {
    column(number.max(1))
}

fn column(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
