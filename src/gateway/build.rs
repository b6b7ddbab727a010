//! One build, from the request to the result. The whole story of gobuild is [`build`].
//!
//! Invariant: nothing is decided here; this file asks the daemon for what the pure rooms need and hands it on.

use super::call::{Call, describe, schema};
use super::client::{Capability, Daemon};
use super::context::{BuildFile, Context, Reading, load_build_file};
use super::failure::Failure;
use super::gate::solve;
use super::named_context::replacement;
use super::options::{Options, Shape};
use super::result::{answer, result};
use super::target;
use crate::context::ContextPath;
use crate::diagnostic::{Diagnostic, Problem};
use crate::golang::{self, GoTarget, Layout, MainPackage, Program, Sources, Step};
use crate::image::ImageRef;
use crate::plan::{
    self, Download, Explanation, Findings, Goal, Inputs, Mode, Naming, ResolvedImage, Settings,
};
use crate::spec::{Base, Document, Door, Spec};
use buildkit_llb::{ContentCache, Location, Platform, ProxyEnv};
use buildkit_proto::gateway as wire;
use std::collections::{BTreeMap, BTreeSet};
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
    let build_file = load_build_file(&daemon, &options).await?;
    let document = Document::parse(&build_file.file, Door::of(&options.filename), &options.cmdline)?;
    let specs = read_specs(&document, &options, wanted)?;
    warn_of_unused_args(&daemon, &build_file, &document, &options).await;

    let tested = specs.iter().any(|target| matches!(target.goal, Goal::Test(_)));
    let reading = if tested { Reading::Tests } else { Reading::Programs };
    let mut context = Context::open(&daemon, &options, &build_file, reading).await?;
    let layout = find_layout(&daemon, &mut context, &build_file, &options).await?;
    let builders: Vec<ImageRef> =
        specs.iter().map(|target| target.goal.builder(&target.spec, &layout)).collect();
    // Asked for now, answered while Go files are read.
    let images = resolve_images(&daemon, &options, &specs, &builders);
    let programs = find_programs(&daemon, &mut context, &layout, &specs, &build_file).await?;
    let images = images.await?;

    let settings = settings(&daemon, &options);
    let unread = layout.module_files.iter().filter(|file| !context.files().contains_key(*file));
    let unread: BTreeSet<ContextPath> = unread.cloned().collect();
    if layout.may_download() && !unread.is_empty() {
        context.read(&daemon, unread).await?;
    }
    let facts = || specs.iter().zip(&programs).map(|(target, (_, program))| (target, program));
    let programs_of = facts().filter(|(target, _)| !matches!(target.goal, Goal::Test(_)));
    let of_programs = Download::of(
        &layout,
        context.files(),
        programs_of.map(|(target, program)| (&target.spec, &target.go, program)),
    );
    let downloads: Vec<Download> = facts()
        .map(|(target, program)| match target.goal {
            Goal::Test(_) => plan::test_download(&layout, context.files(), &target.spec, &target.go, program),
            Goal::Image | Goal::Vulncheck(_) => of_programs.clone(),
        })
        .collect();
    let images_wanted = specs.iter().filter(|target| target.goal == Goal::Image).count();
    let naming = if images_wanted > 1 { Naming::PerPlatform } else { Naming::Plain };
    let mut planned = Vec::new();
    for (((target, builder), (mains, program)), download) in
        specs.iter().zip(&builders).zip(&programs).zip(&downloads)
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
            base: match target.base() {
                None => None,
                Some(base) => Some(images.get(base, &target.platform)?),
            },
            context: &context.source,
            settings: &settings,
            naming,
        };
        planned.push((inputs, plan::plan(&inputs)?));
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
    Ok(result(&images, shape))
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
    const CAPABILITIES: [&str; 2] = ["moby.buildkit.frontend.contexts", "moby.buildkit.frontend.subrequests"];
    let unknown = options.capabilities.iter().find(|cap| !CAPABILITIES.contains(&cap.as_str()));
    if let Some(cap) = unknown {
        return Err(Failure::Capability(cap.clone()));
    }
    match &options.remote_context {
        Some(url) => Err(Diagnostic::nowhere(Problem::RemoteContext { url: url.clone() }).into()),
        None => Ok(()),
    }
}

/// What is built: the image for each platform and, behind them, what they wait for; or reports, once.
fn read_specs(
    document: &Document,
    options: &Options,
    wanted: target::Target,
) -> Result<Vec<Target>, Failure> {
    let here = |goal| read_spec(document, options, goal, options.build_platform.clone());
    if let target::Target::Reports(goal) = wanted {
        return Ok(vec![here(goal)?]);
    }
    let platforms = options.target_platforms().into_iter();
    let images = platforms.map(|platform| read_spec(document, options, wanted.goal(), platform));
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
    goal: Goal,
    platform: Platform,
) -> Result<Target, Failure> {
    let variant = platform.variant.as_deref().unwrap_or_default();
    let go = GoTarget::new(&platform.os, &platform.architecture, variant).map_err(|reason| {
        let problem = Problem::UnsupportedTarget { platform: platform.to_string(), reason };
        Failure::from(Diagnostic::nowhere(problem))
    })?;
    let variables = document.variables(&built_in_values(options, Some(&platform)), &options.build_args);
    let spec = document.spec(&variables)?;
    Ok(Target { goal, platform, go, spec })
}

/// The built-in values of `${NAME}`, under the names that Dockerfiles use.
fn built_in_values(options: &Options, platform: Option<&Platform>) -> BTreeMap<&'static str, String> {
    let mut values = BTreeMap::from([
        ("BUILDPLATFORM", options.build_platform.to_string()),
        ("COMMIT", options.revision.clone().unwrap_or_default()),
        ("SOURCE_DATE_EPOCH", options.epoch.map(|epoch| epoch.to_string()).unwrap_or_default()),
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
    let variables = document.variables(&built_in_values(options, None), &options.build_args);
    for warning in document.undeclared(&variables, &options.build_args) {
        daemon.warn(&build_file.vertex, &warning).await;
    }
}

async fn find_layout(
    daemon: &Daemon,
    context: &mut Context,
    build_file: &BuildFile,
    options: &Options,
) -> Result<Layout, Failure> {
    let door = Door::of(&options.filename);
    let start = loop {
        match door.start(&build_file.file, &context.listing, context.files()) {
            Step::Done(start) => break start,
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    };
    let start = start.map_err(|problem| blame(problem, context, build_file, None))?;
    loop {
        match golang::layout(&context.listing, &start, context.files()) {
            Step::Done(layout) => return layout.map_err(|problem| blame(problem, context, build_file, None)),
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
) -> Result<Vec<(Vec<MainPackage>, Program)>, Failure> {
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
        programs.push((mains, program));
    }
    Ok(programs)
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
struct Images(BTreeMap<(ImageRef, Platform), ResolvedImage>);

impl Images {
    fn get(&self, image: &ImageRef, platform: &Platform) -> Result<&ResolvedImage, Failure> {
        let key = (image.clone(), platform.clone());
        self.0.get(&key).ok_or_else(|| Failure::Internal(format!("`{image}` was not looked up")))
    }
}

/// Looks up every image of the request side by side, each once.
fn resolve_images(
    daemon: &Daemon,
    options: &Options,
    targets: &[Target],
    builders: &[ImageRef],
) -> impl Future<Output = Result<Images, Failure>> + use<> {
    let mut wanted: BTreeMap<(ImageRef, Platform), Location> = BTreeMap::new();
    for (target, builder) in targets.iter().zip(builders) {
        let key = (builder.clone(), options.build_platform.clone());
        wanted.entry(key).or_insert_with(|| plan::builder_place(&target.spec));
        if let Some(base) = target.base() {
            let place =
                Location { file: target.spec.file.clone(), ranges: vec![target.spec.image.base.span] };
            wanted.entry((base.clone(), target.platform.clone())).or_insert(place);
        }
    }
    let mut calls: JoinSet<(_, Result<_, Failure>)> = JoinSet::new();
    for ((image, platform), place) in wanted {
        let (daemon, options) = (daemon.clone(), options.clone());
        calls.spawn(async move {
            let resolved = match replacement(&options, &image, &platform) {
                Ok(source) => daemon.resolve_image(&source, &platform, &options, Some(place)).await,
                Err(failure) => Err(failure),
            };
            ((image, platform), resolved)
        });
    }
    async move {
        let mut answers = BTreeMap::new();
        while let Some(call) = calls.join_next().await {
            let (key, answer) = call.map_err(|error| Failure::Internal(error.to_string()))?;
            answers.insert(key, answer);
        }
        // Of several failures the first by name, not by time.
        let images = answers.into_iter().map(|(key, answer)| Ok((key, answer?)));
        images.collect::<Result<_, Failure>>().map(Images)
    }
}

fn settings(daemon: &Daemon, options: &Options) -> Settings {
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
        epoch: options.epoch,
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
