//! `image.capabilities:`, what programs may do though they do not run as root.
//!
//! Invariant: a capability that Linux has, known by its number.

use crate::diagnostic::Suggestion;
use crate::spec::schema;
use crate::spec::value::FromText;
use serde_json::Value as Json;

/// The capabilities of Linux without `cap_`, each at its number (capabilities(7)).
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];
/// What all of them start with.
const PREFIX: &str = "cap_";

/// A capability of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capability(usize);

impl Capability {
    /// Listens on ports below 1024.
    pub const NET_BIND_SERVICE: Capability = Capability(10);

    /// Its name, `cap_net_bind_service`.
    pub fn name(self) -> String {
        format!("{PREFIX}{}", NAMES[self.0])
    }

    /// Its bit in a set of them.
    pub fn bit(self) -> u64 {
        1 << self.0
    }
}

impl FromText for Capability {
    fn schema() -> Json {
        let names: Vec<String> = NAMES.iter().map(|name| format!("{PREFIX}{name}")).collect();
        schema::words(names.iter().map(String::as_str))
    }

    fn from_text(text: &str) -> Result<Capability, String> {
        let number = text.strip_prefix(PREFIX).and_then(|name| NAMES.iter().position(|known| *known == name));
        number.map(Capability).ok_or_else(|| {
            // Runtimes leave the prefix out.
            let lower = text.to_ascii_lowercase();
            match Suggestion::of(lower.strip_prefix(PREFIX).unwrap_or(&lower), NAMES).0 {
                Some(name) => format!("Linux has no such capability; did you mean `{PREFIX}{name}`?"),
                None => "Linux has no such capability; write one like `cap_net_bind_service`".to_owned(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Capability, FromText};

    #[test]
    fn capabilities() {
        for (text, number) in [("cap_chown", 0), ("cap_net_bind_service", 10), ("cap_checkpoint_restore", 40)]
        {
            let capability = Capability::from_text(text).unwrap();
            assert_eq!((capability.name().as_str(), capability.bit()), (text, 1 << number));
        }
        assert_eq!(Capability::from_text("cap_net_bind_service"), Ok(Capability::NET_BIND_SERVICE));
        for (text, suggested) in [
            ("NET_BIND_SERVICE", Some("cap_net_bind_service")),
            ("CAP_KILL", Some("cap_kill")),
            ("cap_net_bind_servce", Some("cap_net_bind_service")),
            ("all", None),
            ("", None),
        ] {
            let reason = Capability::from_text(text).unwrap_err();
            let known = reason.split('`').nth(1).filter(|_| reason.contains("did you mean"));
            assert_eq!(known, suggested, "{text}");
        }
    }
}
