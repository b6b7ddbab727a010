//! `docs/images.md`: the images of the examples beside those of Dockerfiles written by hand, and of ko.
//!
//! A [`runner`] builds everything twice, each time on a builder that knows nothing, and [`measured`] is what it finds in an
//! image; [`packages`] is what a scanner would find, [`difference`] what one image has and another has not. [`promises`]
//! are those that no table shows. What was found goes into [`results`], from which [`page`] is written. Invariant: the
//! page says nothing of an image that is not in the results.

pub mod difference;
pub mod measured;
pub mod packages;

pub mod ko;
pub mod promises;
pub mod runner;

pub mod page;
pub mod results;
