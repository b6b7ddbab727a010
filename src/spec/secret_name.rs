//! Names by which secrets are known.
//!
//! Invariant: a name is judged, never a value.

/// Words that make a name that of a secret.
const WORDS: [&str; 11] = [
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pword",
    "secret",
    "secretkey",
    "token",
];
/// Words that do with `key` behind them.
const KEYS: [&str; 7] = ["access", "api", "encryption", "private", "secret", "signing", "ssh"];
/// Last words of names of something about a secret.
const ABOUT: [&str; 17] = [
    "count",
    "dir",
    "directory",
    "enabled",
    "endpoint",
    "expiry",
    "file",
    "header",
    "id",
    "issuer",
    "length",
    "name",
    "path",
    "required",
    "ttl",
    "type",
    "url",
];

/// Whether something of this name is as a rule a secret.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let about = words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    let public = words.iter().any(|word| word == "public");
    let key = |pair: &[String]| pair[1] == "key" && KEYS.contains(&pair[0].as_str());
    let named = words.iter().any(|word| WORDS.contains(&word.as_str()));
    !about && !public && (named || words.windows(2).any(key))
}

/// `DB_PASSWORD`, `dbPassword` and `db-password` are the same words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let starts = letter.is_uppercase() && before.is_lowercase();
        if (starts || !letter.is_alphanumeric()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn names_of_secrets() {
        for name in
            ["DB_PASSWORD", "GITHUB_TOKEN", "apiKey", "AWS_SECRET_ACCESS_KEY", "-db-passwd", "SSH_KEY"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "DB_PASSWORD_FILE",
            "PARTITION_KEY",
            "PUBLIC_API_KEY",
            "TOKENIZER",
            "MAX_TOKENS",
            "KEY",
            "AUTH_URL",
            "SECRET_NAME",
            "VERSION",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
