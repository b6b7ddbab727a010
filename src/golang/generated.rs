//! What is known of a program some files of which are made only when it is built.
//!
//! Invariant: a file that could be Go's makes the rest unknown, since it may import anything; an asset does not.

use super::layout::Layout;
use super::program::{Doubt, Parts, Program, extension};
use crate::context::ContextPath;

impl Program {
    /// What is known of this program if files are made at these paths.
    #[must_use]
    pub fn despite<'a>(
        self,
        layout: &Layout,
        generated: impl IntoIterator<Item = &'a ContextPath>,
    ) -> Program {
        let mut generated = generated.into_iter();
        let first = match &self {
            Program::Exact(parts) => generated.find(|path| may_be_go(path, parts, layout)),
            Program::Everything(Doubt::Unlisted(import)) => {
                generated.find(|path| may_provide(path, import, layout))
            }
            Program::Everything(_) => None,
        };
        match first {
            Some(path) => Program::Everything(Doubt::Generated(path.clone())),
            None => self,
        }
    }
}

/// Whether what is made at a path can be part of a package or say what modules there are.
fn may_be_go(path: &ContextPath, parts: &Parts, layout: &Layout) -> bool {
    let in_package = path.parent().is_some_and(|parent| parts.packages.contains_key(&parent));
    in_package && extension(path, false).is_some()
        || parts.packages.keys().any(|package| package.is_within(path))
        || parts.vendor.iter().any(|vendor| vendor.is_within(path) || path.is_within(vendor))
        || layout.module_files.iter().any(|file| file.is_within(path))
        || parts.imports.iter().any(|import| may_provide(path, import, layout))
}

/// Whether a package of this import path, in a module of the context, would be at the path or below.
fn may_provide(path: &ContextPath, import: &str, layout: &Layout) -> bool {
    let own = layout.modules.iter().map(|(directory, module)| (module, directory));
    own.chain(&layout.replaced).any(|(module, directory)| {
        let package = module.rest_of(import).and_then(|rest| directory.join(&format!("./{rest}")).ok());
        package.is_some_and(|package| package.is_within(path))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Context;
    use super::{Doubt, Program};
    use crate::context::ContextPath;

    #[test]
    fn assets_leave_a_program_exact_and_go_files_do_not() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/app/x v1.0.0\n"),
            (
                "main.go",
                "package main\n\nimport (\n_ \"example.com/app/web\"\n_ \"example.com/app/x/gen\"\n)\n",
            ),
            ("web/web.go", "package web\n"),
            ("other/other.go", "package other\n"),
        ]);
        for (path, exact) in [
            ("web/dist", true),
            ("web/index.html", true),
            ("web/gen_test.go", true),
            ("other", true),
            ("other/gen.go", true),
            ("docs/api.json", true),
            ("web/gen.go", false),
            ("web/gen.s", false),
            ("web", false),
            ("go.sum", true),
            ("go.mod", false),
            ("x", false),
            ("x/gen", false),
            ("x/gen/deep", true),
            (".", false),
        ] {
            let path = ContextPath::parse(path).unwrap();
            let program = context.program(&[]).despite(&context.layout().unwrap(), [&path]);
            let doubt = Program::Everything(Doubt::Generated(path.clone()));
            assert_eq!(matches!(program, Program::Exact(_)), exact, "{path}");
            assert!(exact || program == doubt, "{path}");
        }
    }

    #[test]
    fn a_package_that_is_not_there_yet_is_generated() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\n\ngo 1.26\n"),
            ("main.go", "package main\n\nimport _ \"example.com/app/internal/db\"\n"),
        ]);
        let unlisted = Program::Everything(Doubt::Unlisted("example.com/app/internal/db".to_owned()));
        for (path, expected) in [
            ("internal", Program::Everything(Doubt::Generated(ContextPath::parse("internal").unwrap()))),
            ("web/dist", unlisted),
        ] {
            let path = ContextPath::parse(path).unwrap();
            assert_eq!(context.program(&[]).despite(&context.layout().unwrap(), [&path]), expected);
        }
    }
}
