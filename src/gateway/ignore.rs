//! The ignore file: which patterns are left out of the context.
//!
//! Invariant: nothing is matched here; client and daemon match, so a pattern means what it means for Dockerfiles
//! (`moby/patternmatcher`, `ignorefile`).

/// Its name.
pub(super) const FILE: &str = ".dockerignore";

/// The patterns of an ignore file, cleaned as Docker does.
pub(super) fn patterns(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| match line.strip_prefix('!') {
            Some(pattern) => format!("!{}", clean(pattern.trim())),
            None => clean(line),
        })
        .collect()
}

/// `./a//b/../c/` is `a/c`, as Go's `filepath.Clean` has it; a leading slash means the context's root.
fn clean(pattern: &str) -> String {
    let mut elements: Vec<&str> = Vec::new();
    for element in pattern.split('/') {
        match element {
            "" | "." => {}
            ".." if elements.last().is_some_and(|last| *last != "..") => {
                elements.pop();
            }
            // At the root there is nothing above.
            ".." if pattern.starts_with('/') => {}
            other => elements.push(other),
        }
    }
    if elements.is_empty() { ".".to_owned() } else { elements.join("/") }
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn patterns_are_cleaned_as_docker_does() {
        let file =
            "\u{feff}# comment\n\n  /dist/ \n*.md\r\n! ./README.md\na//b/../c\n #not-a-comment\n/../x\n";
        assert_eq!(patterns(file.as_bytes()), ["dist", "*.md", "!README.md", "a/c", "#not-a-comment", "x"]);
    }
}
