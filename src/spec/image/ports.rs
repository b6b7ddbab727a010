//! `image.ports:`, what a container listens on.
//!
//! Invariant: each is `port/protocol`, once.

use crate::diagnostic::{Kind, Problem};
use crate::image::parse_ports;
use crate::spec::reader::{Field, Reader};
use crate::spec::value::FromField;
use std::collections::BTreeSet;

/// Each as `port/protocol`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(pub BTreeSet<String>);

impl FromField for Ports {
    const KIND: Kind = Kind::TextOrList;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Ports> {
        // Each may be a range of all there are.
        const MOST_RANGES: usize = 100;
        let texts = reader.texts(field);
        if let Some(text) = texts.get(MOST_RANGES) {
            let reason = format!("at most {MOST_RANGES} ports and ranges are accepted");
            let problem = Problem::BadValue { key: field.path.clone(), found: text.value.clone(), reason };
            reader.report(problem, text.span);
        }
        let ports = texts
            .iter()
            .take(MOST_RANGES)
            .filter_map(|text| reader.parse_text(&field.path, text, parse_ports))
            .flat_map(|ports| ports.value)
            .collect();
        Some(Ports(ports))
    }
}
