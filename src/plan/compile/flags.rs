//! The flags of `go build`.
//!
//! Invariant: what the compiler makes of a package is the same in every step that compiles it, or one step would not find
//! what another made. Flags that Go applies to the packages that it is told to build are only for these.

use super::super::Inputs;
use super::super::go_step::{PROFILE, target_variables};
use super::stamps;
use crate::spec::{BuildMode, Cgo, Cover, PackageFlags, Profile, Race, Spec, Strip, Trimpath};

/// What a step tells Go to build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plan) enum Operands {
    /// The programs.
    Program,
    /// Other packages of the repository.
    Own,
    /// Packages of modules, and the standard library's.
    Imported,
    /// The standard library's, where no module is at hand.
    Standard,
}

/// The flags that programs of ours are compiled with.
pub(in crate::plan) const OURS: [&str; 2] = ["-trimpath", "-gcflags=all=-dwarf=false"];

/// Whether the standard library is compiled for the programs as for ours: with [`OURS`], and nothing said of the target. Tags
/// choose files, of which those that ours are made of have none.
pub(in crate::plan) fn are_ours(inputs: &Inputs<'_>) -> bool {
    let flags = build_flags(inputs, Operands::Standard);
    let changes_nothing = ["-buildvcs=false", "-pgo=off"];
    let counts = |flag: &&String| !changes_nothing.contains(&flag.as_str()) && !flag.starts_with("-tags=");
    let variables = target_variables(inputs.spec, inputs.target);
    let is_plain = |name: &str| matches!(name, "CGO_ENABLED" | "GOARCH" | "GOOS");
    flags.iter().filter(counts).eq(OURS.iter()) && variables.iter().all(|(name, _)| is_plain(name))
}

/// The flags that count in what a package is compiled to.
pub(in crate::plan) fn build_flags(inputs: &Inputs<'_>, operands: Operands) -> Vec<String> {
    let build = &inputs.spec.build;
    let mut flags = Vec::new();
    if build.trimpath == Trimpath::Yes {
        flags.push("-trimpath".to_owned());
    }
    flags.push("-buildvcs=false".to_owned());
    // The linker leaves debug information out; not to write it first is a quarter of the work.
    let always = if build.strip == Strip::Yes { "-dwarf=false" } else { "" };
    let compiler = build.gcflags.iter().map(|flags| &flags.value.0);
    flags.extend(package_flags("gcflags", always, compiler, operands));
    flags.extend(package_flags("asmflags", "", build.asmflags.iter().map(|flags| &flags.value.0), operands));
    flags.extend(tags_flag(inputs.spec));
    if build.race.value == Race::On {
        flags.push("-race".to_owned());
    }
    // Go counts in packages of the repository, and in those that it is told to build.
    if build.cover.value == Cover::On && matches!(operands, Operands::Program | Operands::Own) {
        flags.push("-cover".to_owned());
    }
    if build.buildmode == BuildMode::Pie {
        flags.push("-buildmode=pie".to_owned());
    }
    match &build.pgo.value {
        Profile::Auto => {}
        Profile::Off => flags.push("-pgo=off".to_owned()),
        Profile::File(file) => {
            let name = file.file_name().unwrap_or_default();
            flags.push(format!("-pgo={PROFILE}/{name}"));
        }
    }
    flags
}

/// The build tags as a flag, if there are any.
pub(in crate::plan) fn tags_flag(spec: &Spec) -> Option<String> {
    let tags = spec.build.all_tags();
    (!tags.is_empty()).then(|| format!("-tags={}", tags.join(",")))
}

/// The flags that count in which packages and files a program is made of.
pub(in crate::plan) fn list_flags(spec: &Spec) -> Vec<String> {
    let race = (spec.build.race.value == Race::On).then(|| "-race".to_owned());
    tags_flag(spec).into_iter().chain(race).collect()
}

/// A flag for each pattern: of several for a package Go takes the last and none of the others, so what is for all of
/// them is in each.
fn package_flags<'a>(
    flag: &str,
    always: &str,
    said: impl Iterator<Item = &'a PackageFlags>,
    operands: Operands,
) -> Vec<String> {
    let mut by_pattern: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
    if !always.is_empty() {
        by_pattern.push((Some("all"), vec![always]));
    }
    for PackageFlags { pattern, flags } in said {
        let pattern = pattern.as_deref();
        match by_pattern.iter_mut().find(|(known, _)| *known == pattern) {
            Some((_, all)) => all.push(flags),
            None => {
                by_pattern.push((pattern, if always.is_empty() { vec![flags] } else { vec![always, flags] }));
            }
        }
    }
    let counts = |pattern: Option<&str>| match (pattern, operands) {
        // For the packages that Go is told to build, and here these are others.
        (None, Operands::Own | Operands::Imported | Operands::Standard) => false,
        // Beside the directory that the step is in there is nothing of the repository.
        (Some(pattern), Operands::Standard) => !pattern.starts_with('.'),
        (_, Operands::Program | Operands::Own | Operands::Imported) => true,
    };
    let written = by_pattern.into_iter().filter(|(pattern, _)| counts(*pattern)).map(|(pattern, flags)| {
        let flags: Vec<&str> = flags.into_iter().filter(|flags| !flags.is_empty()).collect();
        match pattern {
            Some(pattern) => format!("-{flag}={pattern}={}", flags.join(" ")),
            None => format!("-{flag}={}", flags.join(" ")),
        }
    });
    written.collect()
}

/// `-buildid=` makes the binary the same whatever platform it is built on (golang/go#59500).
pub(super) fn linker_flags(inputs: &Inputs<'_>) -> String {
    let build = &inputs.spec.build;
    let mut flags = if build.strip == Strip::Yes { "-s -w -buildid=" } else { "-buildid=" }.to_owned();
    if build.cgo.value == Cgo::Static {
        let kind = if build.buildmode == BuildMode::Pie { "-static-pie" } else { "-static" };
        flags.push_str(" -linkmode=external -extldflags=");
        flags.push_str(kind);
    }
    for flag in build.ldflags.iter().flat_map(|flags| flags.value.words()) {
        flags.push(' ');
        flags.push_str(flag);
    }
    flags.push_str(&stamps::flags(inputs.spec));
    flags
}

#[cfg(test)]
mod tests {
    use super::{Operands, package_flags};
    use crate::spec::PackageFlags;

    fn flags(always: &str, said: &[(&str, &str)], operands: Operands) -> Vec<String> {
        let said: Vec<PackageFlags> = said
            .iter()
            .map(|(pattern, flags)| PackageFlags {
                pattern: (!pattern.is_empty()).then(|| (*pattern).to_owned()),
                flags: (*flags).to_owned(),
            })
            .collect();
        package_flags("gcflags", always, said.iter(), operands)
    }

    #[test]
    fn flags_for_all_are_in_those_for_some() {
        let said = [("", "-N"), ("", "-l"), ("all", "-B"), ("net/...", "-m"), ("./...", "-e")];
        assert_eq!(
            flags("-dwarf=false", &said, Operands::Program),
            [
                "-gcflags=all=-dwarf=false -B",
                "-gcflags=-dwarf=false -N -l",
                "-gcflags=net/...=-dwarf=false -m",
                "-gcflags=./...=-dwarf=false -e",
            ]
        );
        assert_eq!(flags("", &said[..2], Operands::Program), ["-gcflags=-N -l"]);
    }

    #[test]
    fn flags_for_the_programs_are_not_for_what_they_import() {
        let said = [("", "-N"), ("all", "-B"), ("./...", "-e")];
        assert_eq!(flags("", &said, Operands::Imported), ["-gcflags=all=-B", "-gcflags=./...=-e"]);
        assert_eq!(flags("", &said, Operands::Standard), ["-gcflags=all=-B"]);
    }
}
