//! A package: where it is, what it imports, and its files.
//!
//! Invariant: packages import only earlier ones, so there is no cycle.

use super::embedding;
use super::module::Modules;
use super::random::Random;
use super::repository::join;
use super::setting::{ALWAYS, AMD64, CONDITIONS, Condition, IGNORED};
use super::text::{Embed, GoFile, Import};
use std::collections::{BTreeMap, BTreeSet};

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One with a file that is always compiled.
    Library,
    /// One whose files have this condition.
    Only(Condition),
    /// A program.
    Program,
}

/// A package.
pub(crate) struct Package {
    /// Its place in the list of packages.
    pub(crate) number: usize,
    /// Its module.
    pub(crate) module: usize,
    /// Where it is.
    pub(crate) directory: String,
    /// Its import path.
    pub(crate) path: String,
    /// What its package clauses say.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Its files by path, with their text.
    pub(crate) files: BTreeMap<String, String>,
    /// Files near it that are not part of it.
    pub(crate) beside: BTreeMap<String, String>,
    /// Its tests.
    pub(crate) tests: BTreeMap<String, String>,
    /// Those of its files that `go list` does not name.
    pub(crate) unnamed: BTreeSet<String>,
    /// The packages that its files import, whatever their condition.
    pub(crate) imports: BTreeSet<usize>,
    /// The directories of which it may embed anything.
    pub(crate) reaches: BTreeSet<String>,
    /// Whether it embeds anything.
    pub(crate) embeds: bool,
}

const NAMES: [&str; 7] = ["base", "zz", "größe", "Upper", "with.dots", "x-y", "test"];

impl Package {
    /// A package without files.
    pub(crate) fn new(number: usize, module: usize, directory: String, path: String, kind: Kind) -> Package {
        let name = match kind {
            Kind::Program => "main".to_owned(),
            _ => format!("{}{number}", ["p", "größe", "Odd_"][number % 3]),
        };
        Package {
            number,
            module,
            directory,
            path,
            name,
            kind,
            files: BTreeMap::new(),
            beside: BTreeMap::new(),
            tests: BTreeMap::new(),
            unnamed: BTreeSet::new(),
            imports: BTreeSet::new(),
            reaches: BTreeSet::new(),
            embeds: false,
        }
    }

    /// Gives it files. It may import those of `earlier` that it sees.
    pub(crate) fn fill(&mut self, earlier: &[Package], modules: &Modules, random: &mut Random) {
        let visible: Vec<&Package> = earlier.iter().filter(|other| self.sees(other, modules)).collect();
        let libraries: Vec<&Package> =
            visible.iter().copied().filter(|other| other.kind == Kind::Library).collect();
        let only: Vec<(&Package, Condition)> = visible
            .iter()
            .filter_map(|other| match other.kind {
                Kind::Only(condition) => Some((*other, condition)),
                _ => None,
            })
            .collect();

        let embeds = self.embedded(modules, random);
        let body = match self.kind {
            Kind::Library => format!("\nconst P{0} = {0}\n", self.number),
            Kind::Only(_) => String::new(),
            Kind::Program => "\nfunc main() {}\n".to_owned(),
        };
        let condition = if let Kind::Only(condition) = self.kind { condition } else { ALWAYS };
        let most = if self.kind == Kind::Program { 4 } else { 3 };
        let imports = some(&libraries, most, random);
        let stem = *random.pick(&NAMES);
        self.go_file(stem, condition, &imports, embeds, &body, random);

        for extra in 0..random.below(3) {
            let condition = *random.pick(&CONDITIONS);
            let imports = some(&libraries, 2, random);
            self.go_file(&format!("{}{extra}", random.pick(&NAMES)), condition, &imports, vec![], "", random);
        }
        for (index, (other, condition)) in only.into_iter().enumerate() {
            if random.chance(40) {
                self.go_file(&format!("only{index}"), condition, &[other], vec![], "", random);
            }
        }
        if random.chance(10) {
            // A script: Go compiles it only by name, but it may be anybody's package.
            let script = some(&libraries, 1, random);
            self.go_file("script", IGNORED, &script, vec![], "", random);
        }
        match random.below(8) {
            0 => self.assembly(None, random),
            1 => self.cgo(&some(&libraries, 1, random)),
            2 => self.add("blob_windows_amd64.syso", "not really"),
            _ => {}
        }
        if self.kind == Kind::Program && random.chance(30) {
            // Empty is a profile, too.
            self.add("default.pgo", "");
            self.unnamed.insert(join(&self.directory, "default.pgo"));
        }
    }

    /// Gives it tests, which may import anything.
    pub(crate) fn test(&mut self, all: &[Import], random: &mut Random) {
        let mut imports = vec![Import::blank("testing")];
        imports.extend(all.iter().filter(|_| random.chance(20)).map(|import| Import::blank(&import.path)));
        let file = GoFile {
            condition: ALWAYS,
            package: if random.chance(50) { self.name.clone() } else { format!("{}_test", self.name) },
            imports,
            embeds: Vec::new(),
            body: String::new(),
        };
        for name in ["base_test.go", "base_windows_test.go"] {
            if random.chance(60) {
                self.tests.insert(join(&self.directory, name), file.text(0, random));
            }
        }
    }

    /// Assembly with a header, or with one of another directory.
    pub(crate) fn assembly(&mut self, include: Option<&str>, random: &mut Random) {
        let number = self.number;
        let local = include.unwrap_or("consts.h");
        let define = format!("#define CONST{number} {number}\n");
        if include.is_some() {
            self.beside.insert(join(&self.directory, local), define);
        } else if random.chance(50) {
            self.add("consts.h", "#include \"inner.inc\"\n");
            self.add("inner.inc", &define);
            self.unnamed.insert(join(&self.directory, "inner.inc"));
        } else {
            self.add("consts.h", &define);
        }
        let text = format!(
            "#include \"textflag.h\"\n#include \"{local}\"\n\n\
             TEXT ·Asm{number}(SB), NOSPLIT, $0-8\n\tMOVQ $CONST{number}, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n"
        );
        self.add("asm_amd64.s", &text);
        self.add("asm_arm64.s", "#include \"textflag.h\"\n");
        let declaration = format!("\nfunc Asm{number}() int64\n");
        self.go_file("asm", AMD64, &[], vec![], &declaration, random);
    }

    /// Adds a Go file.
    fn go_file(
        &mut self,
        stem: &str,
        condition: Condition,
        imports: &[&Package],
        embeds: Vec<Embed>,
        body: &str,
        random: &mut Random,
    ) {
        self.imports.extend(imports.iter().map(|other| other.number));
        let imports = imports.iter().map(|other| other.import()).collect();
        let package = if condition == IGNORED { "main".to_owned() } else { self.name.clone() };
        let file = GoFile { condition, package, imports, embeds, body: body.to_owned() };
        let text = file.text(self.files.len(), random);
        self.add(&format!("{stem}{}.go", condition.suffix), &text);
    }

    /// Adds a Go file with one import and this condition.
    pub(crate) fn importing(&mut self, path: &str, condition: Condition, random: &mut Random) {
        let package = if condition == IGNORED { "main".to_owned() } else { self.name.clone() };
        let imports = vec![Import::blank(path)];
        let file = GoFile { condition, package, imports, embeds: vec![], body: String::new() };
        let text = file.text(self.files.len(), random);
        self.add("planted.go", &text);
    }

    /// How others import it.
    pub(crate) fn import(&self) -> Import {
        let used = match self.kind {
            Kind::Library => Some((self.name.clone(), format!("P{}", self.number))),
            Kind::Only(_) | Kind::Program => None,
        };
        Import { path: self.path.clone(), used }
    }

    fn cgo(&mut self, imports: &[&Package]) {
        self.imports.extend(imports.iter().map(|other| other.number));
        let more: Vec<String> =
            imports.iter().map(|other| format!("import _ \"{}\"\n", other.path)).collect();
        let more = more.concat();
        let text = format!("package {}\n\n/*\n#include \"helper.h\"\n*/\nimport \"C\"\n{more}", self.name);
        self.add("native.go", &text);
        self.add("helper.h", "int helper(void);\n");
        self.add("helper.c", "//go:build cgo\n\n#include \"helper.h\"\nint helper(void) { return 1; }\n");
    }

    fn embedded(&mut self, modules: &Modules, random: &mut Random) -> Vec<Embed> {
        let mut embeds = Vec::new();
        if !modules.is_downloaded(self.module) && random.chance(35) {
            for number in 0..=random.below(2) {
                let made = embedding::make_up(&self.directory, number, &self.name, random);
                embeds.push(made.embed);
                self.files.extend(made.files);
                let beside = made.beside.into_iter().map(|path| (path, "beside\n".to_owned()));
                self.beside.extend(beside);
                self.reaches.extend(made.reach);
            }
        }
        self.embeds = !embeds.is_empty();
        embeds
    }

    fn add(&mut self, name: &str, text: &str) {
        self.files.insert(join(&self.directory, name), text.to_owned());
    }

    /// Whether it may import another package (`go help list`, "internal").
    pub(crate) fn sees(&self, other: &Package, modules: &Modules) -> bool {
        let elements: Vec<&str> = other.path.split('/').collect();
        let inside = match elements.iter().rposition(|element| *element == "internal") {
            Some(index) => self.path.split('/').collect::<Vec<_>>().starts_with(&elements[..index]),
            None => true,
        };
        inside && other.kind != Kind::Program && modules.sees(self.module, other.module)
    }
}

/// At most so many of these, each once.
fn some<'a>(among: &[&'a Package], most: usize, random: &mut Random) -> Vec<&'a Package> {
    let mut left = among.to_vec();
    (0..random.below(most + 1)).filter_map(|_| random.take(&mut left)).collect()
}
