//! A frontend image that an organisation has derived, and two of its repositories, on a real daemon.

use anyhow::{Result, ensure};
use integration::{Build, Daemon, Kind, Lab, Run};

const TAG: &str = "example/go:1";

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
