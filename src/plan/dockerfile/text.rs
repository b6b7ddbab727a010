//! How a Dockerfile, a shell and JSON write a value.
//!
//! Invariant: whatever a value holds, it is one word; only references are replaced.

use crate::spec::parts_of;

/// A word for a shell.
pub(super) fn shell(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c);
    let parts = parts_of(value);
    if parts.iter().all(|(_, reference)| !reference) {
        return if !value.is_empty() && value.chars().all(plain) {
            value.to_owned()
        } else {
            format!("'{}'", value.replace('\'', "'\\''"))
        };
    }
    let quoted = |(text, reference): (&str, bool)| {
        if reference { format!("${{{text}}}") } else { escaped(text, &['\\', '"', '$', '`']) }
    };
    format!("\"{}\"", parts.into_iter().map(quoted).collect::<String>())
}

/// The value of `ENV`, `LABEL` and `ARG`.
pub(super) fn value(value: &str) -> String {
    let quoted = |(text, reference): (&str, bool)| {
        if reference { format!("${{{text}}}") } else { escaped(text, &['\\', '"', '$']) }
    };
    format!("\"{}\"", parts_of(value).into_iter().map(quoted).collect::<String>())
}

/// The words of an exec form.
pub(super) fn exec(words: &[String]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// Whether a line of a Dockerfile can hold a value.
pub(super) fn fits(value: &str) -> bool {
    !value.chars().any(char::is_control)
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if special.contains(&character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{exec, shell, value};
    use crate::spec::reference;

    #[test]
    fn a_value_is_one_word() {
        let open = format!("v{}$\"", reference("VERSION:-a b"));
        for (text, as_shell, as_value) in [
            ("./cmd/api", "./cmd/api", "\"./cmd/api\""),
            ("", "''", "\"\""),
            ("it's $X", "'it'\\''s $X'", "\"it's \\$X\""),
            ("a\\b\"c\"", "'a\\b\"c\"'", "\"a\\\\b\\\"c\\\"\""),
            (open.as_str(), "\"v${VERSION:-a b}\\$\\\"\"", "\"v${VERSION:-a b}\\$\\\"\""),
        ] {
            assert_eq!((shell(text).as_str(), value(text).as_str()), (as_shell, as_value), "{text}");
        }
        assert_eq!(exec(&["/a".to_owned(), "\"b\"".to_owned()]), r#"["/a", "\"b\""]"#);
    }
}
