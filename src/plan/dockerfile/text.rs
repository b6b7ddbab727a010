//! How a Dockerfile, a shell and JSON write a value.
//!
//! Invariant: whatever a value holds, it is one word; only references are replaced.

use crate::spec::parts_of;

/// A word for a shell.
pub(super) fn shell(value: &str) -> String {
    let parts = parts_of(value);
    if parts.iter().all(|(_, reference)| !reference) {
        return if value.contains(char::is_control) {
            // It would end the instruction.
            let octal =
                |c: char| if c.is_control() { format!("\\0{:03o}", u32::from(c)) } else { c.to_string() };
            let text: String = value.replace('\\', "\\\\").chars().map(octal).collect();
            format!("\"$(printf %b {})\"", shell(&text))
        } else if is_plain(value) {
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

/// Whether a value means itself wherever it stands.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.chars().all(means_itself)
}

fn means_itself(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./=:,@%+".contains(c)
}

/// The value of `ENV`, `LABEL` and `ARG`.
pub(super) fn value(value: &str) -> String {
    let quoted = |(text, reference): (&str, bool)| {
        if reference { format!("${{{text}}}") } else { escaped(text, &['\\', '"', '$']) }
    };
    format!("\"{}\"", parts_of(value).into_iter().map(quoted).collect::<String>())
}

/// A path alone, as `WORKDIR` takes it.
pub(super) fn path(path: &str) -> String {
    if is_plain(path) { path.to_owned() } else { value(path) }
}

/// Paths of `COPY` and `VOLUME`, in which variables are looked for even in the JSON form.
pub(super) fn paths(paths: &[String]) -> String {
    if paths.iter().all(|path| path.chars().all(|c| means_itself(c) || "*?".contains(c))) {
        return paths.join(" ");
    }
    let word = |path: &String| escaped(path, &SPECIAL);
    exec(&paths.iter().map(word).collect::<Vec<String>>())
}

/// The name of a file among patterns.
pub(super) fn literal(path: &str) -> String {
    let class = |c: char| if "*?[".contains(c) { format!("[{c}]") } else { c.to_string() };
    path.chars().map(class).collect()
}

/// A mount of `RUN`: fields with commas between them, in which variables are looked for.
pub(super) fn mount(fields: &[(&str, &str)]) -> String {
    let field = |(name, value): &(&str, &str)| {
        let field = format!("{name}={}", escaped(value, &SPECIAL));
        if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
    };
    let fields = fields.iter().map(field).collect::<Vec<String>>().join(",");
    format!("--mount={}", escaped(&fields, &['\\', '"', '\'', ' ', '\t']))
}

/// The words of an exec form.
pub(super) fn exec(words: &[String]) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// Whether a line of a Dockerfile can hold a value.
pub(super) fn fits(value: &str) -> bool {
    !value.chars().any(|c| c.is_control() && c != '\t')
}

/// What means something where variables are looked for.
const SPECIAL: [char; 4] = ['\\', '"', '\'', '$'];

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
    use super::{exec, literal, mount, path, paths, shell, value};
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

    #[test]
    fn a_value_ends_no_instruction() {
        assert_eq!(shell("a\nb\\c'd"), "\"$(printf %b 'a\\0012b\\\\c'\\''d')\"");
    }

    #[test]
    fn paths_are_words_whatever_they_hold() {
        let odd = "/it's $1 \"\\b\"";
        assert_eq!(path("/app"), "/app");
        assert_eq!(path(odd), "\"/it's \\$1 \\\"\\\\b\\\"\"");
        assert_eq!(paths(&["/a".to_owned(), "/b*/".to_owned()]), "/a /b*/");
        assert_eq!(paths(&["/a b".to_owned(), odd.to_owned()]), r#"["/a b", "/it\\'s \\$1 \\\"\\\\b\\\""]"#);
        assert_eq!(literal("a[1]*"), "a[[]1][*]");
    }

    #[test]
    fn mounts_have_fields() {
        assert_eq!(mount(&[("type", "cache"), ("target", "/a")]), "--mount=type=cache,target=/a");
        assert_eq!(mount(&[("target", "/a b")]), "--mount=target=/a\\ b");
        assert_eq!(mount(&[("target", "/a,b")]), "--mount=\\\"target=/a,b\\\"");
    }
}
