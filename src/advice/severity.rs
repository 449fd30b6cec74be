//! How much a finding matters.

use super::Subject;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Said, never counted.
    Info,
    /// From 64 KiB on.
    Low,
    /// From 1 MB and a hundredth of the own payload on.
    Medium,
    /// From 10 MB and a twentieth of the own payload on.
    High,
    /// A credential that others can read.
    Critical,
}

impl Severity {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Subject<'_> {
    /// What so many bytes matter in this image; less than [`Severity::Low`] is [`Severity::Info`].
    pub fn severity(&self, bytes: u64) -> Severity {
        let own = self.own_payload();
        if bytes >= 10_000_000.max(own / 20) {
            Severity::High
        } else if bytes >= 1_000_000.max(own / 100) {
            Severity::Medium
        } else if bytes >= super::LEAST {
            Severity::Low
        } else {
            Severity::Info
        }
    }
}
