//! Where programs end up: from the stage that compiles them, through copies, to the images.
//!
//! Invariant: each source of a copy is looked at once for each program, however stages copy from each other.

use super::builder::Compiled;
use super::stage::{Copy, Stages, absolute, clean};
use std::collections::{BTreeMap, BTreeSet};

/// More copies than people write, counted for each program.
const MOST: usize = 50_000;
/// No program has a longer path.
const LONGEST: usize = 512;

/// The places of programs.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By program and stage; a stage that starts from another one has what that has.
    files: BTreeMap<(usize, usize), String>,
    /// The sources of copies that bring a program: stage, copy, source.
    bring: BTreeSet<(usize, usize, usize)>,
    /// How many sources were looked at.
    looked_at: usize,
    /// Whether there were too many to look at all of them.
    pub(super) is_cut: bool,
}

impl Places {
    /// Follows programs to wherever they are copied.
    pub(super) fn of(stages: &Stages, programs: &[Compiled]) -> Places {
        let mut places = Places::default();
        for (program, compiled) in programs.iter().enumerate() {
            places.files.insert((program, compiled.stage), compiled.file.clone());
            for (index, stage) in stages.all.iter().enumerate() {
                let sources = stage.copies.iter().map(|copy| copy.sources.len()).sum::<usize>();
                if places.looked_at + sources > MOST {
                    places.is_cut = true;
                    return places;
                }
                places.looked_at += sources;
                for (number, copy) in stage.copies.iter().enumerate() {
                    places.follow(stages, program, (index, number), copy);
                }
            }
        }
        places
    }

    fn follow(&mut self, stages: &Stages, program: usize, (stage, number): (usize, usize), copy: &Copy) {
        let Some(from) = copy.stage else { return };
        let Some(file) = self.find(stages, program, from).map(str::to_owned) else { return };
        for (index, source) in copy.sources.iter().enumerate() {
            let Some(place) = copied(source, &copy.target, &file) else { continue };
            self.bring.insert((stage, number, index));
            if place.len() <= LONGEST && self.find(stages, program, stage).is_none() {
                self.files.insert((program, stage), place);
            }
        }
    }

    /// Where a program is in a stage.
    pub(super) fn find(&self, stages: &Stages, program: usize, stage: usize) -> Option<&str> {
        let chain = std::iter::successors(Some(stage), |index| stages.all[*index].below);
        chain.filter_map(|index| self.files.get(&(program, index))).last().map(String::as_str)
    }

    /// Whether a source of a copy brings a program.
    pub(super) fn bring(&self, stage: usize, copy: usize, source: usize) -> bool {
        self.bring.contains(&(stage, copy, source))
    }
}

/// Where a file is that a copy from this source brings.
fn copied(source: &str, target: &str, file: &str) -> Option<String> {
    let source = clean(&absolute("/", source));
    let name = file.rsplit('/').next().unwrap_or_default();
    let directory = clean(target);
    let directory = directory.trim_end_matches('/');
    let start = source.split('*').next().unwrap_or_default();
    if source == file || (source.contains('*') && file.starts_with(start)) {
        return Some(if target.ends_with('/') { format!("{directory}/{name}") } else { target.to_owned() });
    }
    let rest = file.strip_prefix(source.trim_end_matches('/'))?;
    rest.starts_with('/').then(|| format!("{directory}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{Compiled, Places, copied};
    use crate::init::dockerfile::stage::Stages;
    use std::fmt::Write;

    #[test]
    fn a_copy_brings_a_file_or_what_is_in_a_directory() {
        for (source, target, place) in [
            ("/out/app", "/bin/app", Some("/bin/app")),
            ("/out/app", "/bin/", Some("/bin/app")),
            ("out/app", "/", Some("/app")),
            ("/out", "/bin", Some("/bin/app")),
            ("/out/", "/", Some("/app")),
            ("/", "/root", Some("/root/out/app")),
            ("/out/a*", "/bin/", Some("/bin/app")),
            ("/out/ap", "/bin/", None),
            ("/other", "/bin/", None),
        ] {
            assert_eq!(copied(source, target, "/out/app").as_deref(), place, "{source} {target}");
        }
    }

    /// Each stage copies twice from the one before it, and what it copies is not the program.
    #[test]
    fn the_work_is_that_of_copies_and_programs() {
        let mut text = "FROM golang AS s0\nRUN go build -o /p .\n".to_owned();
        for stage in 1..100 {
            let before = stage - 1;
            writeln!(
                text,
                "FROM scratch AS s{stage}\nCOPY --from=s{before} /a /a\nCOPY --from=s{before} /b /b"
            )
            .unwrap();
        }
        let stages = Stages::read(&text).unwrap();
        let program = Compiled { line: 2, stage: 0, main: ".".to_owned(), file: "/p".to_owned() };
        let places = Places::of(&stages, &[program]);
        assert_eq!(places.find(&stages, 0, 99), None);
        assert_eq!(places.looked_at, 198);
    }
}
