//! The rule of an organisation that takes a look at the programs: which licences linked modules may have.
//!
//! Invariant: what the linker wrote is held against it, wherever a module comes from; what is not known is not accepted.

use super::{Inputs, file_place};
use crate::context::ContextPath;
use crate::diagnostic::{Diagnostic, Problem, RefusedModule, excerpt};
use crate::golang::{Files, Layout};
use crate::licence::{identify, is_licence};
use crate::spec::{Organisation, Pattern};
use buildkit_llb::Location;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who knows what is accepted, and which line of the repository asked for a module.
#[derive(Clone, Debug)]
pub struct Judge {
    organisation: Arc<Organisation>,
    /// The lines that name modules, by path.
    lines: BTreeMap<String, (ContextPath, usize)>,
    /// The module files.
    files: Files,
    /// The first line of the build file, for what no line asked for.
    place: Location,
}

/// A module that is linked.
#[derive(Default)]
struct Module {
    /// Its licences that are not accepted, each with a file that has it.
    refused: BTreeMap<String, String>,
    /// Files that ought to be licences and are none that is known.
    unknown: Vec<String>,
    /// Whether anything of it is a licence.
    is_known: bool,
}

impl Judge {
    /// The judge of a build, if there is something to judge; `files` has the module files.
    pub fn of(inputs: &Inputs<'_>, files: &Files) -> Option<Judge> {
        let organisation = &inputs.influence?.organisation;
        organisation.rules.licenses.as_ref()?;
        let lines = lines(inputs.layout);
        let names = lines.values().map(|(file, _)| file);
        let files = names.filter_map(|file| Some((file.clone(), files.get(file)?.clone()))).collect();
        let (organisation, place) = (Arc::clone(organisation), file_place(inputs.spec));
        Some(Judge { organisation, lines, files, place })
    }

    /// The modules of an index (`licenses.sh`) that have a licence which is not accepted; none if it is no whole index.
    pub fn judge(&self, index: &[u8]) -> Option<Vec<Diagnostic>> {
        let rules = &self.organisation.rules;
        let accepted = rules.licenses.as_deref().unwrap_or_default();
        let is_accepted = |licence: &str| accepted.iter().any(|pattern| pattern.matches(licence));
        let mut modules: BTreeMap<String, Module> = BTreeMap::new();
        let mut rest = index;
        while !rest.is_empty() {
            let (name, file, text);
            (name, file, text, rest) = entry(rest)?;
            let module = modules.entry(name.clone()).or_default();
            if let Some(licence) = rules.known_license(&name) {
                module.is_known = true;
                if !is_accepted(licence) {
                    module.refused.insert(licence.to_owned(), String::new());
                }
                continue;
            }
            let licences = identify(text);
            if licences.is_empty() && !file.contains('/') && is_licence(&file) {
                module.unknown.push(file.clone());
            }
            module.is_known |= !licences.is_empty();
            for licence in licences.into_iter().filter(|licence| !is_accepted(licence)) {
                module.refused.entry(licence).or_insert_with(|| file.clone());
            }
        }
        let is_wrong =
            |module: &Module| !module.is_known || !module.refused.is_empty() || !module.unknown.is_empty();
        let wrong = modules.into_iter().filter(|(_, module)| is_wrong(module));
        Some(wrong.map(|(name, module)| self.refuse(name, module, accepted)).collect())
    }

    fn refuse(&self, module: String, found: Module, accepted: &[Pattern]) -> Diagnostic {
        let path = module.split('@').next().unwrap_or_default();
        let place = match self.lines.get(path) {
            Some((file, line)) => excerpt(file, *line, &self.files, &self.place.file),
            None => self.place.clone(),
        };
        let refused = RefusedModule {
            licenses: found.refused.into_iter().collect(),
            unknown: found.unknown,
            accepts: Pattern::listed(accepted),
            by: self.organisation.authority.clone(),
            module,
        };
        Diagnostic { problem: Problem::RuleLicense(refused), place: Some(place) }
    }
}

/// The lines that name the modules of other people: those that require them, or that put them in the place of others.
fn lines(layout: &Layout) -> BTreeMap<String, (ContextPath, usize)> {
    let mut lines = BTreeMap::new();
    for (directory, module) in layout.kind.modules() {
        let Ok(file) = directory.join("go.mod") else { continue };
        for require in &module.require {
            let path = require.module.as_str().to_owned();
            lines.entry(path).or_insert_with(|| (file.clone(), require.line));
        }
        for (replace, (path, _)) in module.replace.iter().filter_map(|line| Some((line, line.by.module()?))) {
            lines.insert(path, (file.clone(), replace.line));
        }
    }
    lines
}

/// The module, the file and the text of the first entry of an index, and the other entries.
fn entry(index: &[u8]) -> Option<(String, String, &[u8], &[u8])> {
    let (line, rest) = index.split_at_checked(index.iter().position(|byte| *byte == b'\n')?)?;
    let line = String::from_utf8_lossy(line);
    let mut words = line.splitn(3, '\t').map(str::to_owned);
    let (size, module, file) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
    let (text, rest) = rest.get(1..)?.split_at_checked(size)?;
    Some((module, file, text, rest))
}
