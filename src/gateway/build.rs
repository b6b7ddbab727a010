//! One build, from the request to the result. The whole story of gobuild is [`build`].
//!
//! Invariant: nothing is decided here; this file asks the daemon for what the pure rooms need and hands it on.

use super::build_file::BuildFile;
use super::call::{Answer, Call, describe, schema};
use super::checks::{Checked, check as hold_against_sources};
use super::client::{Capability, Daemon};
use super::context::Context;
use super::dockerfile::dockerfile;
use super::failure::Failure;
use super::gate::solve;
use super::generators::Materials;
use super::images::resolve_images;
use super::init;
use super::lint;
use super::listing::Reading;
use super::named_context::is_named;
use super::options::{Options, Shape};
use super::organisation;
use super::origin::{Commit, Facts, Origin};
use super::outline::{outline, targets};
use super::programs::{find_layout, find_programs};
use super::result::{answer, result};
use super::target::Target;
use super::wanted::{Wanted, built_in_values, read_specs};
use crate::check::{self, Finding, review};
use crate::context::ContextPath;
use crate::diagnostic::Diagnostic;
use crate::golang::{Files, Layout, MainPackage, Program};
use crate::image::ImageRef;
use crate::licence;
use crate::plan::{self, Built, Download, Explanation, Goal, Inputs, Mode, Naming, Settings};
use crate::spec::{Document, Organisation};
use buildkit_llb::{ContentCache, ProxyEnv};
use buildkit_proto::gateway as wire;
use std::collections::{BTreeMap, BTreeSet};

/// The build arg that clients configure the checks of any build file with.
const CHECK_ARG: &str = "BUILDKIT_DOCKERFILE_CHECK";

/// Answers one request.
pub(super) async fn build(daemon: Daemon, options: Options) -> Result<wire::Result, Failure> {
    refuse_what_is_not_supported(&options)?;
    let call = options.request.as_deref().map(Call::of).transpose()?;
    match call {
        Some(Call::Describe) => Ok(answer(describe())),
        Some(Call::Schema) => Ok(answer(schema())),
        Some(Call::Lint) => match make(daemon, options, call).await {
            Err(Failure::User(problems)) => lint::broken(&problems).ok_or(Failure::User(problems)),
            outcome => outcome,
        },
        _ => make(daemon, options, call).await,
    }
}

/// Makes what is asked for, or says how it would.
#[expect(clippy::too_many_lines, reason = "the whole story, and each line of it is a call")]
async fn make(daemon: Daemon, options: Options, call: Option<Call>) -> Result<wire::Result, Failure> {
    let origin = Origin::find(&daemon, &options).await?;
    let build_file = BuildFile::load(&daemon, &options, &origin).await?;
    if call == Some(Call::Init) {
        return Ok(answer(init::written(&daemon, &options, &origin, &build_file).await?));
    }
    let organisation = organisation::load()?;
    let (file, door) = (&build_file.file, build_file.door);
    let document = Document::parse_under(organisation.as_ref(), file, door, &options.cmdline)?;
    document.accept(&options.build_args, &options.labels)?;
    let wanted = Target::of(options.target.as_deref(), &document)?;
    let commit = wants_commit(&build_file, organisation.as_deref(), &options);
    let facts = origin.facts(&daemon, &options, commit).await?;
    if call == Some(Call::Targets) {
        return Ok(answer(list_targets(&document, &options, &facts)?));
    }
    let setting = lint::setting(&build_file, options.build_args.get(CHECK_ARG))?;
    let mut specs = read_specs(&document, &options, &facts, &wanted)?;
    if call == Some(Call::Lint) && options.target.is_none() {
        // Who asks about a file asks about all of it.
        for (name, _) in document.targets().filter(|(name, _)| wanted.image.as_deref() != Some(name)) {
            let other = Target { image: Some(name.to_owned()), goal: Goal::Image };
            specs.extend(read_specs(&document, &options, &facts, &other)?);
        }
    }

    let everything = specs.iter().any(|target| target.goal.is_of_all_packages());
    let reading = if everything { Reading::Tests } else { Reading::Programs };
    let mut context = Context::open(&daemon, &options, &origin, &build_file, reading).await?;
    let layout = find_layout(&daemon, &mut context, &build_file, &specs).await?;
    let builders: Vec<ImageRef> =
        specs.iter().map(|target| target.goal.builder(&target.spec, &layout)).collect();
    let downloaders: Vec<Option<ImageRef>> =
        specs.iter().map(|target| plan::downloader(&target.spec, &layout)).collect();
    // Asked for now, answered while Go files are read.
    let images = resolve_images(&daemon, &options, origin, &specs, &builders, &downloaders)?;
    let has_image = specs.iter().any(|target| target.goal.has_base());
    let own = context.reading(&daemon, has_image.then(|| licence::lone(&context.listing)).flatten());
    let (programs, sources) = find_programs(&daemon, &mut context, &layout, &specs, &build_file).await?;
    let images = images.await?;
    let own = licence::only(&own.await?);
    let mut materials = Vec::new();
    for ((target, builder), (mains, program)) in specs.iter().zip(&builders).zip(&programs) {
        if !target.goal.is_of_all_packages() {
            let build = Checked {
                spec: &target.spec,
                target: &target.go,
                layout: &layout,
                mains,
                program,
                sources: &sources,
                builder: images.get(builder, &options.build_platform)?,
            };
            hold_against_sources(&daemon, &mut context, &build).await?;
        }
        materials.push(Materials::of(&daemon, &options, target, &context.listing, &images).await?);
    }

    let mut findings: Vec<Finding> = Vec::new();
    let undeclared = undeclared(&document, &options);
    let reviewed = match call {
        Some(Call::Lint) => specs.len(),
        // A build says what there is to say of one platform, and whoever asks something else is not told.
        None => 1,
        Some(_) => 0,
    };
    // What a debugger wants no reviewer does.
    let each = specs.iter().zip(&programs).zip(&materials).take(reviewed);
    for ((target, (mains, program)), materials) in each.filter(|((target, _), _)| target.goal != Goal::Debug)
    {
        findings.extend(review(&check::Facts {
            document: &document,
            target: target.image.as_deref(),
            spec: &target.spec,
            setting: &setting,
            undeclared: &undeclared,
            layout: &layout,
            mains,
            program,
            sources: &sources,
            listing: &context.listing,
            files: context.files(),
            ignored: context.source.ignored(),
            replaced: &|image| is_named(&options, image),
            base: materials.base.map(|base| &base.config),
        }));
    }
    if call.is_none() {
        lint::warn(&daemon, &build_file, &findings).await;
        lint::refuse(&findings, &setting)?;
    }

    let settings = settings(&daemon, &options, &facts, commit);
    let unread = layout.module_files.iter().filter(|file| !context.files().contains_key(*file));
    let unread: BTreeSet<ContextPath> = unread.cloned().collect();
    if layout.may_download() && !unread.is_empty() {
        context.read(&daemon, unread).await?;
    }
    let downloads = downloads(&layout, context.files(), &specs, &programs);
    let images_wanted = specs.iter().filter(|target| !target.goal.runs_once()).count();
    let naming = if images_wanted > 1 { Naming::PerPlatform } else { Naming::Plain };
    let mut planned = Vec::new();
    let images_of = builders.iter().zip(&downloaders);
    for ((((target, (builder, downloader)), (mains, program)), download), materials) in
        specs.iter().zip(images_of).zip(&programs).zip(&downloads).zip(&materials)
    {
        let inputs = Inputs {
            goal: target.goal,
            spec: &target.spec,
            influence: document.influence(),
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
            base: materials.base,
            accounts: materials.accounts.as_ref(),
            context: &context.source,
            files: &materials.files,
            generators: &materials.generators,
            license: own.as_deref().filter(|_| {
                mains.iter().all(|main| licence::is_under_that_of_root(&context.listing, &main.directory))
            }),
            settings: &settings,
            naming,
        };
        let other = planned.last().map(|(_, built): &(Inputs<'_>, Built)| &built.output);
        let built = plan::plan(&inputs, other)?;
        planned.push((inputs, built));
    }
    if call == Some(Call::Lint) {
        return Ok(lint::findings(&check::each_once(findings)));
    }
    if let (Some(call), Some(first)) = (call, specs.first()) {
        let asked = Asked { document: &document, options: &options, facts: &facts, wanted: &wanted, first };
        return Ok(answer(asked.answer(call, &planned)?));
    }
    let images = solve(&daemon, planned, &options, &wanted, context.files()).await?;
    let shape = if wanted.goal.runs_once() { Shape::Single } else { options.shape };
    Ok(result(&images, shape, options.epoch, &facts))
}

/// A question about a build, of which everything is known.
struct Asked<'a> {
    document: &'a Document,
    options: &'a Options,
    facts: &'a Facts,
    wanted: &'a Target,
    first: &'a Wanted,
}

impl Asked<'_> {
    fn answer(&self, call: Call, planned: &[(Inputs<'_>, Built)]) -> Result<Answer, Failure> {
        let Asked { document, options, facts, wanted, first } = self;
        if let (Call::Dockerfile, [(inputs, built), ..]) = (call, planned) {
            return dockerfile(document, wanted, options, facts, inputs, built);
        }
        let explanation = Explanation::of(planned);
        if call == Call::Outline {
            let values = built_in_values(options, facts, Some(&first.platform));
            let variables = document.variables(&values, &options.build_args);
            let name = options.target.as_deref().or(wanted.image.as_deref());
            return Ok(outline(document, wanted, name, &first.spec, &variables, &explanation));
        }
        // Of which target, where the file or the command line has some.
        let place = document.targets().find(|(name, _)| Some(*name) == wanted.image.as_deref());
        let explanation = match (&options.target, place) {
            (Some(name), _) => explanation.of_target(name),
            (None, Some((name, line))) => explanation.of_default_target(name, &first.spec, line),
            (None, None) => explanation,
        };
        Ok(Call::Explain.answer(explanation.to_text(), explanation.to_json()))
    }
}

/// The answer to [`Call::Targets`], for the platform that comes first.
fn list_targets(document: &Document, options: &Options, facts: &Facts) -> Result<Answer, Failure> {
    let platforms = options.target_platforms();
    let platform = platforms.first().unwrap_or(&options.build_platform);
    let variables = document.variables(&built_in_values(options, facts, Some(platform)), &options.build_args);
    Ok(targets(document, &document.specs(&variables)?, platform))
}

/// What each goal downloads: programs the same for all platforms, tests what they need.
fn downloads(
    layout: &Layout,
    files: &Files,
    specs: &[Wanted],
    programs: &[(Vec<MainPackage>, Program)],
) -> Vec<Download> {
    let all = || specs.iter().zip(programs).map(|(wanted, (_, program))| (wanted, program));
    let of_programs = all().filter(|(wanted, _)| !wanted.goal.is_of_all_packages());
    let of_programs = of_programs.map(|(wanted, program)| (&wanted.spec, &wanted.go, program));
    let of_programs = Download::of(layout, files, of_programs);
    let download = |(wanted, program): (&Wanted, &Program)| match wanted.goal {
        Goal::Test(_) => plan::test_download(layout, files, &wanted.spec, &wanted.go, program),
        // Who works on it changes what it imports.
        Goal::Builder if layout.may_download() => Download::Everything,
        Goal::Builder => Download::Nothing,
        Goal::Image | Goal::Binary | Goal::Debug | Goal::Vulncheck(_) => of_programs.clone(),
    };
    all().map(download).collect()
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
fn wants_commit(build_file: &BuildFile, organisation: Option<&Organisation>, options: &Options) -> Commit {
    const NAME: &str = "COMMIT";
    let files = std::iter::once(&build_file.file).chain(organisation.map(|organisation| &organisation.file));
    let written =
        files.into_iter().any(|file| file.data.windows(NAME.len()).any(|word| word == NAME.as_bytes()));
    if written || options.cmdline.contains(NAME) { Commit::Wanted } else { Commit::NotWanted }
}

/// The build args that nothing reads.
fn undeclared(document: &Document, options: &Options) -> Vec<Diagnostic> {
    let built_in = built_in_values(options, &Facts::default(), None);
    document.undeclared(&document.variables(&built_in, &options.build_args), &options.build_args)
}

fn settings(daemon: &Daemon, options: &Options, facts: &Facts, commit: Commit) -> Settings {
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
        mode_words: daemon.has(Capability::ModeWords),
        // What a client says of the commit is what stamps say.
        revision: options
            .build_args
            .get("COMMIT")
            .or(facts.commit.as_ref())
            .filter(|revision| commit == Commit::Wanted && !revision.is_empty())
            .cloned(),
        version: options.build_args.get("VERSION").filter(|version| !version.is_empty()).cloned(),
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
