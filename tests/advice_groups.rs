//! Rows of RUN steps: price, verdict, finding, and what is said of bytes that no grouping cures.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::advice::{self, Advice, Confidence, Finding, Limits, Rule, Severity, Subject};
use capas::build::{Evidence, Owner, Story};
use capas::image::Image;
use capas::ledger::Ledger;
use capas::source::{Options, open_reader};
use common::Layer;

/// A tenth of a megabyte stands for one: enough for every threshold.
const MB: usize = 100_000;

/// An image with all that advice needs.
struct Case {
    image: Arc<Image>,
    ledger: Ledger,
    story: Story,
}

impl Case {
    fn new(image: &common::Image, evidence: &Evidence) -> Self {
        let archive = image.docker_archive();
        let (options, cancel) = (Options::default(), AtomicBool::new(false));
        let opened = open_reader(&archive[..], &options, &|_| {}, &cancel).unwrap();
        let image = opened.load(&|_| {}, &cancel).unwrap();
        let ledger = Ledger::new(&image);
        assert_eq!(ledger.imbalance(&image), None);
        let story = Story::new(&image.info, evidence);
        Self { image, ledger, story }
    }

    /// Steps after a base of one layer.
    fn of(steps: impl IntoIterator<Item = (&'static str, Layer)>) -> Self {
        let base = common::Image::new("shop/web:1")
            .step("/bin/sh -c #(nop) ADD file:0123 in / ", Layer::new().dir("bin").big("bin/sh", 2 * MB, 200))
            .empty("/bin/sh -c #(nop)  CMD [\"sh\"]");
        let image = steps.into_iter().fold(base, |image, (command, layer)| image.step(command, layer));
        Self::new(&image, &Evidence { base_layers: Some(1), ..Evidence::default() })
    }

    fn advise(&self, limits: Limits) -> Advice {
        let Self { image, ledger, story } = self;
        let subject = Subject { image, ledger, story, scan: None, limits };
        let mut advice = advice::advise(&subject);
        // What is claimed is claimed once, and is the size of files that ship.
        let mut files: Vec<_> = advice.findings.iter().flat_map(|finding| finding.claims.clone()).collect();
        files.sort_unstable();
        files.dedup();
        let union: u64 =
            files.iter().map(|entry| image.tree.entries(entry.layer).get(entry.entry).size).sum();
        assert_eq!(union, advice.findings.iter().map(|finding| finding.unique).sum::<u64>());
        assert!(union <= ledger.ship());
        assert!(advice.avoidable <= advice.avoidable_with_guesses && advice.avoidable_with_guesses <= union);
        let mut prints: Vec<&str> = advice.findings.iter().map(|finding| &*finding.fingerprint).collect();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), advice.findings.len());
        // Facts and hygiene cost no bytes.
        advice.findings.retain(|finding| finding.bytes.max > 0);
        advice
    }
}

fn advise(steps: impl IntoIterator<Item = (&'static str, Layer)>) -> Advice {
    Case::of(steps).advise(Limits::default())
}

fn ungrouped(advice: &Advice) -> Vec<&Finding> {
    advice.findings.iter().filter(|finding| finding.rule == Rule::UngroupedRun).collect()
}

/// The steps and bytes of the rows, with the verdict.
fn rows(advice: &Advice) -> Vec<(Vec<usize>, u64, u64, &'static str)> {
    let row = |row: &advice::Row| (row.steps.clone(), row.bytes.min, row.bytes.max, row.verdict.word());
    advice.rows.iter().map(row).collect()
}

const INSTALL: &str = "RUN /bin/sh -c pip install numpy # buildkit";

/// Example A: two installs, `chown -R`, `chmod -R` that changes nothing.
#[test]
fn installs_with_chown_and_chmod() {
    let owned = |layer: Layer| {
        layer.owner(1000, 1000).big("usr/numpy", 5 * MB, 1).owner(1000, 1000).big("usr/flask", 2 * MB, 2)
    };
    let advice = advise([
        (INSTALL, Layer::new().big("usr/numpy", 5 * MB, 1)),
        ("RUN /bin/sh -c pip install flask # buildkit", Layer::new().big("usr/flask", 2 * MB, 2)),
        ("RUN /bin/sh -c chown -R 1000:1000 /usr # buildkit", owned(Layer::new())),
        ("RUN /bin/sh -c chmod -R a+rX /usr # buildkit", owned(Layer::new())),
    ]);
    let saved = 14 * MB as u64;
    assert_eq!(rows(&advice), [(vec![3, 4, 5, 6], saved, saved, "fix-at-birth")]);
    let finding = ungrouped(&advice)[0];
    assert_eq!((finding.bytes.min, finding.bytes.max, finding.unique), (saved, saved, saved));
    assert_eq!((finding.confidence, finding.severity), (Confidence::Exact, Severity::Medium));
    assert_eq!((&finding.steps[..], finding.owner), (&[3, 4, 5, 6][..], Owner::Own));
    assert_eq!(
        finding.title,
        "Steps 3 to 6 ship 2.1 MB to deliver 700.0 kB. As one RUN they drop 1.4 MB (exact)."
    );
    let evidence: Vec<&str> = finding.evidence.iter().map(|part| &*part.text).collect();
    assert_eq!(
        evidence,
        [
            "700.0 kB of step 5 that step 6 ships again with nothing changed: /usr",
            "500.0 kB of step 3 that step 5 ships again, owner 0:0 to 1000:1000 changed: /usr/numpy",
            "200.0 kB of step 4 that step 5 ships again, owner 0:0 to 1000:1000 changed: /usr/flask",
        ]
    );
    assert_eq!(advice.avoidable, saved);
    assert_eq!(advice.findings.len(), 1, "what is grouped is not told again");
}

/// Example B: an index in the first step, packages in the second, both cleaned later.
#[test]
fn classic_apt() {
    let advice = advise([
        (
            "RUN /bin/sh -c apt-get update # buildkit",
            Layer::new().big("var/lib/apt/lists/a", 30 * MB, 1).big("var/cache/apt/pkgcache.bin", 10 * MB, 2),
        ),
        (
            "RUN /bin/sh -c apt-get install -y curl # buildkit",
            Layer::new().big("usr/bin/curl", 2 * MB, 3).big("var/cache/apt/archives/curl.deb", MB, 4),
        ),
        (
            "RUN /bin/sh -c apt-get clean # buildkit",
            Layer::new().whiteout("var/cache/apt/pkgcache.bin").whiteout("var/cache/apt/archives/curl.deb"),
        ),
        (
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists/* # buildkit",
            Layer::new().whiteout("var/lib/apt/lists/a"),
        ),
    ]);
    let saved = 41 * MB as u64;
    assert_eq!(rows(&advice), [(vec![3, 4, 5, 6], saved, saved, "merge")]);
    let fix = ungrouped(&advice)[0].fix.as_ref().unwrap();
    assert_eq!(
        fix.text,
        "RUN apt-get update \\\n && apt-get install -y curl \\\n && apt-get clean \\\n && rm -rf /var/lib/apt/lists/*"
    );
    assert_eq!(ungrouped(&advice)[0].alternative, None);
}

/// An index that only the installation between needs: the clean-up cannot move before it.
#[test]
fn a_clean_up_does_not_move_before_the_step_that_needs_the_files() {
    let advice = advise([
        ("RUN /bin/sh -c apt-get update # buildkit", Layer::new().big("var/lib/apt/lists/a", 30 * MB, 1)),
        ("RUN /bin/sh -c apt-get install -y curl # buildkit", Layer::new().big("usr/bin/curl", 2 * MB, 3)),
        (
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists/* # buildkit",
            Layer::new().whiteout("var/lib/apt/lists/a"),
        ),
    ]);
    assert_eq!(rows(&advice), [(vec![3, 4, 5], 30 * MB as u64, 30 * MB as u64, "merge")]);
}

/// The measured example of six RUNs: two groups, of which one needs only its clean-up moved.
#[test]
fn a_clean_up_moves_over_a_step_that_has_nothing_to_do_with_it() {
    let advice = advise([
        (
            "RUN /bin/sh -c curl -o /opt/a.tgz URL && make-tool # buildkit",
            Layer::new().big("opt/a.tgz", 20 * MB, 1).big("opt/kept", 20 * MB, 2),
        ),
        ("RUN /bin/sh -c other # buildkit", Layer::new().big("srv/other", 4 * MB, 3)),
        ("RUN /bin/sh -c rm /opt/a.tgz # buildkit", Layer::new().dir("opt").whiteout("opt/a.tgz")),
    ]);
    let saved = 20 * MB as u64;
    assert_eq!(rows(&advice), [(vec![3, 4, 5], saved, saved, "move-cleanup")]);
    let finding = ungrouped(&advice)[0];
    let text = |fix: &Option<advice::Fix>| fix.as_ref().unwrap().text.clone();
    assert_eq!(text(&finding.alternative), "RUN curl -o /opt/a.tgz URL && make-tool \\\n && rm /opt/a.tgz");
    assert!(text(&finding.fix).contains("other"), "the merged RUN has all of it");
    assert!(finding.costs.contains("step 4"), "{}", finding.costs);
    assert!(
        advice.rows[0].sentence.contains("moving the clean-up of step 5 into step 3"),
        "{}",
        advice.rows[0].sentence
    );
}

/// Example C: COPY is a barrier; its flags are the cure.
#[test]
fn copy_then_chown_and_chmod() {
    let advice = advise([
        (
            "COPY app /app # buildkit",
            Layer::new().dir("app").mode(0o644).big("app/main", 10 * MB, 1).mode(0o755).big(
                "app/run",
                10 * MB,
                2,
            ),
        ),
        (
            "RUN /bin/sh -c chown -R 1000:1000 /app && chmod -R o-rwx /app # buildkit",
            Layer::new()
                .owner(1000, 1000)
                .dir("app")
                .owner(1000, 1000)
                .mode(0o640)
                .big("app/main", 10 * MB, 1)
                .owner(1000, 1000)
                .mode(0o750)
                .big("app/run", 10 * MB, 2),
        ),
    ]);
    assert_eq!(rows(&advice), []);
    let [finding] = &advice.findings[..] else { panic!("{:#?}", advice.findings) };
    assert_eq!(
        (finding.rule, finding.bytes.min, finding.owner),
        (Rule::MetadataReship, 20 * MB as u64, Owner::Own)
    );
    let fix = finding.fix.as_ref().unwrap();
    assert_eq!(fix.text, "COPY --chown=1000:1000 --chmod=u=rwX,g=rX,o= app /app");
    assert_eq!(advice.avoidable, 20 * MB as u64);
}

/// Example D: nothing crosses a boundary, and that is said.
#[test]
fn steps_that_have_nothing_in_common_are_left() {
    let advice = advise([
        ("RUN /bin/sh -c apt-get install -y curl # buildkit", Layer::new().big("usr/bin/curl", 2 * MB, 1)),
        (
            "RUN /bin/sh -c pip install -r requirements.txt # buildkit",
            Layer::new().big("usr/lib/flask", 2 * MB, 2),
        ),
        ("RUN /bin/sh -c python -m compileall /app # buildkit", Layer::new().big("app/main.pyc", MB, 3)),
    ]);
    assert_eq!(rows(&advice), [(vec![3, 4, 5], 0, 0, "leave")]);
    assert_eq!(
        advice.rows[0].sentence,
        "3 RUN in a row (steps 3 to 5): merging these saves 0 B, leave them: separate steps keep their cache"
    );
    assert_eq!((advice.findings.len(), advice.avoidable), (0, 0));
}

/// Example E: three names of one file become three files; dead files alone tell a third of it.
#[test]
fn hard_links_copied_apart() {
    let three = |layer: Layer| {
        ["a", "b", "c"]
            .into_iter()
            .fold(layer, |layer, name| layer.mode(0o700).big(format!("opt/{name}"), 10 * MB, 1))
    };
    let linked =
        || Layer::new().big("opt/a", 10 * MB, 1).hardlink("opt/b", "opt/a").hardlink("opt/c", "opt/a");
    let advice = advise([
        ("RUN /bin/sh -c install # buildkit", linked()),
        ("RUN /bin/sh -c chmod -R 700 /opt # buildkit", three(Layer::new())),
    ]);
    let saved = 30 * MB as u64;
    assert_eq!(rows(&advice), [(vec![3, 4], saved, saved, "merge")]);
    let finding = ungrouped(&advice)[0];
    assert_eq!((finding.unique, finding.confidence), (saved, Confidence::Exact));
    assert_eq!(finding.evidence.iter().map(|part| part.bytes).sum::<u64>(), saved);
    // Over a barrier the same bytes are two findings.
    let advice = advise([
        ("RUN /bin/sh -c install # buildkit", linked()),
        ("USER app", Layer::new()),
        ("RUN /bin/sh -c chmod -R 700 /opt # buildkit", three(Layer::new())),
    ]);
    let found: Vec<_> = advice.findings.iter().map(|finding| (finding.rule, finding.unique)).collect();
    assert_eq!(found, [(Rule::MetadataReship, 10 * MB as u64), (Rule::BrokenHardlinks, 20 * MB as u64)]);
}

/// Example F: the cache is hard-linked into what was installed, so that deleting it frees next to nothing.
#[test]
fn a_cache_that_is_linked_into_what_was_installed() {
    let advice = advise([
        (
            "RUN /bin/sh -c uv pip install --system numpy # buildkit",
            Layer::new()
                .big("root/.cache/uv/numpy", 60 * MB, 1)
                .hardlink("usr/numpy", "root/.cache/uv/numpy")
                .big("root/.cache/uv/index", 700, 2),
        ),
        ("RUN /bin/sh -c rm -rf /root/.cache/uv # buildkit", Layer::new().whiteout("root/.cache/uv")),
    ]);
    assert_eq!(rows(&advice), [(vec![3, 4], 700, 700, "leave")]);
    assert_eq!(
        advice.rows[0].sentence,
        "2 RUN in a row (steps 3 and 4): merging saves 700 B, leave them: the cache is worth more"
    );
    assert!(advice.findings.is_empty());
}
