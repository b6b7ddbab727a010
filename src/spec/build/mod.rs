//! `build:`, how the program is compiled.
//!
//! `mode` has the keys that are one of a few words, `flags` what is handed to compiler, assembler and linker, `refused` what
//! of that is not, `level` the instruction sets, `stamp`, `profile` and `variable` the keys of these names.
//! Invariant: nothing in here makes a step run another program than the toolchain's or write elsewhere.

mod flags;
mod level;
mod mode;
mod profile;
mod refused;
mod stamp;
mod variable;

pub use flags::{AssemblerFlags, CompilerFlags, LinkerFlags, PackageFlags};
pub use level::LevelOf;
pub use mode::{BuildMode, Cgo, Cover, Experiment, Fips, Race, Strip, Trimpath};
pub use profile::Profile;
pub use refused::flag_name;
pub use stamp::{StampValue, Symbol};
pub(super) use variable::is_name;
pub use variable::{BuildVariable, Variable};

use super::reader::{Reader, Spanned};
use super::value::{mapping, text};
use crate::diagnostic::Problem;
use crate::golang::{ASSEMBLY, Level, Package, Parts};
use buildkit_llb::LineRange;
use std::collections::{BTreeMap, BTreeSet};

mapping! {
    /// How the program is compiled.
    #[derive(Clone, Debug, Default)]
    pub struct Build {
        /// Build tags, as `go build -tags` takes them.
        tags: BTreeSet<Tag> = "tags",
        /// Linker flags after `-s -w`.
        ldflags: Vec<Spanned<LinkerFlags>> = "ldflags",
        /// Compiler flags, `[pattern=]flags` as `go build -gcflags` takes them.
        gcflags: Vec<Spanned<CompilerFlags>> = "gcflags",
        /// Assembler flags, `[pattern=]flags` as `go build -asmflags` takes them.
        asmflags: Vec<Spanned<AssemblerFlags>> = "asmflags",
        /// Values that the linker puts into variables of type string, by symbol (`main.version`).
        stamp: BTreeMap<Symbol, Spanned<StampValue>> = "stamp",
        /// Environment of the compile step.
        env: BTreeMap<BuildVariable, Spanned<String>> = "env",
        /// Whether C code is compiled, and how the program is then linked.
        cgo: Spanned<Cgo> = "cgo",
        /// Whether the program looks for data races while it runs.
        race: Spanned<Race> = "race",
        /// Whether the program counts which of its lines run (`GOCOVERDIR`).
        cover: Spanned<Cover> = "cover",
        /// A profile to optimise for.
        pgo: Spanned<Profile> = "pgo",
        /// Whether symbols and debug information are left out.
        strip: Strip = "strip",
        /// Whether paths are left out.
        trimpath: Trimpath = "trimpath",
        /// Experiments of the toolchain (GOEXPERIMENT).
        experiment: BTreeSet<Experiment> = "experiment",
        /// The FIPS 140 module to compile with (GOFIPS140).
        fips: Option<Spanned<Fips>> = "fips",
        /// What kind of program.
        buildmode: BuildMode = "buildmode",
        /// The level of amd64: v1 to v4.
        goamd64: Option<Spanned<LevelOf<0>>> = "goamd64",
        /// The level of arm: 5 to 7, and `,softfloat` or `,hardfloat`.
        goarm: Option<Spanned<LevelOf<1>>> = "goarm",
        /// The level of arm64: v8.0 to v9.5, and `,lse` or `,crypto`.
        goarm64: Option<Spanned<LevelOf<2>>> = "goarm64",
        /// How 386 computes fractions: `sse2` or `softfloat`.
        go386: Option<Spanned<LevelOf<3>>> = "go386",
        /// How mips and mipsle compute fractions: `hardfloat` or `softfloat`.
        gomips: Option<Spanned<LevelOf<4>>> = "gomips",
        /// The same of mips64 and mips64le.
        gomips64: Option<Spanned<LevelOf<5>>> = "gomips64",
        /// The level of ppc64 and ppc64le: power8 to power10.
        goppc64: Option<Spanned<LevelOf<6>>> = "goppc64",
        /// The level of riscv64: rva20u64 to rva23u64.
        goriscv64: Option<Spanned<LevelOf<7>>> = "goriscv64",
    }
}

text! {
    /// A build tag. They are joined with commas on the command line, so one with a comma would be two.
    pub struct Tag = |text: &str| {
        let good = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if good { Ok(()) } else { Err("a build tag has letters, digits, `_` and `.`") }
    };
}

impl Build {
    /// The tags that Go is told: those of the file, and those that its other keys set.
    pub fn all_tags(&self) -> Vec<&str> {
        // A static C library cannot load what it looks names up with; Go can do that itself.
        let forced: &[&str] = if self.cgo.value == Cgo::Static { &["netgo", "osusergo"] } else { &[] };
        let said = self.tags.iter().map(Tag::as_str);
        let forced = forced.iter().filter(|tag| self.tags.iter().all(|said| said.as_str() != **tag));
        said.chain(forced.copied()).collect()
    }

    /// The tags that build constraints see, with the one that Go sets for `-race`.
    pub fn condition_tags(&self) -> BTreeSet<String> {
        let race = (self.race.value == Race::On).then_some("race");
        self.all_tags().into_iter().chain(race).map(str::to_owned).collect()
    }

    /// Whether C code is compiled.
    pub fn has_c(&self) -> bool {
        self.cgo.value != Cgo::Off
    }

    /// The key that lets Go read files from anywhere for these parts of a program, if there is one.
    pub fn widened_by(&self, parts: &Parts) -> Option<&'static str> {
        let has = |package: &Package| {
            package.extensions.iter().any(|extension| ASSEMBLY.contains(&extension.as_str()))
        };
        if parts.packages.values().any(has) && self.asmflags.iter().any(|flags| flags.value.include()) {
            return Some("build.asmflags");
        }
        // Embedded files that are links, which Go refuses else (cmd/go/internal/load, `resolveEmbed`).
        let debug = self.env.iter().filter(|(name, _)| name.as_str() == "GODEBUG");
        let mut settings = debug.flat_map(|(_, value)| value.value.split(','));
        let follows = settings.any(|setting| setting.starts_with("embedfollowsymlinks="));
        (follows && !parts.embeds.is_empty()).then_some("build.env")
    }

    /// The levels that are set, with the keys that set them.
    pub fn levels(&self) -> impl Iterator<Item = (&'static str, &Level, LineRange)> {
        fn said<'a, const N: usize>(
            key: &'static str,
            level: Option<&'a Spanned<LevelOf<N>>>,
        ) -> Option<(&'static str, &'a Level, LineRange)> {
            level.map(|level| (key, &level.value.0, level.span))
        }
        [
            said("build.goamd64", self.goamd64.as_ref()),
            said("build.goarm", self.goarm.as_ref()),
            said("build.goarm64", self.goarm64.as_ref()),
            said("build.go386", self.go386.as_ref()),
            said("build.gomips", self.gomips.as_ref()),
            said("build.gomips64", self.gomips64.as_ref()),
            said("build.goppc64", self.goppc64.as_ref()),
            said("build.goriscv64", self.goriscv64.as_ref()),
        ]
        .into_iter()
        .flatten()
    }

    /// What holds between keys.
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if self.has_c() {
            return;
        }
        if self.race.value == Race::On {
            reader.report(Problem::RaceWithoutC, self.race.span);
        }
        for (name, value) in self.env.iter().filter(|(name, _)| name.is_for_c()) {
            reader.report(Problem::VariableWithoutC { name: name.as_str().to_owned() }, value.span);
        }
    }
}
