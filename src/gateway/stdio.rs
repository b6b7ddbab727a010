//! The daemon's pipes as a gRPC channel.
//!
//! Invariant: after [`connect`] nothing else in the process can reach the connection: file descriptor 1 is the
//! daemon's log from then on, so a stray print cannot corrupt HTTP/2.

use anyhow::Context as _;
use buildkit_proto::gateway::llb_bridge_client::LlbBridgeClient;
use hyper_util::rt::TokioIo;
use std::os::fd::AsFd;
use std::sync::Mutex;
use tokio::net::unix::pipe;
use tonic::transport::{Channel, Endpoint};

/// The largest message in either direction: what a daemon since 0.14 accepts and sends (containerd's
/// `DefaultMaxRecvMsgSize`).
const LARGEST_MESSAGE: usize = 16 << 20;
/// The largest list of headers. Errors travel in one: the whole build file, the failed step and stack traces.
const LARGEST_HEADERS: u32 = 16 << 20;

/// A client on this process's standard input and output.
///
/// Fails when they are not pipes, which is how a person finds out what this program is.
pub(super) async fn connect() -> anyhow::Result<LlbBridgeClient<Channel>> {
    // Not tokio's own stdin: its reading thread would keep the process alive after `Return`.
    let stdin = std::io::stdin().as_fd().try_clone_to_owned()?;
    let stdout = std::io::stdout().as_fd().try_clone_to_owned()?;
    let receiver = pipe::Receiver::from_owned_fd(stdin).context("standard input")?;
    let sender = pipe::Sender::from_owned_fd(stdout).context("standard output")?;
    rustix::stdio::dup2_stdout(std::io::stderr())?;

    // tonic asks again when a connection has broken; there is only one.
    let pipes = Mutex::new(Some(TokioIo::new(tokio::io::join(receiver, sender))));
    let connector = tower::service_fn(move |_| {
        let pipes = pipes.lock().map(|mut pipes| pipes.take()).ok().flatten();
        async move { pipes.ok_or_else(|| std::io::Error::other("the daemon closed the connection")) }
    });
    let channel = Endpoint::from_static("http://localhost")
        .http2_max_header_list_size(LARGEST_HEADERS)
        .connect_with_connector(connector)
        .await
        .context("no BuildKit daemon answers on the pipes")?;
    Ok(LlbBridgeClient::new(channel)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE))
}
