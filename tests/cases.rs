//! Every folder of `cases/` is a build, and comes out as its file `expected` says.
//!
//! `UPDATE_EXPECTED=1 cargo test -p gobuild --test cases` writes what came out; read it before you commit it.

mod case;
mod daemon;

use buildkit_proto::pb;
use case::{Case, difference};
use std::collections::BTreeSet;
use std::sync::Mutex;

#[test]
fn every_case_comes_out_as_expected() {
    let update = std::env::var_os("UPDATE_EXPECTED").is_some();
    let cases = Case::all();
    let waiting = Mutex::new(cases.iter());
    let complaints = Mutex::new(Vec::new());
    let next = || waiting.lock().expect("no thread panics").next();
    std::thread::scope(|scope| {
        // Mostly waiting for a process each.
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = next() {
                    if let Some(complaint) = complaint(case, update) {
                        complaints.lock().expect("no thread panics").push(complaint);
                    }
                }
            });
        }
    });
    let mut complaints = complaints.into_inner().expect("no thread panics");
    complaints.sort();
    assert!(
        complaints.is_empty(),
        "{} of {} cases:\n\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n\n")
    );
}

/// What is wrong with a case, if anything.
fn complaint(case: &Case, update: bool) -> Option<String> {
    let (first, second) = (case.run(), case.run());
    let mut broken = first.broken;
    if first.graphs != second.graphs || first.text != second.text {
        broken.push(format!("a second run differs:\n{}", difference(&first.text, &second.text)));
    }
    let expected = case.expected();
    if update && broken.is_empty() && expected.as_ref() != Some(&first.text) {
        case.expect(&first.text);
        return None;
    }
    match expected {
        Some(expected) if expected == first.text => {}
        Some(expected) => broken.push(difference(&expected, &first.text)),
        None => broken.push(format!("there is no `expected`; it came out as\n{}", first.text)),
    }
    (!broken.is_empty()).then(|| format!("{}: {}", case.name, broken.join("\n")))
}

/// Whatever is built, the explanation names the steps of the graph, and no others.
#[test]
fn every_build_is_explained_as_it_is() {
    let mut explained = 0;
    for case in Case::all() {
        let graphs = case.run().graphs;
        if graphs.is_empty() {
            continue;
        }
        explained += 1;
        assert_eq!(case.explained_steps(), steps(&graphs), "{}", case.name);
    }
    assert!(explained > 50, "{explained} cases build something");
}

/// The names of what people see as steps: not what is internal, nor the images that steps start from.
fn steps(graphs: &[pb::Definition]) -> BTreeSet<String> {
    let metadata = graphs.iter().flat_map(|graph| graph.metadata.values());
    let names = metadata.filter_map(|metadata| metadata.description.get("llb.customname"));
    names
        .filter(|name| {
            ["[internal] ", "[context "].iter().all(|start| !name.starts_with(start))
                && !name.contains("] FROM ")
        })
        .cloned()
        .collect()
}

/// Nothing in a graph depends on the order in which answers arrive, on the environment's order or on a hash.
#[test]
fn a_graph_is_the_same_every_time() {
    for name in ["every-key", "two-platforms"] {
        let case = Case::named(name);
        let first = case.run();
        assert!(!first.graphs.is_empty(), "{name} has no graph:\n{}", first.text);
        for _ in 1..25 {
            assert_eq!(case.run().graphs, first.graphs, "{name}");
        }
    }
}
