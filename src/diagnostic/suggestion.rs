//! "Did you mean": the nearest of the accepted words.
//!
//! Invariant: a suggestion is always one of the accepted words, and none is made when nothing is near.

use std::fmt;

/// The word that was probably meant, if any. Displays as nothing or as `; did you mean …?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion(pub Option<String>);

impl Suggestion {
    /// The nearest of `accepted` to what was written.
    pub fn of<'a>(written: &str, accepted: impl IntoIterator<Item = &'a str>) -> Suggestion {
        Suggestion(closest(written, accepted).map(str::to_owned))
    }
}

impl fmt::Display for Suggestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(word) => write!(f, "; did you mean `{word}`?"),
            None => Ok(()),
        }
    }
}

/// The nearest of `accepted` to `written`: at most a third of its letters differ, swaps of neighbours count once.
pub fn closest<'a>(written: &str, accepted: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are cut: no accepted word is longer, and the distance is quadratic.
    let written: String = written.chars().take(64).collect::<String>().to_lowercase();
    let limit = (written.chars().count().div_ceil(3)).clamp(1, 4);
    accepted
        .into_iter()
        .map(|word| (strsim::osa_distance(&written, &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        let keys = ["go", "builder", "main", "build", "image", "args"];
        for (written, expected) in [
            ("mian", Some("main")),
            ("biuld", Some("build")),
            ("Image", Some("image")),
            ("images", Some("image")),
            ("arg", Some("args")),
            ("healthcheck", None),
            ("", None),
        ] {
            assert_eq!(closest(written, keys), expected, "{written}");
        }
    }
}
