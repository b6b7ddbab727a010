//! A network for each daemon: a bridge with a subnet of its own.
//!
//! Two dockerds cannot share `docker0`, and releases of different ages undo each other's iptables chains. So every
//! dockerd runs with `--iptables=false` on a bridge made here, and three rules of ours let containers out; ports are
//! published by `docker-proxy`, which needs no rule. Containers and build steps then have the network as usual, on
//! all daemons at once and beside a Docker of the user's. Invariant: [`Bridge::down`] removes what [`Bridge::up`] made.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{run, succeeds};
use crate::hash::fnv1a;
use crate::host;
use crate::kind::Kind;
use crate::lab::Lab;

/// Whether packets go from one network to another.
const FORWARD: &str = "/proc/sys/net/ipv4/ip_forward";

/// A daemon's bridge.
#[derive(Debug)]
pub struct Bridge {
    name: String,
    subnet: String,
}

impl Bridge {
    /// The bridge of a daemon; the names differ between the labs of two checkouts.
    pub fn of(lab: &Lab, kind: Kind) -> Self {
        let hash = fnv1a(lab.root().as_os_str().as_bytes()).to_be_bytes();
        // Its first bytes alone say little of the last letters.
        let [high, low] = [0, 1].map(|byte| hash[byte] ^ hash[byte + 2] ^ hash[byte + 4] ^ hash[byte + 6]);
        let index = kind.index();
        Self {
            name: format!("gobuild{high:02x}{low:02x}-{index}"),
            // The upper half of 10.0.0.0/8 in steps of eight subnets, one for each daemon.
            subnet: format!("10.{}.{}", 128 | high, (low & 0xf8) | index),
        }
    }

    /// The name of the network device.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the device and lets packets through.
    pub fn up(&self) -> Result<()> {
        if !succeeds(host::command("ip").args(["link", "show", &self.name])) {
            run(host::command("ip").args(["link", "add", &self.name, "type", "bridge"]))?;
        }
        // Each time, because a call that was killed may have left half a bridge.
        let address = format!("{}.1/24", self.subnet);
        run(host::command("ip").args(["address", "replace", &address, "dev", &self.name]))?;
        run(host::command("ip").args(["link", "set", &self.name, "up"]))?;
        // Some machines forward already and let nobody write there.
        if fs::read_to_string(FORWARD).is_ok_and(|value| value.trim() != "1") {
            fs::write(FORWARD, "1").context("the kernel refuses to forward packets")?;
        }
        for rule in self.rules() {
            if !succeeds(&mut iptables(&rule, "--check")) {
                // First, because a Docker of the user's drops what its own rules do not know.
                run(&mut iptables(&rule, "--insert"))?;
            }
        }
        Ok(())
    }

    /// Removes device and rules; what is not there is no error.
    pub fn down(&self) {
        for rule in self.rules() {
            let _ = succeeds(&mut iptables(&rule, "--delete"));
        }
        let _ = succeeds(host::command("ip").args(["link", "delete", &self.name]));
    }

    fn rules(&self) -> [(&'static str, Vec<String>); 3] {
        let words = |text: String| text.split(' ').map(str::to_owned).collect();
        let (name, subnet) = (&self.name, &self.subnet);
        [
            (
                "nat",
                words(format!(
                    "POSTROUTING --source {subnet}.0/24 ! --out-interface {name} --jump MASQUERADE"
                )),
            ),
            ("filter", words(format!("FORWARD --in-interface {name} --jump ACCEPT"))),
            ("filter", words(format!("FORWARD --out-interface {name} --jump ACCEPT"))),
        ]
    }
}

fn iptables((table, rule): &(&str, Vec<String>), action: &str) -> Command {
    let mut command = host::command("iptables");
    command.args(["--wait", "10", "--table", table, action]).args(rule);
    command
}
