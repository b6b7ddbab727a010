//! What an image runs.
//!
//! Invariant: where the program is run, it is where it is here.

use super::super::super::draft::{Draft, Value, literal};
use super::super::super::shell;
use super::super::stage::{Argv, At, absolute, clean};
use super::Image;

/// The program of a command.
pub(super) fn first_word(argv: &Argv) -> Option<String> {
    match argv {
        Argv::Exec(words) => words.first().cloned(),
        Argv::Shell(line) => {
            shell::words(line).into_iter().find(|word| word != "exec" && !word.contains('='))
        }
    }
}

/// Whether a word of a command is the program in this place: by its path, or by its name where the path is searched.
pub(super) fn names(word: &str, directory: &str, place: &str) -> bool {
    if word.contains('/') {
        clean(&absolute(directory, word)) == place
    } else {
        place.rsplit('/').next() == Some(word)
    }
}

impl Image<'_> {
    /// The words of a command; none after a note.
    pub(super) fn words(&self, draft: &mut Draft, argv: &At<Argv>) -> Option<Vec<String>> {
        match &argv.value {
            Argv::Exec(words) => Some(words.clone()),
            Argv::Shell(line) => {
                let line = line.strip_prefix("exec ").unwrap_or(line).trim();
                if !shell::needs_shell(line) && !line.contains('$') {
                    return Some(shell::words(line));
                }
                if !self.is_bare() {
                    return Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), literal(line)]);
                }
                draft.note(Some(argv.line), format!("`{line}` takes a shell, which the base does not have"));
                None
            }
        }
    }

    /// The words with the program where it is here, and whether it is the program that they run.
    pub(super) fn placed(&self, mut words: Vec<String>) -> (Vec<String>, bool) {
        let directory = self.stage.workdir.as_deref().unwrap_or_default();
        let (Some((was, is)), Some(first)) = (&self.program, words.first_mut()) else {
            return (words, false);
        };
        let ours = names(first, directory, was);
        if ours {
            first.clone_from(is);
        }
        (words, ours)
    }

    pub(super) fn command(&self, draft: &mut Draft) {
        let entrypoint = self.stage.entrypoint.as_ref();
        let cmd = self.stage.cmd.as_ref();
        if let Some(entrypoint) = entrypoint
            && let Some(words) = self.words(draft, entrypoint)
        {
            let (words, ours) = self.placed(words);
            if !ours && !words.is_empty() {
                draft.note(
                    Some(entrypoint.line),
                    format!("`{}` is not the program that is built; is it in the base?", words[0]),
                );
            }
            if words.len() > usize::from(ours) {
                draft.set(&["image", "entrypoint"], Value::texts(words));
            }
        }
        let Some(cmd) = cmd else { return };
        let Some(words) = self.words(draft, cmd).filter(|words| !words.is_empty()) else { return };
        if entrypoint.is_some() {
            draft.set(&["image", "cmd"], Value::texts(words));
            return;
        }
        let (words, ours) = self.placed(words);
        if ours {
            draft.note(
                Some(cmd.line),
                "the program was in `CMD`; here it is the entrypoint, so words behind the image's name in `docker run` are \
                 its arguments",
            );
            if words.len() > 1 {
                draft.set(&["image", "cmd"], Value::texts(words[1..].to_vec()));
            }
        } else {
            draft.set(&["image", "entrypoint"], Value::texts(words));
            draft.note(Some(cmd.line), "what runs is not the program that is built; is it in the base?");
        }
    }
}
