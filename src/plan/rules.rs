//! The rules of an organisation, held against what would be built.
//!
//! Invariant: what is looked at is what steps are made from, after defaults, variables and named contexts, so that there is
//! no way round a rule; and nothing has run before all of them were kept, that of licences apart (`linked`).

use super::toolchain::VERSION_VARIABLE;
use super::{FileSystem, Goal, Inputs, ResolvedImage, StepFiles, builder_place, file_place};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::golang::GoVersion;
use crate::image::ImageRef;
use crate::spec::{Authority, Pattern};
use buildkit_llb::{LineRange, Location};

/// An error if something is against the rules; everything that is.
pub(super) fn check(inputs: &Inputs<'_>) -> Result<(), Diagnostics> {
    let Some(influence) = inputs.influence else { return Ok(()) };
    let rules = &influence.organisation.rules;
    let mut judge = Judge { inputs, by: &influence.organisation.authority, found: Vec::new() };
    if let Some(accepted) = &rules.bases {
        judge.base(accepted);
    }
    if let Some(accepted) = &rules.builders {
        for builder in std::iter::once(inputs.builder).chain(inputs.downloader) {
            let place = builder_place(inputs.spec);
            judge.image("builders", accepted, Pattern::matches_image, "builder", builder, place);
        }
    }
    if let Some(accepted) = &rules.registries {
        for (key, image, place) in images(inputs) {
            judge.image("registries", accepted, Pattern::matches_place, &key, image, place);
        }
    }
    if let Some(accepted) = &rules.flags {
        judge.flags(accepted);
    }
    if let Some(oldest) = &rules.go {
        judge.go(oldest);
    }
    if inputs.goal.has_base() {
        rules.labels.iter().for_each(|label| judge.label(label));
    }
    Diagnostics::check(judge.found)
}

struct Judge<'a> {
    inputs: &'a Inputs<'a>,
    by: &'a Authority,
    found: Vec<Diagnostic>,
}

impl Judge<'_> {
    fn base(&mut self, accepted: &[Pattern]) {
        let place = self.at(self.inputs.spec.image.base.span);
        match self.inputs.base {
            _ if !self.inputs.goal.has_base() => {}
            Some(base) => self.image("bases", accepted, Pattern::matches_image, "image.base", base, place),
            None if accepted.iter().any(|pattern| pattern.matches("scratch")) => {}
            None => self.refuse("bases", accepted, "image.base: scratch".to_owned(), place),
        }
    }

    /// What a client has put in the place of an image has no name that one could trust.
    fn image(
        &mut self,
        rule: &'static str,
        accepted: &[Pattern],
        matches: impl Fn(&Pattern, &ImageRef) -> bool,
        key: &str,
        image: &ResolvedImage,
        place: Location,
    ) {
        let is_accepted = match &image.files {
            FileSystem::Registry { pinned, .. } => {
                // The daemon has added the digest, unless somebody has written it.
                let (tagged, _) = pinned.without_digest();
                let judged = if image.name.contains('@') { pinned } else { &tagged };
                accepted.iter().any(|pattern| matches(pattern, judged))
            }
            FileSystem::Tree(_) => accepted.iter().any(|pattern| pattern.as_str() == "*"),
        };
        if !is_accepted {
            self.refuse(rule, accepted, format!("{key}: {}", image.name), place);
        }
    }

    fn flags(&mut self, accepted: &[Pattern]) {
        let build = &self.inputs.spec.build;
        // The last of a debugger's build is ours.
        let ours = usize::from(self.inputs.goal == Goal::Debug);
        let own = build.gcflags.len().saturating_sub(ours);
        let linker = build.ldflags.iter().map(|flags| ("ldflags", flags.value.as_str(), flags.span));
        let compiler =
            build.gcflags[..own].iter().map(|flags| ("gcflags", &*flags.value.0.flags, flags.span));
        let assembler = build.asmflags.iter().map(|flags| ("asmflags", &*flags.value.0.flags, flags.span));
        let of_c = |name: &str| name.starts_with("CGO_") && name.ends_with("FLAGS");
        let of_c = build.env.iter().filter(|(name, _)| of_c(name.as_str()));
        let of_c = of_c.map(|(name, flags)| (name.as_str(), &*flags.value, flags.span));
        for (key, flags, span) in linker.chain(compiler).chain(assembler).chain(of_c) {
            let words = flags.split_whitespace().filter(|word| word.starts_with('-'));
            for word in words.filter(|word| !accepted.iter().any(|pattern| pattern.matches(word))) {
                let place = self.at(span);
                let room = if key.starts_with("CGO_") { "build.env" } else { "build" };
                self.refuse("flags", accepted, format!("{room}.{key}: {word}"), place);
            }
        }
    }

    /// A builder that does not say what it has could have anything.
    fn go(&mut self, oldest: &GoVersion) {
        let builder = self.inputs.builder;
        let has = builder.config.config.env.get(VERSION_VARIABLE).and_then(GoVersion::parse);
        if has.as_ref().is_none_or(|has| has < oldest) {
            let (name, has) = (builder.name.clone(), has.map(|has| has.to_string()));
            let (needs, by) = (oldest.to_string(), Box::new(self.by.clone()));
            let problem = match &self.inputs.spec.builder {
                Some(_) => Problem::RuleGoOfBuilder { builder: name, has, needs, by },
                None => Problem::RuleGo { builder: name, has, needs, by },
            };
            self.found.push(Diagnostic { problem, place: Some(builder_place(self.inputs.spec)) });
        }
    }

    fn label(&mut self, label: &str) {
        let said = [&self.inputs.spec.image.labels, &self.inputs.settings.labels];
        if said.iter().all(|labels| labels.get(label).is_none_or(String::is_empty)) {
            let problem = Problem::RuleLabel { label: label.to_owned(), by: Box::new(self.by.clone()) };
            self.found.push(Diagnostic { problem, place: Some(file_place(self.inputs.spec)) });
        }
    }

    fn refuse(&mut self, rule: &'static str, accepted: &[Pattern], what: String, place: Location) {
        let accepts = Pattern::listed(accepted);
        let problem = Problem::Rule { rule, what, accepts, by: Box::new(self.by.clone()) };
        self.found.push(Diagnostic { problem, place: Some(place) });
    }

    fn at(&self, span: LineRange) -> Location {
        Location { file: self.inputs.spec.file.clone(), ranges: vec![span] }
    }
}

/// Every image that a build is made from, with the key that chose it.
fn images<'a>(inputs: &Inputs<'a>) -> Vec<(String, &'a ResolvedImage, Location)> {
    let at = |span| Location { file: inputs.spec.file.clone(), ranges: vec![span] };
    let builders = std::iter::once(inputs.builder).chain(inputs.downloader);
    let builders = builders.map(|image| ("builder".to_owned(), image, builder_place(inputs.spec)));
    let base = inputs.base.map(|image| ("image.base".to_owned(), image, at(inputs.spec.image.base.span)));
    let steps = inputs.spec.generate.0.iter().zip(inputs.generators).enumerate();
    let steps = steps.flat_map(|(index, (step, generator))| {
        let place = at(step.span);
        generator.images().map(move |image| (format!("generate[{index}]"), image, place.clone()))
    });
    let files = inputs.spec.image.files.0.iter().zip(inputs.files).enumerate();
    let files = files.filter_map(|(index, (entry, source))| match &source.files {
        StepFiles::Image(image) => Some((format!("image.files[{index}]"), &**image, at(entry.span))),
        StepFiles::Context | StepFiles::Directory { .. } => None,
    });
    builders.chain(base).chain(steps).chain(files).collect()
}
