//! How the process behaves towards a daemon, whatever is built.

mod daemon;

use daemon::Daemon;

#[test]
fn smoke() {
    let outcome = Daemon::new("examples/hello-no-gomod").option("filename", "main.go").serve();
    println!("{:?}", outcome.returned);
}
