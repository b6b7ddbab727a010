//! `image.base:`, what the binary is put on.
//!
//! Invariant: a word is short for one image, which can be written out, too.

use crate::image::ImageRef;
use crate::spec::value::FromText;

/// What the binary is put on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing but what gobuild itself puts there.
    Scratch,
    /// An image; `static`, `debug` and `alpine` are short for three of them.
    Image(ImageRef),
}

/// `image.base: static`: CA certificates, time zones, accounts, /tmp; no shell.
const STATIC: &str = "gcr.io/distroless/static:nonroot";
/// `image.base: debug`: the same and the shell of busybox.
const DEBUG: &str = "gcr.io/distroless/static:debug-nonroot";
/// `image.base: alpine`: a shell and a package manager.
const ALPINE: &str = "alpine:3";

impl Default for Base {
    fn default() -> Base {
        Base::Image(ImageRef::parse(STATIC).expect("a constant that the tests build with"))
    }
}

impl FromText for Base {
    fn from_text(text: &str) -> Result<Base, String> {
        match text {
            "scratch" => Ok(Base::Scratch),
            "static" => Ok(Base::default()),
            "debug" => ImageRef::from_text(DEBUG).map(Base::Image),
            "alpine" => ImageRef::from_text(ALPINE).map(Base::Image),
            other => ImageRef::from_text(other).map(Base::Image),
        }
    }
}

impl FromText for ImageRef {
    fn from_text(text: &str) -> Result<ImageRef, String> {
        ImageRef::parse(text).map_err(|problem| problem.to_string())
    }
}
