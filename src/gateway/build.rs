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
use super::generators::Materials;
use super::images::resolve_images;
use super::listing::Reading;
use super::options::{Options, Shape};
use super::origin::{Commit, Facts, Origin};
use super::programs::{find_layout, find_programs};
use super::result::{answer, result};
use super::target::Target;
use super::wanted::{Wanted, built_in_values, read_specs};
use crate::context::ContextPath;
use crate::golang::{Files, Layout, MainPackage, Program};
use crate::image::ImageRef;
use crate::plan::{self, Built, Download, Explanation, Goal, Inputs, Mode, Naming, Settings};
use crate::spec::Document;
use buildkit_llb::{ContentCache, ProxyEnv};
use buildkit_proto::gateway as wire;
use std::collections::{BTreeMap, BTreeSet};

/// Answers one request.
pub(super) async fn build(daemon: Daemon, options: Options) -> Result<wire::Result, Failure> {
    refuse_what_is_not_supported(&options)?;
    let wanted = Target::of(options.target.as_deref())?;
    let call = options.request.as_deref().map(Call::of).transpose()?;
    match call {
        Some(Call::Describe) => return Ok(answer(describe())),
        Some(Call::Schema) => return Ok(answer(schema())),
        Some(Call::Explain) | None => {}
    }
    let origin = Origin::find(&daemon, &options).await?;
    let build_file = BuildFile::load(&daemon, &options, &origin).await?;
    let document = Document::parse(&build_file.file, build_file.door, &options.cmdline)?;
    let commit = wants_commit(&build_file, &options);
    let facts = origin.facts(&daemon, &options, commit).await?;
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
    let mut materials = Vec::new();
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
        materials.push(Materials::of(&daemon, &options, target, &context.listing, &images).await?);
    }

    let settings = settings(&daemon, &options, &facts, commit);
    let unread = layout.module_files.iter().filter(|file| !context.files().contains_key(*file));
    let unread: BTreeSet<ContextPath> = unread.cloned().collect();
    if layout.may_download() && !unread.is_empty() {
        context.read(&daemon, unread).await?;
    }
    let downloads = downloads(&layout, context.files(), &specs, &programs);
    let images_wanted = specs.iter().filter(|target| target.goal == Goal::Image).count();
    let naming = if images_wanted > 1 { Naming::PerPlatform } else { Naming::Plain };
    let mut planned = Vec::new();
    let images_of = builders.iter().zip(&downloaders);
    for ((((target, (builder, downloader)), (mains, program)), download), materials) in
        specs.iter().zip(images_of).zip(&programs).zip(&downloads).zip(&materials)
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
            base: materials.base,
            accounts: materials.accounts.as_ref(),
            context: &context.source,
            files: &materials.files,
            generators: &materials.generators,
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
        Target::Default => options.shape,
        Target::Reports(_) => Shape::Single,
    };
    Ok(result(&images, shape, options.epoch, &facts))
}

/// What each goal downloads: programs the same for all platforms, tests what they need.
fn downloads(
    layout: &Layout,
    files: &Files,
    specs: &[Wanted],
    programs: &[(Vec<MainPackage>, Program)],
) -> Vec<Download> {
    let all = || specs.iter().zip(programs).map(|(wanted, (_, program))| (wanted, program));
    let of_programs = all().filter(|(wanted, _)| !matches!(wanted.goal, Goal::Test(_)));
    let of_programs = of_programs.map(|(wanted, program)| (&wanted.spec, &wanted.go, program));
    let of_programs = Download::of(layout, files, of_programs);
    let download = |(wanted, program): (&Wanted, &Program)| match wanted.goal {
        Goal::Test(_) => plan::test_download(layout, files, &wanted.spec, &wanted.go, program),
        Goal::Image | Goal::Vulncheck(_) => of_programs.clone(),
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
fn wants_commit(build_file: &BuildFile, options: &Options) -> Commit {
    const NAME: &str = "COMMIT";
    let written = build_file.file.data.windows(NAME.len()).any(|word| word == NAME.as_bytes());
    if written || options.cmdline.contains(NAME) { Commit::Wanted } else { Commit::NotWanted }
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
        revision: facts.commit.clone().filter(|_| commit == Commit::Wanted),
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
