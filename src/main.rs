//! The frontend's process. `BuildKit` starts one for each build and speaks to it over standard input and output.

fn main() {
    let status = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let status = runtime.block_on(gobuild::gateway::run());
            // The connection must outlive the answer: a daemon that sees it close first takes the build for failed.
            std::mem::forget(runtime);
            status
        }
        Err(error) => {
            eprintln!("gobuild: {error}");
            1
        }
    };
    std::process::exit(status);
}
