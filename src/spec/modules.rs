//! `modules:`, where modules come from, and with whose permission.
//!
//! Invariant: a secret is named here by its id and never written: its value is the client's, and no text in here is one.

use super::private_host::{Access, PrivateHost, PrivateHosts};
use super::reader::{Field, Reader};
use super::secret_id::SecretId;
use super::value::{FromField, FromText, mapping, text};
use crate::diagnostic::{Kind, Problem};

mapping! {
    /// Where modules come from, and with whose permission.
    #[derive(Clone, Debug, Default)]
    pub struct Modules {
        /// Module proxies, one after the other, then perhaps `direct` or `off`; absent means Go's own.
        proxy: Proxies = "proxy",
        /// The database of checksums that is asked about modules that go.sum does not have; `off` means none.
        sumdb: Option<ChecksumDatabase> = "sumdb",
        /// Whether modules that were downloaded earlier are compared with their checksums.
        verify: bool = "verify",
        /// PEM certificates that are trusted besides those of the image, or the id of a secret with them.
        ca: Option<Certificates> = "ca",
        /// Hosts that neither a public proxy nor a public database of checksums may be asked about.
        private: PrivateHosts = "private",
    }
}

impl Modules {
    /// Whether a module may come from a repository instead of a proxy.
    pub fn from_repositories(&self) -> bool {
        self.private.0.iter().any(|host| !self.is_for_proxy(host))
            || self.proxy.0.iter().any(|proxy| proxy.as_str() == "direct")
    }

    /// What of it lets in at proxies, which is what a module needs that everybody may have: certificates, and passwords that
    /// are not an agent's.
    #[must_use]
    pub fn of_proxies(&self) -> Modules {
        let mut modules = self.clone();
        modules.proxy.0.retain(|proxy| proxy.host().is_some());
        let answers_proxy = |host: &PrivateHost| !matches!(host.access, Access::Ssh { .. });
        modules.private.0.retain(|host| self.is_for_proxy(host) && answers_proxy(host));
        modules
    }

    /// What of it is about certificates, which is what a server needs that serves no modules.
    #[must_use]
    pub fn of_certificates(&self) -> Modules {
        Modules { ca: self.ca.clone(), ..Modules::default() }
    }

    /// Who names the host of a proxy has a password for the proxy.
    fn is_for_proxy(&self, host: &PrivateHost) -> bool {
        self.proxy.0.iter().any(|proxy| proxy.host() == Some(host.prefix.as_str()))
    }
}

/// Certificates that are trusted besides those of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// Those of the client.
    Secret(SecretId),
    /// These, in PEM form.
    Pem(String),
}

impl Certificates {
    /// The secret, if they are one.
    pub fn secret(&self) -> Option<&SecretId> {
        match self {
            Certificates::Secret(id) => Some(id),
            Certificates::Pem(_) => None,
        }
    }

    /// The lines of those that are written.
    pub fn lines(&self) -> Option<Vec<String>> {
        match self {
            Certificates::Secret(_) => None,
            Certificates::Pem(text) => Some(text.lines().map(str::to_owned).collect()),
        }
    }
}

impl FromField for Certificates {
    const KIND: Kind = Kind::Text;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Certificates> {
        let text = reader.text(field)?;
        if !text.value.contains("-----BEGIN ") {
            let id = reader.parse_text(&field.path, &text, SecretId::from_text)?;
            return Some(Certificates::Secret(id.value));
        }
        let plain = |line: &str| line.chars().all(|c| c.is_ascii_graphic() || c == ' ');
        // No message repeats what was written.
        let key = field.path.clone();
        if text.value.contains("PRIVATE KEY") {
            reader.report(Problem::PrivateKey { key }, text.span);
            return None;
        }
        if !text.value.contains("-----BEGIN CERTIFICATE-----") || !text.value.lines().all(plain) {
            reader.report(Problem::NoCertificates { key }, text.span);
            return None;
        }
        Some(Certificates::Pem(text.value.trim().to_owned()))
    }
}

/// Module proxies in the order in which they are asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(pub Vec<Proxy>);

text! {
    /// A module proxy, `direct` or `off`.
    pub struct Proxy = |text: &str| {
        let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let good = |address: &str| {
            let plain = |c: char| c.is_ascii_graphic() && !",|?#\"\\".contains(c);
            !address.starts_with(['/', ':']) && !address.is_empty() && address.chars().all(plain)
        };
        if matches!(text, "direct" | "off") || address.is_some_and(good) {
            Ok(())
        } else {
            Err("a module proxy is a URL like `https://proxy.corp.example`, `direct` or `off`; several are a list")
        }
    };
}

impl Proxy {
    /// The host that is asked; none for words.
    fn host(&self) -> Option<&str> {
        let (_, address) = self.0.split_once("://")?;
        address.split(['/', ':']).next()
    }
}

impl FromField for Proxies {
    const KIND: Kind = Kind::TextOrList;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Proxies> {
        let texts = reader.texts(field);
        let mut proxies: Vec<Proxy> = Vec::new();
        for text in &texts {
            if has_credentials(&text.value) {
                let instead = "give the host in `modules.private` and a secret with `netrc`";
                reader.report(Problem::CredentialsInUrl { key: field.path.clone(), instead }, text.span);
                continue;
            }
            let Some(proxy) = reader.parse_text(&field.path, text, Proxy::from_text) else { continue };
            if let Some(last) = proxies.last().filter(|last| matches!(last.as_str(), "direct" | "off")) {
                let reason = format!("it stands after `{}`, after which Go asks nobody", last.as_str());
                let found = text.value.clone();
                reader.report(Problem::BadValue { key: field.path.clone(), found, reason }, text.span);
            }
            proxies.push(proxy.value);
        }
        Some(Proxies(proxies))
    }
}

/// Whether a URL has a user or a password in it, which then no message may repeat.
pub(super) fn has_credentials(text: &str) -> bool {
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    address.split('/').next().is_some_and(|host| host.contains('@'))
}

text! {
    /// A database of checksums as GOSUMDB has it: its name, perhaps its key and where it is.
    pub struct ChecksumDatabase = |text: &str| {
        let plain = |c: char| c.is_ascii_graphic() || c == ' ';
        if !text.trim().is_empty() && text.chars().all(plain) && !has_credentials(text) {
            Ok(())
        } else {
            Err("it is `off`, or a database as GOSUMDB has it, like `sum.example.com`")
        }
    };
}
