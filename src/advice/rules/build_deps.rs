//! `build-deps-in-runtime`: compilers, headers and static libraries in an image that only runs.

use super::by_pattern::Table;
use crate::advice::{Finding, FixKind, Rule, Severity, Subject};

const TABLE: Table = Table {
    rule: Rule::BuildDepsInRuntime,
    what: "compilers, headers and static libraries",
    patterns: &[
        "usr/bin/gcc*",
        "usr/bin/g++*",
        "usr/bin/cc1*",
        "usr/bin/*-gcc*",
        "usr/bin/*-g++*",
        "usr/bin/clang*",
        "usr/bin/ld",
        "usr/bin/ld.*",
        "usr/bin/*-ld*",
        "usr/bin/as",
        "usr/bin/*-as",
        "usr/bin/make",
        "usr/bin/cmake",
        "usr/bin/ninja",
        "usr/bin/rustc",
        "usr/bin/cargo",
        "usr/bin/javac",
        "usr/bin/mvn",
        "usr/bin/gradle",
        "usr/lib/gcc",
        "usr/libexec/gcc",
        "usr/local/go",
        "usr/include",
        "usr/local/include",
        "usr/share/cmake*",
        "**/*.a",
        "**/*.o",
        "**/*.la",
        "**/pkgconfig",
    ],
    severity: Severity::High,
    fix: Some((
        FixKind::Stage,
        "FROM ... AS build\n# what compiles\nFROM ...\nCOPY --from=build /path/to/result /path/to/result\n",
    )),
};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    // Programs load it when a thread ends.
    TABLE.find(subject, |node| tree.name(node).starts_with(b"libgcc_s"))
}
