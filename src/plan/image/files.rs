//! Files beside the program: each entry of `image.files` a layer below those of the binaries.
//!
//! Invariant: a layer is keyed on the files that its patterns select and nothing else. Links are copied as links, and never
//! followed.

use super::place::Places;
use super::runner::Runner;
use crate::context::{ContextPath, Entry, Listing};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem, Suggestion};
use crate::golang::static_prefix;
use crate::plan::Inputs;
use crate::plan::context_source::{ContextSource, Part};
use crate::plan::generate::{self, StepFiles};
use crate::plan::go_step::image_source;
use crate::plan::layer::Layer;
use crate::plan::names::{Step, cross};
use crate::spec::{ImageFiles, Spanned, Spec};
use buildkit_llb::{Copy, File, Local, Location, Metadata, Output};
use std::collections::BTreeSet;

/// What the hints of their transfers start with.
pub(in crate::plan) const HINT: &str = "gobuild-files:";
/// Modes that depend on no machine's umask: what can be run stays so.
const DEFAULT_MODE: u32 = 0o644;

/// Where the files of an entry are, and what is known of them.
#[derive(Clone, Debug)]
pub struct FileSource {
    /// Where they are.
    pub files: StepFiles,
    /// Whether each pattern is the name of a file.
    pub single: bool,
}

/// All entries on a base, and what made each layer.
pub(super) fn files(
    inputs: &Inputs<'_>,
    base: Option<Output>,
    runner: &Runner,
    places: &Places,
    time: i64,
    history: &mut Vec<String>,
) -> Result<Option<Output>, Diagnostics> {
    let mut output = base;
    for (number, (files, source)) in inputs.spec.image.files.0.iter().zip(inputs.files).enumerate() {
        let place = Location { file: inputs.spec.file.clone(), ranges: vec![files.span] };
        let key = format!("image.files[{number}]");
        let owner = match &files.value.owner {
            Some(owner) => runner.owner(inputs, &format!("{key}.owner"), owner)?,
            None => (0, 0),
        };
        let Some(to) = &files.value.to else { continue };
        let entry = Copied { inputs, number, key, files: &files.value, source, owner, place: place.clone() };
        let layer = entry.layer(to.as_str(), places, time)?;
        let name = name(&files.value, to.as_str());
        let platform = cross(inputs.naming, inputs.platform, inputs.platform);
        let metadata = Step::Image.metadata(&platform, &name, place, inputs.settings);
        output = Some(layer.on(output).metadata(metadata).build());
        history.push(name);
    }
    Ok(output)
}

/// What people know the layer as.
pub(in crate::plan) fn name(files: &ImageFiles, to: &str) -> String {
    let from: Vec<&str> = files.from.iter().map(|pattern| pattern.value.as_str()).collect();
    let context = files.context.as_ref().map(|context| context.value.as_str().to_owned());
    let image = files.image.as_ref().map(|image| image.value.familiar());
    let elsewhere = context.or(image).map(|name| format!("--from={name} ")).unwrap_or_default();
    format!("COPY {elsewhere}{} {to}", from.join(" "))
}

/// One entry.
struct Copied<'a> {
    inputs: &'a Inputs<'a>,
    number: usize,
    key: String,
    files: &'a ImageFiles,
    source: &'a FileSource,
    owner: (u32, u32),
    place: Location,
}

impl Copied<'_> {
    fn layer(&self, to: &str, places: &Places, time: i64) -> Result<Layer, Diagnostics> {
        let to = target(self.files, to);
        let mut layer = Layer::within(places.of_destination(&to), time);
        for from in &self.files.from {
            let pattern = from.value.as_str().trim_end_matches('/');
            let tree = self.tree(pattern);
            let (directory, rest) = parts(pattern);
            let copy = |to: String| {
                let copy = Copy::new(tree.clone(), &directory, to).contents_only();
                let copy = copy.owner(self.owner.0, self.owner.1).timestamp(time);
                if rest.is_empty() { copy } else { copy.include_patterns([rest.clone()]) }
            };
            if !rest.is_empty() && !self.inputs.settings.copies_parts && !self.is_exact() {
                return Err(self.too_old("patterns in it select nothing there: name files or directories"));
            }
            layer = match self.modes()? {
                Modes::Kept => layer.copy_as(&to, copy),
                Modes::All(mode) => layer.copy_as(&to, |to| copy(to).mode(mode)),
                Modes::Words(words) => layer.copy_as(&to, |to| copy(to).mode_words(words)),
                Modes::Files(mode, words) => {
                    // First everything gets the mode, then directories what a directory needs to be of use.
                    let name = directory.rsplit('/').next().unwrap_or_default();
                    let (first, from) = if rest.is_empty() && !name.is_empty() {
                        (format!("/{name}"), format!("/{name}"))
                    } else {
                        ("/".to_owned(), "/".to_owned())
                    };
                    let moded = File::scratch().copy(copy(first).mode(mode));
                    let (uid, gid) = self.owner;
                    layer.copy_as(&to, |to| {
                        Copy::new(moded, from, to).contents_only().owner(uid, gid).mode_words(words)
                    })
                }
            };
        }
        Ok(layer)
    }

    /// What the pattern selects from, with as little beside it as the daemon can leave out.
    fn tree(&self, pattern: &str) -> Output {
        let inputs = self.inputs;
        let hint = format!("{HINT}{}", self.number);
        // A pattern for the root itself matches nothing below it.
        let all =
            |pattern: &str| if matches!(pattern, "" | ".") { "**".to_owned() } else { pattern.to_owned() };
        let include: BTreeSet<String> = self.patterns().map(all).collect();
        match &self.source.files {
            StepFiles::Context => {
                let part = inputs.context.part(Part {
                    name: "[internal] load files of the image".to_owned(),
                    hint,
                    include,
                    exclude: Vec::new(),
                });
                let directory = ContextPath::parse(parts(pattern).0.trim_start_matches('/'));
                generate::onto_made(inputs, part, &directory.unwrap_or_else(|_| ContextPath::root()))
            }
            StepFiles::Directory { name, session, exclude } => Local::new(name)
                .session(session)
                .shared_key_hint(hint)
                .exclude_patterns(exclude.iter().cloned().chain([".git", "**/.git"].map(str::to_owned)))
                .include_patterns(include)
                .metadata(Metadata::named(format!("[internal] load files of the image from context {name}")))
                .build(),
            StepFiles::Image(image) => {
                let platform = cross(inputs.naming, inputs.platform, inputs.platform);
                image_source(image, Step::Image, &platform, self.place.clone())
            }
        }
    }

    /// Whether nothing but what is wanted is there to be copied.
    fn is_exact(&self) -> bool {
        let generated = !self.inputs.spec.generate.0.is_empty();
        match &self.source.files {
            StepFiles::Context => matches!(self.inputs.context, ContextSource::Client(_)) && !generated,
            StepFiles::Directory { .. } => true,
            StepFiles::Image(_) => false,
        }
    }

    fn patterns(&self) -> impl Iterator<Item = &str> {
        self.files.from.iter().map(|from| from.value.as_str().trim_end_matches('/'))
    }

    /// How files get their modes.
    fn modes(&self) -> Result<Modes, Diagnostics> {
        let reason =
            "a mode that directories cannot have is for single files: name them, or write one like `0755`";
        modes(self.inputs, self.files, self.source).ok_or_else(|| self.too_old(reason))
    }

    fn too_old(&self, reason: &'static str) -> Diagnostics {
        let problem = Problem::DaemonTooOld { key: self.key.clone(), reason };
        Diagnostic { problem, place: Some(self.place.clone()) }.into()
    }
}

/// Where an entry is copied to: a directory, if there are several files.
pub(in crate::plan) fn target(files: &ImageFiles, to: &str) -> String {
    let several = files.from.len() > 1 || files.from.iter().any(|from| is_pattern(from.value.as_str()));
    if several && !to.ends_with('/') { format!("{to}/") } else { to.to_owned() }
}

/// The modes of an entry as `COPY --chmod` takes them, which has one for all; none are those of the context.
pub(in crate::plan) fn chmod(inputs: &Inputs<'_>, files: &ImageFiles, source: &FileSource) -> Option<String> {
    match modes(inputs, files, source)? {
        Modes::Kept => None,
        Modes::All(mode) => Some(format!("{mode:04o}")),
        Modes::Words(words) | Modes::Files(_, words) => Some(words),
    }
}

/// How files get their modes; none is a way that the daemon does not know.
fn modes(inputs: &Inputs<'_>, files: &ImageFiles, source: &FileSource) -> Option<Modes> {
    let words = inputs.settings.mode_words;
    match files.mode.as_ref().map(|mode| mode.value.0) {
        None if words => Some(Modes::Words(in_words(DEFAULT_MODE))),
        None => Some(Modes::Kept),
        Some(mode) if mode & 0o111 != 0 || source.single => Some(Modes::All(mode)),
        Some(mode) => words.then(|| Modes::Files(mode, in_words(mode))),
    }
}

/// How copied files get their modes.
enum Modes {
    /// They have those of the context.
    Kept,
    /// Directories have it, too.
    All(u32),
    /// In words that know what a directory is.
    Words(String),
    /// All files have one, and directories what these words make of it.
    Files(u32, String),
}

/// A mode that directories can be entered with, and files be run that could be.
fn in_words(mode: u32) -> String {
    let class = |name: &str, shift: u32| {
        let bits = mode >> shift;
        let read = if bits & 4 != 0 { "r" } else { "" };
        let write = if bits & 2 != 0 { "w" } else { "" };
        let enter = if bits & 4 != 0 { "X" } else { "" };
        format!("{name}={read}{write}{enter}")
    };
    [class("u", 6), class("g", 3), class("o", 0)].join(",")
}

/// Whether a pattern is more than a name.
fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// A directory or a file that is copied from, and what is copied of it; nothing is all.
pub(in crate::plan) fn parts(pattern: &str) -> (String, String) {
    if pattern == "." {
        return ("/".to_owned(), String::new());
    }
    if !is_pattern(pattern) {
        return (format!("/{pattern}"), String::new());
    }
    match static_prefix(pattern) {
        "." => ("/".to_owned(), pattern.to_owned()),
        prefix => (format!("/{prefix}"), pattern[prefix.len() + 1..].to_owned()),
    }
}

/// What entries name and the context has not, as far as that can be known here.
pub fn missing_files(spec: &Spec, listing: &Listing) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (number, Spanned { value: files, .. }) in spec.image.files.0.iter().enumerate() {
        if files.context.is_some() || files.image.is_some() {
            continue;
        }
        for from in &files.from {
            let text = from.value.as_str().trim_end_matches('/');
            let key = format!("image.files[{number}].from");
            let problem = match select(spec, listing, text) {
                Selected::Something => continue,
                Selected::Link => Problem::FileIsLink { key, found: text.to_owned() },
                Selected::Nothing => {
                    let all = listing.entries().map(|(path, _)| path.as_str());
                    Problem::NoSuchFiles {
                        key,
                        found: text.to_owned(),
                        suggestion: Suggestion::of(text, all),
                    }
                }
            };
            found.push(Diagnostic::at(problem, &spec.file, from.span));
        }
    }
    found
}

/// Whether each pattern is the name of one file of the context, as far as that is known.
pub fn is_single(spec: &Spec, files: &ImageFiles, listing: &Listing) -> bool {
    let file = |text: &str| {
        let path = ContextPath::parse(text).ok().filter(|_| !is_pattern(text) && !text.ends_with('/'));
        path.is_some_and(|path| match listing.get(&path) {
            Some(Entry::File { .. }) => !is_made(spec, &path),
            // A tree that was not listed whole: what has an extension is no directory.
            None => !is_made(spec, &path) && path.extension().is_some(),
            Some(Entry::Directory | Entry::Symlink) => false,
        })
    };
    let context = files.context.is_none() && files.image.is_none();
    context && files.from.iter().all(|from| file(from.value.as_str()))
}

/// Whether something that is generated may be in this place, or be it.
fn is_made(spec: &Spec, path: &ContextPath) -> bool {
    let mut made = spec.generate.0.iter().flat_map(|step| &step.value.outputs);
    made.any(|made| made.to.is_within(path) || path.is_within(&made.to))
}

enum Selected {
    Something,
    Link,
    Nothing,
}

/// What a pattern selects of the context.
fn select(spec: &Spec, listing: &Listing, pattern: &str) -> Selected {
    let directory = parts(pattern).0;
    let directory =
        ContextPath::parse(directory.trim_start_matches('/')).unwrap_or_else(|_| ContextPath::root());
    // What is generated is not known; of classes of characters nobody here knows what they match.
    if pattern.contains('[') || is_made(spec, &directory) {
        return Selected::Something;
    }
    if !is_pattern(pattern) {
        return match listing.get(&directory) {
            Some(Entry::Symlink) => Selected::Link,
            Some(_) => Selected::Something,
            None => Selected::Nothing,
        };
    }
    let patterns = [pattern.to_owned()];
    let matching = crate::context::Ignored::new(&patterns);
    let some =
        listing.entries().any(|(path, entry)| entry != Entry::Directory && matching.by(path).is_some());
    if some { Selected::Something } else { Selected::Nothing }
}

#[cfg(test)]
mod tests {
    use super::{in_words, parts};

    #[test]
    fn modes_that_directories_can_have() {
        for (mode, words) in [
            (0o644, "u=rwX,g=rX,o=rX"),
            (0o600, "u=rwX,g=,o="),
            (0o440, "u=rX,g=rX,o="),
            (0o666, "u=rwX,g=rwX,o=rwX"),
        ] {
            assert_eq!(in_words(mode), words);
        }
    }

    #[test]
    fn a_pattern_is_a_directory_and_a_rest() {
        for (pattern, directory, rest) in [
            (".", "/", ""),
            ("web/dist", "/web/dist", ""),
            ("*.html", "/", "*.html"),
            ("web/*.html", "/web", "*.html"),
            ("web/**/a?.png", "/web", "**/a?.png"),
            ("web/a*/b", "/web", "a*/b"),
        ] {
            assert_eq!(parts(pattern), (directory.to_owned(), rest.to_owned()), "{pattern}");
        }
    }
}
