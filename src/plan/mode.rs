//! What survives between two builds on this builder, and with it which steps there are.
//!
//! A builder that stays keeps its cache mounts, and then they are all it takes. What is imported from elsewhere can
//! only be layers: so what the compiler made of dependencies becomes one, and so does the toolchain.
//! Invariant: the image is the same in every mode.

use super::settings::Settings;
use crate::spec::{Cache, Spec};
use std::fmt;

/// Which steps a build consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Modules and objects are kept in cache mounts of the builder.
    Mounts,
    /// And toolchain and compiled dependencies are layers, which cache exports carry.
    Layers,
    /// Nothing outlives the build but the results of its steps.
    Off,
}

/// Who chose the mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Key `cache` of the build file.
    ByFile,
    /// A cache is imported.
    ByImport,
    /// No cache is imported.
    ByNoImport,
}

impl Mode {
    /// The mode of a build.
    pub fn of(spec: &Spec, settings: &Settings) -> (Mode, Chosen) {
        match (spec.cache, settings.cache_imports) {
            (Cache::Mounts, _) => (Mode::Mounts, Chosen::ByFile),
            (Cache::Layers, _) => (Mode::Layers, Chosen::ByFile),
            (Cache::Off, _) => (Mode::Off, Chosen::ByFile),
            (Cache::Auto, true) => (Mode::Layers, Chosen::ByImport),
            (Cache::Auto, false) => (Mode::Mounts, Chosen::ByNoImport),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Mode::Mounts => "mounts",
            Mode::Layers => "layers",
            Mode::Off => "off",
        })
    }
}
