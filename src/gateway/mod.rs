//! The only room that talks to the daemon, and the only one that waits.
//!
//! `stdio` is the connection, `client` the calls, `options` the request, `origin` where its files are (`git_reference`,
//! `archive`, `url`), `build_file` and `context` (`listing`, `ignore`) the files, `named_context` what stands for images,
//! `generators` what generate steps and files of the image are made from, `accounts` the users of bases. `build` is the story of
//! one build: `request` is what is asked for (`wanted`, `target`), `repository` what there is for it (`programs`, `images`, `checks`),
//! `plans` what comes of both, `review` what there is to say of it; `gate` are its last calls (`linkage`, `licenses`), `result` and `failure` the two
//! endings. `call` is what else can be asked for (`asked`, `lint`, `outline`, `init`, `dockerfile`).
//! Invariant: `Return` is called exactly once, whatever happens in between, a panic included.

mod accounts;
mod archive;
mod asked;
mod build;
mod build_file;
mod call;
mod checks;
mod client;
mod context;
mod dockerfile;
mod failure;
mod gate;
mod generators;
mod git_reference;
mod ignore;
mod images;
mod init;
mod licenses;
mod linkage;
mod lint;
mod listing;
mod named_context;
mod options;
mod organisation;
mod origin;
mod outline;
mod plans;
mod programs;
mod repository;
mod request;
mod result;
mod review;
mod stdio;
mod target;
mod url;
mod wanted;

use client::Daemon;
use failure::Failure;
use options::Options;
use tonic::Code;

/// What a person sees who runs the image by hand.
const USAGE: &str = "\
gobuild is a BuildKit frontend: `docker build` runs it, and people do not.

Write this first line into a file called gobuild.yaml in a Go repository:

    # syntax=gobuild/frontend:1

and build it with

    docker build -f gobuild.yaml .
";

/// Serves the one request that this process was started for; the process is to end with this status.
pub async fn run() -> i32 {
    let client = match stdio::connect().await {
        Ok(client) => client,
        Err(error) => {
            eprintln!("{USAGE}\ngobuild {}: {error:#}", env!("CARGO_PKG_VERSION"));
            return 1;
        }
    };
    // First of all: the daemon waits ten seconds for a first call, and no longer.
    let greeted = Daemon::greet(client.clone()).await;
    if let Err(Failure::Daemon(_, status)) = &greeted
        && matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded)
    {
        // Pipes, but nobody at the other end who speaks this language: there is nobody to answer either.
        eprintln!("{USAGE}\ngobuild {}: no BuildKit daemon answers on the pipes", env!("CARGO_PKG_VERSION"));
        return 1;
    }
    // In a task of its own, so that a panic ends the task and not the connection.
    let task = tokio::spawn(async move {
        let (daemon, options) = (greeted?, Options::from_environment()?);
        let secrets = options.secrets();
        build::build(daemon, options).await.map_err(|failure| failure.without(&secrets))
    });
    let outcome = task.await.unwrap_or_else(|error| Err(Failure::Internal(panic_message(error))));
    match client::answer(client, outcome).await {
        Ok(()) => 0,
        Err(status) => {
            eprintln!("gobuild: the daemon did not take the answer: {status}");
            1
        }
    }
}

fn panic_message(error: tokio::task::JoinError) -> String {
    let Ok(payload) = error.try_into_panic() else { return "the build was cancelled".to_owned() };
    let text =
        payload.downcast_ref::<String>().map(String::as_str).or(payload.downcast_ref::<&str>().copied());
    format!("a panic: {}", text.unwrap_or("no message"))
}

#[cfg(test)]
mod tests {
    use super::{Failure, panic_message};

    #[test]
    fn a_panic_becomes_an_answer() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error =
            runtime.block_on(async { tokio::spawn(async { panic!("on purpose") }).await.unwrap_err() });
        let status = Failure::Internal(panic_message(error)).to_status();
        assert_eq!(status.code, tonic::Code::Internal as i32);
        assert!(
            status.message.starts_with("a panic: on purpose; this is a bug in gobuild"),
            "{}",
            status.message
        );
    }
}
