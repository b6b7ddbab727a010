//! A context made up in a test, and a reader that answers every [`Step::Needs`] from it.

use super::layout::{Layout, Start, layout};
use super::mains::{MainPackage, find_mains};
use super::problem::Problem;
use super::program::{Program, Sources, program};
use super::source::Source;
use super::step::{Files, Step};
use super::target::GoTarget;
use super::tested::{Depth, tested};
use crate::context::{ContextPath, Entry, Listing};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// More rounds than any question should take.
const PATIENCE: usize = 5;

pub(super) struct Context {
    contents: Files,
    start: Start,
    asked_for: RefCell<BTreeSet<ContextPath>>,
}

impl Context {
    pub(super) fn new(files: &[(&str, &str)]) -> Context {
        let contents = files.iter().map(|(path, text)| (place(path), text.as_bytes().to_vec())).collect();
        Context { contents, start: Start::Search, asked_for: RefCell::default() }
    }

    /// The same with more files, all of one text.
    pub(super) fn with_all(mut self, files: &[&str], text: &str) -> Context {
        self.contents.extend(files.iter().map(|path| (place(path), text.as_bytes().to_vec())));
        self
    }

    pub(super) fn started(mut self, start: Start) -> Context {
        self.start = start;
        self
    }

    pub(super) fn layout(&self) -> Result<Layout, Problem> {
        self.layout_of(&[])
    }

    /// The layout for a user who names these main packages.
    pub(super) fn layout_of(&self, wanted: &[&str]) -> Result<Layout, Problem> {
        let listing = self.listing();
        let mains = places(wanted);
        self.answer(|files| layout(&listing, &self.start, &mains, files))
    }

    pub(super) fn mains(&self, wanted: &[&str]) -> Result<Vec<MainPackage>, Problem> {
        let (listing, layout) = (self.listing(), self.layout_of(wanted)?);
        let target = GoTarget::new("linux", "amd64", "").unwrap();
        let wanted: Vec<_> = wanted.iter().map(|written| ((*written).to_owned(), place(written))).collect();
        self.answer(|files| find_mains(&listing, &layout, &target, &BTreeSet::new(), &wanted, files))
    }

    pub(super) fn program(&self, wanted: &[&str]) -> Program {
        let (listing, layout) = (self.listing(), self.layout_of(wanted).unwrap());
        let mains = self.mains(wanted).unwrap();
        let mut scanned = Sources::new();
        self.answer(|files| program(&listing, &layout, &mains, files, &mut scanned))
    }

    /// What its Go files say of themselves.
    pub(super) fn sources(&self) -> Sources {
        let go = self.contents.iter().filter(|(path, _)| path.extension() == Some("go"));
        go.map(|(path, text)| (path.clone(), Source::scan(text))).collect()
    }

    pub(super) fn tested(&self, directory: &str, depth: Depth) -> Program {
        let (listing, layout) = (self.listing(), self.layout().unwrap());
        let wanted = layout.tested(&place(directory), depth);
        let mut scanned = Sources::new();
        self.answer(|files| tested(&listing, &layout, &wanted, files, &mut scanned))
    }

    /// Every file that was read so far.
    pub(super) fn asked_for(&self) -> BTreeSet<ContextPath> {
        self.asked_for.borrow().clone()
    }

    pub(super) fn listing(&self) -> Listing {
        let entry = |text: &Vec<u8>| Entry::File { size: text.len() as u64 };
        self.contents.iter().map(|(path, text)| (path.clone(), entry(text))).collect()
    }

    pub(super) fn answer<T>(&self, mut step: impl FnMut(&Files) -> Step<T>) -> T {
        let mut files = Files::new();
        for _ in 0..PATIENCE {
            match step(&files) {
                Step::Done(answer) => return answer,
                Step::Needs(needs) => {
                    assert!(!needs.is_empty(), "asked for nothing");
                    for path in needs {
                        let text = self
                            .contents
                            .get(&path)
                            .unwrap_or_else(|| panic!("{path} is not in the listing"));
                        assert!(files.insert(path.clone(), text.clone()).is_none(), "{path} asked for twice");
                        self.asked_for.borrow_mut().insert(path);
                    }
                }
            }
        }
        panic!("no answer after {PATIENCE} rounds");
    }
}

pub(super) fn place(text: &str) -> ContextPath {
    ContextPath::parse(text).unwrap()
}

pub(super) fn places(texts: &[&str]) -> Vec<ContextPath> {
    texts.iter().map(|text| place(text)).collect()
}
