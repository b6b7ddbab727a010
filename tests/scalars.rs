//! Scalars mean what people wrote: the text that stands in the file, whatever type other readers of YAML make of it.

use buildkit_llb::SourceFile;
use gobuild::spec::{Cgo, Document, Door, Healthcheck, Profile, Race, Spec};
use std::collections::BTreeMap;
use std::sync::Arc;

fn read(yaml: &str) -> Result<Spec, String> {
    let file = SourceFile {
        filename: "gobuild.yaml".to_owned(),
        language: "YAML".to_owned(),
        data: yaml.as_bytes().to_vec(),
        definition: None,
    };
    let document =
        Document::parse(&Arc::new(file), Door::Yaml, "image").map_err(|error| error.to_string())?;
    let variables = document.variables(&BTreeMap::new(), &BTreeMap::new());
    document.spec(None, &variables).map_err(|error| error.to_string())
}

#[track_caller]
fn accepted(yaml: &str) -> Spec {
    read(yaml).unwrap_or_else(|error| panic!("{yaml}\n{error}"))
}

#[track_caller]
fn refused(yaml: &str) -> String {
    read(yaml).err().unwrap_or_else(|| panic!("{yaml} is accepted"))
}

#[test]
fn a_version_keeps_its_last_zero() {
    for (written, version) in
        [("1.30", "1.30"), ("1.20", "1.20"), ("\"1.26.0\"", "1.26.0"), ("1.26.3", "1.26.3")]
    {
        let spec = accepted(&format!("go: {written}\n"));
        assert_eq!(spec.go.unwrap().value.to_string(), version, "{written}");
    }
    assert!(refused("go: 1.3\n").contains("Go 1.18 or later"));
    assert!(refused("go: 1e2\n").contains("is written like `1.26`"));
}

#[test]
fn texts_are_texts() {
    for text in [
        "1.10",
        "0644",
        "0x1F",
        "1e3",
        "no",
        "on",
        "yes",
        "true",
        "2026-11-21",
        "12:30:45",
        "1_000",
        ".5",
        "+1",
    ] {
        let spec = accepted(&format!("image:\n  labels:\n    x: {text}\n"));
        assert_eq!(spec.image.labels["x"], text);
        let cmd = accepted(&format!("image:\n  cmd: [{text}]\n")).image.cmd.unwrap();
        assert_eq!(cmd.0, [text]);
    }
    assert_eq!(
        refused("image:\n  labels:\n    x:\n"),
        "`image.labels.x` is nothing; it should be a text; write: `x: \"\"`"
    );
    assert_eq!(accepted("image:\n  labels:\n    x: \"null\"\n").image.labels["x"], "null");
}

#[test]
fn words_are_words() {
    assert_eq!(accepted("build:\n  cgo: off\n  pgo: off\n").build.cgo.value, Cgo::Off);
    assert_eq!(accepted("build:\n  pgo: off\n").build.pgo.value, Profile::Off);
    assert_eq!(accepted("modules:\n  sumdb: off\n").modules.sumdb.unwrap().as_str(), "off");
    assert_eq!(accepted("image:\n  healthcheck: none\n").image.healthcheck, Some(Healthcheck::None));
    accepted("cache: off\n");
}

#[test]
fn truth_is_spelled_as_in_yaml() {
    for (written, race) in [("true", Race::On), ("True", Race::On), ("TRUE", Race::On), ("false", Race::Off)]
    {
        assert_eq!(accepted(&format!("build: {{race: {written}, cgo: static}}\n")).build.race.value, race);
        assert_eq!(accepted(&format!("image:\n  licenses: {written}\n")).image.licenses, race == Race::On);
    }
    for (written, meant) in
        [("yes", "true"), ("on", "true"), ("1", "true"), ("no", "false"), ("Off", "false")]
    {
        let reason = format!("{written}`: it is `true` or `false`; write `{meant}`");
        assert_eq!(
            refused(&format!("image:\n  licenses: {written}\n")),
            format!("`image.licenses: {reason}")
        );
        assert_eq!(refused(&format!("build:\n  race: {written}\n")), format!("`build.race: {reason}"));
    }
    assert_eq!(refused("test:\n  vet: maybe\n"), "`test.vet: maybe`: it is `true` or `false`");
}

#[test]
fn ports_are_ports() {
    for (written, ports) in [
        ("8080", vec!["8080/tcp"]),
        ("\"8080/udp\"", vec!["8080/udp"]),
        ("8000-8002", vec!["8000/tcp", "8001/tcp", "8002/tcp"]),
        ("[8080, \"53/udp\"]", vec!["53/udp", "8080/tcp"]),
    ] {
        let spec = accepted(&format!("image:\n  ports: {written}\n"));
        assert_eq!(spec.image.ports.0.iter().map(String::as_str).collect::<Vec<_>>(), ports, "{written}");
    }
    for wrong in ["080.0", "8_080", "0x50", "8080:80", "0", "65536"] {
        assert!(refused(&format!("image:\n  ports: [\"{wrong}\"]\n")).starts_with("`image.ports"), "{wrong}");
    }
}

#[test]
fn numbers_are_numbers() {
    let retries = |text: &str| {
        let yaml = format!("image:\n  healthcheck: {{test: [/app], retries: {text}}}\n");
        read(&yaml).map(|spec| match spec.image.healthcheck {
            Some(Healthcheck::Check(check)) => check.retries,
            _ => None,
        })
    };
    assert_eq!(retries("3"), Ok(Some(3)));
    for wrong in ["3.0", "three", "-1", "0x3"] {
        assert!(retries(wrong).unwrap_err().contains("a whole number is needed"), "{wrong}");
    }
}
