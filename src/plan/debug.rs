//! The image for a debugger: the programs with symbols and without optimisation, a shell, and delve before the command.
//!
//! Invariant: all else is as in the image, so that what is looked at is what runs. Delve is a program for the platform of the
//! image, in a version that knows the programs of the builder's Go.

use super::go_step::Root;
use super::names::{Step, cross};
use super::{Built, Inputs, file_place, image, tool};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::{Healthcheck, ImageRef};
use crate::spec::{Base, CompilerFlags, PackageFlags, Spanned, Spec, Strip, Trimpath};
use buildkit_llb::{Copy, File, LineRange, Mkdir};

/// Where delve is: in the path of every image that has one.
const FOLDER: &str = "/usr/local/bin";
/// Where it listens.
const PORT: u16 = 40000;
/// What bases without a shell are replaced by: the same, with one.
const BASE: &str = "gcr.io/distroless/static:debug-nonroot";
/// Another base without a shell, of which there is none with one.
const CHAINGUARD: &str = "cgr.dev/chainguard/static";
/// The newest delve that each release of Go compiles and that knows what this release writes (`pkg/goversion`).
const VERSIONS: [((u64, u64), &str); 5] = [
    ((1, 27), "v1.27.2"),
    ((1, 24), "v1.26.2"),
    ((1, 22), "v1.25.2"),
    ((1, 21), "v1.24.2"),
    ((1, 19), "v1.21.2"),
];
/// For all before.
const OLDEST: &str = "v1.20.2";
/// What it runs on without experiments (`support_sentinel_linux.go`).
const ARCHITECTURES: [&str; 3] = ["386", "amd64", "arm64"];

/// The build file as a debugger wants it.
pub(super) fn spec(mut spec: Spec) -> Spec {
    spec.build.strip = Strip::No;
    // Clients look for sources below `/src`.
    spec.build.trimpath = Trimpath::No;
    let plain = PackageFlags { pattern: Some("all".to_owned()), flags: "-N -l".to_owned() };
    spec.build.gcflags.push(Spanned { value: CompilerFlags(plain), span: LineRange::line(1) });
    if let Some(base) = with_shell(&spec.image.base.value) {
        spec.image.base.value = base;
    }
    spec
}

/// What takes the place of a base that is known to have no shell.
fn with_shell(of: &Base) -> Option<Base> {
    let Base::Image(image) = of else { return Some(base()) };
    let repository = image.repository();
    if repository == CHAINGUARD {
        return Some(base());
    }
    if !image.is_distroless_without_shell() {
        return None;
    }
    let is_nonroot = image.tag().is_none_or(|tag| tag.contains("nonroot"));
    let tag = if is_nonroot { "debug-nonroot" } else { "debug" };
    let image = ImageRef::parse(&format!("{repository}:{tag}"));
    Some(Base::Image(image.expect("it was one before")))
}

/// The base where that of the file has no shell.
pub(super) fn base() -> Base {
    Base::Image(ImageRef::parse(BASE).expect("a constant that the tests build with"))
}

/// An error where there is no delve for the platform.
pub(super) fn check(inputs: &Inputs<'_>) -> Result<(), Diagnostics> {
    if ARCHITECTURES.contains(&inputs.target.architecture()) {
        return Ok(());
    }
    let problem =
        Problem::NoDebugger { platform: inputs.platform.to_string(), supported: ARCHITECTURES.to_vec() };
    Err(Diagnostic::nowhere(problem).into())
}

/// The image with delve on it.
pub(super) fn with_delve(inputs: &Inputs<'_>, root: &Root, built: Built) -> Built {
    let version = tool::newest(inputs, &VERSIONS, OLDEST);
    let package = format!("github.com/go-delve/delve/cmd/dlv@{version}");
    let (tool, place) = tool::install_for_target(inputs, root, Step::Debugger, &package);
    let time = image::timestamp(inputs);
    let mkdir = Mkdir::new(FOLDER).mode(0o755).make_parents().timestamp(time);
    let copy = Copy::new(tool, place, format!("{FOLDER}/dlv")).mode(0o555).owner(0, 0).timestamp(time);
    let name = format!("COPY dlv {FOLDER}/");
    let platform = cross(inputs.naming, inputs.platform, inputs.platform);
    let metadata = Step::Image.metadata(&platform, &name, file_place(inputs.spec), inputs.settings);
    let output = File::on(built.output).mkdir(mkdir).copy(copy).metadata(metadata).build();

    let mut config = built.config;
    image::add_history(inputs, &mut config, [name]);
    let run = &mut config.config;
    let said = std::mem::take(&mut run.entrypoint);
    let directory = inputs.spec.image.workdir.as_ref().map_or("", |workdir| workdir.as_str());
    let ours = |path: &String| {
        let of_main = |name: &str| format!("{}/{name}", directory.trim_end_matches('/'));
        inputs.mains.iter().any(|main| *path == of_main(&main.binary))
    };
    // A wrapper is no program that delve can start.
    let command = if said.first().is_some_and(ours) {
        said
    } else {
        let first = inputs.mains.first().map(|main| &main.binary);
        first.map(|name| format!("{}/{name}", directory.trim_end_matches('/'))).into_iter().collect()
    };
    let (program, arguments) = command.split_at(command.len().min(1));
    let listen = format!("--listen=:{PORT}");
    let delve = ["dlv", "exec", "--headless", &listen, "--api-version=2", "--accept-multiclient"];
    run.entrypoint = delve
        .into_iter()
        // A Go that is newer than this delve is worth a try.
        .chain(["--check-go-version=false"])
        .map(str::to_owned)
        .chain(program.iter().cloned())
        .chain(["--".to_owned()])
        .chain(arguments.iter().cloned())
        .collect();
    run.entrypoint[0] = format!("{FOLDER}/dlv");
    run.exposed_ports.insert(format!("{PORT}/tcp"));
    // The program waits for a client, and is not ill for that.
    run.healthcheck = Some(Healthcheck { test: vec!["NONE".to_owned()], ..Healthcheck::default() });
    Built { output, config, ..built }
}

#[cfg(test)]
mod tests {
    use super::with_shell;
    use crate::image::ImageRef;
    use crate::spec::Base;

    #[test]
    fn bases_without_a_shell_are_replaced_by_the_same_with_one() {
        for (base, expected) in [
            ("gcr.io/distroless/static:nonroot", Some("gcr.io/distroless/static:debug-nonroot")),
            (
                "gcr.io/distroless/static-debian12:nonroot",
                Some("gcr.io/distroless/static-debian12:debug-nonroot"),
            ),
            ("gcr.io/distroless/base-debian12", Some("gcr.io/distroless/base-debian12:debug")),
            ("gcr.io/distroless/static:debug", None),
            ("cgr.dev/chainguard/static", Some("gcr.io/distroless/static:debug-nonroot")),
            ("alpine", None),
        ] {
            let replaced = with_shell(&Base::Image(ImageRef::parse(base).unwrap()));
            let replaced = replaced.map(|base| match base {
                Base::Image(base) => base.familiar(),
                Base::Scratch => "scratch".to_owned(),
            });
            assert_eq!(replaced.as_deref(), expected, "{base}");
        }
        assert!(with_shell(&Base::Scratch).is_some());
    }
}
