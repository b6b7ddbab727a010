//! Repositories that are made up from a number, and what the plan and the go command make of them.
//!
//! - [`growth`]: from a seed to a [`repository`], by way of [`module`], [`package`], [`embedding`] and [`text`];
//! - [`setting`]: build constraints, and what satisfies them;
//! - [`plan`] and [`pattern`]: which files the compile step is sent, and how it runs;
//! - [`command`]: the go command;
//! - [`property`]: what must hold;
//! - [`by_hand`]: repositories that were not made up.

mod by_hand;
mod command;
mod embedding;
mod growth;
mod module;
mod package;
mod pattern;
mod plan;
mod property;
mod random;
mod repository;
mod setting;
mod text;

pub(crate) use property::{Checked, check};
