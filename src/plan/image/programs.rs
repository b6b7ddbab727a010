//! The layers of the programs, which come last.
//!
//! Invariant: they are the only ones that a change of a program changes, and whoever puts them there, the bytes are the same.

use super::place::Places;
use super::{platform, timestamp, tools};
use crate::plan::go_step::Root;
use crate::plan::layer::Layer;
use crate::plan::mode::Mode;
use crate::plan::names::Step;
use crate::plan::settings::Naming;
use crate::plan::{Inputs, file_place};
use buildkit_llb::Output;

/// Up to so many have a layer each, which exporters compress side by side.
const MOST_LAYERS: usize = 8;

/// What is put into an image, and where.
pub(super) struct Programs<'a> {
    /// A directory with all of them.
    pub(super) binaries: &'a Output,
    /// What stamps are made with.
    pub(super) root: &'a Root,
    /// The directory of the image; empty is the root.
    pub(super) directory: &'a str,
    pub(super) names: &'a [&'a str],
    /// The image of another platform.
    pub(super) other: Option<&'a Output>,
}

impl Programs<'_> {
    /// An image with them on top.
    pub(super) fn on(
        &self,
        inputs: &Inputs<'_>,
        image: Option<Output>,
        places: &Places,
        history: &mut Vec<String>,
    ) -> Output {
        if self.are_put_by_stamp(inputs) {
            let name = format!("COPY {} /", self.names.join(" "));
            history.push(name.clone());
            return tools::onto_with_stamps(inputs, self.root, self.binaries.clone(), image, &name);
        }
        let Programs { directory, names, .. } = self;
        let capabilities = &inputs.spec.image.capabilities;
        let mut binaries = tools::with_stamps(inputs, self.root, self.binaries.clone());
        if !capabilities.is_empty() {
            binaries = tools::with_capabilities(inputs, self.root, &binaries, capabilities);
        }
        let mut output = image;
        for names in names.chunks(if names.len() > MOST_LAYERS { names.len() } else { 1 }) {
            let name = format!("COPY {} {directory}/", names.join(" "));
            let metadata =
                Step::Image.metadata(&platform(inputs), &name, file_place(inputs.spec), inputs.settings);
            let first = format!("{directory}/{}", names.first().unwrap_or(&""));
            let layer = Layer::within(places.above(&first), timestamp(inputs));
            let layer = names.iter().fold(layer, |layer, name| {
                layer.copy(&binaries, &format!("/{name}"), &format!("{directory}/{name}"), 0o555)
            });
            let file = layer.on(output);
            // Steps that platforms share would be lost in the cache that is imported: BuildKit follows what leads to a
            // final result one result after the other, and the second time it leaves out what it has seen
            // (`addItemToStorage` in `cache/remotecache/v1`). With the results in a row there is one that leads to everything.
            let file = match self.other {
                Some(other) if inputs.mode == Mode::Layers => file.after(other.clone()),
                _ => file,
            };
            output = Some(file.metadata(metadata).build());
            history.push(name);
        }
        output.expect("there is at least one program")
    }

    /// Whether the step that stamps a program can write it to its place: no directory is to be made, nothing else to be done
    /// with it, and results need not be in a row.
    fn are_put_by_stamp(&self, inputs: &Inputs<'_>) -> bool {
        tools::has_stamps(inputs)
            && self.names.len() == 1
            && self.directory.is_empty()
            && inputs.spec.image.capabilities.is_empty()
            && (inputs.mode != Mode::Layers || inputs.naming == Naming::Plain)
    }
}
