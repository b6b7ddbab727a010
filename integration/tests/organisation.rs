//! A frontend image that an organisation has derived, and two of its repositories, on a real daemon.

use anyhow::{Result, ensure};
use integration::{Build, BuildLog, Daemon, Kind, Lab, Run};
use std::fs;

const TAG: &str = "example/go:1";
/// The frontend of an organisation with a rule for licences.
const LICENSES_TAG: &str = "example/go-licenses:1";

#[test]
fn an_organisation_has_its_way() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let folder = Lab::open()?.example("organisation");
    let log = daemon.build(&Build::new(&folder).file("Dockerfile").tag(TAG))?;
    ensure!(log.succeeded(), "{log}");

    let payments = Build::new(folder.join("payments")).file("gobuild.yaml");
    let log = daemon.build(&payments.clone().tag("organisation/payments:1"))?;
    ensure!(log.succeeded(), "{log}");
    let said = daemon.run_to_end("organisation/payments:1", &Run::new())?;
    ensure!(said.stdout == b"payments, logging as json as user 65532\n", "{said:?}");
    let image = daemon.image("organisation/payments:1")?;
    let labels = &image.config["config"]["Labels"];
    ensure!(labels["com.example.team"] == "payments" && labels["com.example.tier"] == "internal", "{labels}");

    let log = daemon.build(&payments.flag("--call=gobuild.explain"))?;
    for line in ["image.user ", "image.env.LOG_FORMAT ", "locked by Example Corp", "default of Example Corp"]
    {
        ensure!(log.stdout.contains(line), "no `{line}` in\n{}", log.stdout);
    }

    let legacy = folder.join("legacy");
    let own = Build::new(&legacy).file("gobuild.yaml");
    // CI can make every repository use it, whatever that says itself.
    let forced = Build::new(&legacy).file("go.mod").arg("BUILDKIT_SYNTAX", &format!("{TAG} base=alpine"));
    let log = daemon.build(&own)?;
    ensure!(!log.succeeded() && log.steps().is_empty(), "{log}");
    for message in [
        "gobuild.yaml:4",
        "`image.user: root` cannot be said here",
        "gobuild.yaml:6",
        "`build.cgo` cannot be used",
    ] {
        ensure!(log.text.contains(message), "no `{message}` in\n{log}");
    }
    let log = daemon.build(&forced)?;
    ensure!(!log.succeeded(), "{log}");
    for message in [
        "`image.base: alpine:3` is not accepted by rule `bases`",
        "label `com.example.team` is missing",
        "ask platform@example.com",
    ] {
        ensure!(log.text.contains(message), "no `{message}` in\n{log}");
    }
    Ok(())
}

#[test]
fn only_licences_that_are_accepted_are_linked() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let lab = Lab::open()?;
    let folder = lab.scratch("organisation");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("Dockerfile"), "FROM gobuild/frontend:1\nCOPY org.yaml /etc/gobuild/org.yaml\n")?;
    let build = Build::new(lab.example("two-platforms")).file("go.mod");
    let build = build.arg("BUILDKIT_SYNTAX", LICENSES_TAG);
    let with_rules = |rules: &str, build: &Build| -> Result<BuildLog> {
        fs::write(folder.join("org.yaml"), format!("name: Example Corp\nrules:\n  {rules}\n"))?;
        let log = daemon.build(&Build::new(&folder).tag(LICENSES_TAG))?;
        ensure!(log.succeeded(), "{log}");
        daemon.build(build)
    };

    for build in [build.clone(), build.clone().target("binary").flag("--output").flag("type=cacheonly")] {
        let log = with_rules("licenses: [MIT]", &build)?;
        ensure!(!log.succeeded(), "{log}");
        for message in [
            "`github.com/google/uuid@v1.6.0` is linked into the program, and its licence is `BSD-3-Clause` (LICENSE): \
             rule `licenses` of Example Corp accepts `MIT`",
            "go.mod:9",
            "`golang.org/x/sync@v0.20.0` is linked into the program",
            "go.mod:10",
        ] {
            ensure!(log.text.contains(message), "no `{message}` in\n{log}");
        }
        ensure!(!log.text.contains("`github.com/go-chi"), "{log}");
    }
    let accepted = build.clone().tag("organisation/licenses:1");
    for rules in [
        "licenses: [MIT, BSD-*]",
        "licenses: [MIT]\n  known-licenses: {github.com/google/*: MIT, golang.org/x/sync: MIT}",
    ] {
        let log = with_rules(rules, &accepted)?;
        ensure!(log.succeeded(), "{log}");
    }
    let files = daemon.image("organisation/licenses:1")?.files()?;
    ensure!(files.iter().all(|file| !file.path.starts_with("/licenses")), "{files:?}");
    fs::remove_dir_all(folder)?;
    Ok(())
}
