//! `dev-dependencies`: packages of languages that only developers need: exactly where a lock file says so, by name else.

use super::by_pattern::Table;
use crate::advice::{Finding, FixKind, Rule, Severity, Subject};

const TABLE: Table = Table {
    rule: Rule::DevDependencies,
    what: "development dependencies",
    patterns: &[
        "**/node_modules/typescript",
        "**/node_modules/eslint*",
        "**/node_modules/jest*",
        "**/node_modules/@types",
        "**/node_modules/@babel",
        "**/node_modules/webpack*",
        "**/node_modules/prettier",
        "**/node_modules/ts-node",
        "**/node_modules/nodemon",
        "**/node_modules/mocha",
        "**/node_modules/vitest",
        "**/site-packages/pytest",
        "**/site-packages/_pytest",
        "**/site-packages/mypy",
        "**/site-packages/pylint",
        "**/site-packages/*/tests",
        "**/dist-packages/*/tests",
        "**/vendor/phpunit",
    ],
    severity: Severity::Medium,
    fix: Some((
        FixKind::Command,
        "# npm ci --omit=dev, pnpm install --prod, composer install --no-dev, pip install without the test extras\n",
    )),
};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let env = &subject.image.info.config.config.env;
    // Somebody develops in it.
    if env.iter().any(|pair| pair == "NODE_ENV=development") {
        return Vec::new();
    }
    let Some(scan) = subject.scan.filter(|scan| !scan.development.is_empty()) else {
        return TABLE.find(subject, |_| false);
    };
    let mut end = 0;
    let mut paths = scan.development.clone();
    paths.retain(|path| {
        let is_top = path.0 >= end;
        end = end.max(subject.image.tree.subtree(*path).end);
        is_top
    });
    TABLE.findings(subject, &paths, subject.own(&paths, |_| true))
}
