//! The image config: the JSON document that every image carries, after the OCI image specification
//! (`config.md`) and Docker's additions to it (health check, shell, on-build triggers).
//!
//! Invariant: whatever a base image's config says and this file does not know goes through unchanged, and
//! can never be mistaken by a runtime for a field that this file does know.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Env;
use super::fields::{self, settle_fields};

/// Fields that gobuild does not know, kept as they came.
pub type Rest = BTreeMap<String, Value>;

/// The whole document. Field order is that of the specification's Go type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// When the image was made, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The CPU, as `GOARCH` names it.
    pub architecture: String,
    /// The operating system, as `GOOS` names it.
    pub os: String,
    /// The version of the operating system; Windows has one.
    #[serde(rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the image asks of the operating system.
    #[serde(rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// The variant of the CPU: `v7` of `arm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// How a container of the image runs.
    pub config: RunConfig,
    /// The layers, by the digests of their contents.
    pub rootfs: RootFs,
    /// How each layer came about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<History>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The `config` section: what `docker run` starts from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RunConfig {
    /// `user[:group]`, names or numbers. Empty is root.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// `port/protocol`.
    #[serde(with = "fields::keys", skip_serializing_if = "BTreeSet::is_empty")]
    pub exposed_ports: BTreeSet<String>,
    /// The environment.
    #[serde(skip_serializing_if = "Env::is_empty")]
    pub env: Env,
    /// The command that arguments are added to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entrypoint: Vec<String>,
    /// The arguments that `docker run` replaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmd: Vec<String>,
    /// Paths that live outside the image.
    #[serde(with = "fields::keys", skip_serializing_if = "BTreeSet::is_empty")]
    pub volumes: BTreeSet<String>,
    /// Where the program starts. Empty is `/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub working_dir: String,
    /// Labels.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// The signal of `docker stop`, by name or number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// The health check; Docker's, not the specification's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Everything else: `Shell`, `OnBuild`, `ArgsEscaped` and what is yet to come.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Docker's health check. Zero is "not said" in each number; durations are in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Healthcheck {
    /// `[]` inherits, `["NONE"]` turns it off, `["CMD", …]` runs argv, `["CMD-SHELL", text]` runs a shell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test: Vec<String>,
    /// The time between two checks.
    #[serde(skip_serializing_if = "is_zero")]
    pub interval: i64,
    /// The time after which a check has failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout: i64,
    /// The time in which failures do not count.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_period: i64,
    /// The time between two checks during the start period.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_interval: i64,
    /// How many failures in a row make the container unhealthy.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: i64,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Rest,
}

/// The layers. The daemon writes the final list; a frontend passes on what the base has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// `layers`; there is no other kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Digests of the uncompressed layers, bottom first.
    pub diff_ids: Vec<String>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Rest,
}

impl Default for RootFs {
    fn default() -> Self {
        Self { kind: "layers".to_owned(), diff_ids: Vec::new(), rest: Rest::new() }
    }
}

/// One line of `docker history`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// When, in RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// A note; frontends write their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Whether the step left no layer behind. A field of the format, hence the `bool`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub empty_layer: bool,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Rest,
}

/// Why bytes are not an image config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigProblem {
    /// Not JSON, or a field of the wrong type; with the words of the decoder.
    Malformed(String),
    /// Two keys that differ in case alone and so name one field.
    Ambiguous(String),
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(reason) => write!(f, "not an image config: {reason}"),
            Self::Ambiguous(field) => {
                write!(f, "not an image config: it has `{field}` twice, in different spelling")
            }
        }
    }
}

impl std::error::Error for ConfigProblem {}

const TOP_FIELDS: &[&str] = &[
    "created",
    "author",
    "architecture",
    "os",
    "os.version",
    "os.features",
    "variant",
    "config",
    "rootfs",
    "history",
];
const RUN_FIELDS: &[&str] = &[
    "User",
    "ExposedPorts",
    "Env",
    "Entrypoint",
    "Cmd",
    "Volumes",
    "WorkingDir",
    "Labels",
    "StopSignal",
    "Healthcheck",
];
const HEALTHCHECK_FIELDS: &[&str] =
    &["Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries"];
const ROOTFS_FIELDS: &[&str] = &["type", "diff_ids"];
const HISTORY_FIELDS: &[&str] = &["created", "created_by", "author", "comment", "empty_layer"];

impl ImageConfig {
    /// The config of an image that starts from nothing.
    pub fn empty(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        Self {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: variant.filter(|variant| !variant.is_empty()).map(str::to_owned),
            ..Self::default()
        }
    }

    /// Reads a config as a registry holds it: fields may be missing or null.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ConfigProblem> {
        let malformed = |error: serde_json::Error| ConfigProblem::Malformed(error.to_string());
        let mut top: Map<String, Value> = serde_json::from_slice(bytes).map_err(malformed)?;
        settle_fields(&mut top, TOP_FIELDS)?;
        if let Some(Value::Object(run)) = top.get_mut("config") {
            settle_fields(run, RUN_FIELDS)?;
            if let Some(Value::Object(healthcheck)) = run.get_mut("Healthcheck") {
                settle_fields(healthcheck, HEALTHCHECK_FIELDS)?;
            }
        }
        if let Some(Value::Object(rootfs)) = top.get_mut("rootfs") {
            settle_fields(rootfs, ROOTFS_FIELDS)?;
        }
        if let Some(Value::Array(history)) = top.get_mut("history") {
            for entry in history.iter_mut().filter_map(Value::as_object_mut) {
                settle_fields(entry, HISTORY_FIELDS)?;
            }
        }
        serde_json::from_value(Value::Object(top)).map_err(malformed)
    }

    /// The document, without insignificant white space: equal configs give equal bytes.
    pub fn to_json(&self) -> Vec<u8> {
        // String keys written into memory: there is nothing here that could fail.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether the config alone says that the program runs as root. A name of the base's own passwd may
    /// still map to 0, which only that file tells.
    pub fn user_is_root(&self) -> bool {
        let user = self.config.user.split(':').next().unwrap_or_default();
        // Runtimes read numbers as Go's Atoi does: `00` and `+0` are root too.
        user.is_empty() || user == "root" || user.parse::<i64>() == Ok(0)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every known field, in the order in which it is written, and one unknown field at each level.
    const FULL: &str = concat!(
        r#"{"created":"2026-01-02T03:04:05.000000006Z","author":"a","architecture":"arm","os":"linux","#,
        r#""os.version":"10.0","os.features":["win32k"],"variant":"v7","config":{"User":"65532","#,
        r#""ExposedPorts":{"53/udp":{},"8080/tcp":{}},"Env":["PATH=/usr/bin","odd"],"Entrypoint":["/app"],"#,
        r#""Cmd":["serve"],"Volumes":{"/data":{}},"WorkingDir":"/srv","Labels":{"k":"v"},"#,
        r#""StopSignal":"SIGQUIT","Healthcheck":{"Test":["CMD","/app","health"],"Interval":30000000000,"#,
        r#""Timeout":5000000000,"StartPeriod":10000000000,"StartInterval":1000000000,"Retries":3,"#,
        r#""Later":1},"#,
        r#""ArgsEscaped":true,"MacAddress":null,"OnBuild":["RUN x"],"Shell":["/bin/sh","-c"]},"#,
        r#""rootfs":{"type":"layers","diff_ids":["sha256:1"],"later":{}},"#,
        r#""history":[{"created":"2026-01-02T03:04:05Z","#,
        r#""created_by":"COPY","author":"a","comment":"c","empty_layer":true,"later":[1.5]}],"#,
        r#""container_config":{"Hostname":"h"},"moby.buildkit.cache.v0":"AAAA"}"#,
    );

    fn parse(value: &Value) -> Result<ImageConfig, ConfigProblem> {
        ImageConfig::from_json(value.to_string().as_bytes())
    }

    #[test]
    fn everything_survives_in_order() {
        let config = ImageConfig::from_json(FULL.as_bytes()).unwrap();
        for _ in 0..25 {
            assert_eq!(String::from_utf8(config.to_json()).unwrap(), FULL);
        }
        assert_eq!(config.config.env.get("PATH"), Some("/usr/bin"));
        assert_eq!(config.config.healthcheck.as_ref().map(|check| check.retries), Some(3));
        assert_eq!(
            config.config.rest.keys().collect::<Vec<_>>(),
            ["ArgsEscaped", "MacAddress", "OnBuild", "Shell"]
        );
    }

    #[test]
    fn the_field_tables_match_the_structs() {
        let full: Value = serde_json::from_str(FULL).unwrap();
        let config = ImageConfig::from_json(FULL.as_bytes()).unwrap();
        let tables: [(&str, &[&str], &Rest); 5] = [
            ("", TOP_FIELDS, &config.rest),
            ("/config", RUN_FIELDS, &config.config.rest),
            ("/config/Healthcheck", HEALTHCHECK_FIELDS, &config.config.healthcheck.as_ref().unwrap().rest),
            ("/rootfs", ROOTFS_FIELDS, &config.rootfs.rest),
            ("/history/0", HISTORY_FIELDS, &config.history[0].rest),
        ];
        for (place, known, rest) in tables {
            let written: BTreeSet<&str> =
                full.pointer(place).unwrap().as_object().unwrap().keys().map(String::as_str).collect();
            let expected = known.iter().copied().chain(rest.keys().map(String::as_str)).collect();
            assert_eq!(written, expected, "{place}");
        }
    }

    #[test]
    fn nothing_and_null_are_the_same() {
        let empty = ImageConfig::empty("linux", "amd64", None);
        assert_eq!(
            String::from_utf8(empty.to_json()).unwrap(),
            r#"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#
        );
        let cases = [
            json!({"architecture": "amd64", "os": "linux"}),
            json!({"architecture": "amd64", "os": "linux", "variant": null, "config": null, "history": null}),
            json!({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": null}, "config": {
                "Env": null, "Cmd": null, "Entrypoint": null, "Volumes": null, "Labels": null, "User": null,
                "ExposedPorts": null, "Healthcheck": null,
            }}),
        ];
        for case in cases {
            assert_eq!(parse(&case), Ok(empty.clone()), "{case}");
        }
        let arm = ImageConfig::empty("linux", "arm", Some("v7"));
        assert_eq!(arm.variant.as_deref(), Some("v7"));
        assert_eq!(ImageConfig::empty("linux", "amd64", Some("")), empty);
    }

    #[test]
    fn spelling_cannot_hide_a_field() {
        let cases = [
            (json!({"config": {"user": "0"}}), Ok("0")),
            (json!({"Config": {"U\u{17f}er": "0"}}), Ok("0")),
            (json!({"config": {"User": "1", "user": null}}), Err("User")),
            (json!({"config": {"User": "1", "USER": "0"}}), Err("User")),
            (json!({"config": {"uSer": "1", "USER": "0"}}), Err("User")),
            (json!({"config": {"User": "1"}, "CONFIG": {}}), Err("config")),
            (json!({"config": {"Usher": "x"}}), Ok("")),
        ];
        for (case, user) in cases {
            let got = parse(&case).map(|config| config.config.user);
            let want =
                user.map(str::to_owned).map_err(|field: &str| ConfigProblem::Ambiguous(field.to_owned()));
            assert_eq!(got, want, "{case}");
        }
        let kelvin = parse(&json!({"config": {"Healthchec\u{212a}": {"retries": 2}}})).unwrap();
        assert_eq!(kelvin.config.healthcheck.map(|check| check.retries), Some(2));
    }

    #[test]
    fn hostile_bytes() {
        let deep = "[".repeat(100_000);
        let cases = [
            "",
            "{",
            "[]",
            "null",
            "\u{0}",
            r#"{"config":[]}"#,
            r#"{"config":{"User":5}}"#,
            r#"{"config":{"Env":"A=1"}}"#,
            r#"{"config":{"Env":[1]}}"#,
            r#"{"config":{"Healthcheck":{"Interval":1e400}}}"#,
            r#"{"config":{"Healthcheck":{"Interval":1.5}}}"#,
            r#"{"os":"linux"} x"#,
            deep.as_str(),
        ];
        for case in cases {
            let got = ImageConfig::from_json(case.as_bytes());
            assert!(matches!(got, Err(ConfigProblem::Malformed(_))), "{case:.40} {got:?}");
        }
        assert!(ImageConfig::from_json(&[0xff, 0xfe]).is_err());
    }

    #[test]
    fn root() {
        let cases = [
            ("", true),
            ("0", true),
            ("root", true),
            ("0:0", true),
            ("root:app", true),
            (":5", true),
            ("00", true),
            ("+0", true),
            ("-0:1", true),
            ("65532", false),
            ("65532:0", false),
            ("nonroot", false),
            ("rooty", false),
        ];
        for (user, root) in cases {
            let mut config = ImageConfig::default();
            config.config.user = user.to_owned();
            assert_eq!(config.user_is_root(), root, "{user}");
        }
    }
}
