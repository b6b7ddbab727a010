//! The stages of a Dockerfile, each with what its instructions come to.
//!
//! Invariant: a text is as our build file writes it: a variable of the environment has its value, an arg stays a reference.

use super::super::shell::{self, Command};
use super::variables::Variables;
use parse_dockerfile::{Command as Form, HealthcheckArguments, Instruction, JsonOrStringArray, Source};
use std::collections::BTreeMap;

/// A stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    pub(super) name: Option<String>,
    /// The line of its `FROM`.
    pub(super) line: usize,
    /// The image or the stage that it starts from.
    pub(super) from: String,
    pub(super) workdir: Option<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) ports: Vec<String>,
    pub(super) user: Option<At<String>>,
    pub(super) entrypoint: Option<At<Argv>>,
    pub(super) cmd: Option<At<Argv>>,
    pub(super) healthcheck: Option<At<Check>>,
    pub(super) volumes: Vec<At<String>>,
    pub(super) stop_signal: Option<At<String>>,
    pub(super) copies: Vec<Copy>,
    pub(super) runs: Vec<Run>,
    /// Instructions that no build file of ours has.
    pub(super) others: Vec<At<String>>,
}

/// Something, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) line: usize,
    pub(super) value: T,
}

/// A command that a container runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argv {
    /// Words.
    Exec(Vec<String>),
    /// A line for a shell.
    Shell(String),
}

/// A health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// None is none, whatever the base has.
    pub(super) test: Option<Argv>,
    /// `--interval=30s`, without the hyphens.
    pub(super) options: Vec<(String, String)>,
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) line: usize,
    /// The stage or the image; none is the context.
    pub(super) from: Option<String>,
    pub(super) sources: Vec<String>,
    /// An absolute path; one that ends in `/` is a directory.
    pub(super) target: String,
    pub(super) owner: Option<String>,
    pub(super) mode: Option<String>,
}

/// `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) line: usize,
    pub(super) commands: Vec<Command>,
    /// The value of each `--mount`.
    pub(super) mounts: Vec<BTreeMap<String, String>>,
    /// The environment at that point.
    pub(super) env: BTreeMap<String, String>,
    pub(super) workdir: String,
}

/// The stages of a Dockerfile, and its args.
#[derive(Clone, Debug, Default)]
pub(super) struct Stages {
    pub(super) all: Vec<Stage>,
    pub(super) variables: Variables,
}

impl Stages {
    /// Reads a Dockerfile; of one that is none, the line and what is wrong there.
    pub(super) fn read(text: &str) -> Result<Stages, (usize, String)> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let file = parse_dockerfile::parse(text).map_err(|error| (error.line(), error.to_string()))?;
        let escape = file.parser_directives.escape.as_ref().map_or('\\', |escape| escape.value.value);
        let mut reader = Reader { text, escape, stages: Stages::default(), global: true };
        for instruction in &file.instructions {
            reader.instruction(instruction);
        }
        Ok(reader.stages)
    }

    /// The stage of this name or number, as `FROM` and `--from` write it.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        let by_name =
            |stage: &Stage| stage.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
        self.all
            .iter()
            .position(by_name)
            .or_else(|| name.parse().ok().filter(|index: &usize| *index < self.all.len()))
    }

    /// A stage and those that it starts from, the lowest first.
    pub(super) fn chain(&self, mut index: usize) -> Vec<usize> {
        let mut chain = vec![index];
        while let Some(below) = self.named(&self.all[index].from).filter(|below| *below < index) {
            chain.push(below);
            index = below;
        }
        chain.reverse();
        chain
    }

    /// The image at the bottom of a stage.
    pub(super) fn image(&self, index: usize) -> &str {
        &self.all[self.chain(index)[0]].from
    }

    /// Every stage that one of this needs, itself included.
    pub(super) fn needed_by(&self, index: usize) -> Vec<usize> {
        let mut needed = Vec::new();
        let mut waiting = vec![index];
        while let Some(index) = waiting.pop() {
            if needed.contains(&index) {
                continue;
            }
            needed.push(index);
            let stage = &self.all[index];
            let copied = stage.copies.iter().filter_map(|copy| copy.from.as_deref());
            let mounted = stage.runs.iter().flat_map(|run| &run.mounts);
            let mounted = mounted.filter_map(|mount| mount.get("from")).map(String::as_str);
            let names = copied.chain(mounted).chain([stage.from.as_str()]);
            waiting.extend(names.filter_map(|name| self.named(name)).filter(|needed| *needed < index));
        }
        needed.sort_unstable();
        needed
    }
}

struct Reader<'a> {
    text: &'a str,
    escape: char,
    stages: Stages,
    /// Before the first `FROM`.
    global: bool,
}

impl Reader<'_> {
    fn line(&self, position: usize) -> usize {
        self.text.get(..position).unwrap_or_default().split('\n').count()
    }

    fn stage(&mut self) -> &mut Stage {
        if self.stages.all.is_empty() {
            self.stages.all.push(Stage::default());
        }
        self.stages.all.last_mut().expect("there is one")
    }

    /// A text with the variables of the stage.
    fn resolved(&mut self, text: &str) -> String {
        let env = self.stages.all.last().map(|stage| stage.env.clone()).unwrap_or_default();
        self.stages.variables.resolved(text, &env)
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
                self.global = false;
                let image = self
                    .stages
                    .variables
                    .resolved(&shell::words(&from.image.value).join(" "), &BTreeMap::new());
                let name = from.as_.as_ref().map(|(_, name)| name.value.to_string());
                let below = self.stages.named(&image).map(|index| self.stages.all[index].clone());
                // What it starts from has set these.
                let below = below.unwrap_or_default();
                self.stages.all.push(Stage {
                    name,
                    line,
                    from: image,
                    copies: Vec::new(),
                    runs: Vec::new(),
                    others: Vec::new(),
                    ..below
                });
            }
            Instruction::Arg(arg) => {
                let words = shell::words(&arg.arguments.value);
                for word in words {
                    let (name, value) = match word.split_once('=') {
                        Some((name, value)) => (name.to_owned(), Some(self.resolved(value))),
                        None => (word, None),
                    };
                    self.stages.variables.declare(&name, value);
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
        self.stage().copies.push(Copy { line, from, sources, target, owner, mode });
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
        let commands = commands
            .into_iter()
            .map(|command| Command {
                words: command.words.iter().map(|word| self.stages.variables.resolved(word, &env)).collect(),
            })
            .collect();
        self.stage().runs.push(Run { line, commands, mounts, env, workdir });
    }
}

/// A path from a directory; its last slash, which makes it a directory, stays.
pub(super) fn absolute(base: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") };
    let directory = path.ends_with('/') || path == "." || path.ends_with("/.") || path.is_empty();
    let clean = clean(&whole);
    if directory && clean != "/" { format!("{clean}/") } else { clean }
}

/// A path without `.`, `..` and double slashes.
pub(super) fn clean(path: &str) -> String {
    let mut elements = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                elements.pop();
            }
            other => elements.push(other),
        }
    }
    format!("/{}", elements.join("/"))
}
