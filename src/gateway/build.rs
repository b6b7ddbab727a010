//! One build, from the request to the result. The whole story of gobuild is [`build`].
//!
//! Invariant: nothing is decided here; this file asks the daemon for what the pure rooms need and hands it on.

use super::build_file::BuildFile;
use super::call::{Call, describe, schema};
use super::checks::{Checked, check};
use super::client::{Capability, Daemon};
use super::context::Context;
use super::failure::Failure;
use super::gate::solve;
use super::generators::{self, generators};
use super::listing::Reading;
use super::named_context;
use super::options::{Options, Shape};
use super::origin::{Facts, Origin, Wanted};
use super::result::{answer, result};
use super::target;
use crate::context::{ContextPath, Ignored};
use crate::diagnostic::{Diagnostic, Problem};
use crate::golang::{self, Doubt, GoTarget, Layout, MainPackage, Program, Sources, Step};
use crate::image::ImageRef;
use crate::plan::{
    self, Built, Download, Explanation, Findings, Goal, Inputs, Mode, Naming, ResolvedImage, Settings,
};
use crate::spec::{Base, Document, Spec};
use buildkit_llb::{ContentCache, LineRange, Location, Platform, ProxyEnv};
use buildkit_proto::gateway as wire;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Answers one request.
pub(super) async fn build(daemon: Daemon, options: Options) -> Result<wire::Result, Failure> {
    refuse_what_is_not_supported(&options)?;
    let wanted = target::Target::of(options.target.as_deref())?;
    let call = options.request.as_deref().map(Call::of).transpose()?;
    match call {
        Some(Call::Describe) => return Ok(answer(describe())),
        Some(Call::Schema) => return Ok(answer(schema())),
        Some(Call::Explain) | None => {}
    }
    let origin = Origin::find(&daemon, &options).await?;
    let build_file = BuildFile::load(&daemon, &options, &origin).await?;
    let document = Document::parse(&build_file.file, build_file.door, &options.cmdline)?;
    let facts = origin.facts(&daemon, &options, wants_commit(&build_file, &options)).await?;
    let specs = read_specs(&document, &options, &facts, wanted)?;
    warn_of_unused_args(&daemon, &build_file, &document, &options).await;

    let tested = specs.iter().any(|target| matches!(target.goal, Goal::Test(_)));
    let reading = if tested { Reading::Tests } else { Reading::Programs };
    let mut context = Context::open(&daemon, &options, &origin, &build_file, reading).await?;
    let layout = find_layout(&daemon, &mut context, &build_file, &specs).await?;
    let builders: Vec<ImageRef> =
        specs.iter().map(|target| target.goal.builder(&target.spec, &layout)).collect();
    let downloaders: Vec<Option<ImageRef>> =
        specs.iter().map(|target| plan::downloader(&target.spec, &layout)).collect();
    // Asked for now, answered while Go files are read.
    let images = resolve_images(&daemon, &options, origin, &specs, &builders, &downloaders)?;
    let (programs, sources) = find_programs(&daemon, &mut context, &layout, &specs, &build_file).await?;
    let images = images.await?;
    let mut steps = Vec::new();
    for ((target, builder), (mains, program)) in specs.iter().zip(&builders).zip(&programs) {
        if !matches!(target.goal, Goal::Test(_)) {
            let build = Checked {
                spec: &target.spec,
                target: &target.go,
                layout: &layout,
                mains,
                program,
                sources: &sources,
                builder: images.get(builder, &options.build_platform)?,
            };
            check(&daemon, &mut context, &build).await?;
        }
        steps.push(generators(&daemon, &options, &target.spec, &context.listing, &images).await?);
    }

    let settings = settings(&daemon, &options, &facts);
    let unread = layout.module_files.iter().filter(|file| !context.files().contains_key(*file));
    let unread: BTreeSet<ContextPath> = unread.cloned().collect();
    if layout.may_download() && !unread.is_empty() {
        context.read(&daemon, unread).await?;
    }
    let planned_for = || specs.iter().zip(&programs).map(|(target, (_, program))| (target, program));
    let programs_of = planned_for().filter(|(target, _)| !matches!(target.goal, Goal::Test(_)));
    let of_programs = Download::of(
        &layout,
        context.files(),
        programs_of.map(|(target, program)| (&target.spec, &target.go, program)),
    );
    let downloads: Vec<Download> = planned_for()
        .map(|(target, program)| match target.goal {
            Goal::Test(_) => plan::test_download(&layout, context.files(), &target.spec, &target.go, program),
            Goal::Image | Goal::Vulncheck(_) => of_programs.clone(),
        })
        .collect();
    let images_wanted = specs.iter().filter(|target| target.goal == Goal::Image).count();
    let naming = if images_wanted > 1 { Naming::PerPlatform } else { Naming::Plain };
    let mut planned = Vec::new();
    let images_of = builders.iter().zip(&downloaders);
    for ((((target, (builder, downloader)), (mains, program)), download), steps) in
        specs.iter().zip(images_of).zip(&programs).zip(&downloads).zip(&steps)
    {
        let inputs = Inputs {
            goal: target.goal,
            spec: &target.spec,
            layout: &layout,
            mains,
            program,
            platform: &target.platform,
            target: &target.go,
            mode: Mode::of(&target.spec, &settings).0,
            download,
            builder: images.get(builder, &options.build_platform)?,
            downloader: match downloader {
                Some(downloader) => Some(images.get(downloader, &options.build_platform)?),
                None => None,
            },
            base: match target.base() {
                None => None,
                Some(base) => Some(images.get(base, &target.platform)?),
            },
            context: &context.source,
            generators: steps,
            settings: &settings,
            naming,
        };
        let other = planned.last().map(|(_, built): &(Inputs<'_>, Built)| &built.output);
        let built = plan::plan(&inputs, other)?;
        planned.push((inputs, built));
    }
    if call == Some(Call::Explain) {
        let explanation = Explanation::of(&planned);
        return Ok(answer(Call::Explain.answer(explanation.to_text(), explanation.to_json())));
    }
    let images = solve(&daemon, planned, &options, wanted).await?;
    let shape = match wanted {
        target::Target::Default => options.shape,
        target::Target::Reports(_) => Shape::Single,
    };
    Ok(result(&images, shape, options.epoch, &facts))
}

/// What is built for one platform: the build file with that platform's values in it.
struct Target {
    goal: Goal,
    platform: Platform,
    go: GoTarget,
    spec: Spec,
}

impl Target {
    /// The image that it is built on; none is scratch, or what is no image itself.
    fn base(&self) -> Option<&ImageRef> {
        match (&self.spec.image.base.value, self.goal) {
            (Base::Image(base), Goal::Image) => Some(base),
            _ => None,
        }
    }
}

/// Says no to what would otherwise be ignored in silence.
fn refuse_what_is_not_supported(options: &Options) -> Result<(), Failure> {
    // Those of the image's label (`Dockerfile.frontend`); daemons compare them, those that forward do not.
    const CAPABILITIES: [&str; 4] = [
        "moby.buildkit.frontend.contexts",
        "moby.buildkit.frontend.gitquerystring",
        "moby.buildkit.frontend.inputs",
        "moby.buildkit.frontend.subrequests",
    ];
    match options.capabilities.iter().find(|cap| !CAPABILITIES.contains(&cap.as_str())) {
        Some(cap) => Err(Failure::Capability(cap.clone())),
        None => Ok(()),
    }
}

/// Whether the commit is worth a question: only where it is written into something.
fn wants_commit(build_file: &BuildFile, options: &Options) -> Wanted {
    const NAME: &str = "COMMIT";
    let written = build_file.file.data.windows(NAME.len()).any(|word| word == NAME.as_bytes());
    if written || options.cmdline.contains(NAME) { Wanted::Yes } else { Wanted::No }
}

/// What is built: the image for each platform and, behind them, what they wait for; or reports, once.
fn read_specs(
    document: &Document,
    options: &Options,
    facts: &Facts,
    wanted: target::Target,
) -> Result<Vec<Target>, Failure> {
    let here = |goal| read_spec(document, options, facts, goal, options.build_platform.clone());
    if let target::Target::Reports(goal) = wanted {
        return Ok(vec![here(goal)?]);
    }
    let platforms = options.target_platforms().into_iter();
    let images = platforms.map(|platform| read_spec(document, options, facts, wanted.goal(), platform));
    let mut specs = images.collect::<Result<Vec<Target>, Failure>>()?;
    if specs.iter().any(|target| target.spec.test.gate) {
        specs.push(here(Goal::Test(Findings::Fail))?);
    }
    Ok(specs)
}

/// The build file for one platform.
fn read_spec(
    document: &Document,
    options: &Options,
    facts: &Facts,
    goal: Goal,
    platform: Platform,
) -> Result<Target, Failure> {
    let variant = platform.variant.as_deref().unwrap_or_default();
    let go = GoTarget::new(&platform.os, &platform.architecture, variant).map_err(|reason| {
        let problem = Problem::UnsupportedTarget { platform: platform.to_string(), reason };
        Failure::from(Diagnostic::nowhere(problem))
    })?;
    let variables =
        document.variables(&built_in_values(options, facts, Some(&platform)), &options.build_args);
    let spec = document.spec(&variables)?;
    let go = at_level(go, &spec, &platform)?;
    Ok(Target { goal, platform, go, spec })
}

/// A target at the level that the build file says for its architecture.
fn at_level(go: GoTarget, spec: &Spec, platform: &Platform) -> Result<GoTarget, Failure> {
    go.at(spec.build.levels().map(|(_, level, _)| level)).map_err(|level| {
        let said = spec.build.levels().find(|(_, said, _)| *said == level);
        let (key, span) = said.map_or(("build", LineRange::line(1)), |(key, _, span)| (key, span));
        let platform = platform.to_string();
        let problem = Problem::LevelAbovePlatform { key, found: level.env().1, platform };
        Diagnostic::at(problem, &spec.file, span).into()
    })
}

/// The built-in values of `${NAME}`, under the names that Dockerfiles use.
fn built_in_values(
    options: &Options,
    facts: &Facts,
    platform: Option<&Platform>,
) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("BUILDPLATFORM", options.build_platform.to_string()),
        ("COMMIT", facts.commit.clone().unwrap_or_default()),
        ("SOURCE_DATE_EPOCH", facts.epoch.map(|epoch| epoch.to_string()).unwrap_or_default()),
    ]);
    if let Some(platform) = platform {
        values.insert("TARGETPLATFORM", platform.to_string());
        values.insert("TARGETOS", platform.os.clone());
        values.insert("TARGETARCH", platform.architecture.clone());
        values.insert("TARGETVARIANT", platform.variant.clone().unwrap_or_default());
    }
    values
}

async fn warn_of_unused_args(
    daemon: &Daemon,
    build_file: &BuildFile,
    document: &Document,
    options: &Options,
) {
    let variables =
        document.variables(&built_in_values(options, &Facts::default(), None), &options.build_args);
    for warning in document.undeclared(&variables, &options.build_args) {
        daemon.warn(&build_file.vertex, &warning).await;
    }
}

async fn find_layout(
    daemon: &Daemon,
    context: &mut Context,
    build_file: &BuildFile,
    targets: &[Target],
) -> Result<Layout, Failure> {
    let start = loop {
        if let Some(place) = &build_file.place {
            break Ok(build_file.door.start_at(place));
        }
        match build_file.door.start(&build_file.file, &context.listing, context.files()) {
            Step::Done(start) => break start,
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    };
    let start = start.map_err(|problem| blame(problem, context, build_file, None))?;
    let mains: Vec<ContextPath> =
        targets.iter().flat_map(|target| &target.spec.main).map(|main| main.value.path.clone()).collect();
    loop {
        match golang::layout(&context.listing, &start, &mains, context.files()) {
            Step::Done(layout) => {
                return layout.map_err(|problem| {
                    let problem =
                        golang::missing_module_files(problem, &Ignored::new(context.source.ignored()));
                    blame(problem, context, build_file, None)
                });
            }
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    }
}

/// The programs of each platform and what they are made of; build constraints may give them different ones.
async fn find_programs(
    daemon: &Daemon,
    context: &mut Context,
    layout: &Layout,
    targets: &[Target],
    build_file: &BuildFile,
) -> Result<(Vec<(Vec<MainPackage>, Program)>, Sources), Failure> {
    let mut programs: Vec<(Vec<MainPackage>, Program)> = Vec::new();
    let mut scanned = Sources::new();
    for target in targets {
        let spec = &target.spec;
        if let Goal::Test(_) = target.goal {
            let wanted = plan::wanted_tests(spec, layout)?;
            let program = loop {
                match golang::tested(&context.listing, layout, &wanted, context.files(), &mut scanned) {
                    Step::Done(program) => break program,
                    Step::Needs(paths) => context.read(daemon, paths).await?,
                }
            };
            programs.push((Vec::new(), program));
            continue;
        }
        let wanted: Vec<(String, ContextPath)> =
            spec.main.iter().map(|main| (main.value.written.clone(), main.value.path.clone())).collect();
        let tags: BTreeSet<String> = spec.build.tags.iter().map(|tag| tag.as_str().to_owned()).collect();
        let mains = loop {
            let found =
                golang::find_mains(&context.listing, layout, &target.go, &tags, &wanted, context.files());
            match found {
                Step::Done(mains) => break mains,
                Step::Needs(paths) => context.read(daemon, paths).await?,
            }
        };
        let mains = mains.map_err(|problem| blame(problem, context, build_file, Some(spec)))?;
        let generated = spec.generate.0.iter().flat_map(|step| &step.value.outputs).map(|made| &made.to);
        // What a program is made of depends on its main packages only, which are as a rule the same.
        if let Some(known) = programs.iter().find(|(known, _)| *known == mains) {
            programs.push(known.clone());
            continue;
        }
        let program = loop {
            match golang::program(&context.listing, layout, &mains, context.files(), &mut scanned) {
                Step::Done(program) => break program,
                Step::Needs(paths) => context.read(daemon, paths).await?,
            }
        };
        let conditions = golang::conditions(layout, &target.go, &tags);
        let ignored = Ignored::new(context.source.ignored());
        let missing = golang::missing(&context.listing, layout, &conditions, &mains, &scanned, &ignored);
        // What is missing may be made.
        if let (Some(problem), true) = (missing, spec.generate.0.is_empty()) {
            return Err(blame(problem, context, build_file, Some(spec)));
        }
        let c = match &program {
            Program::Exact(parts) if spec.build.has_c() => golang::first_c(parts, &context.listing, &scanned),
            Program::Exact(_) | Program::Everything(_) => None,
        };
        let program = c.map_or(program, |file| Program::Everything(Doubt::C(file)));
        programs.push((mains, program.despite(layout, generated)));
    }
    if let Some(problem) = golang::missing_workspace(layout, &Ignored::new(context.source.ignored())) {
        let warning = Diagnostic::of_go(problem, context.files(), &build_file.file, None);
        daemon.warn(&build_file.vertex, &warning).await;
    }
    Ok((programs, scanned))
}

/// A problem with the Go part of the context, with the lines that it is about.
fn blame(
    problem: golang::Problem,
    context: &Context,
    build_file: &BuildFile,
    spec: Option<&Spec>,
) -> Failure {
    Diagnostic::of_go(problem, context.files(), &build_file.file, spec).into()
}

/// Images by name and platform.
pub(super) struct Images(BTreeMap<(ImageRef, Platform), ResolvedImage>);

impl Images {
    pub(super) fn get(&self, image: &ImageRef, platform: &Platform) -> Result<&ResolvedImage, Failure> {
        let key = (image.clone(), platform.clone());
        self.0.get(&key).ok_or_else(|| Failure::Internal(format!("`{image}` was not looked up")))
    }
}

/// Looks up every image of the request side by side, each once.
fn resolve_images(
    daemon: &Daemon,
    options: &Options,
    origin: Origin,
    targets: &[Target],
    builders: &[ImageRef],
    downloaders: &[Option<ImageRef>],
) -> Result<impl Future<Output = Result<Images, Failure>> + use<>, Failure> {
    let mut wanted: BTreeMap<(ImageRef, Platform), Location> = BTreeMap::new();
    for (target, (builder, downloader)) in targets.iter().zip(builders.iter().zip(downloaders)) {
        for image in [Some(builder), downloader.as_ref()].into_iter().flatten() {
            let key = (image.clone(), options.build_platform.clone());
            wanted.entry(key).or_insert_with(|| plan::builder_place(&target.spec));
        }
        if let Some(base) = target.base() {
            let place =
                Location { file: target.spec.file.clone(), ranges: vec![target.spec.image.base.span] };
            wanted.entry((base.clone(), target.platform.clone())).or_insert(place);
        }
        for (image, place) in generators::images(&target.spec, options)? {
            wanted.entry((image, options.build_platform.clone())).or_insert(place);
        }
    }
    let mut calls: JoinSet<(_, Result<_, Failure>)> = JoinSet::new();
    let origin = Arc::new(origin);
    for ((image, platform), place) in wanted {
        let (daemon, options, origin) = (daemon.clone(), options.clone(), Arc::clone(&origin));
        calls.spawn(async move {
            let resolved = named_context::resolve(&daemon, &options, &origin, &image, &platform, place).await;
            ((image, platform), resolved)
        });
    }
    Ok(async move {
        let mut answers = BTreeMap::new();
        while let Some(call) = calls.join_next().await {
            let (key, answer) = call.map_err(|error| Failure::Internal(error.to_string()))?;
            answers.insert(key, answer);
        }
        // Of several failures the first by name, not by time.
        let images = answers.into_iter().map(|(key, answer)| Ok((key, answer?)));
        images.collect::<Result<_, Failure>>().map(Images)
    })
}

fn settings(daemon: &Daemon, options: &Options, facts: &Facts) -> Settings {
    Settings {
        network: options.network,
        extra_hosts: options.extra_hosts.clone(),
        proxy: proxy(&options.build_args),
        no_cache: options.no_cache.clone(),
        cache_namespace: options.cache_namespace.clone(),
        labels: options.labels.clone(),
        own_key: if daemon.has(Capability::ContentCache) { ContentCache::Off } else { ContentCache::Default },
        cache_imports: !options.cache_imports.is_empty(),
        copies_parts: daemon.has(Capability::CopyPatterns),
        epoch: facts.epoch,
    }
}

/// The proxies of the client's configuration arrive as build args, in either case.
fn proxy(args: &BTreeMap<String, String>) -> ProxyEnv {
    let value = |name: &str| {
        let found = args.iter().find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    ProxyEnv {
        http_proxy: value("HTTP_PROXY"),
        https_proxy: value("HTTPS_PROXY"),
        ftp_proxy: value("FTP_PROXY"),
        no_proxy: value("NO_PROXY"),
        all_proxy: value("ALL_PROXY"),
    }
}
