//! Rules about the images that a build starts from.

use super::facts::tag;
use super::{Facts, Found, Rule, Severity};
use crate::image::ImageRef;
use crate::spec::Base;
use buildkit_llb::LineRange;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "LatestTag",
        severity: Severity::Mistake,
        about: "No image is `latest`, which is another one tomorrow.",
        find: latest_tag,
    },
    Rule {
        name: "FloatingBase",
        severity: Severity::Advice,
        about: "The name of the base says which release it is.",
        find: floating_base,
    },
    Rule {
        name: "FloatingBuilder",
        severity: Severity::Advice,
        about: "The name of the builder says which release of Go it has.",
        find: floating_builder,
    },
];

/// The images that the file names and that are used, with their keys.
fn images<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (&'static str, &'a ImageRef, LineRange)> {
    let base = match &facts.spec.image.base.value {
        Base::Image(base) => Some(("image.base", base, facts.spec.image.base.span)),
        Base::Scratch => None,
    };
    let builder = facts.spec.builder.as_ref().map(|builder| ("builder", &builder.value, builder.span));
    let steps = facts.spec.generate.0.iter().filter_map(|step| step.value.image.as_ref());
    let steps = steps.map(|image| ("generate[].image", &image.value, image.span));
    base.into_iter().chain(builder).chain(steps).filter(|(_, image, _)| !(facts.replaced)(image))
}

fn latest_tag(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let latest = |image: &ImageRef| image.digest().is_none() && tag(image) == "latest";
    for (key, image, lines) in images(facts).filter(|(_, image, _)| latest(image)) {
        let message = format!(
            "`{key}: {}` is `latest`, so the next build may start from something else; write a release, `{}:<release>`, or a digest",
            image.familiar(),
            image.familiar().trim_end_matches(":latest")
        );
        found.on(lines, &message);
    }
}

fn floating_base(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let base = &facts.spec.image.base;
    let Some((_, image, _)) = images(facts).find(|(key, ..)| *key == "image.base") else { return };
    let release = |text: &str| text.contains(|letter: char| letter.is_ascii_digit());
    let named = image.repository().rsplit('/').next().is_some_and(release) || release(tag(image));
    // That one has no releases; its short name says so.
    let ours = base.value == Base::default();
    if image.digest().is_none() && !named && !ours && tag(image) != "latest" {
        let message = format!(
            "`image.base: {}` names no release, so the next build may start from another one; write one, or a digest",
            image.familiar()
        );
        found.on(base.span, &message);
    }
}

fn floating_builder(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Some((_, image, lines)) = images(facts).find(|(key, ..)| *key == "builder") else { return };
    let mut numbers = tag(image).split(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let release = numbers.any(|number| number.split('.').filter(|part| !part.is_empty()).count() > 1);
    if image.digest().is_none() && !release && tag(image) != "latest" {
        let message = format!(
            "`builder: {}` does not say which release of Go it has, so the next build may have another one; write one, \
             like `golang:1.26-alpine`, or a digest",
            image.familiar()
        );
        found.on(lines, &message);
    }
}
