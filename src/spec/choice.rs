//! A value that is one of a few words.
//!
//! Invariant: the words that are accepted and those that a message lists are the same.

/// An enum whose variants are words: `Variant = "word"`.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $crate::spec::value::FromText for $name {
            fn schema() -> serde_json::Value {
                $crate::spec::schema::words([$($word),+])
            }

            fn from_text(text: &str) -> Result<$name, String> {
                match $crate::spec::choice::truth(text).unwrap_or(text) {
                    $($word => Ok($name::$variant),)+
                    _ if [$($word),+].contains(&"true") => {
                        Err($crate::spec::choice::accepted(&["true", "false"]) + $crate::spec::choice::meant(text))
                    }
                    _ => Err($crate::spec::choice::accepted(&[$($word),+])),
                }
            }
        }
    };
}
pub(super) use choice;

/// What YAML reads as true or false, in its own spellings (core schema); it has no others.
pub(super) fn truth(text: &str) -> Option<&'static str> {
    match text {
        "true" | "True" | "TRUE" => Some("true"),
        "false" | "False" | "FALSE" => Some("false"),
        _ => None,
    }
}

/// What was meant by a word that older readers of YAML take for true or false, and that is a word like others here.
pub(super) fn meant(text: &str) -> &'static str {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "y" | "on" | "1" => "; write `true`",
        "no" | "n" | "off" | "0" => "; write `false`",
        _ => "",
    }
}

/// What is accepted, in words.
pub(super) fn accepted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("it is {} or {last}", first.join(", ")),
        _ => format!("it is {}", words.join(", ")),
    }
}
