//! Generate steps: commands of the repository's choice that make files of the context before it is compiled.
//!
//! Invariant: a step is keyed on the files that its `inputs` match, the image, and what the file says of it; nothing
//! leaves it but its outputs, and it shares no writable cache with the steps that download and compile.

use super::context_source::Part;
use super::go_step::{MODULES, SOURCES, go_environment, go_variables, image_source, kept, online};
use super::names::Step;
use super::script::{OUTPUT_VARIABLE, Script};
use super::settings::ResolvedImage;
use super::sources::literal;
use super::{Download, Inputs, modules, toolchain};
use crate::context::{ContextPath, Ignored, Listing};
use crate::golang::Vendored;
use crate::spec::{GenerateStep, InputPattern, Made, Spanned, StepNetwork};
use buildkit_llb::{Copy, Exec, File, Local, Location, Metadata, Mount, Network, Output, Sharing};
use std::collections::BTreeSet;

/// Where a step leaves its outputs.
const RESULT: &str = "/out";
/// Where the compiler of these steps keeps what it made.
const CACHE: &str = "/gocache";
/// Where secrets are.
const SECRETS: &str = "/run/secrets";
/// What the hints of their files start with.
pub(super) const HINT: &str = "gobuild-generate:";
/// The longest text of a step's name.
const LONGEST_NAME: usize = 72;

/// What a generate step is made from, beside what the build file says of it.
#[derive(Clone, Debug)]
pub struct Generator {
    /// The image; none is the builder of the program.
    pub image: Option<ResolvedImage>,
    /// Its files.
    pub files: StepFiles,
    /// Outputs that are in the place of what the context has there.
    pub replaced: BTreeSet<ContextPath>,
}

/// The files that a step works on.
#[derive(Clone, Debug)]
pub enum StepFiles {
    /// Those of the context, as the steps before left them.
    Context,
    /// A named context that is a directory of the client.
    Directory {
        /// What the client calls it.
        name: String,
        /// The session that sends it.
        session: String,
        /// The patterns of its ignore file.
        exclude: Vec<String>,
    },
    /// A named context that is an image.
    Image(Box<ResolvedImage>),
}

impl Generator {
    /// The images that the step is made from, the builder apart.
    pub(super) fn images(&self) -> impl Iterator<Item = &ResolvedImage> {
        let files = match &self.files {
            StepFiles::Image(image) => Some(image.as_ref()),
            StepFiles::Context | StepFiles::Directory { .. } => None,
        };
        self.image.iter().chain(files)
    }
}

/// The outputs of a step that are in the place of what the context has there: directories without Go files. Beside
/// Go files, some of which somebody may have written by hand, files are only added and changed.
pub fn replaced(step: &GenerateStep, listing: &Listing) -> BTreeSet<ContextPath> {
    let has_go = |path: &ContextPath| {
        listing.entries().any(|(file, _)| file.extension() == Some("go") && file.is_within(path))
    };
    let outputs = step.outputs.iter().map(|made| &made.to);
    outputs.filter(|path| !path.is_root() && !has_go(path)).cloned().collect()
}

/// A part of the context with everything in it that is generated.
pub(super) fn onto(inputs: &Inputs<'_>, part: Output) -> Output {
    with(inputs, part, &generated(inputs), None)
}

/// A part of the context that a step of the compiler reads a file or a directory of; with what is generated only if that is
/// where it comes from, or all of them would wait for it.
pub(super) fn onto_made(inputs: &Inputs<'_>, part: Output, wanted: &ContextPath) -> Output {
    let mut outputs = inputs.spec.generate.0.iter().flat_map(|step| &step.value.outputs);
    if outputs.any(|made| wanted.is_within(&made.to) || made.to.is_within(wanted)) {
        onto(inputs, part)
    } else {
        part
    }
}

/// A step that has run.
struct Generated<'a> {
    generator: &'a Generator,
    /// A tree with the outputs where they belong.
    outputs: Output,
}

/// All steps in the order in which they run.
fn generated<'a>(inputs: &Inputs<'a>) -> Vec<Generated<'a>> {
    let mut before = Vec::new();
    for (number, (step, generator)) in inputs.spec.generate.0.iter().zip(inputs.generators).enumerate() {
        let place = Location { file: inputs.spec.file.clone(), ranges: vec![step.span] };
        let files = files(inputs, number, &step.value, generator, &before, place);
        before.push(Generated { generator, outputs: generate(inputs, step, generator, files) });
    }
    before
}

/// A part of the context, and on top of it what steps made; of that only what matches the patterns.
fn with(
    inputs: &Inputs<'_>,
    part: Output,
    before: &[Generated<'_>],
    only: Option<&BTreeSet<InputPattern>>,
) -> Output {
    if before.is_empty() {
        return part;
    }
    let parts = inputs.settings.copies_parts;
    let mut copy = Copy::new(part, "/", "/").contents_only();
    if parts {
        let replaced: BTreeSet<&ContextPath> =
            before.iter().flat_map(|before| &before.generator.replaced).collect();
        copy = copy.exclude_patterns(replaced.into_iter().map(literal));
    }
    let file = before.iter().fold(File::scratch().copy(copy), |file, before| {
        // The time at which it was made says nothing.
        let copy = Copy::new(before.outputs.clone(), "/", "/").contents_only().timestamp(0);
        match only {
            Some(only) if parts => file.copy(copy.include_patterns(only.iter().map(InputPattern::as_str))),
            _ => file.copy(copy),
        }
    });
    file.metadata(Metadata::named("[internal] add generated files")).build()
}

/// What a step sees.
fn files(
    inputs: &Inputs<'_>,
    number: usize,
    step: &GenerateStep,
    generator: &Generator,
    before: &[Generated<'_>],
    place: Location,
) -> Output {
    let patterns = step.inputs.iter().map(InputPattern::as_str);
    // Each set of filters needs a hint of its own, or transfers undo each other.
    let hint = format!("{HINT}{number}");
    match &generator.files {
        StepFiles::Context if step.inputs.is_empty() => with(inputs, inputs.context.whole(), before, None),
        StepFiles::Context => {
            let part = inputs.context.part(Part {
                name: loading(""),
                hint,
                include: patterns.map(str::to_owned).collect(),
                exclude: Vec::new(),
            });
            with(inputs, part, before, Some(&step.inputs))
        }
        StepFiles::Directory { name, session, exclude } => Local::new(name)
            .session(session)
            .shared_key_hint(hint)
            .exclude_patterns(exclude.iter().cloned().chain([".git", "**/.git"].map(str::to_owned)))
            .include_patterns(patterns)
            .metadata(Metadata::named(loading(&format!(" from context {name}"))))
            .build(),
        StepFiles::Image(image) => {
            let image = image_source(image, Step::Generate, "", place);
            if step.inputs.is_empty() || !inputs.settings.copies_parts {
                return image;
            }
            let copy = Copy::new(image, "/", "/").contents_only().include_patterns(patterns);
            File::scratch().copy(copy).metadata(Metadata::named(loading(""))).build()
        }
    }
}

/// The name of a transfer.
fn loading(from: &str) -> String {
    format!("[internal] load files to generate with{from}")
}

/// The outputs of one step.
fn generate(
    inputs: &Inputs<'_>,
    step: &Spanned<GenerateStep>,
    generator: &Generator,
    files: Output,
) -> Output {
    let place = Location { file: inputs.spec.file.clone(), ranges: vec![step.span] };
    let Spanned { value: step, .. } = step;
    let name = name(&step.run.written);
    let script = Script::Generate;
    let words = step
        .run
        .argvs
        .iter()
        .flat_map(|argv| std::iter::once(argv.len().to_string()).chain(argv.iter().cloned()));
    let outputs = step.outputs.iter().flat_map(|Made { from, to }| [from.to_string(), to.to_string()]);
    let workdir = step.workdir.as_ref().map_or_else(ContextPath::root, |path| path.0.clone());
    let lists = [
        ("step", vec![name.clone()]),
        ("workdir", vec![workdir.to_string()]),
        ("outputs", outputs.collect()),
        ("secrets", step.secrets.iter().map(|secret| secret.as_str().to_owned()).collect()),
    ];

    let exec =
        script.of(inputs, Exec::new(script.argv(words)), lists).cwd(SOURCES).mount(Mount::tmpfs("/tmp"));
    let exec = match &generator.image {
        Some(image) => in_image(exec, inputs, step, image, place.clone()),
        None => in_builder(exec, inputs, step, generator),
    };
    let exec = with_caches(with_network(exec, inputs, step), inputs, step, generator);
    let exec = step.secrets.iter().fold(exec, |exec, secret| {
        // Without it the daemon would end the step in its own words; the script says what to write.
        exec.mount(Mount::secret(format!("{SECRETS}/{}", secret.as_str()), secret.as_str()).optional())
    });
    step.env
        .iter()
        .fold(exec, |exec, (name, value)| exec.env(name.as_str(), value))
        .env(OUTPUT_VARIABLE, RESULT)
        .mount(Mount::discard(files, SOURCES))
        .mount(Mount::scratch(RESULT))
        .metadata(Step::Generate.metadata("", &name, place, inputs.settings))
        .build()
        .output(RESULT)
        .expect("a scratch mount has an output")
}

/// What people know commands as: one line that is not too long.
fn name(written: &str) -> String {
    let line = written.split_whitespace().collect::<Vec<&str>>().join(" ");
    match line.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// A step in an image of its own. Tools write to their homes and elsewhere; nobody takes what comes of the image, and
/// daemons make a root without an output read-only.
fn in_image(
    exec: Exec,
    inputs: &Inputs<'_>,
    step: &GenerateStep,
    image: &ResolvedImage,
    place: Location,
) -> Exec {
    let place = step
        .image
        .as_ref()
        .map_or(place, |image| Location { file: inputs.spec.file.clone(), ranges: vec![image.span] });
    let root = image_source(image, Step::Generate, "", place);
    let variables = image.config.config.env.iter();
    let exec = variables.fold(exec.platform(&image.platform), |exec, (name, value)| exec.env(name, value));
    exec.env("HOME", "/root").mount(Mount::root_writable(root))
}

/// A step in the builder of the program, all of it: tools use parts of the toolchain that a build does not.
fn in_builder(exec: Exec, inputs: &Inputs<'_>, step: &GenerateStep, generator: &Generator) -> Exec {
    let root = toolchain::image(inputs);
    // What a tool is made of is not known, so the modules are whole.
    let whole = Inputs { download: &Download::Everything, ..*inputs };
    let vendored = inputs.layout.vendored == Vendored::Yes;
    let exec = go_variables(go_environment(exec, &whole), inputs.spec)
        .env("HOME", "/root")
        .env("GOCACHE", CACHE)
        .mount(Mount::root_writable(root))
        .mount(kept(inputs, CACHE, "go-build-generate", Sharing::Shared));
    let exec = match step.network {
        StepNetwork::None => {
            exec.env("GOPROXY", "off").env("GOFLAGS", if vendored { "-mod=vendor" } else { "-mod=readonly" })
        }
        // `go run tool@version` takes neither, since it does not look at the modules here. Not the image's, either.
        StepNetwork::Default => modules::asking(exec, &inputs.spec.modules).env("GOFLAGS", ""),
    };
    let sees_modules = matches!(generator.files, StepFiles::Context) && sees_modules(inputs, step);
    if !inputs.layout.may_download() || !sees_modules {
        return exec;
    }
    match (modules::modules(&whole, &toolchain::root(inputs)), step.network) {
        (None, _) => exec,
        (Some(modules), StepNetwork::None) => {
            exec.mount(Mount::read_only(modules, MODULES).content_cache(inputs.settings.own_key))
        }
        // Go adds what it downloads, for this step alone.
        (Some(modules), StepNetwork::Default) => {
            exec.mount(Mount::discard(modules, MODULES).content_cache(inputs.settings.own_key))
        }
    }
}

/// Whether one of the module files is among the files of a step; without, Go looks up no module that they name.
fn sees_modules(inputs: &Inputs<'_>, step: &GenerateStep) -> bool {
    let patterns: Vec<String> = step.inputs.iter().map(|pattern| pattern.as_str().to_owned()).collect();
    // Of classes of characters nobody here knows what they match.
    let unknown = patterns.is_empty() || patterns.iter().any(|pattern| pattern.contains('['));
    let matching = Ignored::new(&patterns);
    unknown || inputs.layout.module_files.iter().any(|file| matching.by(file).is_some())
}

fn with_network(exec: Exec, inputs: &Inputs<'_>, step: &GenerateStep) -> Exec {
    match step.network {
        StepNetwork::None => exec.network(Network::None),
        StepNetwork::Default => online(exec, inputs),
    }
}

/// The directories that the file wants kept: one of each for steps with the same image.
fn with_caches(exec: Exec, inputs: &Inputs<'_>, step: &GenerateStep, generator: &Generator) -> Exec {
    let image = generator.image.as_ref().unwrap_or(inputs.builder);
    step.cache.iter().fold(exec, |exec, directory| {
        let name = format!("generate/{}{}", image.name, directory.as_str());
        // Whether two programs can work on it at once nobody knows.
        exec.mount(kept(inputs, directory.as_str(), &name, Sharing::Locked))
    })
}
