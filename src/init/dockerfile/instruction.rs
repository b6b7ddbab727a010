//! What the instructions of a Dockerfile come to, stage by stage.
//!
//! Invariant: what is read has a limit, so that whatever is done with it ends soon.

use super::super::shell::{self, Command};
use super::stage::{Argv, At, Check, Copy, Run, Stage, Stages, absolute, clean};
use parse_dockerfile::{Command as Form, HealthcheckArguments, Instruction, JsonOrStringArray, Source};
use std::collections::BTreeMap;

/// More stages than people write; each may need all before it.
const MOST_STAGES: usize = 250;
/// More words of instructions than people write, those that a stage inherits and a command can see counted each time.
const MOST_WORDS: usize = 10_000;

/// Reads a Dockerfile; of one that is none, or is too much to read, the line and what is wrong there.
pub(super) fn read(text: &str) -> Result<Stages, (usize, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = parse_dockerfile::parse(text).map_err(|error| (error.line(), error.to_string()))?;
    let escape = file.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
    let lines = text.match_indices('\n').map(|(end, _)| end).collect();
    let mut reader = Reader { text, lines, escape, stages: Stages::default(), words: 0 };
    for instruction in &file.instructions {
        reader.instruction(instruction);
        let (stages, words) = (reader.stages.all.len(), reader.words);
        if stages > MOST_STAGES || words > MOST_WORDS {
            let line = reader.stages.all.last().map_or(1, |stage| stage.line);
            let limits = format!("{MOST_STAGES} stages or {MOST_WORDS} words");
            return Err((
                line,
                format!("this is too much to be read: more than {limits}, inherited ones counted each time"),
            ));
        }
    }
    Ok(reader.stages)
}

struct Reader<'a> {
    text: &'a str,
    /// Where lines end.
    lines: Vec<usize>,
    escape: char,
    stages: Stages,
    /// What was read so far.
    words: usize,
}

impl Reader<'_> {
    fn line(&self, position: usize) -> usize {
        self.lines.partition_point(|end| *end < position) + 1
    }

    fn stage(&mut self) -> &mut Stage {
        if self.stages.all.is_empty() {
            self.stages.push(Stage::default());
        }
        self.stages.all.last_mut().expect("there is one")
    }

    /// A text with the variables of the stage.
    fn resolved(&mut self, text: &str) -> String {
        let none = BTreeMap::new();
        let env = self.stages.all.last().map_or(&none, |stage| &stage.env);
        let resolved = self.stages.variables.resolved(text, env);
        self.count(&resolved);
        resolved
    }

    /// A long word counts as several: variables of variables grow fast.
    fn count(&mut self, word: &str) {
        self.words += 1 + word.len() / 64;
    }

    /// One word, quotes removed.
    fn word(&mut self, text: &str) -> String {
        let word = shell::words(text).join(" ");
        self.resolved(&word)
    }

    /// `NAME=value …`, or the old form `NAME value`.
    fn pairs(&mut self, text: &str) -> Vec<(String, String)> {
        let words = shell::words(text);
        let Some(first) = words.first() else { return Vec::new() };
        if !first.contains('=') {
            let value = words[1..].join(" ");
            return vec![(first.clone(), self.resolved(&value))];
        }
        let pairs = words.iter().filter_map(|word| word.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), self.resolved(value))).collect()
    }

    fn argv(&mut self, form: &Form<'_>) -> Option<Argv> {
        match form {
            Form::Exec(words) => {
                let words = words.value.iter().map(|word| super::super::draft::literal(&word.value));
                Some(Argv::Exec(words.collect()))
            }
            Form::Shell(line) => Some(Argv::Shell(shell::joined(line.value, self.escape).trim().to_owned())),
            _ => None,
        }
    }

    /// A path of the stage.
    fn absolute(&mut self, path: &str) -> String {
        let base = self.stage().workdir.clone().unwrap_or_else(|| "/".to_owned());
        absolute(&base, path)
    }

    #[expect(clippy::too_many_lines, reason = "an arm for each instruction")]
    fn instruction(&mut self, instruction: &Instruction<'_>) {
        match instruction {
            Instruction::From(from) => {
                let line = self.line(from.from.span.start);
                let image = self
                    .stages
                    .variables
                    .resolved(&shell::words(&from.image.value).join(" "), &BTreeMap::new());
                let name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
                let below = self.stages.named(&image);
                // What it starts from has set these.
                let inherited = below.map(|index| self.stages.all[index].config()).unwrap_or_default();
                self.words += 1 + inherited.size();
                self.stages.push(Stage { name, line, from: image, below, ..inherited });
            }
            Instruction::Arg(arg) => {
                let words = shell::words(&arg.arguments.value);
                for word in words {
                    let (name, value) = match word.split_once('=') {
                        Some((name, value)) => (name.to_owned(), Some(self.resolved(value))),
                        None => (word, None),
                    };
                    let value = self.stages.variables.declare(&name, value).to_owned();
                    self.count(&value);
                }
            }
            Instruction::Env(env) => {
                for (name, value) in self.pairs(&env.arguments.value) {
                    self.stage().env.insert(name, value);
                }
            }
            Instruction::Label(label) => {
                for (name, value) in self.pairs(&label.arguments.value) {
                    self.stage().labels.insert(name, value);
                }
            }
            Instruction::Expose(expose) => {
                for port in &expose.arguments {
                    let port = self.word(&port.value);
                    self.stage().ports.push(port);
                }
            }
            Instruction::Workdir(workdir) => {
                let path = self.word(&workdir.arguments.value);
                let path = self.absolute(&path);
                self.stage().workdir = Some(clean(&path));
            }
            Instruction::User(user) => {
                let line = self.line(user.user.span.start);
                let value = self.word(&user.arguments.value);
                self.stage().user = Some(At { line, value });
            }
            Instruction::Entrypoint(entrypoint) => {
                let line = self.line(entrypoint.entrypoint.span.start);
                let argv = self.argv(&entrypoint.arguments);
                let stage = self.stage();
                stage.entrypoint = argv.map(|value| At { line, value });
                // That of the base was for the command of the base.
                stage.cmd = None;
            }
            Instruction::Cmd(cmd) => {
                let line = self.line(cmd.cmd.span.start);
                self.stage().cmd = None;
                if let Some(value) = self.argv(&cmd.arguments) {
                    self.stage().cmd = Some(At { line, value });
                }
            }
            Instruction::Healthcheck(check) => {
                let line = self.line(check.healthcheck.span.start);
                let option = |flag: &parse_dockerfile::Flag<'_>| {
                    let value = flag.value.as_ref().map(|value| value.value.to_string()).unwrap_or_default();
                    (flag.name.value.to_string(), value)
                };
                let options = check.options.iter().map(option).collect();
                let test = match &check.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => self.argv(arguments),
                    _ => None,
                };
                self.stage().healthcheck = Some(At { line, value: Check { test, options } });
            }
            Instruction::Volume(volume) => {
                let line = self.line(volume.volume.span.start);
                let paths: Vec<String> = match &volume.arguments {
                    JsonOrStringArray::Json(paths) => {
                        paths.value.iter().map(|path| path.value.to_string()).collect()
                    }
                    JsonOrStringArray::String(paths) => {
                        paths.iter().map(|path| path.value.to_string()).collect()
                    }
                };
                for path in paths {
                    let value = self.word(&path);
                    self.stage().volumes.push(At { line, value });
                }
            }
            Instruction::Stopsignal(signal) => {
                let line = self.line(signal.stopsignal.span.start);
                let value = self.word(&signal.arguments.value);
                self.stage().stop_signal = Some(At { line, value });
            }
            Instruction::Copy(copy) => {
                let line = self.line(copy.copy.span.start);
                self.copy(line, &copy.options, &copy.src, &copy.dest.value);
            }
            Instruction::Add(add) => {
                let line = self.line(add.add.span.start);
                self.copy(line, &add.options, &add.src, &add.dest.value);
            }
            Instruction::Run(run) => self.run(run),
            Instruction::Onbuild(onbuild) => self.other(onbuild.onbuild.span.start),
            Instruction::Shell(shell) => self.other(shell.shell.span.start),
            Instruction::Maintainer(maintainer) => self.other(maintainer.maintainer.span.start),
            _ => {}
        }
    }

    /// An instruction that has no meaning here, as it is written.
    fn other(&mut self, start: usize) {
        let line = self.line(start);
        let value = self.text[start..].lines().next().unwrap_or_default().trim().to_owned();
        self.stage().others.push(At { line, value });
    }

    fn copy(
        &mut self,
        line: usize,
        options: &[parse_dockerfile::Flag<'_>],
        sources: &[Source<'_>],
        target: &str,
    ) {
        let mut option = |name: &str| {
            let flag = options.iter().find(|flag| flag.name.value == name)?;
            flag.value.as_ref().map(|value| self.word(&value.value))
        };
        let (from, owner, mode) = (option("from"), option("chown"), option("chmod"));
        let sources = sources
            .iter()
            .map(|source| match source {
                Source::Path(path) => self.word(&path.value),
                _ => "<<".to_owned(),
            })
            .collect();
        let target = self.word(target);
        let target = self.absolute(&target);
        let stage = from.as_deref().and_then(|from| self.stages.named(from));
        let own = self.stages.all.len().saturating_sub(1);
        let stage = stage.filter(|stage| *stage < own);
        self.stage().copies.push(Copy { line, from, stage, sources, target, owner, mode });
    }

    fn run(&mut self, run: &parse_dockerfile::RunInstruction<'_>) {
        let line = self.line(run.run.span.start);
        let commands = match &run.arguments {
            Form::Exec(words) => {
                let words = words.value.iter().map(|word| super::super::draft::literal(&word.value));
                vec![Command { words: words.collect() }]
            }
            Form::Shell(text) if run.here_docs.is_empty() => {
                shell::commands(&shell::joined(text.value, self.escape))
            }
            // A script: `RUN <<EOF`, perhaps with the program that reads it.
            _ => run
                .here_docs
                .iter()
                .flat_map(|script| shell::commands(&shell::joined(&script.value, '\\')))
                .collect(),
        };
        let mounts = run.options.iter().filter(|flag| flag.name.value == "mount").filter_map(|flag| {
            let fields = flag.value.as_ref()?.value.split(',').map(|field| {
                let (name, value) = field.split_once('=').unwrap_or((field, ""));
                (name.to_owned(), value.to_owned())
            });
            Some(fields.collect())
        });
        let mounts = mounts.collect();
        let (env, workdir) = {
            let stage = self.stage();
            (stage.env.clone(), stage.workdir.clone().unwrap_or_else(|| "/".to_owned()))
        };
        self.words += env.len();
        let mut resolved = Vec::new();
        for command in commands {
            let mut words = Vec::new();
            for word in &command.words {
                let word = self.stages.variables.resolved(word, &env);
                self.count(&word);
                words.push(word);
                if self.words > MOST_WORDS {
                    return;
                }
            }
            resolved.push(Command { words });
        }
        self.stage().runs.push(Run { line, commands: resolved, mounts, env, workdir });
    }
}
