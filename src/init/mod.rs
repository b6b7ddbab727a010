//! The way in: a build file for a repository that was built in another way, or in none.
//!
//! `dockerfile`, `ko` and `goreleaser` read what others have written; `go_build` knows the flags of Go, `shell` the words of a
//! command line; `draft` is the file that is being written, `lines` its text, `names` those of its targets. Invariant: pure; what is not carried over is in a comment with the
//! line of the original, and our own reader accepts what comes out.

mod dockerfile;
mod draft;
mod go_build;
mod goreleaser;
mod ko;
mod lines;
mod names;
mod shell;

pub use draft::Draft;

use crate::spec::yaml;
use draft::Value;

/// A file that says how a repository was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its name.
    pub name: String,
    /// Which kind of file it is.
    pub kind: Kind,
    /// What is in it.
    pub text: String,
}

/// Who reads such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Docker.
    Dockerfile,
    /// ko.
    Ko,
    /// `GoReleaser`.
    Goreleaser,
}

impl Kind {
    /// The files of a repository that are looked for, in this order: the first says most of an image.
    pub const FILES: [(&str, Kind); 8] = [
        ("Dockerfile", Kind::Dockerfile),
        ("dockerfile", Kind::Dockerfile),
        ("Containerfile", Kind::Dockerfile),
        (".ko.yaml", Kind::Ko),
        (".goreleaser.yaml", Kind::Goreleaser),
        (".goreleaser.yml", Kind::Goreleaser),
        ("goreleaser.yaml", Kind::Goreleaser),
        ("goreleaser.yml", Kind::Goreleaser),
    ];

    /// What a build file is that somebody has named; none is one that says nothing of the kind.
    pub fn of(name: &str, text: &str) -> Option<Kind> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let known = Kind::FILES.into_iter().find(|(file, _)| *file == name).map(|(_, kind)| kind);
        let named =
            ["dockerfile", "containerfile"].iter().any(|word| name.to_ascii_lowercase().contains(word));
        match known {
            // A build file of ours may have that name, too.
            Some(Kind::Dockerfile) | None if named => (!is_mapping(text)).then_some(Kind::Dockerfile),
            None => dockerfile::is_one(text).then_some(Kind::Dockerfile),
            known => known,
        }
    }
}

/// Whether a text is YAML with keys, or nothing but comments.
fn is_mapping(text: &str) -> bool {
    match yaml::parse(text.as_bytes()) {
        Ok(Some(root)) => matches!(root.value, yaml::Value::Mapping(_)),
        Ok(None) => true,
        Err(_) => false,
    }
}

/// What is known of the Go part of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoFacts {
    /// The path of its module, if it is one.
    pub module: Option<String>,
    /// The Go release that is chosen without a key.
    pub release: String,
    /// The directory of the program that is chosen without a key; none where somebody must say.
    pub main: Option<String>,
    /// The directories of all programs, where several are in question.
    pub mains: Vec<String>,
    /// Why no program is chosen, where that is not for their number.
    pub trouble: Option<String>,
}

/// A build file for the repository, with this image in its first line.
pub fn init(syntax: &str, original: Option<&Original>, facts: &GoFacts) -> Draft {
    let mut draft = Draft::new(syntax, original.map(|original| original.name.as_str()));
    match original {
        None => {}
        Some(Original { kind: Kind::Dockerfile, text, .. }) => dockerfile::read(&mut draft, text, facts),
        Some(Original { kind: Kind::Ko, text, .. }) => ko::read(&mut draft, text, facts),
        Some(Original { kind: Kind::Goreleaser, text, .. }) => goreleaser::read(&mut draft, text, facts),
    }
    if !draft.has(&["main"]) && !draft.has(&["targets"]) && facts.main.is_none() {
        match (facts.mains.as_slice(), &facts.trouble) {
            ([], Some(trouble)) => draft.note(None, trouble.clone()),
            ([], None) => {}
            (mains, _) => {
                draft.set(&["main"], Value::one_or_more(mains.to_vec()));
                draft.note(None, "`main` has every program of the repository; all of them are in one image");
            }
        }
    }
    draft.settle();
    if let (true, Some(main)) = (draft.is_silent(), &facts.main) {
        draft.note(
            None,
            format!("nothing has to be said: `{main}` is built, on distroless static, for the user 65532"),
        );
    }
    draft
}

/// Says which programs are built, unless that is what is built anyhow.
fn say_mains(draft: &mut Draft, mains: &[String], facts: &GoFacts) {
    // The same program for several systems is one here.
    let mut packages: Vec<String> = Vec::new();
    for package in mains {
        if !packages.contains(package) {
            packages.push(package.clone());
        }
    }
    let mains = packages.as_slice();
    let default = matches!(mains, [one] if facts.main.as_deref() == Some(one));
    if !default && !mains.is_empty() {
        draft.set(&["main"], Value::one_or_more(mains.to_vec()));
    }
}

/// What a program is called: the last element of its directory, or of the module's path (`cmd/go`, `DefaultExecName`).
fn binary(main: &str, facts: &GoFacts) -> String {
    let path = main.trim_start_matches("./").trim_matches('/');
    let path = if path.is_empty() || path == "." { facts.module.as_deref().unwrap_or("main") } else { path };
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or_default();
    let number =
        last.strip_prefix('v').is_some_and(|n| !n.is_empty() && n.bytes().all(|c| c.is_ascii_digit()));
    let name = if number { elements.next().unwrap_or(last) } else { last };
    name.to_owned()
}

/// A directory of the context as `main` writes it.
fn main_path(directory: &str) -> String {
    let directory = directory.trim_start_matches("./").trim_matches('/');
    if directory.is_empty() || directory == "." { ".".to_owned() } else { format!("./{directory}") }
}

#[cfg(test)]
mod tests {
    use super::{GoFacts, Kind, binary};

    #[test]
    fn a_file_is_known_by_its_name_and_by_what_it_says() {
        for (name, text, expected) in [
            ("Dockerfile", "FROM scratch\n", Some(Kind::Dockerfile)),
            ("build/api.Dockerfile", "ARG A\nFROM scratch\n", Some(Kind::Dockerfile)),
            ("Dockerfile", "# syntax=gobuild/frontend:1\nmain: ./cmd/api\n", None),
            ("gobuild.yaml", "main: ./cmd/api\n", None),
            ("api.dockerfile", "FROM [\n", Some(Kind::Dockerfile)),
            ("go.mod", "module example.com/app\n", None),
            (".ko.yaml", "", Some(Kind::Ko)),
            ("x/.goreleaser.yml", "", Some(Kind::Goreleaser)),
        ] {
            assert_eq!(Kind::of(name, text), expected, "{name}");
        }
    }

    #[test]
    fn programs_are_called_as_go_calls_them() {
        let facts = GoFacts { module: Some("example.com/app/v2".to_owned()), ..GoFacts::default() };
        for (main, expected) in [(".", "app"), ("./cmd/api", "api"), ("cmd/api/v3", "api"), ("./v2", "v2")] {
            assert_eq!(binary(main, &facts), expected, "{main}");
        }
    }
}
