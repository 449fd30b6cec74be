//! `dev-dependencies`: packages of languages that only developers need: exactly where a lock file says so, by name else.

use std::ops::RangeInclusive;

use super::by_pattern::Table;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject, patterns};
use crate::build::Kind;

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

/// Installations, and the same without what only developers need.
const WITHOUT: &[(&str, &str)] = &[
    ("npm ci", "npm ci --omit=dev"),
    ("npm install", "npm install --omit=dev"),
    ("pnpm install", "pnpm install --prod"),
    ("yarn install", "yarn install --production"),
    ("composer install", "composer install --no-dev"),
    ("poetry install", "poetry install --only main"),
];

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let env = &subject.image.info.config.config.env;
    // Somebody develops in it.
    if env.iter().any(|pair| pair == "NODE_ENV=development") {
        return Vec::new();
    }
    let Some(scan) = subject.scan.filter(|scan| !scan.development.is_empty()) else {
        return with_fixes(subject, TABLE.find(subject, |_| false));
    };
    let paths = patterns::outermost(&subject.image.tree, scan.development.clone());
    with_fixes(subject, TABLE.findings(subject, &paths, subject.own(&paths, |_| true)))
}

/// Commands that run what developers need: nothing is left out before them.
const BUILDS: &[&str] = &[
    "npm run",
    "npm test",
    "npx ",
    "pnpm run",
    "pnpm build",
    "pnpm exec",
    "yarn run",
    "yarn build",
    "yarn test",
    "tsc",
    "webpack",
    "vite",
    "babel",
    "jest",
    "node ",
    "make",
    "pytest",
    "mypy",
    "pylint",
    "phpunit",
    "composer run",
];

/// Whether one of some steps may run them to build or to test.
fn are_used(subject: &Subject<'_>, steps: RangeInclusive<usize>) -> bool {
    let mut commands = steps.filter_map(|step| subject.story.command(step));
    commands.any(|command| BUILDS.iter().any(|build| command.text.contains(build)))
}

/// The step's RUN that does not install them, or takes them away when it has built with them; `None` where a later step
/// needs them.
fn shorter(subject: &Subject<'_>, step: usize) -> Option<Fix> {
    if are_used(subject, step + 1..=subject.story.steps.len()) {
        return None;
    }
    let (old, fix) =
        WITHOUT.iter().find_map(|(old, new)| Some((old, subject.with_words(step, old, new)?)))?;
    // Yarn 2 and later, which have no such flag.
    if fix.text.contains("--immutable") {
        return None;
    }
    if !are_used(subject, step..=step) {
        return Some(fix);
    }
    old.starts_with("npm").then(|| subject.with_cleanup(step, "npm prune --omit=dev"))
}

/// The command of the step that installs, where it is one of those that can be told to leave them out; the packages' own
/// tests can only be removed.
fn with_fixes(subject: &Subject<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &mut findings {
        let Some(step) = finding.steps.first().copied().filter(|step| subject.kind(*step) == Kind::Run)
        else {
            continue;
        };
        finding.fix =
            shorter(subject, step).or_else(|| tests(subject, finding, step)).or_else(|| finding.fix.take());
    }
    findings
}

/// A clean-up of the tests that Python packages bring along, where there is nothing but those.
fn tests(subject: &Subject<'_>, finding: &Finding, step: usize) -> Option<Fix> {
    let mut homes: Vec<String> = Vec::new();
    for node in &finding.paths.sample {
        let path = subject.shown(*node);
        let at = ["/site-packages/", "/dist-packages/"]
            .iter()
            .find_map(|dir| Some(path.find(dir)? + dir.len()))?;
        let (home, rest) = path.split_at(at);
        rest.split_once('/').filter(|(_, rest)| rest.starts_with("tests/"))?;
        let home = crate::text::shell_word(home.trim_end_matches('/'));
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    let find =
        format!("find {} -mindepth 2 -maxdepth 2 -type d -name tests -exec rm -rf {{}} +", homes.join(" "));
    (!homes.is_empty()).then(|| subject.with_cleanup(step, &find))
}
