//! `# check=skip=RootUser;error=true`: which rules are skipped, and whether a finding is an error.
//!
//! Written as for Dockerfiles (`frontend/dockerfile/linter`), among the comments at the top of the build file or as build
//! arg `BUILDKIT_DOCKERFILE_CHECK`, which then counts alone. Invariant: a word that has no meaning is never passed over.

use super::{Facts, Found, Rule, Severity, rules};
use crate::diagnostic::{Problem, Suggestion};
use buildkit_llb::LineRange;
use std::collections::BTreeSet;

pub(super) const RULES: &[Rule] = &[Rule {
    name: "UnknownCheck",
    severity: Severity::Mistake,
    about: "Rules that are skipped exist.",
    find: unknown_check,
}];

/// What is said of rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    skip: Skip,
    /// Whether a finding is an error.
    pub error: bool,
    /// Names of no rule.
    unknown: Vec<UnknownName>,
}

/// What is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Skip {
    All,
    Rules(BTreeSet<String>),
}

impl Default for Skip {
    fn default() -> Skip {
        Skip::Rules(BTreeSet::new())
    }
}

/// A name that is to be skipped and is that of no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    name: String,
    suggestion: Suggestion,
    line: LineRange,
}

impl Setting {
    /// What the build arg says, or else the file; or what is wrong with it, and on which line.
    pub fn read(file: &[u8], arg: Option<&str>) -> Result<Setting, (Problem, LineRange)> {
        match arg {
            Some(text) => {
                let key = "BUILDKIT_DOCKERFILE_CHECK";
                let mut setting = Setting::parse(key, text, LineRange::line(1))?;
                // It may be meant for all builds of a bake file, and other frontends have other rules.
                setting.unknown.retain(|unknown| unknown.suggestion.0.is_some());
                Ok(setting)
            }
            None => match directive(file) {
                Some((text, line)) => Setting::parse("check", text, line),
                None => Ok(Setting::default()),
            },
        }
    }

    /// Whether nobody wants to hear of a rule.
    pub(super) fn skips(&self, name: &str) -> bool {
        match &self.skip {
            Skip::All => true,
            Skip::Rules(names) => names.contains(name),
        }
    }

    fn parse(key: &str, text: &str, line: LineRange) -> Result<Setting, (Problem, LineRange)> {
        let refused = |reason: String| {
            (Problem::BadValue { key: key.to_owned(), found: text.trim().to_owned(), reason }, line)
        };
        let mut setting = Setting::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (name.trim(), value.trim()) {
                ("skip", "all") => setting.skip = Skip::All,
                ("skip", names) => {
                    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                    setting.skip_rules(names, line);
                }
                ("error", "true" | "1") => setting.error = true,
                ("error", "false" | "0") => setting.error = false,
                ("error", other) => {
                    return Err(refused(format!("`error` is `{other}`; it is `true` or `false`")));
                }
                // No rule is one.
                ("experimental", _) => {}
                (other, _) => {
                    let suggestion = Suggestion::of(other, ["skip", "error", "experimental"]);
                    let reason = format!(
                        "`{other}` is not a setting{suggestion}{} write `skip=RootUser,UnusedArg;error=true`",
                        if suggestion.0.is_some() { "" } else { ";" }
                    );
                    return Err(refused(reason));
                }
            }
        }
        Ok(setting)
    }

    fn skip_rules<'t>(&mut self, names: impl Iterator<Item = &'t str>, line: LineRange) {
        let mut skipped = BTreeSet::new();
        for name in names {
            match rules().find(|rule| rule.name.eq_ignore_ascii_case(name)) {
                Some(rule) => {
                    skipped.insert(rule.name.to_owned());
                }
                None => {
                    let suggestion = Suggestion::of(name, rules().map(|rule| rule.name));
                    self.unknown.push(UnknownName { name: name.to_owned(), suggestion, line });
                }
            }
        }
        self.skip = Skip::Rules(skipped);
    }
}

/// The value of the line `# check=…`, or `// check=…` of a go.mod or Go file, among the comments at the top.
fn directive(file: &[u8]) -> Option<(&str, LineRange)> {
    let text = match std::str::from_utf8(file) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&file[..error.valid_up_to()]).unwrap_or_default(),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let comment = line.strip_prefix("//").or_else(|| line.strip_prefix('#'))?;
        if let Some((name, value)) = comment.split_once('=')
            && name.trim().eq_ignore_ascii_case("check")
        {
            return Some((value, LineRange::line(number)));
        }
    }
    None
}

fn unknown_check(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for UnknownName { name, suggestion, line } in &facts.setting.unknown {
        let also = if suggestion.0.is_some() { "" } else { "; `docs/checks` lists all" };
        found.on(*line, &format!("`{name}` is skipped, and there is no such rule{suggestion}{also}"));
    }
}

#[cfg(test)]
mod tests {
    use super::Setting;

    fn read(file: &str, arg: Option<&str>) -> Result<Setting, String> {
        Setting::read(file.as_bytes(), arg).map_err(|(problem, _)| problem.to_string())
    }

    #[test]
    fn a_comment_at_the_top_is_read() {
        for file in [
            "# syntax=gobuild/frontend:1\n# check=skip=RootUser,UnusedArg;error=true\nmain: .\n",
            "\u{feff}# check = skip=rootuser , UnusedArg; error=true\r\n",
            "// syntax=gobuild/frontend:1\n\n// check=skip=RootUser,UnusedArg;error=1\nmodule example.com/app\n",
        ] {
            let setting = read(file, None).unwrap();
            assert!(setting.skips("RootUser") && setting.skips("UnusedArg") && setting.error, "{file}");
            assert!(!setting.skips("LatestTag"), "{file}");
        }
        for file in ["", "main: .\n# check=skip=all\n", "# checks=skip=all\n"] {
            assert_eq!(read(file, None), Ok(Setting::default()), "{file}");
        }
    }

    #[test]
    fn a_build_arg_counts_alone() {
        let setting = read("# check=error=true\n", Some("skip=all")).unwrap();
        assert!(setting.skips("RootUser") && !setting.error);
        assert_eq!(read("# check=error=true\n", Some("")), Ok(Setting::default()));
        assert!(read("", Some("skip=JSONArgsRecommended")).unwrap().unknown.is_empty());
        assert_eq!(read("", Some("skip=RotUser")).unwrap().unknown.len(), 1);
    }

    #[test]
    fn nonsense_is_refused() {
        for (file, message) in [
            (
                "# check=skp=RootUser\n",
                "`check: skp=RootUser`: `skp` is not a setting; did you mean `skip`? write `skip=RootUser,UnusedArg;error=true`",
            ),
            ("# check=error=maybe\n", "`check: error=maybe`: `error` is `maybe`; it is `true` or `false`"),
        ] {
            assert_eq!(read(file, None).unwrap_err(), message);
        }
    }
}
