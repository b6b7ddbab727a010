//! A stage that is an image: what it holds and says.
//!
//! `user` is whom it runs as, `command` what it runs, `healthcheck` how it is asked for its health, `files` what is copied into it,
//! `installed` what its own commands do. Invariant: nothing runs in an image here, so what a command of that stage did is in a note, but for what has a key.

mod command;
mod files;
mod healthcheck;
mod installed;
mod user;

use super::super::draft::{Draft, Value};
use super::super::{GoFacts, binary};
use super::builder::Built;
use super::place::Places;
use super::stage::{At, Stage, Stages};
use command::{first_word, names};

/// What is put on a base.
struct Image<'a> {
    stages: &'a Stages,
    /// The number of its stage.
    index: usize,
    stage: &'a Stage,
    built: &'a Built,
    places: &'a Places,
    /// What it is put on.
    base: &'a str,
    /// Where the program was, and where it is here.
    program: Option<(String, String)>,
}

/// Says what a stage says, and which programs are in it: first the one that it runs.
pub(super) fn read(
    draft: &mut Draft,
    stages: &Stages,
    index: usize,
    built: &Built,
    places: &Places,
    facts: &GoFacts,
) -> Vec<String> {
    let stage = &stages.all[index];
    let brought: Vec<(&str, &str)> = built
        .programs
        .iter()
        .enumerate()
        .filter_map(|(number, program)| Some((places.find(stages, number, index)?, program.main.as_str())))
        .collect();
    let run = stage.entrypoint.as_ref().or(stage.cmd.as_ref());
    let directory = stage.workdir.clone().unwrap_or_default();
    let directory = directory.trim_end_matches('/');
    let word = run.and_then(|argv| first_word(&argv.value));
    let is_run = |place: &str| word.as_deref().is_some_and(|word| names(word, directory, place));
    let first = brought.iter().find(|(place, _)| is_run(place)).or(brought.first());
    let program =
        first.map(|(place, main)| ((*place).to_owned(), format!("{directory}/{}", binary(main, facts))));
    if let Some((was, is)) = &program
        && was != is
    {
        draft.note(run.map(|argv| argv.line), format!("the program is `{is}` here; it was `{was}`"));
    }
    let image = Image { stages, index, stage, built, places, base: stages.image(index), program };
    image.read(draft);
    let mut mains: Vec<String> = Vec::new();
    for (_, main) in first.into_iter().chain(&brought) {
        if !mains.iter().any(|known| known == main) {
            mains.push((*main).to_owned());
        }
    }
    mains
}

impl Image<'_> {
    fn read(&self, draft: &mut Draft) {
        let stage = self.stage;
        self.base(draft);
        self.user(draft);
        if let Some(workdir) = &stage.workdir {
            draft.set(&["image", "workdir"], Value::text(workdir));
        }
        self.command(draft);
        for (name, value) in &stage.env {
            draft.set(&["image", "env", name], Value::text(value));
        }
        if !stage.ports.is_empty() {
            let ports = stage.ports.iter().map(|port| port.trim_end_matches("/tcp"));
            draft.set(&["image", "ports"], Value::texts(ports));
        }
        for (name, value) in &stage.labels {
            draft.set(&["image", "labels", name], Value::text(value));
        }
        if let Some(check) = &stage.healthcheck {
            self.healthcheck(draft, check);
        }
        for index in self.stages.chain(self.index) {
            let part = &self.stages.all[index];
            let compiles =
                self.built.programs.iter().any(|program| self.stages.chain(program.stage).contains(&index));
            if !compiles {
                self.files(draft, index);
                self.commands(draft, part);
            }
            for other in &part.others {
                draft.note(Some(other.line), format!("`{}` has no key here", other.value));
            }
        }
        for volume in &stage.volumes {
            draft.add(&["image", "volumes"], &volume.value);
        }
        if let Some(At { value, .. }) = &stage.stop_signal {
            draft.set(&["image", "stop-signal"], Value::text(value));
        }
    }

    fn base(&self, draft: &mut Draft) {
        let short = match self.base {
            "gcr.io/distroless/static:nonroot" => return,
            "alpine" | "alpine:3" | "alpine:latest" => "alpine",
            base if base.split([':', '@']).next() == Some("golang") => {
                draft.note(
                    Some(self.stage.line),
                    format!("the image was `{base}`, toolchain and all; here it is distroless static, or what `image.base` says"),
                );
                return;
            }
            other => other,
        };
        draft.set(&["image", "base"], Value::text(short));
    }

    /// Whether the base is known to have no shell.
    fn is_bare(&self) -> bool {
        let base = self.base;
        let distroless = base.contains("distroless/") || base.contains("chainguard/static");
        base == "scratch" || (distroless && !base.contains("debug") && !base.contains("-dev"))
    }
}
