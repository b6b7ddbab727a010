//! What the repository and the registries have for a build: everything that a plan is made from.
//!
//! Invariant: what the build file says of the sources has been held against them, and no step has run.

use super::checks::{Checked, check};
use super::context::Context;
use super::failure::Failure;
use super::generators::Materials;
use super::images::{Images, resolve_images};
use super::listing::Reading;
use super::origin::Origin;
use super::programs::{find_layout, find_programs};
use super::request::Request;
use super::wanted::Wanted;
use crate::context::{ContextPath, Entry};
use crate::golang::{Files, Layout, MainPackage, Program, Sources};
use crate::image::ImageRef;
use crate::licence;
use crate::plan::{self, ResolvedImage};
use std::collections::BTreeSet;

/// The largest module files, together, that are part of a graph: clients keep graphs, and attestations may have them.
const LARGEST_WRITTEN: usize = 1 << 20;

/// What there is.
pub(super) struct Repository {
    pub(super) context: Context,
    pub(super) layout: Layout,
    /// What the Go files say that were looked into.
    pub(super) sources: Sources,
    images: Images,
    /// The one licence that the context has at its root.
    license: Option<String>,
    parts: Vec<Part>,
}

/// What one of the wanted is made from.
pub(super) struct Part {
    pub(super) mains: Vec<MainPackage>,
    pub(super) program: Program,
    builder: ImageRef,
    downloader: Option<ImageRef>,
}

impl Repository {
    /// Looks for what is wanted.
    pub(super) async fn open(
        request: &Request,
        origin: Origin,
        wanted: &[Wanted],
    ) -> Result<Repository, Failure> {
        let Request { daemon, options, build_file, .. } = request;
        let everything = wanted.iter().any(|target| target.goal.is_of_all_packages());
        let reading = if everything { Reading::Tests } else { Reading::Programs };
        let mut context = Context::open(daemon, options, &origin, build_file, reading).await?;
        let layout = find_layout(daemon, &mut context, build_file, wanted).await?;
        let builders: Vec<ImageRef> =
            wanted.iter().map(|target| target.goal.builder(&target.spec, &layout)).collect();
        let downloaders: Vec<Option<ImageRef>> =
            wanted.iter().map(|target| plan::downloader(&target.spec, &layout)).collect();
        // Asked for now, answered while Go files are read.
        let images = resolve_images(daemon, options, origin, wanted, &builders, &downloaders)?;
        let has_image = wanted.iter().any(|target| target.goal.has_base());
        let license = has_image.then(|| licence::lone(&context.listing)).flatten();
        let license = context.reading(daemon, license);
        let (programs, sources) = find_programs(daemon, &mut context, &layout, wanted, build_file).await?;
        let images = images.await?;
        let license = licence::only(&license.await?);
        let parts = programs.into_iter().zip(builders).zip(downloaders);
        let parts = parts
            .map(|(((mains, program), builder), downloader)| Part { mains, program, builder, downloader })
            .collect();
        let mut repository = Repository { context, layout, sources, images, license, parts };
        repository.check(request, wanted).await?;
        repository.read_module_files(request).await?;
        Ok(repository)
    }

    /// Each of the wanted with what it is made from.
    pub(super) fn each<'a>(&'a self, wanted: &'a [Wanted]) -> impl Iterator<Item = (&'a Wanted, &'a Part)> {
        wanted.iter().zip(&self.parts)
    }

    /// What each is made from beside the context and the programs.
    pub(super) async fn materials(
        &self,
        request: &Request,
        wanted: &[Wanted],
    ) -> Result<Vec<Materials<'_>>, Failure> {
        let mut materials = Vec::new();
        for target in wanted {
            let (daemon, options, listing) = (&request.daemon, &request.options, &self.context.listing);
            materials.push(Materials::of(daemon, options, target, listing, &self.images).await?);
        }
        Ok(materials)
    }

    /// The image that a part is compiled in.
    pub(super) fn builder(&self, request: &Request, part: &Part) -> Result<&ResolvedImage, Failure> {
        self.images.get(&part.builder, &request.options.build_platform)
    }

    /// The image that modules are downloaded in, where it is another one.
    pub(super) fn downloader(
        &self,
        request: &Request,
        part: &Part,
    ) -> Result<Option<&ResolvedImage>, Failure> {
        let platform = &request.options.build_platform;
        part.downloader.as_ref().map(|image| self.images.get(image, platform)).transpose()
    }

    /// The licence of a part's programs, where that of the context is theirs.
    pub(super) fn license(&self, part: &Part) -> Option<&str> {
        let is_theirs =
            |main: &MainPackage| licence::is_under_that_of_root(&self.context.listing, &main.directory);
        self.license.as_deref().filter(|_| part.mains.iter().all(is_theirs))
    }

    async fn check(&mut self, request: &Request, wanted: &[Wanted]) -> Result<(), Failure> {
        let each = wanted.iter().zip(&self.parts);
        for (target, part) in each.filter(|(target, _)| !target.goal.is_of_all_packages()) {
            let build = Checked {
                spec: &target.spec,
                target: &target.go,
                layout: &self.layout,
                mains: &part.mains,
                program: &part.program,
                sources: &self.sources,
                builder: self.images.get(&part.builder, &request.options.build_platform)?,
            };
            check(&request.daemon, &mut self.context, &build).await?;
        }
        Ok(())
    }

    /// Who downloads modules has to know all that module files say.
    async fn read_module_files(&mut self, request: &Request) -> Result<(), Failure> {
        let files = self.context.files();
        let unread = self.layout.module_files.iter().filter(|file| !files.contains_key(*file));
        let unread: BTreeSet<ContextPath> = unread.cloned().collect();
        if self.layout.may_download() && !unread.is_empty() {
            self.context.read(&request.daemon, unread).await?;
        }
        Ok(())
    }

    /// What the module files say, where all of them are known and it is not too much to be part of a graph.
    pub(super) fn module_files(&self) -> Option<Files> {
        let (listing, files) = (&self.context.listing, self.context.files());
        let known = self.layout.module_files.iter().map(|path| {
            let contents = files.get(path)?;
            // What cannot be read counts as empty, and of what is too large there is the beginning.
            let size = u64::try_from(contents.len()).ok()?;
            (listing.get(path) == Some(Entry::File { size })).then(|| (path.clone(), contents.clone()))
        });
        let known: Option<Files> = known.collect();
        known.filter(|files| files.values().map(Vec::len).sum::<usize>() <= LARGEST_WRITTEN)
    }
}
