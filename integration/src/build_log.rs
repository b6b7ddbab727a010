//! What a build did, read from buildx's `--progress=rawjson`.
//!
//! Invariant: nothing that buildx wrote is lost: what is no progress event is in [`BuildLog::text`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::time;

/// One node of the build's graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vertex {
    /// Its digest, which is its cache key.
    pub digest: String,
    /// The name that the user sees.
    pub name: String,
    /// Digests of what it needs.
    pub inputs: Vec<String>,
    /// When it started, since 1970; none if it did not.
    pub started: Option<Duration>,
    /// When it ended.
    pub completed: Option<Duration>,
    /// Whether its result came from the cache.
    pub cached: bool,
    /// Why it failed.
    pub error: Option<String>,
    /// What its program printed.
    pub output: String,
    /// What it did, in the daemon's words: `extracting sha256:…`.
    pub doing: BTreeSet<String>,
}

/// A finished build.
#[derive(Clone, Debug, Default)]
pub struct BuildLog {
    /// Exit code of the client.
    pub code: i32,
    /// Every node in the order in which buildx first named it.
    pub vertices: Vec<Vertex>,
    /// Warnings of the build, short text first.
    pub warnings: Vec<String>,
    /// What the client wrote to standard error besides progress: the final error with its excerpt of the file.
    pub text: String,
    /// What the client wrote to standard output: results of `--call`, or files of `--output -`.
    pub stdout: String,
    /// Standard error as it was.
    pub raw: String,
    /// The content of `--metadata-file`: digests, provenance.
    pub metadata: Value,
}

/// Names of nodes that are no step of the program's build, but of getting inputs in and the result out.
const PLUMBING: [&str; 10] = [
    "resolve image config",
    "docker-image://",
    "local://",
    "exporting ",
    "importing ",
    "pushing ",
    "preparing ",
    "resolving provenance",
    "generating sbom",
    "merging manifest list",
];

impl Vertex {
    /// Whether it is a step of the build itself, an exec or a copy, and not an input, a base image or an export.
    pub fn is_step(&self) -> bool {
        // `[linux/arm64 internal] load metadata for …` where there are several platforms, and in a bake everything is
        // `[target …] …`, even `[target] exporting to image`.
        let (label, rest) = self.name.split_once("] ").unwrap_or(("", &self.name));
        let plumbing = |name: &str| PLUMBING.iter().any(|prefix| name.starts_with(prefix));
        let word = label.trim_start_matches('[').rsplit(' ').next().unwrap_or_default();
        let internal = ["internal", "auth"].contains(&word);
        !internal && !rest.starts_with("FROM ") && !plumbing(&self.name) && !plumbing(rest)
    }

    /// How long it took.
    pub fn duration(&self) -> Option<Duration> {
        self.completed?.checked_sub(self.started?)
    }
}

impl BuildLog {
    /// Reads the standard error of `docker buildx build --progress=rawjson`.
    pub fn parse(stderr: &str) -> Self {
        let mut log = Self { raw: stderr.to_owned(), ..Self::default() };
        let mut positions = BTreeMap::new();
        for line in stderr.lines() {
            match serde_json::from_str::<Value>(line) {
                Ok(event @ Value::Object(_)) => log.read(&event, &mut positions),
                _ => {
                    log.text.push_str(line);
                    log.text.push('\n');
                }
            }
        }
        log
    }

    /// Whether the build came to a good end.
    pub fn succeeded(&self) -> bool {
        self.code == 0
    }

    /// The steps that were reached, in order. See [`Vertex::is_step`].
    pub fn steps(&self) -> Vec<&Vertex> {
        self.vertices.iter().filter(|vertex| vertex.started.is_some() && vertex.is_step()).collect()
    }

    /// The steps that did work.
    pub fn ran(&self) -> Vec<&Vertex> {
        self.steps().into_iter().filter(|step| !step.cached).collect()
    }

    /// Whether there were steps and none of them did any work.
    pub fn all_cached(&self) -> bool {
        !self.steps().is_empty() && self.ran().is_empty()
    }

    /// The first node whose name has `part` in it.
    pub fn vertex(&self, part: &str) -> Option<&Vertex> {
        self.vertices.iter().find(|vertex| vertex.name.contains(part))
    }

    /// Time from the first start to the last end of a node.
    pub fn duration(&self) -> Duration {
        let start = self.vertices.iter().filter_map(|vertex| vertex.started).min();
        let end = self.vertices.iter().filter_map(|vertex| vertex.completed).max();
        start.zip(end).and_then(|(start, end)| end.checked_sub(start)).unwrap_or_default()
    }

    fn read(&mut self, event: &Value, positions: &mut BTreeMap<String, usize>) {
        let each = |key: &str| event[key].as_array().into_iter().flatten();
        for update in each("vertexes") {
            let position = self.position(&update["digest"], positions);
            self.vertices[position].update(update);
        }
        for status in each("statuses") {
            let position = self.position(&status["vertex"], positions);
            self.vertices[position].doing.extend(status["id"].as_str().map(str::to_owned));
        }
        for output in each("logs") {
            let position = self.position(&output["vertex"], positions);
            let bytes = decode_base64(output["data"].as_str().unwrap_or_default());
            self.vertices[position].output.push_str(&String::from_utf8_lossy(&bytes));
        }
        for warning in each("warnings") {
            let mut text =
                String::from_utf8_lossy(&decode_base64(warning["short"].as_str().unwrap_or_default()))
                    .into_owned();
            for detail in warning["detail"].as_array().into_iter().flatten() {
                text.push('\n');
                text.push_str(&String::from_utf8_lossy(&decode_base64(detail.as_str().unwrap_or_default())));
            }
            self.warnings.push(text);
        }
    }

    fn position(&mut self, digest: &Value, positions: &mut BTreeMap<String, usize>) -> usize {
        let digest = digest.as_str().unwrap_or_default();
        *positions.entry(digest.to_owned()).or_insert_with(|| {
            self.vertices.push(Vertex { digest: digest.to_owned(), ..Vertex::default() });
            self.vertices.len() - 1
        })
    }
}

impl Vertex {
    /// Applies an event; what it does not mention stays.
    fn update(&mut self, event: &Value) {
        let text = |key: &str| event[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        if let Some(name) = text("name") {
            self.name = name;
        }
        if let Some(inputs) = event["inputs"].as_array() {
            self.inputs = inputs.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        if let Some(started) = event["started"].as_str().and_then(time::parse) {
            // A node may work in several goes, such as looking and fetching: the first start counts.
            self.started = Some(self.started.map_or(started, |earlier| earlier.min(started)));
        }
        if let Some(completed) = event["completed"].as_str().and_then(time::parse) {
            self.completed = Some(completed);
        }
        self.cached |= event["cached"] == true;
        self.error = text("error").or(self.error.take());
    }
}

/// The build as a person reads it, for messages of failed assertions.
impl fmt::Display for BuildLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit code {}", self.code)?;
        for vertex in &self.vertices {
            let state = match (&vertex.error, vertex.cached, vertex.duration()) {
                (Some(_), ..) => "ERROR".to_owned(),
                (_, true, _) => "CACHED".to_owned(),
                (.., Some(duration)) => format!("{:.1}s", duration.as_secs_f64()),
                _ => "not run".to_owned(),
            };
            writeln!(f, "{state:>8} {}", vertex.name)?;
            for line in vertex.output.lines() {
                writeln!(f, "         | {line}")?;
            }
            if let Some(error) = &vertex.error {
                writeln!(f, "         ! {error}")?;
            }
        }
        for warning in &self.warnings {
            writeln!(f, "WARNING: {warning}")?;
        }
        f.write_str(&self.text)
    }
}

/// Decodes what Go's `encoding/json` makes of bytes; what is no base64 ends the text.
fn decode_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).unwrap_or_default());
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: &str = r#"
{"vertexes":[{"digest":"sha256:1","name":"[internal] load build definition from gobuild.yaml"}]}
{"vertexes":[{"digest":"sha256:1","name":"[internal] load build definition from gobuild.yaml","started":"2026-11-21T12:00:00Z","completed":"2026-11-21T12:00:00.5Z"}]}
{"vertexes":[{"digest":"sha256:2","name":"[1/2] FROM docker.io/library/golang:1.26","started":"2026-11-21T12:00:01Z","completed":"2026-11-21T12:00:01Z","cached":true}]}
{"vertexes":[{"digest":"sha256:3","inputs":["sha256:2"],"name":"go build ./cmd/server","started":"2026-11-21T12:00:01Z"}],"statuses":[{"id":"extracting sha256:9","vertex":"sha256:2"}]}
{"logs":[{"vertex":"sha256:3","stream":2,"data":"bWFpbi5nbzo0OiBvb3BzCg==","timestamp":"2026-11-21T12:00:02Z"}]}
{"vertexes":[{"digest":"sha256:3","name":"go build ./cmd/server","started":"2026-11-21T12:00:01Z","completed":"2026-11-21T12:00:03.25Z","error":"exit code: 1"}],"warnings":[{"vertex":"sha256:1","short":"b2xk","detail":["dGV4dA=="]}]}
ERROR: failed to solve: exit code: 1
"#;

    #[test]
    fn events_become_vertices() {
        let log = BuildLog::parse(EVENTS.trim_start());
        assert_eq!(log.vertices.len(), 3);
        let step = log.vertex("go build").unwrap();
        assert_eq!(step.duration(), Some(Duration::from_millis(2250)));
        assert_eq!(step.error.as_deref(), Some("exit code: 1"));
        assert_eq!(step.output, "main.go:4: oops\n");
        assert_eq!(step.inputs, ["sha256:2"]);
        assert!(step.doing.is_empty(), "the line that names it is about another one");
        assert!(log.vertex("FROM").unwrap().doing.contains("extracting sha256:9"));
        assert_eq!(log.text, "ERROR: failed to solve: exit code: 1\n");
        assert_eq!(log.warnings, ["old\ntext"]);
        assert_eq!(log.duration(), Duration::from_millis(3250));
    }

    #[test]
    fn steps_leave_out_plumbing() {
        let log = BuildLog::parse(EVENTS.trim_start());
        let names: Vec<&str> = log.steps().iter().map(|step| step.name.as_str()).collect();
        assert_eq!(names, ["go build ./cmd/server"]);
        assert!(!log.all_cached());
    }

    #[test]
    fn steps_of_a_bake_have_the_name_of_a_target() {
        let is_step = |name: &str| Vertex { name: name.to_owned(), ..Vertex::default() }.is_step();
        for step in [
            "[billing] go build ./billing",
            "[oauth] go build ./oauth",
            "[billing build 2/3] RUN go build",
            "COPY app /app",
        ] {
            assert!(is_step(step), "{step}");
        }
        for other in [
            "[billing internal] load build definition from gobuild.yaml",
            "[billing build 1/3] FROM docker.io/library/golang:1.26",
            "[billing] exporting to image",
            "[billing] resolve image config for docker-image://docker.io/gobuild/frontend:1",
            "[billing auth] registry.example/frontend:pull token",
            "[linux/arm64 internal] load .dockerignore",
            "[auth] registry.example/frontend:pull token",
        ] {
            assert!(!is_step(other), "{other}");
        }
    }

    #[test]
    fn cached_steps_are_all_cached() {
        let log = BuildLog::parse(&EVENTS.replace("\"error\":\"exit code: 1\"", "\"cached\":true"));
        assert!(log.all_cached(), "{log}");
        assert!(!BuildLog::default().all_cached(), "a build without steps has cached none");
    }

    #[test]
    fn display_reads_like_progress() {
        let text = BuildLog::parse(EVENTS.trim_start()).to_string();
        assert!(text.contains("   ERROR go build ./cmd/server\n         | main.go:4: oops\n"), "{text}");
        assert!(text.contains("  CACHED [1/2] FROM"), "{text}");
    }

    #[test]
    fn base64_of_every_length() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("/+8=", "\u{0}")] {
            let decoded = decode_base64(text);
            if text == "/+8=" {
                assert_eq!(decoded, [0xff, 0xef]);
            } else {
                assert_eq!(decoded, bytes.as_bytes());
            }
        }
    }
}
