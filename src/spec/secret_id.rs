//! What a secret or an agent is called, on the command line and in the build file.
//!
//! Invariant: an id is also the name of a file, in one directory.

use super::value::text;

text! {
    /// The id of a secret or an agent; its value is given with the build command.
    pub struct SecretId = |text: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if !text.is_empty() && !text.starts_with('.') && text.chars().all(good) {
            Ok(())
        } else {
            Err("it is the id of a secret or an agent, which has letters, digits, `_`, `.` and `-`; its value is given with the build command")
        }
    };
}

#[cfg(test)]
mod tests {
    use super::super::value::FromText;
    use super::SecretId;

    #[test]
    fn an_id_is_the_name_of_a_file() {
        assert!(SecretId::from_text("npm_token").is_ok());
        for id in ["", "../x", "a/b", ".."] {
            assert!(SecretId::from_text(id).is_err(), "{id}");
        }
    }
}
