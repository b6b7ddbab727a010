//! Texts with `*` in them, by which rules name images, flags and licences.
//!
//! Invariant: `*` stands for any text, an empty one and slashes included, and nothing else has a meaning.

use super::super::value::text;
use crate::image::ImageRef;

text! {
    /// A text in which `*` stands for any text.
    pub struct Pattern = |text: &str| {
        if text.is_empty() { Err("a pattern is not empty; `*` matches everything") } else { Ok(()) }
    };
}

impl Pattern {
    /// Whether all of `text` is matched.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.as_str().split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        rest.ends_with(last)
    }

    /// Several as messages name them.
    pub fn listed(patterns: &[Pattern]) -> String {
        let patterns: Vec<String> =
            patterns.iter().map(|pattern| format!("`{}`", pattern.as_str())).collect();
        if patterns.is_empty() { "none".to_owned() } else { patterns.join(", ") }
    }

    /// Whether an image is matched: by its name in full or as people write it, with its tag or without. Where there is a digest
    /// a tag says nothing, so that it only counts in a pattern with a digest of its own.
    pub fn matches_image(&self, image: &ImageRef) -> bool {
        let (full, familiar) = (image.repository(), image.familiar());
        let short = familiar.split('@').next().unwrap_or_default();
        let short = image.tag().and_then(|tag| short.strip_suffix(&format!(":{tag}"))).unwrap_or(short);
        let mut names = vec![full.clone(), short.to_owned()];
        match (image.digest(), image.tag()) {
            (Some(digest), _) => {
                names.extend([format!("{full}@{digest}"), format!("{short}@{digest}")]);
                if self.as_str().contains('@') {
                    names.extend([image.to_string(), familiar.clone()]);
                }
            }
            (None, Some(tag)) => names.extend([format!("{full}:{tag}"), format!("{short}:{tag}")]),
            (None, None) => {}
        }
        names.iter().any(|name| self.matches(name))
    }

    /// Whether a place that an image is in is matched, or the image itself: `docker.io`, `docker.io/library`.
    pub fn matches_place(&self, image: &ImageRef) -> bool {
        let name = image.repository();
        let ends = name.match_indices('/').map(|(index, _)| index).chain([name.len()]);
        ends.into_iter().any(|end| self.matches(&name[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::value::FromText;
    use super::{ImageRef, Pattern};

    #[test]
    fn a_star_is_any_text() {
        for (pattern, matched, not) in [
            ("a", &["a"] as &[&str], &["", "ab", "ba"] as &[&str]),
            ("*", &["", "a", "a/b"], &[]),
            ("a*", &["a", "ab", "a/b"], &["", "ba"]),
            ("*a", &["a", "ba"], &["ab"]),
            ("a*b*c", &["abc", "a-b-c", "abbcc"], &["ab", "acb", "abcd"]),
            ("ab*ba", &["abba", "ab-ba"], &["aba"]),
        ] {
            let pattern = Pattern::from_text(pattern).unwrap();
            for text in matched {
                assert!(pattern.matches(text), "{pattern:?} {text}");
            }
            for text in not {
                assert!(!pattern.matches(text), "{pattern:?} {text}");
            }
        }
        assert!(Pattern::from_text("").is_err());
    }

    #[test]
    fn an_image_has_several_names() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (image, matched, not) in [
            (
                "golang:1.26".to_owned(),
                ["golang", "golang:1.26", "golang:1.*", "docker.io/library/golang", "docker.io/*"],
                ["golang:1.25", "golan", "registry.example.com/*"],
            ),
            (
                format!("registry.example.com/base/go:3@{digest}"),
                [
                    "registry.example.com/*",
                    "registry.example.com/base/go",
                    "registry.example.com/base/go@sha256:*",
                    "registry.example.com/base/go:3@*",
                    "*/base/*",
                ],
                ["docker.io/*", "base/go", "registry.example.com/base/go:3"],
            ),
        ] {
            let image = ImageRef::parse(&image).unwrap();
            let matches = |text: &str| Pattern::from_text(text).unwrap().matches_image(&image);
            for text in matched {
                assert!(matches(text), "{text} {image}");
            }
            for text in not {
                assert!(!matches(text), "{text} {image}");
            }
        }
    }
}
