//! The plans of a request: a graph and a config for each image, or for reports.
//!
//! Invariant: nothing is asked of anybody here.

use super::client::{Capability, Daemon};
use super::failure::Failure;
use super::generators::Materials;
use super::origin::Facts;
use super::repository::Repository;
use super::request::Request;
use super::wanted::Wanted;
use crate::golang::Files;
use crate::plan::{self, Built, Download, Goal, Inputs, Machines, Mode, Naming, Settings};
use buildkit_llb::{ContentCache, ProxyEnv};
use std::collections::BTreeMap;

/// What all plans of a request have in common.
pub(super) struct Common {
    settings: Settings,
    downloads: Vec<Download>,
    module_files: Option<Files>,
    naming: Naming,
}

impl Common {
    pub(super) fn of(request: &Request, repository: &Repository, wanted: &[Wanted]) -> Common {
        let images = wanted.iter().filter(|target| !target.goal.runs_once()).count();
        Common {
            settings: settings(request),
            downloads: downloads(repository, wanted),
            module_files: repository.module_files(),
            naming: if images > 1 { Naming::PerPlatform } else { Naming::Plain },
        }
    }
}

/// What each of the wanted is made from, and what comes of it.
pub(super) fn plans<'a>(
    request: &'a Request,
    repository: &'a Repository,
    wanted: &'a [Wanted],
    materials: &'a [Materials<'a>],
    common: &'a Common,
) -> Result<Vec<(Inputs<'a>, Built)>, Failure> {
    let mut planned = Vec::new();
    let each = repository.each(wanted).zip(materials).zip(&common.downloads);
    for (((target, part), materials), download) in each {
        let inputs = Inputs {
            goal: target.goal,
            spec: &target.spec,
            influence: target.influence.as_ref(),
            layout: &repository.layout,
            mains: &part.mains,
            program: &part.program,
            platform: &target.platform,
            target: &target.go,
            mode: Mode::of(&target.spec, &common.settings).0,
            download,
            builder: repository.builder(request, part)?,
            downloader: repository.downloader(request, part)?,
            base: materials.base,
            accounts: materials.accounts.as_ref(),
            context: &repository.context.source,
            module_files: common.module_files.as_ref(),
            files: &materials.files,
            generators: &materials.generators,
            license: repository.license(part),
            settings: &common.settings,
            naming: common.naming,
        };
        let other = planned.last().map(|(_, built): &(Inputs<'_>, Built)| &built.output);
        let built = plan::plan(&inputs, other)?;
        planned.push((inputs, built));
    }
    Ok(planned)
}

/// What each goal downloads: programs the same for all platforms, tests what they need.
fn downloads(repository: &Repository, wanted: &[Wanted]) -> Vec<Download> {
    let (layout, files) = (&repository.layout, repository.context.files());
    let of_programs = repository.each(wanted).filter(|(target, _)| !target.goal.is_of_all_packages());
    let of_programs = of_programs.map(|(target, part)| (&target.spec, &target.go, &part.program));
    let of_programs = Download::of(layout, files, of_programs);
    let each = repository.each(wanted).map(|(target, part)| match target.goal {
        Goal::Test(_) => plan::test_download(layout, files, &target.spec, &target.go, &part.program),
        // Who works on it changes what it imports.
        Goal::Builder if layout.may_download() => Download::Everything,
        Goal::Builder => Download::Nothing,
        Goal::Image | Goal::Binary | Goal::Debug | Goal::Vulncheck(_) => of_programs.clone(),
    });
    each.collect()
}

fn settings(request: &Request) -> Settings {
    let Request { daemon, options, facts, .. } = request;
    let Facts { commit, version, epoch } = facts;
    Settings {
        network: options.network,
        extra_hosts: options.extra_hosts.clone(),
        proxy: proxy(&options.build_args),
        no_cache: options.no_cache.clone(),
        cache_namespace: options.cache_namespace.clone(),
        labels: options.labels.clone(),
        own_key: own_key(daemon),
        machines: Machines::of(options.target_platforms().iter().chain([&options.build_platform])),
        cache_imports: !options.cache_imports.is_empty(),
        copies_parts: daemon.has(Capability::CopyPatterns),
        mode_words: daemon.has(Capability::ModeWords),
        revision: known(request, "COMMIT", commit.as_ref()),
        version: known(request, "VERSION", version.as_ref()),
        epoch: *epoch,
    }
}

/// How an input counts that the graph says in full: by that alone, where the daemon can.
///
/// Before 0.32, BuildKit does not find by that what is made of a vertex which another build has run and still holds
/// (`processExecReq` in `solver/edge.go`): such a step then runs once more than it has to.
fn own_key(daemon: &Daemon) -> ContentCache {
    if daemon.has(Capability::ContentCache) { ContentCache::Off } else { ContentCache::Default }
}

/// What labels say of the context, where the build file asks for it: the same that stamps say.
fn known(request: &Request, name: &str, found: Option<&String>) -> Option<String> {
    let value = request.options.build_args.get(name).or(found).filter(|value| !value.is_empty())?;
    request.document.uses(name).then(|| value.clone())
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
