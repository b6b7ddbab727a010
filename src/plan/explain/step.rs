//! The steps of a graph, and what each is keyed on.
//!
//! Invariant: read from the graph. A vertex with the name of a step is one; what leads to it without such a name, the
//! context and lists, is part of it.

use super::super::names::Step;
use super::super::sources::{MODULE_FILES, below, literal};
use super::super::{Built, Generator, Inputs, ResolvedImage, generate, image, licenses, test};
use super::choice::Origin;
use super::settings::settings;
use crate::context::ContextPath;
use crate::golang::Program;
use crate::image::ImageRef;
use crate::spec::{Database, Profile};
use buildkit_llb::{Definition, View, Work};
use std::collections::{BTreeMap, BTreeSet};

/// A step.
#[derive(Clone, Debug)]
pub(super) struct Explained {
    /// The name that progress shows.
    pub(super) name: String,
    pub(super) step: Step,
    /// The platforms in its name; empty if it is the same for all.
    pub(super) platform: String,
    /// What it runs.
    pub(super) text: String,
    /// What tells it from others, for this build alone: the client's session is part of it.
    pub(super) digest: String,
    /// The line that it is there for.
    pub(super) place: Option<Origin>,
    pub(super) key: Key,
    /// The steps whose results it starts from.
    pub(super) after: Vec<Before>,
    /// The ids of its cache mounts.
    pub(super) caches: Vec<String>,
    /// What the client has to give, as its command line says it.
    pub(super) needs: Vec<String>,
}

/// A step that another one waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Before {
    pub(super) step: Step,
    /// The part of its name in brackets.
    pub(super) label: String,
    pub(super) name: String,
}

/// What makes a step run again when it changes.
#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    /// It runs whatever has changed.
    pub(super) always: bool,
    pub(super) files: Option<Files>,
    /// Lists by name, with their lengths.
    pub(super) lists: BTreeMap<String, usize>,
    /// Keys of the build file.
    pub(super) settings: Vec<&'static str>,
    /// Images whose digest may be another one tomorrow.
    pub(super) images: BTreeSet<String>,
    /// Whether results of other steps count by what is in them.
    pub(super) results: bool,
}

/// What a step sees of the context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Files {
    /// All of it.
    Everything,
    /// Its licence files.
    Licenses,
    /// What a generate step is given.
    Inputs {
        /// The named context that they are in.
        context: Option<String>,
        /// Those that count; none is all.
        patterns: Vec<String>,
    },
    /// A part of it.
    Parts {
        /// Module files, by name.
        modules: Vec<String>,
        /// How many packages.
        packages: usize,
        /// How many patterns of embedded files.
        embeds: usize,
        /// The vendor directory.
        vendor: Option<String>,
        /// The profile that the build file names.
        profile: Option<String>,
        /// Directories that count whole.
        directories: Vec<String>,
    },
}

/// The steps that one platform's image takes, inputs first.
pub(super) fn steps(inputs: &Inputs<'_>, built: &Built) -> Vec<Explained> {
    // The image does not start from what an organisation wants to see.
    let definitions: Vec<Definition> =
        std::iter::once(&built.output).chain(&built.linked).map(Definition::of).collect();
    let given = [inputs.context.tree(), inputs.builder.tree(), inputs.base.and_then(ResolvedImage::tree)];
    let given: Vec<Definition> = given.into_iter().flatten().map(Definition::of).collect();
    let foreign = given.iter().flat_map(Definition::views).map(|view| view.digest()).collect();
    let all = || definitions.iter().flat_map(Definition::views);
    let views = all().map(|view| (view.digest(), view)).collect();
    let graph = Graph { inputs, views, foreign };
    all().filter_map(|view| graph.step(view)).collect()
}

/// A graph by digest.
struct Graph<'a> {
    inputs: &'a Inputs<'a>,
    views: BTreeMap<&'a str, View<'a>>,
    /// What the client has given us of other graphs, steps of other builds among it.
    foreign: BTreeSet<&'a str>,
}

/// What leads to a vertex.
#[derive(Default)]
struct Sources<'a> {
    /// Steps.
    steps: Vec<View<'a>>,
    /// Images, as the graph names them.
    images: BTreeSet<&'a str>,
    files: Option<Files>,
    lists: BTreeMap<String, usize>,
}

impl<'a> Graph<'a> {
    fn step(&self, view: View<'a>) -> Option<Explained> {
        if self.foreign.contains(view.digest()) {
            return None;
        }
        let (platform, step, text) = named(view)?;
        let mut sources = Sources::default();
        self.follow(view, None, &mut sources);
        let mut key = Key {
            always: view.ignores_cache(),
            files: sources.files,
            lists: sources.lists,
            ..Key::default()
        };
        let (mut caches, mut needs) = (Vec::new(), BTreeSet::new());
        if let Work::Process { argv, env, caches: ids, secrets, agents } = view.work() {
            needs.extend(secrets.into_iter().map(|id| format!("--secret id={id}")));
            needs.extend(agents.into_iter().map(|id| format!("--ssh {id}")));
            // The results that it starts from have keys of their own, of which the images are part.
            self.images_below(&sources.steps, &mut sources.images);
            key.settings = settings(step, self.inputs, argv, env);
            if step == Step::Generate {
                // Its lists are what the file says of it.
                key.lists.clear();
            }
            caches = ids.into_iter().map(str::to_owned).collect();
        } else {
            key.results = true;
        }
        key.images = sources.images.into_iter().filter_map(|image| self.changing(image)).collect();
        let before = |view: &View<'_>| {
            let (_, step, _) = named(*view)?;
            let name = view.name()?;
            let (label, _) = name.split_once("] ")?;
            Some(Before { step, label: format!("{label}]"), name: name.to_owned() })
        };
        let mut after: Vec<Before> = sources.steps.iter().filter_map(before).collect();
        after.sort_by_key(|before| before.step);
        Some(Explained {
            name: view.name().unwrap_or_default().to_owned(),
            step,
            platform: platform.to_owned(),
            text: text.to_owned(),
            digest: view.digest().to_owned(),
            place: place(view),
            key,
            after,
            caches,
            needs: needs.into_iter().collect(),
        })
    }

    /// Collects what a vertex starts from. A copy may be restricted to patterns.
    fn follow(&self, view: View<'a>, patterns: Option<&BTreeSet<String>>, sources: &mut Sources<'a>) {
        for input in view.inputs().filter_map(|digest| self.views.get(digest).copied()) {
            match input.work() {
                _ if self.foreign.contains(input.digest()) => {
                    let tree = self.inputs.context.tree();
                    if tree.is_some_and(|tree| tree.digest().as_str() == input.digest()) {
                        let seen = self.files(patterns);
                        sources.files = Some(join(sources.files.take(), seen));
                    }
                }
                Work::Source { identifier, attributes } => {
                    if identifier.starts_with("docker-image://") {
                        sources.images.insert(identifier);
                    } else {
                        let included = attributes.get("local.includepattern");
                        let included = included.and_then(|json| serde_json::from_str(json).ok());
                        let seen = if has_hint(attributes, licenses::HINT) {
                            Files::Licenses
                        } else if has_hint(attributes, generate::HINT)
                            || has_hint(attributes, image::FILES_HINT)
                        {
                            inputs_of_generator(identifier, included)
                        } else {
                            self.files(patterns.or(included.as_ref()))
                        };
                        sources.files = Some(join(sources.files.take(), seen));
                    }
                }
                _ if named(input).is_some() => {
                    if sources.steps.iter().all(|known| known.digest() != input.digest()) {
                        sources.steps.push(input);
                    }
                }
                Work::Files { written, .. } if input.name() == Some(MODULE_FILES) => {
                    let paths = written.into_iter().map(|(path, _)| path.trim_start_matches('/'));
                    let paths = paths.filter_map(|path| ContextPath::parse(path).ok());
                    let seen = self.files(Some(&paths.map(|path| literal(&path)).collect()));
                    sources.files = Some(join(sources.files.take(), seen));
                }
                Work::Files { written, patterns: copied } => {
                    let lists = written.into_iter().filter_map(|(path, text)| list(path, text));
                    sources.lists.extend(lists);
                    let copied: BTreeSet<String> = copied.into_iter().map(str::to_owned).collect();
                    self.follow(input, if copied.is_empty() { patterns } else { Some(&copied) }, sources);
                }
                Work::Process { .. } | Work::Other => self.follow(input, patterns, sources),
            }
        }
    }

    /// The images that results of steps come from.
    fn images_below(&self, steps: &[View<'a>], images: &mut BTreeSet<&'a str>) {
        // What a generate step makes counts by what is in it, whatever it was made with.
        let keyed = steps.iter().filter(|step| !matches!(named(**step), Some((_, Step::Generate, _))));
        for step in keyed {
            let mut sources = Sources::default();
            self.follow(*step, None, &mut sources);
            images.append(&mut sources.images);
            self.images_below(&sources.steps, images);
        }
    }

    /// What these patterns select, in the words of the program.
    fn files(&self, patterns: Option<&BTreeSet<String>>) -> Files {
        let Some(patterns) = patterns else { return Files::Everything };
        let mut rest = patterns.clone();
        let modules = self.inputs.layout.module_files.iter().filter(|file| rest.remove(&literal(file)));
        let modules: Vec<String> = modules.map(ToString::to_string).collect();
        let profile = match &self.inputs.spec.build.pgo.value {
            Profile::File(file) if rest.remove(&literal(file)) => Some(file.to_string()),
            _ => None,
        };
        let whole = self.directories().into_iter().filter(|directory| rest.remove(&literal(directory)));
        let directories: Vec<String> = whole.map(ToString::to_string).collect();
        let Program::Exact(parts) = self.inputs.program else {
            return Files::Parts { modules, packages: 0, embeds: 0, vendor: None, profile, directories };
        };
        let vendor = parts.vendor.as_ref().filter(|vendor| rest.remove(&literal(vendor)));
        let vendor = vendor.map(ContextPath::to_string);
        let mut packages = 0;
        for (directory, package) in &parts.packages {
            let extensions = package.extensions.iter();
            let of_package = extensions.map(|extension| below(directory, &format!("*.{extension}")));
            let seen = of_package.filter(|pattern| rest.remove(pattern)).count();
            packages += usize::from(seen > 0);
        }
        // What is left is embedded.
        Files::Parts { modules, packages, embeds: rest.len(), vendor, profile, directories }
    }

    /// The directories of which a step may see everything.
    fn directories(&self) -> BTreeSet<&ContextPath> {
        let database = match &self.inputs.spec.vulncheck.database {
            Some(Database::Directory(directory)) => Some(directory),
            _ => None,
        };
        let modules = self.inputs.goal.is_of_all_packages().then(|| test::directories(self.inputs.layout));
        database.into_iter().chain(modules.into_iter().flatten()).collect()
    }

    /// The name of an image that can become another one.
    fn changing(&self, identifier: &str) -> Option<String> {
        let pinned = ImageRef::parse(identifier.strip_prefix("docker-image://")?).ok()?;
        let steps = self.inputs.generators.iter().flat_map(Generator::images);
        let known = [Some(self.inputs.builder), self.inputs.downloader, self.inputs.base];
        let known = known.into_iter().flatten().chain(steps);
        let known = known.into_iter().find(|image| image.pinned() == Some(&pinned))?;
        // One that is named by its digest never changes.
        (!known.name.contains('@')).then(|| known.name.clone())
    }
}

/// Whether a source was named for one kind of step.
fn has_hint(attributes: &BTreeMap<String, String>, start: &str) -> bool {
    attributes.get("local.sharedkeyhint").is_some_and(|hint| hint.starts_with(start))
}

fn inputs_of_generator(identifier: &str, included: Option<BTreeSet<String>>) -> Files {
    let context = identifier.strip_prefix("local://").filter(|name| *name != "context");
    Files::Inputs { context: context.map(str::to_owned), patterns: included.into_iter().flatten().collect() }
}

/// The platforms, the step and the text of a vertex that people see as one.
fn named(view: View<'_>) -> Option<(&str, Step, &str)> {
    match view.work() {
        Work::Source { .. } => None,
        _ => Step::parse(view.name()?),
    }
}

/// A list that a step reads, by name. Scripts are not from the repository.
fn list(path: &str, text: &[u8]) -> Option<(String, usize)> {
    let name = path.trim_start_matches('/');
    let lines = text.split_inclusive(|byte| *byte == b'\n').count();
    (!name.contains(['.', '/']) && lines > 0).then(|| (name.to_owned(), lines))
}

fn place(view: View<'_>) -> Option<Origin> {
    let location = view.locations().first()?;
    let line = usize::try_from(location.ranges.first()?.start.line).ok()?;
    Some(Origin::Line { file: location.file.filename.clone(), line })
}

/// What a step sees that sees both.
fn join(one: Option<Files>, other: Files) -> Files {
    match (one, other) {
        (None, other) => other,
        (
            Some(Files::Parts { modules, packages, embeds, vendor, profile, directories }),
            Files::Parts {
                modules: more,
                packages: also,
                embeds: further,
                vendor: or,
                profile: also_profile,
                directories: others,
            },
        ) => {
            let modules: BTreeSet<String> = modules.into_iter().chain(more).collect();
            Files::Parts {
                modules: modules.into_iter().collect(),
                packages: packages + also,
                embeds: embeds + further,
                vendor: vendor.or(or),
                profile: profile.or(also_profile),
                directories: directories.into_iter().chain(others).collect(),
            }
        }
        _ => Files::Everything,
    }
}
