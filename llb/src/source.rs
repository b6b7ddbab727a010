//! What comes from outside the graph: images, directories of the client, repositories, URLs.
//!
//! A source is an identifier and attributes (`solver/pb/attr.go`, written as `client/llb/source.go` does); the order
//! in which attributes are given never shows.

mod git;
mod http;
mod image;
mod local;
mod oci_layout;

use std::collections::BTreeMap;

use buildkit_proto::pb;

pub use self::git::Git;
pub use self::http::Http;
pub use self::image::{Image, ResolveMode};
pub use self::local::{Differ, Local};
pub use self::oci_layout::OciLayout;
use crate::vertex::{Inputs, Vertex};
use crate::{Metadata, Output, Platform};

/// The attributes of a source, with what each needs of the daemon.
#[derive(Clone, Debug, Default)]
struct Attributes {
    values: BTreeMap<String, String>,
    caps: Vec<&'static str>,
}

impl Attributes {
    /// An empty value is no attribute: Go's client leaves it out, and an empty map value would encode differently
    /// here and there.
    fn set(&mut self, name: &str, value: impl Into<String>, cap: impl Into<Option<&'static str>>) {
        let value = value.into();
        if value.is_empty() {
            self.values.remove(name);
        } else {
            self.values.insert(name.to_owned(), value);
            self.caps.extend(cap.into());
        }
    }

    fn build(self, identifier: String, platform: Option<&Platform>, metadata: Metadata) -> Output {
        let source = pb::SourceOp { identifier, attrs: self.values };
        let kind = pb::op::Op::Source(source);
        Output::new(Vertex::build(kind, platform, Inputs::default(), metadata, self.caps), 0)
    }
}

/// A compact JSON array as Go's `encoding/json` writes it, or nothing for no items. Go escapes the characters that
/// are special in HTML and two line separators; outside of JSON strings these cannot occur.
fn json_array(items: impl IntoIterator<Item = impl Into<String>>) -> String {
    let items: Vec<String> = items.into_iter().map(Into::into).collect();
    if items.is_empty() {
        return String::new();
    }
    serde_json::Value::from(items)
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

#[cfg(test)]
mod tests {
    use super::json_array;

    #[test]
    fn arrays_are_written_as_go_writes_them() {
        assert_eq!(json_array([""; 0]), "");
        assert_eq!(json_array(["a", "b c"]), r#"["a","b c"]"#);
        assert_eq!(json_array(["<&>\"\\\u{2028}\u{1}é"]), r#"["\u003c\u0026\u003e\"\\\u2028\u0001é"]"#);
    }
}
