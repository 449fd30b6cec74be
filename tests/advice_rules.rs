//! One image for each rule that fires with its exact bytes, and one trap beside it that stays silent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::advice::{self, Advice, Finding, Limits, Look, Rule, Scan, Severity, Subject};
use capas::build::{Evidence, Owner, Story};
use capas::image::Image;
use capas::ledger::Ledger;
use capas::source::{Options, open_reader};
use common::Layer;
use serde_json::json;

const KB: usize = 1000;
const INSTALL: &str = "RUN /bin/sh -c apt-get update && apt-get install -y curl # buildkit";

/// An image that was opened, with its contents read.
struct Case {
    image: Arc<Image>,
    ledger: Ledger,
    story: Story,
    scan: Option<Scan>,
}

impl Case {
    fn open(archive: &[u8], evidence: &Evidence, look: &[Look]) -> Self {
        let (options, cancel) = (Options::default(), AtomicBool::new(false));
        let opened = open_reader(archive, &options, &|_| {}, &cancel).unwrap();
        let image = opened.load(&|_| {}, &cancel).unwrap();
        let ledger = Ledger::new(&image);
        let mut story = Story::new(&image.info, evidence);
        if evidence.base_layers.is_some() {
            story.base.evidence = capas::build::BaseEvidence::Told;
        }
        let scan = (!look.is_empty()).then(|| {
            let bodies = opened.bodies();
            Scan::run(&image, &ledger, &story, &*bodies, look, &|_, _| {}, &cancel).unwrap()
        });
        Self { image, ledger, story, scan }
    }

    fn advise(&self) -> Advice {
        let Self { image, ledger, story, scan } = self;
        let limits = Limits { min_bytes: Some(1), all: false };
        advice::advise(&Subject { image, ledger, story, scan: scan.as_ref(), limits })
    }

    /// Rule, steps, bytes of the findings of a rule, and the paths that they show.
    fn found(&self, rule: Rule) -> Vec<String> {
        let advice = self.advise();
        let shown = |finding: &Finding| {
            let path = |node| String::from_utf8_lossy(&self.image.tree.path(node)).into_owned();
            let paths: Vec<String> = finding.paths.sample.iter().map(|node| path(*node)).collect();
            format!("{:?} {} {}", finding.steps, finding.bytes.max, paths.join(" "))
        };
        advice.findings.iter().filter(|finding| finding.rule == rule).map(shown).collect()
    }
}

/// A base of one layer, which evidence says is the base, then these steps; contents read.
fn case(steps: impl IntoIterator<Item = (&'static str, Layer)>) -> Case {
    with(steps, json!({}))
}

fn with(steps: impl IntoIterator<Item = (&'static str, Layer)>, config: serde_json::Value) -> Case {
    let image = image(steps).config(config);
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    Case::open(&image.docker_archive(), &evidence, &Look::ALL)
}

fn image(steps: impl IntoIterator<Item = (&'static str, Layer)>) -> common::Image {
    let base = common::Image::new("shop/web:1")
        .step("/bin/sh -c #(nop) ADD file:0123 in / ", Layer::new().dir("bin").big("bin/sh", 20 * KB, 200));
    steps.into_iter().fold(base, |image, (command, layer)| image.step(command, layer))
}

fn one(case: &Case, rule: Rule) -> Finding {
    let advice = case.advise();
    let mut found = advice.findings.into_iter().filter(|finding| finding.rule == rule);
    let first = found.next().unwrap();
    assert_eq!(found.next(), None, "one finding");
    first
}

#[test]
fn caches_of_apt_are_priced_where_they_are_made() {
    let case = case([(
        INSTALL,
        Layer::new()
            .big("var/lib/apt/lists/deb_Packages", 300 * KB, 1)
            .file("var/lib/apt/lists/lock", "")
            .big("var/cache/apt/pkgcache.bin", 200 * KB, 2)
            .big("usr/bin/curl", 100 * KB, 3),
    )]);
    let finding = one(&case, Rule::PackageCache);
    assert_eq!((finding.bytes.min, finding.bytes.max, finding.unique), (500_000, 500_000, 500_000));
    assert_eq!((&finding.steps[..], finding.owner, finding.severity), (&[2][..], Owner::Own, Severity::Low));
    assert_eq!(
        finding.title,
        "The cache of apt (/var/lib/apt/lists, /var/cache/apt) holds 500.0 kB, written by step 2"
    );
    let fix = finding.fix.unwrap().text;
    assert!(fix.starts_with("RUN ") && fix.contains("apt-get update"), "{fix}");
    assert!(fix.ends_with("&& apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin\n"), "{fix}");
    let mount = finding.alternative.unwrap().text;
    assert!(mount.contains("--mount=type=cache,target=/var/lib/apt,sharing=locked"), "{mount}");
    assert!(!mount.contains("docker-clean"));
}

#[test]
fn a_cache_that_is_hard_linked_into_the_installation_frees_only_its_own() {
    let case = case([(
        "RUN /bin/sh -c uv sync # buildkit",
        Layer::new()
            .big("root/.cache/uv/archive/torch.so", 640 * KB, 1)
            .hardlink("app/.venv/torch.so", "root/.cache/uv/archive/torch.so")
            .big("root/.cache/uv/index", 87 * KB, 2)
            .hardlink("root/.cache/uv/index2", "root/.cache/uv/index"),
    )]);
    assert_eq!(case.found(Rule::PackageCache), ["[2] 87000 root/.cache/uv/index"]);
}

#[test]
fn homes_and_variables_move_caches() {
    let passwd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000::/srv/app:/bin/sh\n";
    let steps = || {
        [(
            "RUN /bin/sh -c pip install x # buildkit",
            Layer::new()
                .file("etc/passwd", passwd)
                .big("home/jo/.cache/pip/a", 10 * KB, 1)
                .big("srv/app/.cache/pip/b", 20 * KB, 2)
                .big("data/pip/c", 30 * KB, 3)
                .big("opt/xdg/pip/d", 40 * KB, 4),
        )]
    };
    let env = json!({"Env": ["PIP_CACHE_DIR=/data/pip", "XDG_CACHE_HOME=/opt/xdg"]});
    assert_eq!(
        with(steps(), env).found(Rule::PackageCache),
        ["[2] 100000 opt/xdg/pip/d data/pip/c srv/app/.cache/pip/b home/jo/.cache/pip/a"]
    );
    assert_eq!(
        with(steps(), json!({})).found(Rule::PackageCache),
        ["[2] 30000 srv/app/.cache/pip/b home/jo/.cache/pip/a"]
    );
}

#[test]
fn what_looks_like_a_cache_and_is_none() {
    let run = "RUN /bin/sh -c true # buildkit";
    let silent = case([
        // Zero installs: the cache is what runs.
        (run, Layer::new().big("app/.yarn/cache/left-pad.zip", 90 * KB, 1).file("app/.pnp.cjs", "x")),
        // A cache mount leaves its folder.
        (run, Layer::new().dir("root/.cache/pip").dir("var/cache/apk")),
        // Folders that are only called so.
        (run, Layer::new().big("srv/cache/pip/a", 90 * KB, 2).big("lib/apk/db/installed", 90 * KB, 3)),
        // Emptied later: dead, another rule's business.
        (run, Layer::new().big("var/cache/apk/x", 90 * KB, 4)),
        (run, Layer::new().whiteout("var/cache/apk/x")),
    ]);
    assert_eq!(silent.found(Rule::PackageCache), Vec::<String>::new());
    // Without Plug'n'Play it is a cache, and one in the base is the base's.
    let yarn = case([(run, Layer::new().big("app/.yarn/cache/left-pad.zip", 90 * KB, 1))]);
    assert_eq!(yarn.found(Rule::PackageCache).len(), 1);
    let base = common::Image::new("t:1")
        .step(INSTALL, Layer::new().big("var/lib/apt/lists/p", 90 * KB, 1))
        .step(run, Layer::new().file("a", "b"));
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    let finding = one(&Case::open(&base.docker_archive(), &evidence, &[]), Rule::PackageCache);
    assert_eq!((finding.owner, finding.severity, finding.fix), (Owner::Base, Severity::Info, None));
}
