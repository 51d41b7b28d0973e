//! Names that nothing defines.
use crate::play::Project;
use crate::source::Reader;
pub(crate) fn check(_project: &Project, _open: bool, _reader: &mut Reader) {}
