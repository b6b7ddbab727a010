//! What survives where, on a builder of the test's own that can be made to forget.

mod repository;

use anyhow::{Result, ensure};
use integration::buildkitd::{Buildkitd, Collection, configuration};
use integration::command::{output, run, succeeds};
use integration::{Build, BuildLog, Daemon, Kind};
use repository::Repository;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The name of the builder for clients.
const BUILDER: &str = "gobuild-cache";

/// A buildkitd that knows nothing at first.
struct Fresh {
    client: Daemon,
    daemon: Buildkitd,
    registry: String,
}

impl Fresh {
    fn up() -> Result<Fresh> {
        let client = Daemon::up(Kind::Buildkit)?;
        let registry = client.registry().map(|registry| registry.address().to_owned()).unwrap_or_default();
        // Its socket's path must be short, and the same for every run, so that a killed one is found.
        let daemon = Buildkitd::new(client.lab(), &client.lab().root().join("run/cache"))?;
        let fresh = Fresh { client, daemon, registry };
        fresh.forget()?;
        if !succeeds(&mut fresh.client.docker(["buildx", "inspect", BUILDER])) {
            let address = fresh.daemon.address();
            let create = ["buildx", "create", "--driver", "remote", "--name", BUILDER, &address];
            run(fresh.client.docker(create).env_remove("BUILDX_BUILDER"))?;
        }
        Ok(fresh)
    }

    /// As a runner that has just been started.
    fn forget(&self) -> Result<()> {
        self.daemon.stop()?;
        let data = self.daemon.data();
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        self.daemon.start(&configuration(&self.registry, Collection::Off))
    }

    fn build(&self, repository: &Repository, words: &str, flags: &[String]) -> Result<BuildLog> {
        let build = Build::new(&repository.folder)
            .file("go.mod")
            .arg("BUILDKIT_SYNTAX", &format!("gobuild/frontend:1 main=./cmd/x {words}"));
        self.run(build, flags)
    }

    fn run(&self, build: Build, flags: &[String]) -> Result<BuildLog> {
        let build = build.tag("promise/cache:1").flag("--builder").flag(BUILDER);
        let log = self.client.build(&flags.iter().fold(build, Build::flag))?;
        ensure!(log.succeeded(), "{log}");
        Ok(log)
    }

    /// Builds programs at once, each with a cache of its own, which is read and may be written.
    fn bake(
        &self,
        repository: &Repository,
        programs: &[&str],
        cache: &str,
        writes: bool,
    ) -> Result<BuildLog> {
        let target = |name: &&str| {
            let cache = format!("type=registry,ref={}/promise/cache:{cache}-{name}", self.registry);
            let target = json!({
                "context": ".",
                "dockerfile": "go.mod",
                "args": {"BUILDKIT_SYNTAX": format!("gobuild/frontend:1 main=./cmd/{name}")},
                "cache-from": [cache],
                "cache-to": writes.then(|| format!("{cache},mode=max")).into_iter().collect::<Vec<_>>(),
                "output": ["type=cacheonly"],
            });
            ((*name).to_owned(), target)
        };
        let targets: Map<String, Value> = programs.iter().map(target).collect();
        let file = json!({"group": {"default": {"targets": programs}}, "target": targets});
        fs::write(repository.folder.join("docker-bake.json"), file.to_string())?;
        let mut client = self.client.docker(["buildx", "bake", "--builder", BUILDER, "--progress=rawjson"]);
        let output = output(client.current_dir(&repository.folder))?;
        let log = BuildLog::parse(&String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{log}");
        Ok(log)
    }

    fn prune(&self, filter: &[&str]) -> Result<()> {
        let prune = ["buildx", "prune", "--builder", BUILDER, "--force"];
        run(&mut self.client.docker(prune.into_iter().chain(filter.iter().copied())))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let _ = self.daemon.stop();
        let _ = fs::remove_dir_all(self.daemon.data());
    }
}

/// The steps that ran, by name: `[build] go build …` and `[linux/arm64 build] go build …` are `build`.
fn ran(log: &BuildLog) -> BTreeSet<String> {
    let step = |name: &str| {
        let label = name.trim_start_matches('[').split(']').next().unwrap_or_default();
        label.rsplit(' ').next().unwrap_or_default().to_owned()
    };
    log.ran().iter().map(|vertex| step(&vertex.name)).collect()
}

fn set(labels: &[&str]) -> BTreeSet<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

/// Whether the layers of an image were fetched and unpacked.
fn unpacked(log: &BuildLog, image: &str) -> bool {
    let vertex = log.vertex(image);
    vertex.is_some_and(|vertex| vertex.doing.iter().any(|doing| doing.starts_with("extracting ")))
}

/// Whether a program was compiled and nothing else, with a toolchain from the cache.
fn only_a_program(log: &BuildLog) -> Result<()> {
    ensure!(ran(log) == set(&["build", "image"]), "a source file was edited, and {:?} ran", ran(log));
    ensure!(
        !unpacked(log, "FROM docker.io/library/golang"),
        "the image with the toolchain was unpacked:\n{log}"
    );
    Ok(())
}

/// Programs that have much in common, each with a cache of its own, on another runner: all is found in all of them.
fn side_by_side(fresh: &Fresh, repository: &Repository, now: u128) -> Result<()> {
    let programs = ["a", "b", "c", "d", "e", "f"];
    let text = fs::read_to_string(repository.folder.join("cmd/x/main.go"))?;
    for name in programs {
        repository.edit(&format!("cmd/{name}/main.go"), |_| text.clone())?;
    }
    let caches = format!("{now}-baked");
    fresh.bake(repository, &programs, &caches, true)?;
    fresh.forget()?;
    let unchanged = fresh.bake(repository, &programs, &caches, false)?;
    ensure!(ran(&unchanged).is_empty(), "of what was built side by side {:?} ran", ran(&unchanged));
    fresh.forget()?;
    repository.append("cmd/c/main.go", "func init() { println() }")?;
    let edited = fresh.bake(repository, &programs, &caches, false)?;
    only_a_program(&edited)?;
    let builds = edited.ran().iter().filter(|step| step.name.contains("go build")).count();
    ensure!(builds == 1, "one of the programs was edited, and {builds} were compiled:\n{edited}");
    Ok(())
}

/// One test for all, since there is one builder.
#[test]
fn what_survives_is_used() -> Result<()> {
    let fresh = Fresh::up()?;
    let repository = Repository::of("two-platforms")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let edit = |number: u32| {
        let line = format!("func init() {{ println(\"{number} {now}\") }}");
        repository.append("cmd/x/main.go", &line)
    };
    let cache = |name: &str| {
        let reference = format!("type=registry,ref={}/promise/cache:{now}-{name}", fresh.registry);
        let import = ["--cache-from".to_owned(), reference.clone()];
        (import.clone(), [&import[..], &["--cache-to".to_owned(), format!("{reference},mode=max")]].concat())
    };

    // A runner that finds no cache and leaves one, of two platforms.
    let platforms = ["--platform".to_owned(), "linux/amd64,linux/arm64".to_owned()];
    let (import, both) = cache("first");
    let first = fresh.build(&repository, "", &[&platforms[..], &both[..]].concat())?;
    ensure!(
        ran(&first) == set(&["toolchain", "modules", "dependencies", "build", "image"]),
        "a first build ran {:?}",
        ran(&first)
    );
    ensure!(unpacked(&first, "FROM docker.io/library/golang"), "there is no toolchain without its image");

    // Another runner, the same sources.
    let again = [&platforms[..], &import[..]].concat();
    fresh.forget()?;
    let unchanged = fresh.build(&repository, "", &again)?;
    ensure!(ran(&unchanged).is_empty(), "nothing was changed, and {:?} ran", ran(&unchanged));

    // Another runner, another source file.
    fresh.forget()?;
    edit(1)?;
    let edited = fresh.build(&repository, "", &again)?;
    only_a_program(&edited)?;

    side_by_side(&fresh, &repository, now)?;

    // Another runner, the same sources, another commit: nothing is linked, and nothing of Go is fetched.
    let stamped = Repository::of("production")?;
    let (import, both) = cache("stamped");
    let commit = |commit: u32, flags: &[String]| {
        let commit = format!("{commit:040x}");
        fresh.run(Build::new(&stamped.folder).file("gobuild.yaml").arg("COMMIT", &commit), flags)
    };
    commit(1, &both)?;
    fresh.forget()?;
    let committed = commit(2, &import)?;
    ensure!(ran(&committed) == set(&["stamp", "image"]), "of a new commit {:?} ran", ran(&committed));
    ensure!(committed.ran().iter().all(|step| !step.name.contains("go build")), "{committed}");

    // Another runner, one more package of a module that the program knows: what others are made of is there.
    let many = Repository::of_test("../benches/repositories/medium")?;
    let (import, both) = cache("many");
    let imports = |file: &str, paths: &[&str]| {
        let lines: Vec<String> = paths.iter().map(|path| format!("\t_ \"{path}\"\n")).collect();
        let text = format!("package main\n\nimport (\n{})\n", lines.concat());
        many.edit(&format!("cmd/x/{file}.go"), |_| text)
    };
    let known = ["net/http", "github.com/go-chi/chi/v5", "github.com/google/uuid", "github.com/spf13/cobra"];
    imports("main", &[&known[..], &["fmt", "go.uber.org/zap", "gopkg.in/yaml.v3"]].concat())?;
    many.append("cmd/x/main.go", "func main() {}")?;
    let trunk =
        |log: &BuildLog| log.ran().iter().filter(|step| step.name.ends_with("one of each module")).count();
    let first = fresh.build(&many, "", &both)?;
    ensure!(trunk(&first) == 2, "{first}");
    fresh.forget()?;
    imports("more", &["go.uber.org/zap/zapio"])?;
    many.append("cmd/x/more.go", "func init() { println() }")?;
    let more = fresh.build(&many, "", &import)?;
    ensure!(
        ran(&more) == set(&["modules", "dependencies", "build", "image"]) && trunk(&more) == 0,
        "one more package was imported, and this ran:\n{more}"
    );

    // A builder that stays and loses its cache mounts: the layer with the modules is enough, without a network.
    fresh.build(&repository, "cache=mounts", &[])?;
    fresh.prune(&["--filter", "type=exec.cachemount"])?;
    edit(2)?;
    let pruned = fresh.build(&repository, "cache=mounts", &[])?;
    ensure!(
        ran(&pruned) == set(&["build", "image"]),
        "the cache mounts were gone, and {:?} ran",
        ran(&pruned)
    );

    // More of a module than before: Go remembers what packages it had.
    for package in ["errgroup", "semaphore"] {
        let text = format!("package main\n\nimport _ \"golang.org/x/sync/{package}\"\n");
        repository.edit(&format!("cmd/x/{package}.go"), |_| text)?;
        fresh.build(&repository, "cache=mounts", &[])?;
    }

    // The same image in every mode.
    let digest = |log: &BuildLog| log.metadata["containerimage.digest"].as_str().map(str::to_owned);
    let flags = ["--provenance=false".to_owned()];
    let mounts = fresh.build(&repository, "cache=mounts", &flags)?;
    for mode in ["layers", "off"] {
        let other = fresh.build(&repository, &format!("cache={mode}"), &flags)?;
        ensure!(
            digest(&other).is_some() && digest(&other) == digest(&mounts),
            "mode {mode} gives another image"
        );
    }
    Ok(())
}
