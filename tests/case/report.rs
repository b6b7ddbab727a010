//! An outcome in words, for a person to judge.
//!
//! Of a success: the keys of the result and, for each image, its graph and its config; of a call, the text and the
//! JSON. Of a failure: the code, the message and the lines that the client shows. Then the warnings.

use super::excerpt::excerpt;
use crate::daemon::Outcome;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buildkit_llb::Definition;
use buildkit_proto::gateway as wire;
use buildkit_proto::{pb, rpc};
use serde_json::Value;
use std::fmt::Write as _;
use tonic::Code;

/// The whole outcome.
pub(super) fn report(outcome: &Outcome) -> String {
    let mut text = String::new();
    for returned in &outcome.returned {
        if let Some(error) = &returned.error {
            text.push_str(&failure(error));
        }
        if let Some(result) = &returned.result {
            text.push_str(&if is_call(result) { answer(result) } else { success(outcome, result) });
        }
    }
    for warning in &outcome.warnings {
        text.push_str(&self::warning(warning));
    }
    text
}

/// Whether a result is words and no image.
pub(super) fn is_call(result: &wire::Result) -> bool {
    result.metadata.contains_key("result.txt")
}

fn answer(result: &wire::Result) -> String {
    let key = |name: &str| String::from_utf8_lossy(&result.metadata[name]).into_owned();
    let (version, text, json) = (key("version"), key("result.txt"), pretty(&result.metadata["result.json"]));
    format!("version {version}\n\n== text\n{text}\n== json\n{json}")
}

fn success(outcome: &Outcome, result: &wire::Result) -> String {
    let mut text = String::new();
    for (key, value) in &result.metadata {
        let shown = if key == "refs.platforms" || key.starts_with("annotation") {
            format!(" {}", String::from_utf8_lossy(value))
        } else {
            String::new()
        };
        writeln!(text, "key {key}{shown}").expect("a string takes everything");
    }
    for (platform, definition) in outcome.graphs() {
        let (of_platform, suffix) = match platform {
            "" => (String::new(), String::new()),
            platform => (format!(" of {platform}"), format!("/{platform}")),
        };
        let graph = graph(definition);
        let config = result.metadata.get(&format!("containerimage.config{suffix}"));
        let config = config.map_or_else(|| "none\n".to_owned(), |config| pretty(config));
        for part in ["\n== graph", &of_platform, "\n", &graph, "\n== config", &of_platform, "\n", &config] {
            text.push_str(part);
        }
    }
    for gate in outcome.gates() {
        text.push_str("\n== waited for\n");
        text.push_str(&graph(gate));
    }
    let imports = outcome.solved.values().flat_map(|solved| &solved.cache_imports);
    for import in imports {
        let attributes = import.attrs.iter().map(|(name, value)| format!(" {name}={value}"));
        let attributes: String = attributes.collect();
        writeln!(text, "\n== cache import {}{attributes}", import.r#type).expect("a string takes everything");
    }
    text
}

fn graph(definition: &pb::Definition) -> String {
    match Definition::input(definition) {
        Ok(Some(output)) => without_scripts(&Definition::of(&output).to_string()),
        Ok(None) => "nothing\n".to_owned(),
        Err(error) => format!("not a graph: {error}\n"),
    }
}

/// The scripts of steps by name: they are to be read where they are.
fn without_scripts(graph: &str) -> String {
    let scripts = [
        ("modules/modules.sh", include_str!("../../src/plan/modules/modules.sh")),
        ("modules/attempts.sh", include_str!("../../src/plan/modules/attempts.sh")),
        ("modules/download.sh", include_str!("../../src/plan/modules/download.sh")),
        ("modules/access.sh", include_str!("../../src/plan/modules/access.sh")),
        ("modules/goauth.sh", include_str!("../../src/plan/modules/goauth.sh")),
        ("modules/token.sh", include_str!("../../src/plan/modules/token.sh")),
        ("install.sh", include_str!("../../src/plan/install.sh")),
        ("dependencies.sh", include_str!("../../src/plan/dependencies.sh")),
        ("c.sh", include_str!("../../src/plan/c.sh")),
        ("generate.sh", include_str!("../../src/plan/generate.sh")),
        ("licenses.sh", include_str!("../../src/plan/licenses.sh")),
        ("keep-licenses.sh", include_str!("../../src/plan/keep-licenses.sh")),
        ("image/capabilities.go", include_str!("../../src/plan/image/capabilities.go")),
        ("test/report.go", include_str!("../../src/plan/test/report.go")),
        ("test/test.sh", include_str!("../../src/plan/test/test.sh")),
        ("vulncheck/vulncheck.sh", include_str!("../../src/plan/vulncheck/vulncheck.sh")),
    ];
    scripts.into_iter().fold(graph.to_owned(), |graph, (name, text)| {
        let file = format!("(src/plan/{name})");
        // Some are too long to be shown.
        graph.replace(&format!("{text:?}"), &file).replace(&format!("of {} bytes", text.len()), &file)
    })
}

fn pretty(json: &[u8]) -> String {
    match serde_json::from_slice::<Value>(json) {
        Ok(value) => format!("{value:#}\n"),
        Err(error) => format!("not JSON: {error}\n"),
    }
}

/// As clients print it: the excerpts, and then the message. The code is named before it unless it says nothing.
fn failure(error: &rpc::Status) -> String {
    let code = Code::from(error.code);
    let mut text = format!("code {code:?}\n{}\n", error.message);
    for detail in &error.details {
        let value: Value = serde_json::from_slice(&detail.value).unwrap_or_default();
        if detail.type_url == "github.com/moby/buildkit/errdefs.Source+json" {
            text.push('\n');
            text.push_str(&source(&value));
        } else {
            writeln!(text, "\n{} {value}", detail.type_url).expect("a string takes everything");
        }
    }
    text
}

fn source(value: &Value) -> String {
    let info = &value["info"];
    let data = BASE64_STANDARD.decode(info["data"].as_str().unwrap_or_default()).unwrap_or_default();
    let line =
        |place: &Value| place["line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(0);
    let ranges = value["ranges"].as_array().cloned().unwrap_or_default();
    let ranges: Vec<(usize, usize)> =
        ranges.iter().map(|range| (line(&range["start"]), line(&range["end"]))).collect();
    let language = info["language"].as_str().unwrap_or_default();
    format!("{language} {}", excerpt(info["filename"].as_str().unwrap_or_default(), &data, &ranges))
}

fn warning(warning: &wire::WarnRequest) -> String {
    let line = |place: &Option<pb::Position>| {
        place.as_ref().and_then(|place| usize::try_from(place.line).ok()).unwrap_or(0)
    };
    let ranges: Vec<(usize, usize)> =
        warning.ranges.iter().map(|range| (line(&range.start), line(&range.end))).collect();
    let info = warning.info.clone().unwrap_or_default();
    let short = String::from_utf8_lossy(&warning.short);
    format!("\n== warning\n{short}\n{}", excerpt(&info.filename, &info.data, &ranges))
}
