//! The file `made` of a case: what steps leave and images hold, a file a line.
//!
//! `server loader=/lib/ld.so` is a program that asks for a loader, `server static` one that asks for none, `packages a b` a list,
//! `/lib/ld.so` a file of an image, `/etc/passwd bytes=9` one of so many, and `index a@v1:COPYING:MIT b@v2` the licences of linked
//! modules, each a text that says what it is; of a module without one its name is all.

use std::collections::BTreeMap;

/// The files, by path.
pub(super) fn read(lines: &str) -> BTreeMap<String, Vec<u8>> {
    let file = |line: &str| {
        let mut words = line.split_whitespace();
        let path = words.next()?.to_owned();
        let words: Vec<&str> = words.collect();
        let contents = match words.as_slice() {
            ["static"] => program(""),
            [word] if word.starts_with("loader=") => program(&word["loader=".len()..]),
            [word] if word.starts_with("bytes=") => vec![b'x'; word["bytes=".len()..].parse().ok()?],
            words if path == "index" => words.iter().flat_map(|word| licence(word)).collect(),
            words => (words.join("\n") + "\n").into_bytes(),
        };
        Some((path, contents))
    };
    lines.lines().filter_map(file).collect()
}

/// Entries of an index as `licenses.sh` writes it.
fn licence(word: &str) -> Vec<u8> {
    let parts: Vec<&str> = word.split(':').collect();
    let start = format!("0\t{}\t\n", parts[0]);
    let entry = match parts.as_slice() {
        [module, file, "none"] => format!("8\t{module}\t{file}\nall mine"),
        [module, file, licence] => {
            let text = format!("SPDX-License-Identifier: {licence}\n");
            format!("{}\t{module}\t{file}\n{text}", text.len())
        }
        _ => String::new(),
    };
    (start + &entry).into_bytes()
}

/// The head of a program for amd64 with one segment, which names the loader if there is one (elf(5)).
fn program(loader: &str) -> Vec<u8> {
    const HEADER: u64 = 64;
    const SEGMENT: u64 = 56;
    let mut head = b"\x7fELF\x02\x01\x01".to_vec();
    head.resize(32, 0);
    head.extend(HEADER.to_le_bytes());
    head.resize(54, 0);
    head.extend([SEGMENT.to_le_bytes()[0], 0, 1, 0]);
    head.resize(64, 0);
    head.extend(if loader.is_empty() { 1_u32 } else { 3 }.to_le_bytes());
    head.resize(72, 0);
    head.extend((HEADER + SEGMENT).to_le_bytes());
    head.resize(96, 0);
    head.extend((loader.len() as u64 + 1).to_le_bytes());
    head.resize(120, 0);
    head.extend(loader.as_bytes());
    head.push(0);
    head
}
