//! Stages that make files for the program: a web interface, generated code.
//!
//! Invariant: such a stage becomes a step of `generate` only if its commands need no shell and its files come from the context.

use super::super::draft::{Draft, Value};
use super::stage::{Stages, absolute, clean};

/// Says what a stage makes, if another copies it from there; whether it is a step of `generate`.
pub(super) fn read(draft: &mut Draft, stages: &Stages, index: usize) -> bool {
    let stage = &stages.all[index];
    let name = stage.name.clone().unwrap_or_else(|| index.to_string());
    if stage.runs.is_empty() {
        return false;
    }
    let step = step(stages, index);
    let is_step = step.is_some();
    match step {
        Some(step) => {
            draft.push(&["generate"], step);
            draft.note(
                Some(stage.line),
                format!(
                    "the stage `{name}` is a step of `generate`: look whether `inputs` has all that it reads; \
                     what it makes is part of the context of what is compiled"
                ),
            );
        }
        None => draft.note(
            Some(stage.line),
            format!(
                "the stage `{name}` makes files in a way that could not be read; a step of `generate` runs commands \
                 (`run`) in an image (`image`) and says what they make (`outputs`)"
            ),
        ),
    }
    is_step
}

fn step(stages: &Stages, index: usize) -> Option<Value> {
    let stage = &stages.all[index];
    let workdir = stage.workdir.clone().unwrap_or_else(|| "/".to_owned());
    // The directory of the context that is in the stage, and where.
    let whole = stage.copies.iter().filter(|copy| copy.from.is_none()).find_map(|copy| {
        match copy.sources.as_slice() {
            [source] => {
                let plain = !source.contains(['*', '?', '<']);
                let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                let directory = source == "." || source.ends_with('/') || !name.contains('.');
                (plain && directory).then(|| (clean(source), clean(&copy.target)))
            }
            _ => None,
        }
    });
    let (source, target) = whole?;
    let in_context = |path: &str| {
        let rest = path.strip_prefix(target.trim_end_matches('/'))?;
        let inside = rest.is_empty() || rest.starts_with('/');
        inside.then(|| clean(&format!("{source}{rest}")).trim_start_matches('/').to_owned())
    };
    let mut commands = Vec::new();
    for run in &stage.runs {
        for command in &run.commands {
            let shell =
                command.words.iter().any(|word| word.contains("$(") || "<>(){}".contains(word.as_str()));
            if shell || run.workdir != workdir || command.words.first().is_some_and(|word| word == "cd") {
                return None;
            }
            commands.push(Value::texts(command.words.clone()));
        }
    }
    let mut outputs = Vec::new();
    let users = stages.all.iter().flat_map(|stage| stage.copies.iter().map(move |copy| (stage, copy)));
    for (user, copy) in users {
        if copy.stage != Some(index) {
            continue;
        }
        for made in &copy.sources {
            let from = in_context(&clean(&absolute("/", made)))?;
            let to = to_context(user, &copy.target)?;
            outputs.push(if from == to {
                Value::text(from)
            } else {
                Value::Map(vec![("from".to_owned(), Value::text(from)), ("to".to_owned(), Value::text(to))])
            });
        }
    }
    if outputs.is_empty() || commands.is_empty() {
        return None;
    }
    let mut entries = vec![
        ("run".to_owned(), if commands.len() == 1 { commands.remove(0) } else { Value::List(commands) }),
        ("image".to_owned(), Value::text(stages.image(index))),
    ];
    let source = source.trim_start_matches('/');
    if !source.is_empty() {
        entries.push(("inputs".to_owned(), Value::texts([format!("{source}/**")])));
    }
    entries.push(("outputs".to_owned(), Value::List(outputs)));
    let workdir = in_context(&workdir)?;
    if !workdir.is_empty() {
        entries.push(("workdir".to_owned(), Value::text(workdir)));
    }
    if !stage.env.is_empty() {
        let env = stage.env.iter().map(|(name, value)| (name.clone(), Value::text(value)));
        entries.push(("env".to_owned(), Value::Map(env.collect())));
    }
    // What installs packages asks for them somewhere.
    entries.push(("network".to_owned(), Value::text("default")));
    Some(Value::Map(entries))
}

/// Where a path of a stage that compiles belongs in the context.
pub(super) fn to_context(stage: &super::stage::Stage, path: &str) -> Option<String> {
    let path = clean(path);
    let root = stage.workdir.clone().unwrap_or_else(|| "/".to_owned());
    let rest = path.strip_prefix(root.trim_end_matches('/'))?;
    let rest = rest.trim_start_matches('/');
    (!rest.is_empty()).then(|| rest.to_owned())
}
