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
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err($crate::spec::choice::accepted(&[$($word),+])),
                }
            }
        }
    };
}
pub(super) use choice;

/// What is accepted, in words.
pub(super) fn accepted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("it is {} or {last}", first.join(", ")),
        _ => format!("it is {}", words.join(", ")),
    }
}
