//! The file of an organisation, which a derived image has beside the program.
//!
//! Invariant: a file that is there counts or the build fails; it is never passed over.

use super::failure::Failure;
use crate::spec::{ORGANISATION_FILE, Organisation};
use std::io::ErrorKind;
use std::sync::Arc;

/// What the organisation says whose image this is, if it is one's.
///
/// The folder of the program is the root of the image.
pub(super) fn load() -> Result<Option<Arc<Organisation>>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Internal(format!("{ORGANISATION_FILE}: {error}"));
    let program = std::env::current_exe().map_err(unreadable)?;
    let root = program.parent().unwrap_or(&program);
    match std::fs::read(root.join(ORGANISATION_FILE.trim_start_matches('/'))) {
        Ok(data) => Ok(Some(Arc::new(Organisation::parse(data)?))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(unreadable(error)),
    }
}
