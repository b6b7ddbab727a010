//! What a client can ask for instead of an image: `docker buildx build --call=NAME`.
//!
//! Clients send `frontend.NAME` and print what they get without looking into it, unless the name is one of Docker's
//! own (`frontend/subrequests` of BuildKit). Invariant: whatever is answered here is listed by [`Call::Describe`].

use super::failure::Failure;
use serde_json::{Value, json};

/// A request for something else than an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// What there is to say to the build file.
    Lint,
    /// What this build would do, and why.
    Explain,
    /// What a target takes.
    Outline,
    /// What a build file may say.
    Schema,
    /// The targets.
    Targets,
    /// A build file for a repository that has none.
    Init,
    /// The Dockerfile that does the same as a build file.
    Dockerfile,
    /// This list.
    Describe,
}

/// What clients print of an answer, in both of their formats.
pub(super) struct Answer {
    /// For people.
    pub(super) text: String,
    /// For programs.
    pub(super) json: String,
    /// The version of the answer's form.
    pub(super) version: &'static str,
}

/// What clients put before the names that people write.
const PREFIX: &str = "frontend.";

impl Call {
    const ALL: [Call; 8] = [
        Call::Lint,
        Call::Explain,
        Call::Schema,
        Call::Init,
        Call::Dockerfile,
        Call::Outline,
        Call::Targets,
        Call::Describe,
    ];

    /// The call of this name as clients send it.
    pub(super) fn of(request: &str) -> Result<Call, Failure> {
        let called = |call: &Call| request.strip_prefix(PREFIX) == Some(call.name());
        Call::ALL.into_iter().find(called).ok_or_else(|| Failure::Request(request.to_owned()))
    }

    /// The names of all calls, as people write them.
    pub(super) fn names() -> [&'static str; 8] {
        Call::ALL.map(Call::name)
    }

    fn name(self) -> &'static str {
        match self {
            Call::Lint => "lint",
            Call::Explain => "gobuild.explain",
            Call::Outline => "outline",
            Call::Schema => "gobuild.schema",
            Call::Targets => "targets",
            Call::Init => "gobuild.init",
            Call::Dockerfile => "gobuild.dockerfile",
            Call::Describe => "subrequests.describe",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Call::Explain | Call::Schema | Call::Init | Call::Dockerfile => "0.1.0",
            // Clients know these and print them themselves.
            Call::Lint | Call::Outline | Call::Targets | Call::Describe => "1.0.0",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Call::Lint => "Say what a reviewer would say to the build file (`--check`)",
            Call::Explain => "Show what the build would do, and what makes each step run again",
            Call::Outline => "List the build args, secrets and cache mounts of a target",
            Call::Targets => "List the targets",
            Call::Schema => "Print the JSON schema of the build file, for editors",
            Call::Init => {
                "Print a build file for a repository, from its Dockerfile, .ko.yaml or .goreleaser.yaml"
            }
            Call::Dockerfile => "Print a Dockerfile that builds the same program and image",
            Call::Describe => "List the calls that there are",
        }
    }

    /// An answer to this call.
    pub(super) fn answer(self, text: String, json: String) -> Answer {
        Answer { text, json, version: self.version() }
    }
}

/// The answer to [`Call::Schema`]: the same text in both formats.
pub(super) fn schema() -> Answer {
    let text = format!("{:#}\n", crate::spec::schema());
    Call::Schema.answer(text.clone(), text)
}

/// The answer to [`Call::Describe`].
pub(super) fn describe() -> Answer {
    let described = Call::ALL.map(|call| {
        json!({
            "name": format!("{PREFIX}{}", call.name()),
            "version": call.version(),
            "type": "rpc",
            "description": call.description(),
            "opts": [],
            "inputs": [],
            "metadata": [{ "name": "result.json", "description": "" }, { "name": "result.txt", "description": "" }],
            "refs": [],
        })
    });
    let line = |name: &str, version: &str, text: &str| format!("{name:<20} {version:<7} {text}\n");
    let calls = Call::ALL.map(|call| line(call.name(), call.version(), call.description()));
    let text = line("NAME", "VERSION", "DESCRIPTION") + &calls.concat();
    Call::Describe.answer(text, format!("{:#}", Value::from(described.to_vec())))
}

#[cfg(test)]
mod tests {
    use super::Call;

    #[test]
    fn a_call_is_known_by_the_name_that_clients_send() {
        assert_eq!(Call::of("frontend.gobuild.explain").unwrap(), Call::Explain);
        assert_eq!(Call::of("frontend.subrequests.describe").unwrap(), Call::Describe);
        for unknown in ["gobuild.explain", "frontend.", "frontend.gobuild", "frontend.gobuild.explain2"] {
            assert!(Call::of(unknown).is_err(), "{unknown}");
        }
    }
}
