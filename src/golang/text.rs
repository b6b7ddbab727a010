//! String literals as Go writes them: `"with\tescapes"` and `` `raw` ``.
//!
//! They occur in imports, in go.mod and in `//go:embed`. Invariant: what comes back is the value that Go's
//! `strconv.Unquote` gives, or nothing.

/// The value of a quoted literal, quotes included.
pub(super) fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        // The language drops carriage returns from raw strings.
        return (!raw.contains('`')).then(|| raw.replace('\r', ""));
    }
    let body = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = Vec::with_capacity(body.len());
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\n' => return None,
            '\\' => escape(&mut characters, &mut value)?,
            plain => value.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    // `\xff` may give bytes that are no text; none of our uses wants those.
    String::from_utf8(value).ok()
}

/// Reads what follows a backslash.
fn escape(characters: &mut std::str::Chars<'_>, value: &mut Vec<u8>) -> Option<()> {
    let kind = characters.next()?;
    let byte = match kind {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' | '"' => u8::try_from(kind).ok()?,
        'x' => u8::try_from(digits(characters, 16, 2, 0)?).ok()?,
        '0'..='7' => u8::try_from(digits(characters, 8, 2, kind.to_digit(8)?)?).ok()?,
        'u' | 'U' => {
            let length = if kind == 'u' { 4 } else { 8 };
            let character = char::from_u32(digits(characters, 16, length, 0)?)?;
            value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(());
        }
        _ => return None,
    };
    value.push(byte);
    Some(())
}

/// Exactly `length` more digits, after those that make up `number`.
fn digits(characters: &mut std::str::Chars<'_>, radix: u32, length: usize, number: u32) -> Option<u32> {
    let mut number = number;
    for _ in 0..length {
        number = number.checked_mul(radix)?.checked_add(characters.next()?.to_digit(radix)?)?;
    }
    Some(number)
}

/// The bytes without the byte order mark that some editors put first.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (literal, value) in [
            (r#""""#, Some("")),
            (r#""fmt""#, Some("fmt")),
            (r#""a\tb\\\"c""#, Some("a\tb\\\"c")),
            (r#""\x66\155\u0074""#, Some("fmt")),
            (r#""\U0001F600é""#, Some("😀é")),
            (r#""\xc3\xa9""#, Some("é")),
            ("`raw\\n`", Some("raw\\n")),
            ("`a\r\nb`", Some("a\nb")),
            (r#""\xff""#, None),
            (r#""\777""#, None),
            (r#""\UFFFFFFFF""#, None),
            (r#""\ud800""#, None),
            (r#""\x6""#, None),
            (r#""\q""#, None),
            (r#""\""#, None),
            (r#"""#, None),
            ("`", None),
            ("fmt", None),
            ("'f'", None),
            ("\"a\nb\"", None),
            (r#""a"b""#, None),
        ] {
            assert_eq!(unquote(literal).as_deref(), value, "{literal}");
        }
    }
}
