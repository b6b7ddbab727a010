//! Programs without a module: a Go file, and the files beside it that it needs.
//!
//! Invariant: like `go build main.go util.go`, such a program can import the standard library and nothing else, and
//! what is built is exactly the files that are listed.

use super::super::problem::Problem;
use super::super::source::Source;
use super::{MainPackage, Search};
use crate::context::ContextPath;

/// The import path that Go gives to files on its command line.
const IMPORT_PATH: &str = "command-line-arguments";

impl Search<'_> {
    /// The programs of these files; of the door, if none is named.
    pub(super) fn lone(
        &mut self,
        door: &ContextPath,
        wanted: &[(String, ContextPath)],
    ) -> Result<Option<Vec<MainPackage>>, Problem> {
        let mut doors = Vec::new();
        for (written, path) in wanted {
            if self.listing.file(path) && path.extension() == Some("go") {
                doors.push((written.clone(), path.clone()));
            } else if Some(path) == door.parent().as_ref() {
                doors.push((written.clone(), door.clone()));
            } else {
                let (written, directory) = (written.clone(), path.clone());
                return Err(Problem::OutsideModules { written, directory, owner: None, modules: Vec::new() });
            }
        }
        if doors.is_empty() {
            doors.push((door.to_string(), door.clone()));
        }
        let mut mains = Vec::new();
        for (written, door) in doors {
            mains.extend(self.program(written, &door)?);
        }
        Ok(self.reader.complete().then_some(mains))
    }

    /// The program of one file; nothing if a file has to be read first.
    fn program(&mut self, written: String, door: &ContextPath) -> Result<Option<MainPackage>, Problem> {
        let directory = door.parent().unwrap_or_default();
        let Some(source) = self.reader.read(door).map(Source::scan) else { return Ok(None) };
        if let Some(package) = source.package.as_ref().filter(|_| !source.is_main()) {
            return Err(Problem::NotMain {
                written,
                package: package.clone(),
                file: door.clone(),
                line: source.package_line,
                mains: Vec::new(),
            });
        }
        let mut files = self.companions(door, &source);
        files.push((door.clone(), source));
        files.sort_by(|left, right| left.0.cmp(&right.0));
        if !self.reader.complete() {
            return Ok(None);
        }
        for (file, source) in &files {
            if let Some(import) = source.imports.iter().find(|import| is_external(&import.path)) {
                let (line, import) = (import.line, import.path.clone());
                return Err(Problem::ExternalImport { file: file.clone(), line, import });
            }
        }
        let files = files.into_iter().map(|(file, _)| file).collect();
        let import_path = IMPORT_PATH.to_owned();
        Ok(Some(MainPackage { binary: binary(door), directory, import_path, files }))
    }

    /// The files beside the door that belong to its program: of package main and part of the build, but no programs of
    /// their own. A door with a constraint that keeps it out, as scripts have it, is built alone.
    fn companions(&mut self, door: &ContextPath, source: &Source) -> Vec<(ContextPath, Source)> {
        let excludes = |file: &ContextPath, source: &Source| {
            self.conditions.excludes(file.file_name().unwrap_or_default(), source).is_some()
        };
        if excludes(door, source) {
            return Vec::new();
        }
        let directory = door.parent().unwrap_or_default();
        let beside = self.listing.files_in(&directory).filter(|file| {
            let by_name = self.conditions.excludes_name(file.file_name().unwrap_or_default());
            *file != door && file.extension() == Some("go") && by_name.is_none()
        });
        let mut companions = Vec::new();
        for file in beside {
            let Some(other) = self.reader.read(file).map(Source::scan) else { continue };
            let rival = source.main_function.is_some() && other.main_function.is_some();
            if other.is_main() && !rival && !excludes(file, &other) {
                companions.push((file.clone(), other));
            }
        }
        companions
    }
}

/// Whether an import is not of the standard library, whose paths have no dot in their first element.
fn is_external(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.contains('.'))
}

/// The file's name without `.go`; for a `main.go` the name of its directory, if it has one.
fn binary(door: &ContextPath) -> String {
    let name = door.file_name().unwrap_or_default();
    let stem = name.strip_suffix(".go").unwrap_or(name);
    let directory = door.parent().unwrap_or_default();
    directory.file_name().filter(|_| stem == "main").unwrap_or(stem).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::Start;
    use super::super::super::problem::Problem;
    use super::super::super::testing::{Context, place, places};

    const MAIN: &str = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(1) }\n";

    fn lone(files: &[(&str, &str)], door: &str) -> Context {
        Context::new(files).started(Start::GoFile(place(door)))
    }

    #[test]
    fn one_file() {
        for (door, binary) in
            [("main.go", "main"), ("hello.go", "hello"), ("demo/main.go", "demo"), ("demo/x.go", "x")]
        {
            let mains = lone(&[(door, MAIN)], door).mains(&[]).unwrap();
            assert_eq!(mains[0].binary, binary);
            assert_eq!(mains[0].import_path, "command-line-arguments");
            assert_eq!(mains[0].files, places(&[door]));
        }
    }

    #[test]
    fn files_that_belong_to_it() {
        let context = lone(
            &[
                ("main.go", MAIN),
                ("util.go", "package main\nfunc util() {}"),
                ("util_test.go", "package main"),
                ("util_windows.go", "package main"),
                ("other.go", MAIN),
                ("lib.go", "package lib\nimport \"example.com/x\""),
                ("gen.go", "//go:build ignore\n\npackage main"),
            ],
            "main.go",
        );
        assert_eq!(context.mains(&[]).unwrap()[0].files, places(&["main.go", "util.go"]));
        assert_eq!(context.mains(&["."]).unwrap()[0].files, places(&["main.go", "util.go"]));
        let both = context.mains(&["./other.go", "main.go"]).unwrap();
        assert_eq!(both[0].files, places(&["other.go", "util.go"]));
        assert_eq!(both.len(), 2);
    }

    #[test]
    fn a_script_is_built_alone() {
        let script = format!("//go:build ignore\n\n{MAIN}");
        let context = lone(&[("script.go", script.as_str()), ("util.go", "package main")], "script.go");
        assert_eq!(context.mains(&[]).unwrap()[0].files, places(&["script.go"]));
    }

    #[test]
    fn what_needs_a_module() {
        for (import, external) in [
            ("net/http", false),
            ("C", false),
            ("github.com/x/y", true),
            ("golang.org/x/text", true),
            ("./util", true),
            ("../util", true),
        ] {
            let source = format!("package main\n\nimport (\n\t\"fmt\"\n\t_ \"{import}\"\n)\n");
            let result = lone(&[("main.go", source.as_str())], "main.go").mains(&[]);
            let problem =
                Problem::ExternalImport { file: place("main.go"), line: 5, import: import.to_owned() };
            assert_eq!(result.err(), external.then_some(problem), "{import}");
        }
    }

    #[test]
    fn what_is_no_program() {
        match lone(&[("lib.go", "\npackage lib")], "lib.go").mains(&[]).unwrap_err() {
            Problem::NotMain { package, line, .. } => assert_eq!((package.as_str(), line), ("lib", 2)),
            other => panic!("{other:?}"),
        }
        match lone(&[("main.go", MAIN), ("x/y.go", MAIN)], "main.go").mains(&["x"]).unwrap_err() {
            Problem::OutsideModules { directory, owner: None, .. } => assert_eq!(directory, place("x")),
            other => panic!("{other:?}"),
        }
    }
}
