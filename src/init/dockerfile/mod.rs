//! A Dockerfile in the words of our build file.
//!
//! `stage` is what its instructions come to, `variables` its args; `builder` reads the stages that compile, `assets` those
//! that make files for them, `image` the one that is left. Invariant: an instruction that counts in the image is said with a key or is in a note.

mod assets;
mod builder;
mod image;
mod private;
mod stage;
mod variables;

use super::draft::{Draft, Value};
use super::{GoFacts, say_mains};
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
    let last = stages.all.len() - 1;
    let needed = stages.needed_by(last);
    for (index, stage) in stages.all.iter().enumerate().filter(|(index, _)| !needed.contains(index)) {
        let name = stage.name.clone().unwrap_or_else(|| index.to_string());
        draft.note(
            Some(stage.line),
            format!("the stage `{name}` is not part of the last one, which is what is carried over"),
        );
    }
    let built = builder::read(draft, &stages, &needed, facts);
    image::read(draft, &stages, &built, facts);
    say_mains(draft, &built.mains(), facts);
    let texts = draft.all_texts();
    for (name, default) in stages.variables.of(texts.iter().map(String::as_str)) {
        draft.set(&["args", name], Value::text(default));
    }
}
