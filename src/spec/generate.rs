//! `generate:`, commands that make files of the context before the program is compiled.
//!
//! Invariant: a command is an argv; no shell reads it, and nothing it writes counts but the outputs that it names.

use super::build::Variable;
use super::choice::choice;
use super::image::Directory;
use super::reader::{Field, Reader, Spanned};
use super::schema;
use super::secret_id::SecretId;
use super::value::{FromField, FromText, mapping, text};
use super::yaml::{Node, Value};
use crate::context::ContextPath;
use crate::diagnostic::{Kind, Problem};
use crate::image::ImageRef;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Steps in the order in which they run; each sees the files as those before left them.
#[derive(Clone, Debug, Default)]
pub struct Generate(pub Vec<Spanned<GenerateStep>>);

mapping! {
    /// Commands that make or change files of the context.
    #[derive(Clone, Debug, Default)]
    pub struct GenerateStep {
        /// A command as a list of words, or a list of such commands.
        run: Commands = "run",
        /// The image that they run in; absent means the builder of the program.
        image: Option<Spanned<ImageRef>> = "image",
        /// A named context (`--build-context NAME=…`) to work on instead of the context of the build.
        context: Option<Spanned<ContextName>> = "context",
        /// The files that they see, and are keyed on, as patterns; absent means all.
        inputs: BTreeSet<InputPattern> = "inputs",
        /// What they make or change: paths, or `{from: dist, to: web/dist}` where it belongs elsewhere.
        outputs: Vec<Made> = "outputs",
        /// Where they run; absent means at the root of the files.
        workdir: Option<StepPath> = "workdir",
        /// Their environment.
        env: BTreeMap<StepVariable, String> = "env",
        /// `none`, or `default` for what `docker build` gives to other steps.
        network: StepNetwork = "network",
        /// Directories that the builder keeps for steps with this image.
        cache: BTreeSet<CacheDirectory> = "cache",
        /// Secrets (`--secret id=…`), as files in `/run/secrets`.
        secrets: BTreeSet<SecretId> = "secrets",
    }
}

impl FromField for Generate {
    const KIND: Kind = Kind::List;

    fn schema() -> Json {
        let step = schema::requiring(GenerateStep::schema(), &["outputs", "run"]);
        json!({"anyOf": [step, schema::list(&step)]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Generate> {
        let steps = Vec::<Spanned<GenerateStep>>::from_field(reader, field)?;
        let items = match &field.node.value {
            Value::Sequence(items) => items.as_slice(),
            _ => std::slice::from_ref(field.node),
        };
        for (index, item) in items.iter().enumerate() {
            for key in ["run", "outputs"] {
                if Kind::Mapping.fits(item) && !has(item, key) {
                    let key = format!("{}[{index}].{key}", field.path);
                    reader.report(Problem::MissingKey { key }, item.span);
                }
            }
        }
        Some(Generate(steps))
    }
}

/// Whether a mapping has this key; what is wrong with its value is said elsewhere. An empty list of outputs is none.
fn has(node: &Node, key: &str) -> bool {
    let empty =
        |node: &Node| key == "outputs" && matches!(&node.value, Value::Sequence(items) if items.is_empty());
    node.entry(key).is_some_and(|(_, value)| !value.is_null() && !empty(value))
}

/// Programs with their arguments, run one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// The words of each.
    pub argvs: Vec<Vec<String>>,
    /// As the file has them, with no values of variables, for people.
    pub written: String,
}

impl FromField for Commands {
    const KIND: Kind = Kind::Argv;

    fn schema() -> Json {
        let argv = schema::list(&schema::text());
        json!({"anyOf": [argv, schema::list(&argv)]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Commands> {
        let nested = matches!(&field.node.value, Value::Sequence(items)
            if items.iter().any(|item| matches!(item.value, Value::Sequence(_))));
        let commands: Vec<Field<'_>> = match &field.node.value {
            Value::Sequence(items) if nested => {
                let item = |(index, node)| Field { path: format!("{}[{index}]", field.path), node };
                items.iter().enumerate().map(item).collect()
            }
            _ => vec![field.clone()],
        };
        let argvs: Vec<Vec<String>> =
            commands.iter().filter_map(|command| self::command(reader, command)).collect();
        let written: Vec<String> = commands.iter().map(|command| words(command.node)).collect();
        Some(Commands { argvs, written: written.join(", ") })
    }
}

/// One command. The script that runs it leaves finding the program to `exec`, which has options of its own.
fn command(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<String>> {
    let argv = reader.argv(field)?;
    let reason = match argv.first() {
        None if matches!(&field.node.value, Value::Sequence(items) if items.is_empty()) => {
            "a command has at least a program"
        }
        Some(program) if program.is_empty() || program.starts_with('-') => {
            "a command starts with its program"
        }
        _ if argv.iter().any(|word| word.contains('\0')) => "a value cannot hold a NUL",
        _ => return Some(argv),
    };
    let problem = Problem::BadValue {
        key: field.path.clone(),
        found: format!("[{}]", words(field.node)),
        reason: reason.to_owned(),
    };
    reader.report(problem, field.node.span);
    None
}

/// The words of a command as they are written.
fn words(node: &Node) -> String {
    let Value::Sequence(items) = &node.value else { return String::new() };
    let word = |node: &Node| match &node.value {
        Value::Scalar(text, _) => text.clone(),
        _ => String::new(),
    };
    items.iter().map(word).collect::<Vec<String>>().join(" ")
}

text! {
    /// The name of a context.
    pub struct ContextName = |text: &str| {
        let good = !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '=');
        if good { Ok(()) } else { Err("the name of a context is written like `ui`, as in `--build-context ui=…`") }
    };
}

text! {
    /// Files of a context, as `.dockerignore` writes patterns. What a client cannot read it would refuse without a line.
    pub struct InputPattern = |text: &str| {
        let clean = ContextPath::parse(text.trim_end_matches('/')).is_ok();
        let plain = text.trim() == text && !text.starts_with(['!', '#']) && !text.contains(char::is_control);
        if clean && plain && closed(text) {
            Ok(())
        } else {
            Err("a pattern is relative to the context, like `ui/**` or `package.json`")
        }
    };
}

/// Whether every class of a pattern ends and is a plain one. Paths have no backslashes, so there are no escapes.
fn closed(pattern: &str) -> bool {
    let mut classes = pattern.split('[').skip(1);
    classes.all(|rest| rest.split_once(']').is_some_and(|(class, _)| plain_class(class)))
}

/// Characters, like `abc`, or ranges, like `a-z0-9`. Others have more rules than are worth it here.
fn plain_class(class: &str) -> bool {
    let class: Vec<char> = class.strip_prefix('^').unwrap_or(class).chars().collect();
    let range = |range: &[char]| matches!(range, [from, '-', to] if from <= to && from.is_alphanumeric());
    let plain = !class.iter().any(|character| matches!(character, '-' | '/'));
    !class.is_empty() && (plain || class.chunks(3).all(range))
}

/// A path of the context, or of what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepPath(pub ContextPath);

impl FromText for StepPath {
    fn from_text(text: &str) -> Result<StepPath, String> {
        if text.contains(char::is_control) {
            return Err("a path has no line breaks or other control characters".to_owned());
        }
        ContextPath::parse(text).map(StepPath).map_err(|problem| problem.to_string())
    }
}

/// Something that a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Where the step leaves it, among its files.
    pub from: ContextPath,
    /// Where it belongs in the context.
    pub to: ContextPath,
}

mapping! {
    /// Something that a step makes in one place and that belongs in another.
    #[derive(Clone, Debug, Default)]
    pub struct Moved {
        /// Where the step leaves it.
        from: Option<StepPath> = "from",
        /// Where it belongs in the context.
        to: Option<StepPath> = "to",
    }
}

impl FromField for Made {
    const KIND: Kind = Kind::Text;

    fn schema() -> Json {
        let moved = schema::requiring(Moved::schema(), &["from", "to"]);
        json!({"anyOf": [schema::text(), moved]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Made> {
        if !Kind::Mapping.fits(field.node) {
            let StepPath(path) = StepPath::from_field(reader, field)?;
            return Some(Made { from: path.clone(), to: path });
        }
        for key in ["from", "to"] {
            if !has(field.node, key) {
                reader.report(Problem::MissingKey { key: format!("{}.{key}", field.path) }, field.node.span);
            }
        }
        let Moved { from, to } = Moved::from_field(reader, field)?;
        Some(Made { from: from?.0, to: to?.0 })
    }
}

choice! {
    /// What a step that runs the repository's own commands or tests can reach.
    pub enum StepNetwork {
        /// Itself.
        #[default]
        None = "none",
        /// What `docker build --network` says.
        Default = "default",
    }
}

text! {
    /// The name of a variable of a step.
    pub struct StepVariable = |text: &str| {
        Variable::from_text(text)?;
        if text.starts_with("GOBUILD_") { Err("the build sets it for its own scripts".to_owned()) } else { Ok(()) }
    };
}

/// What a step has of its own, and whether there is room for other things in it.
const RESERVED: [(&str, bool); 7] = [
    ("/src", true),
    ("/tmp", true),
    ("/gobuild", false),
    ("/gocache", false),
    ("/gomod", false),
    ("/out", false),
    ("/run/secrets", false),
];

text! {
    /// A directory that is kept.
    pub struct CacheDirectory = |text: &str| {
        Directory::from_text(text)?;
        let within = |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'));
        let taken = |(place, room): &(&str, bool)| {
            text == *place || within(place, text) || (!room && within(text, place))
        };
        match RESERVED.iter().find(|place| taken(place)) {
            _ if text == "/" => Err("all of the image cannot be kept".to_owned()),
            Some((place, _)) => Err(format!("the build has something of its own in `{place}`")),
            None => Ok(()),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{CacheDirectory, FromText, InputPattern, StepPath};

    #[test]
    fn patterns_that_clients_can_read() {
        for pattern in ["ui/**", "package.json", "**/*.proto", "[ab]*", "[a-z0-9]x", "ui/"] {
            assert!(InputPattern::from_text(pattern).is_ok(), "{pattern}");
        }
        for pattern in ["", "/ui", "../ui", "!ui", "#ui", " ui", "a[", "a[]", "a\\*", "[z-a]", "a\nb"] {
            assert!(InputPattern::from_text(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn paths_and_names_that_stay_where_they_are() {
        assert!(StepPath::from_text("web/dist").is_ok());
        for path in ["/web", "../web", "a\nb", ""] {
            assert!(StepPath::from_text(path).is_err(), "{path}");
        }
        assert!(CacheDirectory::from_text("/root/.npm").is_ok());
        for directory in ["/src/web/node_modules", "/tmp/npm", "/output", "/run/cache"] {
            assert!(CacheDirectory::from_text(directory).is_ok(), "{directory}");
        }
        for directory in
            ["/", "root", "/a/../b", "/src", "/out/x", "/gomod", "/run", "/run/secrets/x", "/tmp"]
        {
            assert!(CacheDirectory::from_text(directory).is_err(), "{directory}");
        }
    }
}
