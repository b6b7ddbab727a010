//! Exposed ports, as the `EXPOSE` instruction writes them: a port or a range, with an optional protocol.
//!
//! Invariant: every string that comes out is `port/protocol`, the key form of the image config.

use std::fmt;

const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];

/// Why a text is not a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortProblem {
    /// Not a number from 1 to 65535, nor two of them.
    Malformed(String),
    /// The range ends before it starts.
    Backwards(String),
    /// A protocol that no runtime knows.
    Protocol(String),
    /// `host:container`, which belongs to `docker run -p`.
    Published(String),
}

impl fmt::Display for PortProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => write!(
                f,
                "`{}` is not a port: write a number from 1 to 65535 or a range, \
                 such as `8080`, `53/udp` or `8000-8010`",
                text.escape_debug()
            ),
            Self::Backwards(text) => write!(f, "the port range `{text}` ends before it starts"),
            Self::Protocol(text) => {
                write!(f, "`{}` is not a protocol: use `tcp`, `udp` or `sctp`", text.escape_debug())
            }
            Self::Published(text) => write!(
                f,
                "`{}` maps a port of the host: write the container's port alone, \
                 and map it with `docker run -p`",
                text.escape_debug()
            ),
        }
    }
}

impl std::error::Error for PortProblem {}

/// Reads a port or a range of ports; the protocol is `tcp` unless one is written.
pub fn parse_ports(text: &str) -> Result<Vec<String>, PortProblem> {
    if text.contains(':') {
        return Err(PortProblem::Published(text.to_owned()));
    }
    let (range, protocol) = match text.split_once('/') {
        Some((range, protocol)) => (range, protocol.to_ascii_lowercase()),
        None => (text, "tcp".to_owned()),
    };
    if !PROTOCOLS.contains(&protocol.as_str()) {
        return Err(PortProblem::Protocol(protocol));
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (Some(first), Some(last)) = (port(first), port(last)) else {
        return Err(PortProblem::Malformed(text.to_owned()));
    };
    if last < first {
        return Err(PortProblem::Backwards(text.to_owned()));
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

fn port(text: &str) -> Option<u16> {
    // `parse` alone would let `+80` through.
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        let cases: [(&str, &[&str]); 7] = [
            ("8080", &["8080/tcp"]),
            ("8080/tcp", &["8080/tcp"]),
            ("53/udp", &["53/udp"]),
            ("53/UDP", &["53/udp"]),
            ("8000-8002", &["8000/tcp", "8001/tcp", "8002/tcp"]),
            ("7-7/sctp", &["7/sctp"]),
            ("65535", &["65535/tcp"]),
        ];
        for (text, ports) in cases {
            assert_eq!(parse_ports(text), Ok(ports.iter().map(|&port| port.to_owned()).collect()), "{text}");
        }
        assert_eq!(parse_ports("1-65535").map(|ports| ports.len()), Ok(65535));
    }

    #[test]
    fn refused() {
        let malformed = |text: &str| PortProblem::Malformed(text.to_owned());
        let cases = [
            ("", malformed("")),
            ("0", malformed("0")),
            ("65536", malformed("65536")),
            ("-1", malformed("-1")),
            ("+80", malformed("+80")),
            (" 80", malformed(" 80")),
            ("http", malformed("http")),
            ("80-", malformed("80-")),
            ("1-2-3", malformed("1-2-3")),
            ("99999999999999999999", malformed("99999999999999999999")),
            ("9-8", PortProblem::Backwards("9-8".to_owned())),
            ("80/", PortProblem::Protocol(String::new())),
            ("80/http", PortProblem::Protocol("http".to_owned())),
            ("80/tcp/udp", PortProblem::Protocol("tcp/udp".to_owned())),
            ("8080:80", PortProblem::Published("8080:80".to_owned())),
        ];
        for (text, problem) in cases {
            assert_eq!(parse_ports(text), Err(problem), "{text}");
        }
    }
}
