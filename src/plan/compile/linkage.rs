//! Whether a program can need more of its base than the kernel.
//!
//! Invariant: what Go links by itself, without C, is static; nobody looks at that again.

use super::super::Inputs;
use super::super::go_step::image_source;
use super::super::names::{Step, cross};
use super::Compiled;
use crate::spec::{BuildMode, flag_name};
use buildkit_llb::{Location, Output};

/// Programs that may ask for a dynamic loader, and what to look at to know.
#[derive(Clone, Debug)]
pub struct Unproven {
    /// The directory with the programs.
    pub binaries: Output,
    /// Their names.
    pub names: Vec<String>,
    /// A directory with the list of packages that use C, where C is compiled.
    pub uses_c: Option<Output>,
    /// The base that they are put on; none is scratch.
    pub base: Option<Output>,
}

/// The programs of a build, unless they are static for sure.
pub(in crate::plan) fn unproven(inputs: &Inputs<'_>, compiled: &Compiled) -> Option<Unproven> {
    let build = &inputs.spec.build;
    let words = build.ldflags.iter().flat_map(|flags| flags.value.words());
    let certain = !build.has_c() && build.buildmode == BuildMode::Exe && harmless(words);
    let base = inputs.base.map(|base| {
        let place = Location { file: inputs.spec.file.clone(), ranges: vec![inputs.spec.image.base.span] };
        let platform = cross(inputs.naming, inputs.platform, inputs.platform);
        image_source(base, Step::Image, &platform, place)
    });
    (!certain).then(|| Unproven {
        binaries: compiled.binaries.clone(),
        names: inputs.mains.iter().map(|main| main.binary.clone()).collect(),
        uses_c: compiled.uses_c.clone(),
        base,
    })
}

/// Whether flags only change what is in a program, not how it is loaded.
fn harmless<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    const HARMLESS: [&str; 12] = [
        "B",
        "X",
        "bindnow",
        "checklinkname",
        "compressdwarf",
        "dumpdep",
        "e",
        "funcalign",
        "randlayout",
        "s",
        "v",
        "w",
    ];
    words.filter_map(flag_name).all(|name| HARMLESS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn flags_that_change_how_a_program_is_loaded() {
        for (flags, expected) in [
            ("", true),
            ("-X main.a=1 -compressdwarf=false --s", true),
            ("-I /lib/ld.so", false),
            ("-X main.a=1 -r=/lib", false),
            ("-d", false),
        ] {
            assert_eq!(harmless(flags.split_whitespace()), expected, "{flags}");
        }
    }
}
