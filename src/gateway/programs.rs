//! What Go makes of the context: the modules, the main packages, and what the programs are made of.
//!
//! Invariant: the golang room says which files it must see, and nothing else is read.

use super::build_file::BuildFile;
use super::client::Daemon;
use super::context::Context;
use super::failure::Failure;
use super::wanted::Wanted;
use crate::context::{ContextPath, Ignored};
use crate::diagnostic::Diagnostic;
use crate::golang::{self, Depth, Doubt, Layout, MainPackage, Program, Sources, Step};
use crate::plan::{self, Goal};
use crate::spec::Spec;

/// The modules.
pub(super) async fn find_layout(
    daemon: &Daemon,
    context: &mut Context,
    build_file: &BuildFile,
    targets: &[Wanted],
) -> Result<Layout, Failure> {
    let start = loop {
        if let Some(place) = &build_file.place {
            break Ok(build_file.door.start_at(place));
        }
        match build_file.door.start(&build_file.file, &context.listing, context.files()) {
            Step::Done(start) => break start,
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    };
    let start = start.map_err(|problem| blame(problem, context, build_file, None))?;
    let mains: Vec<ContextPath> =
        targets.iter().flat_map(|target| &target.spec.main).map(|main| main.value.path.clone()).collect();
    loop {
        match golang::layout(&context.listing, &start, &mains, context.files()) {
            Step::Done(layout) => {
                return layout.map_err(|problem| {
                    let problem =
                        golang::missing_module_files(problem, &Ignored::new(context.source.ignored()));
                    blame(problem, context, build_file, None)
                });
            }
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    }
}

/// The programs of each platform and what they are made of; build constraints may give them different ones.
pub(super) async fn find_programs(
    daemon: &Daemon,
    context: &mut Context,
    layout: &Layout,
    targets: &[Wanted],
    build_file: &BuildFile,
) -> Result<(Vec<(Vec<MainPackage>, Program)>, Sources), Failure> {
    let mut programs: Vec<(Vec<MainPackage>, Program)> = Vec::new();
    // What a program is made of depends on its main packages only, which are as a rule the same.
    let mut known: Vec<(Vec<MainPackage>, Program)> = Vec::new();
    let mut scanned = Sources::new();
    for target in targets {
        let spec = &target.spec;
        let generated = spec.generate.0.iter().flat_map(|step| &step.value.outputs).map(|made| &made.to);
        if target.goal.is_of_all_packages() {
            let wanted = match target.goal {
                Goal::Test(_) => plan::wanted_tests(spec, layout)?,
                _ => layout.tested(&ContextPath::root(), Depth::Below),
            };
            let program = loop {
                match golang::tested(&context.listing, layout, &wanted, context.files(), &mut scanned) {
                    Step::Done(program) => break program,
                    Step::Needs(paths) => context.read(daemon, paths).await?,
                }
            };
            programs.push((Vec::new(), program.despite(layout, generated)));
            continue;
        }
        let wanted: Vec<(String, ContextPath)> =
            spec.main.iter().map(|main| (main.value.written.clone(), main.value.path.clone())).collect();
        let tags = spec.build.condition_tags();
        let mains = loop {
            let found =
                golang::find_mains(&context.listing, layout, &target.go, &tags, &wanted, context.files());
            match found {
                Step::Done(mains) => break mains,
                Step::Needs(paths) => context.read(daemon, paths).await?,
            }
        };
        let mains = mains.map_err(|problem| blame(problem, context, build_file, Some(spec)))?;
        let program = match known.iter().find(|(known, _)| *known == mains) {
            Some((_, program)) => program.clone(),
            None => {
                let program = loop {
                    match golang::program(&context.listing, layout, &mains, context.files(), &mut scanned) {
                        Step::Done(program) => break program,
                        Step::Needs(paths) => context.read(daemon, paths).await?,
                    }
                };
                known.push((mains.clone(), program.clone()));
                program
            }
        };
        let conditions = golang::conditions(layout, &target.go, &tags);
        let ignored = Ignored::new(context.source.ignored());
        let missing = golang::missing(&context.listing, layout, &conditions, &mains, &scanned, &ignored);
        // What is missing may be made.
        if let (Some(problem), true) = (missing, spec.generate.0.is_empty()) {
            return Err(blame(problem, context, build_file, Some(spec)));
        }
        let doubt = match &program {
            Program::Exact(parts) => {
                let c =
                    spec.build.has_c().then(|| golang::first_c(parts, &context.listing, &scanned)).flatten();
                c.map(Doubt::C).or_else(|| spec.build.widened_by(parts).map(Doubt::Key))
            }
            Program::Everything(_) => None,
        };
        let program = doubt.map_or(program, Program::Everything);
        programs.push((mains, program.despite(layout, generated)));
    }
    Ok((programs, scanned))
}

/// A problem with the Go part of the context, with the lines that it is about.
fn blame(
    problem: golang::Problem,
    context: &Context,
    build_file: &BuildFile,
    spec: Option<&Spec>,
) -> Failure {
    Diagnostic::of_go(problem, context.files(), &build_file.file, spec).into()
}
