//! A profile as `pprof` writes it, of a program that does nothing but call one function.
//!
//! Invariant: every number and length in it is below 128, so each takes one byte.

/// Of `main.main`, declared in the first of these lines, which calls `main.where` in the second.
pub(crate) fn of_a_call(declared: u8, called: u8) -> Vec<u8> {
    let strings = ["", "samples", "count", "main.where", "main.main", "main.go"];
    let mut profile = part(1, &[number(1, 1), number(2, 2)]);
    // The stack from within, and how often it was seen.
    profile.extend(part(2, &[number(1, 1), number(1, 2), number(2, 100)]));
    for (id, name, declared, line) in [(1, 3, 1, 2), (2, 4, declared, called)] {
        let line = part(4, &[number(1, id), number(2, line)]);
        profile.extend(part(4, &[number(1, id), line]));
        profile.extend(part(5, &[number(1, id), number(2, name), number(4, 5), number(5, declared)]));
    }
    for string in strings {
        profile.extend(part(6, &[string.as_bytes().to_vec()]));
    }
    profile
}

/// A field with a number.
fn number(field: u8, value: u8) -> Vec<u8> {
    vec![field << 3, value]
}

/// A field with something in it.
fn part(field: u8, content: &[Vec<u8>]) -> Vec<u8> {
    let content = content.concat();
    let length = u8::try_from(content.len()).expect("a short field");
    [vec![field << 3 | 2, length], content].concat()
}
