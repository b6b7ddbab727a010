//! Just enough of the ELF format to tell whether a program needs a dynamic loader.
//!
//! Invariant: a file that is no 64-bit little-endian ELF is an error, never "static".

use anyhow::{Context, Result, ensure};

/// Program header type of the path to a dynamic loader.
const PT_INTERP: u32 = 3;

/// Whether a program runs without any other file: it names no loader.
pub fn is_static(program: &[u8]) -> Result<bool> {
    ensure!(program.starts_with(b"\x7fELF\x02\x01"), "the program is no 64-bit ELF file");
    let table = usize::try_from(u64::from_le_bytes(field(program, 0x20)?))?;
    let size = usize::from(u16::from_le_bytes(field(program, 0x36)?));
    let count = usize::from(u16::from_le_bytes(field(program, 0x38)?));
    for index in 0..count {
        if u32::from_le_bytes(field(program, table + index * size)?) == PT_INTERP {
            return Ok(false);
        }
    }
    Ok(true)
}

fn field<const N: usize>(program: &[u8], offset: usize) -> Result<[u8; N]> {
    let bytes = program.get(offset..offset + N).context("the program's header is cut off")?;
    Ok(bytes.try_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_programs_need_a_loader() {
        assert!(!is_static(&std::fs::read("/bin/true").unwrap()).unwrap());
    }

    #[test]
    fn header_without_interpreter_is_static() {
        let mut program = b"\x7fELF\x02\x01".to_vec();
        program.resize(0x40, 0);
        program[0x20] = 0x40;
        program[0x36] = 56;
        program[0x38] = 1;
        program.extend([1, 0, 0, 0]);
        assert!(is_static(&program).unwrap());
        program[0x40] = 3;
        assert!(!is_static(&program).unwrap());
        program.truncate(0x41);
        assert!(is_static(&program).is_err());
    }

    #[test]
    fn text_is_no_program() {
        assert!(is_static(b"#!/bin/sh").is_err());
    }
}
