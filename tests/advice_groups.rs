//! Rows of RUN steps: price, verdict, finding, and what is said of bytes that no grouping cures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

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
        let advice = advice::advise(&subject);
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
