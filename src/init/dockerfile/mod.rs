//! A Dockerfile in the words of our build file.
//!
//! `stage` is what its instructions come to (`instruction`), `variables` its args; `builder` reads the stages that compile
//! (`toolchain`, `testing`, `private`), `assets` those that make files for them, `place` follows programs from there, `image`
//! reads what is left. Invariant: an instruction that counts in an image is said with a key or is in a note.

mod assets;
mod builder;
mod image;
mod instruction;
mod place;
mod private;
mod stage;
mod testing;
mod toolchain;
mod variables;

use super::draft::{Draft, Value};
use super::names::Names;
use super::{GoFacts, binary, say_mains};
use builder::Built;
use place::Places;
use stage::Stages;

/// Whether a text is a Dockerfile.
pub(super) fn is_one(text: &str) -> bool {
    parse_dockerfile::parse(text).is_ok()
}

/// Says what a Dockerfile says.
pub(super) fn read(draft: &mut Draft, text: &str, facts: &GoFacts) {
    let stages = match Stages::read(text) {
        Ok(stages) => stages,
        Err((line, message)) => return draft.note(Some(line), message),
    };
    let Some(last) = stages.all.len().checked_sub(1) else { return };
    // What is built without a name comes first, here, too.
    let mut images = vec![last];
    images.extend(stages.ends().into_iter().filter(|end| *end != last && is_image(&stages, *end)));
    let needed = stages.needed_by(&images);
    for (index, stage) in stages.all.iter().enumerate().filter(|(index, _)| !needed.contains(index)) {
        let name = stage.name.clone().unwrap_or_else(|| index.to_string());
        let text = if images.len() == 1 {
            format!("the stage `{name}` is not part of the last one, which is what is carried over")
        } else {
            format!("the stage `{name}` is part of no image, which is what is carried over")
        };
        draft.note(Some(stage.line), text);
    }
    let built = builder::read(draft, &stages, &images, &needed, facts);
    let places = Places::of(&stages, &built.programs);
    if places.is_cut {
        draft.note(
            None,
            "there are too many copies to follow every program: look whether `main` has all of them",
        );
    }
    if images.len() == 1 {
        let mut mains = image::read(draft, &stages, last, &built, &places, facts);
        if mains.is_empty() {
            mains = built.mains();
        }
        say_mains(draft, &mains, facts);
    } else {
        targets(draft, &stages, &images, &built, &places, facts);
    }
    let texts = draft.all_texts();
    for (name, default) in stages.variables.of(texts.iter().map(String::as_str)) {
        draft.set(&["args", name], Value::text(default));
    }
}

/// Whether a stage is an image with a program in it, and not one that builds or tests.
fn is_image(stages: &Stages, index: usize) -> bool {
    let chain = stages.chain(index);
    !chain.iter().any(|part| builder::calls_go(stages, *part))
        && stages.needed_by(&[index]).iter().any(|part| builder::compiles(stages, *part))
}

/// Says what several images say, each as a target.
fn targets(
    draft: &mut Draft,
    stages: &Stages,
    images: &[usize],
    built: &Built,
    places: &Places,
    facts: &GoFacts,
) {
    let mut names = Names::default();
    for index in images {
        let mut own = Draft::new("", None);
        let mains = image::read(&mut own, stages, *index, built, places, facts);
        let stage = &stages.all[*index];
        let Some(first) = mains.first() else {
            let text = "this stage has none of the programs that are built: it is no target here";
            draft.note(Some(stage.line), text);
            continue;
        };
        let name = names.free(stage.name.as_ref().unwrap_or(&binary(first, facts)));
        draft.set(&["targets", &name, "main"], Value::one_or_more(mains));
        draft.adopt(&["targets", &name], own);
    }
}
