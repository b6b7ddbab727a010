//! Reads values out of the tree and collects everything that is wrong with them.
//!
//! Invariant: reading never stops at a problem. A value that cannot be used is reported and read as absent, so that
//! one run shows every mistake of a file.

use super::fix;
use super::variables::Variables;
use super::yaml::{Key, MOST_TEXT, Node, Value};
use crate::diagnostic::{Diagnostic, Kind, MOST, Problem, Suggestion, UnknownKey, WrongType};
use buildkit_llb::{LineRange, SourceFile};
use std::fmt::Display;
use std::sync::Arc;

/// A value and the lines of the build file that it came from.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is in the build file.
    pub span: LineRange,
}

/// The file being read, what `${NAME}` stands for in it, and what was found wrong so far.
pub(super) struct Reader<'a> {
    pub(super) file: &'a Arc<SourceFile>,
    pub(super) variables: &'a Variables,
    pub(super) found: Vec<Diagnostic>,
    /// How much text was read, with what variables stand for.
    pub(super) text: usize,
}

/// A mapping whose keys are asked for one by one; what was never asked for is unknown.
pub(super) struct Keys<'a> {
    path: String,
    pairs: &'a [(Key, Node)],
    asked: Vec<&'static str>,
}

/// A value and the path of its key (`image.ports`), which messages name.
#[derive(Clone)]
pub(super) struct Field<'a> {
    pub(super) path: String,
    pub(super) node: &'a Node,
}

impl<T: Default> Default for Spanned<T> {
    /// What is not in the file is on its first line.
    fn default() -> Spanned<T> {
        Spanned { value: T::default(), span: LineRange::line(1) }
    }
}

impl<'a> Keys<'a> {
    /// The value of a key, if it is there. A key without a value counts as absent.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Field<'a>> {
        self.asked.push(name);
        let (_, node) = self.pairs.iter().find(|(key, _)| key.name == name)?;
        (!node.is_null()).then(|| Field { path: join(&self.path, name), node })
    }

    /// Reports what is left; `x-…` is the user's own.
    pub(super) fn finish(self, reader: &mut Reader<'_>) {
        for (key, node) in self.pairs {
            if !self.asked.contains(&key.name.as_str()) && !key.name.starts_with("x-") {
                // Of more problems than these nobody is told.
                let told = reader.found.len() < MOST;
                let elsewhere = if told { fix::elsewhere(&key.name, &self.path) } else { Vec::new() };
                let near = if elsewhere.is_empty() { self.asked.as_slice() } else { &[] };
                let suggestion = Suggestion::of(&key.name, near.iter().copied());
                let problem = UnknownKey {
                    key: key.name.clone(),
                    parent: self.path.clone(),
                    fix: suggestion.0.as_deref().and_then(|name| fix::key(name, node)),
                    suggestion,
                    elsewhere,
                    accepted: self.asked.clone(),
                };
                reader.report(Problem::UnknownKey(problem), key.span);
            }
        }
    }
}

impl Reader<'_> {
    pub(super) fn report(&mut self, problem: Problem, span: LineRange) {
        self.found.push(Diagnostic::at(problem, self.file, span));
    }

    /// The keys of a mapping; of anything else none, after a report.
    pub(super) fn keys<'n>(&mut self, field: &Field<'n>) -> Keys<'n> {
        let pairs = self.pairs(field);
        Keys { path: field.path.clone(), pairs, asked: Vec::new() }
    }

    /// The entries of a mapping whose keys are the user's to name.
    pub(super) fn entries<'n>(&mut self, field: &Field<'n>) -> Vec<(&'n Key, Field<'n>)> {
        let pairs = self.pairs(field);
        pairs.iter().map(|(key, node)| (key, Field { path: join(&field.path, &key.name), node })).collect()
    }

    fn pairs<'n>(&mut self, field: &Field<'n>) -> &'n [(Key, Node)] {
        match &field.node.value {
            Value::Mapping(pairs) => pairs,
            _ => {
                self.wrong_type(field, Kind::Mapping);
                &[]
            }
        }
    }

    /// A text, with `${NAME}` replaced.
    pub(super) fn text(&mut self, field: &Field<'_>) -> Option<Spanned<String>> {
        let span = field.node.span;
        match &field.node.value {
            Value::Scalar(text, _) if !field.node.is_null() => match self.variables.expand(text) {
                Ok(value) => {
                    self.text += value.len();
                    if self.text > MOST_TEXT {
                        // Said once; what is left is not worth reading.
                        if self.text - value.len() <= MOST_TEXT {
                            self.report(Problem::TooMuchText { limit: MOST_TEXT }, span);
                        }
                        return None;
                    }
                    Some(Spanned { value, span })
                }
                Err(problem) => {
                    self.report(problem, span);
                    None
                }
            },
            _ => {
                self.wrong_type(field, Kind::Text);
                None
            }
        }
    }

    /// A list of texts, or one text in its place.
    pub(super) fn texts(&mut self, field: &Field<'_>) -> Vec<Spanned<String>> {
        match &field.node.value {
            Value::Sequence(items) => items
                .iter()
                .enumerate()
                .filter_map(|(index, node)| {
                    self.text(&Field { path: format!("{}[{index}]", field.path), node })
                })
                .collect(),
            Value::Scalar(..) if !field.node.is_null() => self.text(field).into_iter().collect(),
            _ => {
                self.wrong_type(field, Kind::TextOrList);
                Vec::new()
            }
        }
    }

    /// A list of texts and nothing else: the form of an argv, which a shell never sees.
    pub(super) fn argv(&mut self, field: &Field<'_>) -> Option<Vec<String>> {
        match &field.node.value {
            Value::Sequence(_) => Some(self.texts(field).into_iter().map(|text| text.value).collect()),
            _ => {
                self.wrong_type(field, Kind::Argv);
                None
            }
        }
    }

    /// The value that `parse` makes of a text.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        field: &Field<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        let text = self.text(field)?;
        self.parse_text(&field.path, &text, parse)
    }

    /// The value that `parse` makes of a text that was read already.
    pub(super) fn parse_text<T, E: Display>(
        &mut self,
        path: &str,
        text: &Spanned<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Spanned<T>> {
        match parse(&text.value) {
            Ok(value) => Some(Spanned { value, span: text.span }),
            Err(reason) => {
                let found = text.value.clone();
                self.report(
                    Problem::BadValue { key: path.to_owned(), found, reason: reason.to_string() },
                    text.span,
                );
                None
            }
        }
    }

    pub(super) fn wrong_type(&mut self, field: &Field<'_>, expected: Kind) {
        let (key, found) = (field.path.clone(), field.node.kind());
        let problem = WrongType { fix: fix::value(&key, field.node, expected), key, found, expected };
        self.report(Problem::WrongType(problem), field.node.span);
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}
