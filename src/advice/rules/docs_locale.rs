//! `docs-locale`: documentation, manual pages and translations.

use super::by_pattern::Table;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject};

const TABLE: Table = Table {
    rule: Rule::DocsLocale,
    what: "documentation and translations",
    patterns: &[
        "usr/share/doc",
        "usr/share/man",
        "usr/share/info",
        "usr/share/locale/*",
        "usr/share/i18n",
        "usr/share/help",
        "usr/share/gtk-doc",
        "usr/share/lintian",
    ],
    severity: Severity::Low,
    fix: None,
};

const DPKG: &str = "# Before the first installation:\nRUN printf '%s\\n' 'path-exclude=/usr/share/doc/*' \
'path-include=/usr/share/doc/*/copyright' 'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/info/*' \
'path-exclude=/usr/share/locale/*' 'path-include=/usr/share/locale/en*' > /etc/dpkg/dpkg.cfg.d/01_nodoc\n";
const DNF: &str = "RUN dnf install -y --setopt=tsflags=nodocs ...\n";

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let locales = tree.find(b"usr/share/locale");
    let kept = |node| {
        let name = tree.name(node);
        // Licences have to be handed on with what they are the licences of.
        let is_licence = name == b"copyright" || name.starts_with(b"LICEN") || name.starts_with(b"COPYING");
        let of = std::iter::successors(Some(node), |node| Some(tree.parent(*node)))
            .find(|above| Some(tree.parent(*above)) == locales || above.0 == 0);
        let locale = of.map_or(&b""[..], |of| tree.name(of));
        is_licence || locale == b"C" || locale.starts_with(b"en") || name == b"locale.alias"
    };
    let mut findings = TABLE.find(subject, kept);
    let fix = if subject.live("var/lib/dpkg").is_some() {
        Some(DPKG)
    } else if subject.live("var/lib/rpm").or(subject.live("usr/lib/sysimage/rpm")).is_some() {
        Some(DNF)
    } else {
        None
    };
    for finding in &mut findings {
        finding.fix = fix.map(|text| Fix::new(FixKind::Command, text));
    }
    findings
}
