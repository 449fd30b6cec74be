//! The rules, one file each.

use super::{Finding, Row, Subject};

/// What all rules find, in no order, and the rows of RUN steps.
pub(super) fn all(_subject: &Subject<'_>) -> (Vec<Finding>, Vec<Row>) {
    (Vec::new(), Vec::new())
}
