//! What a reviewer of a Go image would say to a build file that is right: rules, and what they find.
//!
//! A rule is a [`Rule`] in the file of its subject, with its words; its page is in `docs/checks`, and the examples there
//! are its tests. Invariant: a rule speaks of what the build knows for certain, and a repository with nothing but the
//! first line in its build file hears of none.

mod arguments;
mod command;
mod context;
mod environment;
mod facts;
mod images;
mod labels;
mod modules;
mod program;
mod secrets;
mod setting;
mod user;

pub use facts::Facts;
pub use setting::{Setting, UnknownName};

use crate::context::ContextPath;
use crate::diagnostic::{self, Shown};
use buildkit_llb::{LineRange, Location};
use std::fmt;
use std::sync::Arc;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Somebody else can use it.
    Risk,
    /// The image does something else than what the file says.
    Mistake,
    /// It works, and could be better.
    Advice,
}

/// Something that can be remarked on.
#[derive(Debug)]
pub struct Rule {
    /// What people write to skip it.
    pub name: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What holds where it finds nothing: the first sentence of its page.
    pub about: &'static str,
    find: fn(&Facts<'_>, &mut Found<'_, '_>),
}

/// A remark.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What was found and what to write.
    pub message: String,
    /// The lines that it is about.
    pub place: Location,
}

/// As BuildKit words the warnings of Dockerfiles.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.place.ranges.first().map_or(1, |range| range.start.line);
        write!(f, "{}: {} (line {line})", self.rule.name, self.message)
    }
}

/// Where the pages of the rules are: a path of gobuild's repository.
const PAGES: &str = "docs/checks/";

impl Rule {
    /// Where its page is.
    pub fn page(&self) -> String {
        let mut page = PAGES.to_owned();
        for (index, letter) in self.name.char_indices() {
            if letter.is_uppercase() && index > 0 {
                page.push('-');
            }
            page.extend(letter.to_lowercase());
        }
        page + ".md"
    }
}

/// All rules, each in the file of its subject.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    let subjects: [&'static [Rule]; 11] = [
        arguments::RULES,
        command::RULES,
        context::RULES,
        environment::RULES,
        images::RULES,
        labels::RULES,
        modules::RULES,
        program::RULES,
        secrets::RULES,
        setting::RULES,
        user::RULES,
    ];
    subjects.into_iter().flatten()
}

/// The most that is said: each travels with its whole file.
const MOST: usize = 50;

/// What there is to say, in the order of the file, without what is skipped.
pub fn review(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules().filter(|rule| !facts.setting.skips(rule.name)) {
        (rule.find)(facts, &mut Found { facts, rule, findings: &mut findings });
    }
    let line = |finding: &Finding| finding.place.ranges.first().copied();
    let of_another = |finding: &Finding| !Arc::ptr_eq(&finding.place.file, facts.document.file());
    findings.sort_by_key(|finding| (of_another(finding), line(finding), finding.rule.name));
    findings.truncate(MOST);
    findings
}

/// What was found in several reviews of a file, without what they have in common.
pub fn each_once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut once: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |known: &Finding| {
            known.rule.name == finding.rule.name
                && known.message == finding.message
                && known.place.ranges == finding.place.ranges
        };
        if !once.iter().any(same) {
            once.push(finding);
        }
    }
    once.truncate(MOST);
    once
}

/// What a rule has found so far.
struct Found<'f, 'a> {
    facts: &'f Facts<'a>,
    rule: &'static Rule,
    findings: &'f mut Vec<Finding>,
}

impl Found<'_, '_> {
    /// At the entry with this path in the build file; of what is not written there, on its first line.
    fn at(&mut self, path: &[&str], message: &str) {
        let lines = self.facts.document.place(self.facts.target, path).unwrap_or(LineRange::line(1));
        self.on(lines, message);
    }

    /// On these lines of the build file.
    fn on(&mut self, lines: LineRange, message: &str) {
        self.say(message, Location { file: Arc::clone(self.facts.document.file()), ranges: vec![lines] });
    }

    /// On a line of a file of the context.
    fn in_file(&mut self, file: &ContextPath, line: usize, message: &str) {
        self.say(message, diagnostic::excerpt(file, line, self.facts.files, self.facts.document.file()));
    }

    /// What was written can be anything, and as long as the file.
    fn say(&mut self, message: &str, place: Location) {
        const LONGEST: usize = 1000;
        let end = message.char_indices().nth(LONGEST).map_or(message.len(), |(end, _)| end);
        let message = Shown(&message[..end]).to_string();
        self.findings.push(Finding { rule: self.rule, message, place });
    }
}

#[cfg(test)]
mod tests {
    use super::rules;
    use std::collections::BTreeSet;

    #[test]
    fn rules_have_names_of_their_own() {
        let names: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
        assert_eq!(names.len(), rules().count());
        assert_eq!(rules().find(|rule| rule.name == "RootUser").unwrap().page(), "docs/checks/root-user.md");
    }
}
