//! The keys of `image.annotations:`.
//!
//! Invariant: what is written is what ends up in the manifest; daemons read none of it as something else.

use crate::spec::value::text;

text! {
    /// The key of an OCI annotation.
    pub struct AnnotationKey = |text: &str| {
        // The form that the specification recommends, of which daemons make parts of their own keys.
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'));
        if !text.is_empty() && plain {
            Ok(())
        } else {
            Err("the key of an annotation is written like `org.opencontainers.image.title`")
        }
    };
}
