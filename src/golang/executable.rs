//! What the head of a program says of how it is started (elf(5)).
//!
//! Invariant: never fails; what is no ELF program, or is cut short, asks for nothing.

/// How much of a program is enough: its header, and the list of its segments with the name of its loader.
pub const HEAD: usize = 4096;

/// The type of the segment that names a loader.
const INTERPRETER: u64 = 3;

/// The dynamic loader that a program asks for; none if it is static.
pub fn interpreter(head: &[u8]) -> Option<String> {
    let wide = match head.get(..5)? {
        [0x7f, b'E', b'L', b'F', 1] => false,
        [0x7f, b'E', b'L', b'F', 2] => true,
        _ => return None,
    };
    let big = *head.get(5)? == 2;
    let number = |offset: u64, length: usize| -> Option<u64> {
        let offset = usize::try_from(offset).ok()?;
        let bytes = head.get(offset..offset.checked_add(length)?)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) })
    };
    let word = if wide { 8 } else { 4 };
    // Where the list of segments is, and the size and number of its entries.
    let (list, size, count) = if wide {
        (number(32, 8)?, number(54, 2)?, number(56, 2)?)
    } else {
        (number(28, 4)?, number(42, 2)?, number(44, 2)?)
    };
    for index in 0..count {
        let entry = list.checked_add(index * size)?;
        if number(entry, 4)? != INTERPRETER {
            continue;
        }
        let (offset, length) = if wide { (entry + 8, entry + 32) } else { (entry + 4, entry + 16) };
        let start = usize::try_from(number(offset, word)?).ok()?;
        let end = start.checked_add(usize::try_from(number(length, word)?).ok()?)?;
        let name = head.get(start..end).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        // A name behind what was read is still a loader.
        return Some(String::from_utf8_lossy(name).into_owned());
    }
    None
}

/// Where musl's loader is on a machine of this architecture.
pub fn musl_loader(architecture: &str) -> String {
    let machine = match architecture {
        "386" => "i386",
        "amd64" => "x86_64",
        "arm" => "armhf",
        "arm64" => "aarch64",
        "loong64" => "loongarch64",
        "mips64le" => "mips64el",
        "mipsle" => "mipsel",
        "ppc64" => "powerpc64",
        "ppc64le" => "powerpc64le",
        other => other,
    };
    format!("/lib/ld-musl-{machine}.so.1")
}

#[cfg(test)]
mod tests {
    use super::interpreter;

    /// A program of two segments, the second of which has this type and names this.
    fn program(wide: bool, big: bool, kind: u32, name: &[u8]) -> Vec<u8> {
        let (header, size) = if wide { (64_u64, 56_u64) } else { (52, 32) };
        let place = header + 2 * size;
        let mut bytes = vec![0; usize::try_from(place).unwrap()];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1 + u8::from(big)]);
        let mut put = |offset: u64, length: usize, value: u64| {
            let offset = usize::try_from(offset).unwrap();
            let encoded = if big {
                value.to_be_bytes()[8 - length..].to_vec()
            } else {
                value.to_le_bytes()[..length].to_vec()
            };
            bytes[offset..offset + length].copy_from_slice(&encoded);
        };
        let (list, entry, count, word) = if wide { (32, 54, 56, 8) } else { (28, 42, 44, 4) };
        put(list, word, header);
        put(entry, 2, size);
        put(count, 2, 2);
        let second = header + size;
        put(header, 4, 1);
        put(second, 4, u64::from(kind));
        put(second + if wide { 8 } else { 4 }, word, place);
        put(second + if wide { 32 } else { 16 }, word, name.len() as u64);
        bytes.extend_from_slice(name);
        bytes
    }

    #[test]
    fn loaders() {
        for wide in [false, true] {
            for big in [false, true] {
                let found = interpreter(&program(wide, big, 3, b"/lib/ld.so.1\0"));
                assert_eq!(found.as_deref(), Some("/lib/ld.so.1"), "{wide} {big}");
                // A dynamic section alone is a static program that can be loaded anywhere.
                assert_eq!(interpreter(&program(wide, big, 2, b"x")), None);
            }
        }
    }

    #[test]
    fn what_is_no_program_asks_for_nothing() {
        let whole = program(true, false, 3, b"/lib/ld.so.1\0");
        for end in 0..whole.len() - 1 {
            let found = interpreter(&whole[..end]);
            assert!(found.is_none_or(|name| name.is_empty()), "{end}");
        }
        for bytes in [&b""[..], b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x07\x01", &[0xff; 4096]] {
            assert_eq!(interpreter(bytes), None);
        }
        let mut hostile = whole.clone();
        for index in 16..whole.len() {
            hostile[index] = 0xff;
            interpreter(&hostile);
        }
    }

    #[test]
    fn this_very_test_is_a_program() {
        let head = std::fs::read("/proc/self/exe").unwrap();
        let found = interpreter(&head[..super::HEAD]);
        assert!(found.is_none_or(|name| name.starts_with('/')));
    }
}
