//! `image.stop-signal:`, how `docker stop` asks the program to end.
//!
//! Invariant: a signal that Linux has, in the form that runtimes read.

use crate::spec::value::text;

/// The signals of Linux by name (signal(7)), without `SIG`.
const NAMES: [&str; 31] = [
    "ABRT", "ALRM", "BUS", "CHLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "KILL", "PIPE", "PROF", "PWR",
    "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2",
    "VTALRM", "WINCH", "XCPU", "XFSZ",
];
/// The largest number of a signal.
const LARGEST: u8 = 64;

text! {
    /// A signal.
    pub struct StopSignal = |text: &str| {
        let named = text.strip_prefix("SIG").is_some_and(|name| NAMES.contains(&name) || is_real_time(name));
        let numbered = text.parse::<u8>().is_ok_and(|number| (1..=LARGEST).contains(&number));
        if named || numbered {
            Ok(())
        } else {
            Err("a signal is written like `SIGTERM` or `SIGRTMIN+3`, or as a number from 1 to 64")
        }
    };
}

/// `RTMIN`, `RTMIN+3`, `RTMAX-1`.
fn is_real_time(name: &str) -> bool {
    let within = |text: &str| text.parse::<u8>().is_ok_and(|number| number <= 30);
    matches!(name, "RTMIN" | "RTMAX")
        || name.strip_prefix("RTMIN+").is_some_and(within)
        || name.strip_prefix("RTMAX-").is_some_and(within)
}

#[cfg(test)]
mod tests {
    use super::StopSignal;
    use crate::spec::value::FromText;

    #[test]
    fn signals() {
        for text in ["SIGTERM", "SIGQUIT", "SIGRTMIN+3", "SIGRTMAX", "15"] {
            assert!(StopSignal::from_text(text).is_ok(), "{text}");
        }
        for text in ["", "TERM", "SIGTERMINATE", "sigterm", "0", "65", "SIGRTMIN+99", "-9"] {
            assert!(StopSignal::from_text(text).is_err(), "{text}");
        }
    }
}
