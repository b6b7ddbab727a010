//! Which licences a text is: SPDX identifiers of what is distinctive in it.
//!
//! `phrases` is what licences are known by, `file` what their files are called. Invariant: what is not known for certain is
//! not told, so that a licence is never taken for one that allows more.

mod file;
mod phrases;

pub use file::{PATTERNS, is_licence, is_under_that_of_root, lone};

use phrases::{KNOWN, Known};
use std::collections::BTreeSet;

/// More of a text is not looked at: the longest licences have a tenth of it.
const LONGEST: usize = 1 << 20;
/// What stands before an identifier in a file of any kind (SPDX specification, annex E).
const TAG: &str = "SPDX-License-Identifier:";

/// The licences of a text, as SPDX identifiers; none if it is none that is known.
///
/// A text of the GPL does not say whether later versions may be used, so it is the one without.
pub fn identify(text: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST)]);
    let words = words(&text);
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
    let is_this = |known: &&Known| known.all.iter().all(|phrase| words.contains(phrase)) && !has(known.none);
    let of_text = KNOWN.iter().filter(is_this).map(|known| known.identifier.to_owned());
    of_text.chain(tagged(&text)).collect()
}

/// The one licence that a repository is under, if its file says no more and no less.
pub fn only(text: &[u8]) -> Option<String> {
    let found = identify(text);
    let [one] = <[String; 1]>::try_from(found.into_iter().collect::<Vec<_>>()).ok()?;
    // Somebody who says it says whether later versions may be used.
    (!one.ends_with("-only") || tagged(&String::from_utf8_lossy(text)).any(|said| said == one)).then_some(one)
}

/// Letters and digits, with one space between words: whatever lines, comments and quotation marks were made of.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            words.push(character.to_ascii_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words
}

/// The identifiers that a text says itself; of an expression all, whether they are to choose from or not.
fn tagged(text: &str) -> impl Iterator<Item = String> {
    text.lines().filter_map(|line| line.split_once(TAG)).flat_map(|(_, expression)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".+-".contains(c);
        let is_mark = |c: char| !c.is_ascii_alphanumeric() && c != '+';
        let parts = expression.split_whitespace().map(|part| part.trim_matches(is_mark));
        // What follows takes something back of the licence before it.
        let mut exception = false;
        let of_licence = move |part: &&str| {
            let is_exception = std::mem::replace(&mut exception, *part == "WITH");
            !is_exception && !matches!(*part, "AND" | "OR" | "WITH")
        };
        let identifiers = parts.take_while(move |part| !part.is_empty() && part.chars().all(is_part));
        identifiers.filter(of_licence).map(str::to_owned).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, identify, only, words};

    fn found(text: &str) -> Vec<String> {
        identify(text.as_bytes()).into_iter().collect()
    }

    /// Text with what is distinctive of a licence in it.
    fn text(identifier: &str) -> String {
        let known = KNOWN.iter().find(|known| known.identifier == identifier).unwrap();
        known.all.join(" and ")
    }

    #[test]
    fn each_licence_is_told_from_all_others() {
        for known in KNOWN {
            assert_eq!(found(&text(known.identifier)), [known.identifier]);
            for phrase in known.all.iter().chain(known.none) {
                assert_eq!(words(phrase), *phrase, "{}", known.identifier);
            }
        }
    }

    #[test]
    fn lines_and_comments_do_not_count() {
        let mit = "\
            // Copyright (c) 2026 A. Nobody\r\n//\r\n\
            // Permission is hereby granted, free of charge, to any person obtaining a copy\r\n\
            // of this software and associated documentation files (the \u{201c}Software\u{201d}), …\r\n\
            // The above copyright notice and this\r\n// permission notice shall be included …\r\n";
        assert_eq!(found(mit), ["MIT"]);
    }

    #[test]
    fn what_is_added_is_not_passed_over() {
        let clause = "Commons Clause License Condition v1.0";
        assert_eq!(
            found(&format!("{clause} {}", text("Apache-2.0"))),
            ["Apache-2.0", "LicenseRef-Commons-Clause"]
        );
        let good = "The Software shall be used for Good, not Evil.";
        assert_eq!(found(&format!("{} {good}", text("MIT"))), ["JSON"]);
        let clear = "NO EXPRESS OR IMPLIED LICENSES TO ANY PARTY'S PATENT RIGHTS ARE GRANTED";
        assert!(found(&format!("{} {clear}", text("BSD-3-Clause"))).is_empty());
    }

    #[test]
    fn what_says_something_else_is_not_known() {
        for text in [
            "",
            "All rights reserved.",
            "Licensed under the MIT license.",
            "Attribution-NonCommercial 4.0 International",
            "This program links against code under the GNU General Public License, version 3.",
            "Permission to use, copy, modify, and distribute this software is freely granted",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
        assert!(identify(&[0, 159, 146, 150]).is_empty());
    }

    #[test]
    fn several_in_one_file() {
        let both = format!("{}\n\n----\n\n{}", text("MIT"), text("Apache-2.0"));
        assert_eq!(found(&both), ["Apache-2.0", "MIT"]);
        assert_eq!(only(both.as_bytes()), None);
    }

    #[test]
    fn identifiers_that_a_file_says() {
        for (line, expected) in [
            ("SPDX-License-Identifier: MIT", &["MIT"] as &[&str]),
            ("// SPDX-License-Identifier: (MIT OR Apache-2.0) */", &["Apache-2.0", "MIT"]),
            ("`SPDX-License-Identifier: BSD-3-Clause AND MPL-2.0`", &["BSD-3-Clause", "MPL-2.0"]),
            (
                "SPDX-License-Identifier: GPL-2.0-or-later WITH Classpath-exception-2.0 OR MIT",
                &["GPL-2.0-or-later", "MIT"],
            ),
            ("SPDX-License-Identifier: LicenseRef-Corp <!-- ours -->", &["LicenseRef-Corp"]),
            ("SPDX-License-Identifier:", &[]),
        ] {
            assert_eq!(found(line), expected, "{line}");
        }
    }

    #[test]
    fn the_one_licence_of_a_repository() {
        for (file, expected) in [
            (text("MIT"), Some("MIT")),
            (text("GPL-3.0-only"), None),
            (
                format!("SPDX-License-Identifier: GPL-3.0-only\n{}", text("GPL-3.0-only")),
                Some("GPL-3.0-only"),
            ),
            ("ours".to_owned(), None),
        ] {
            assert_eq!(only(file.as_bytes()).as_deref(), expected);
        }
    }
}
