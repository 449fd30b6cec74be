//! Rows of RUN steps: price, verdict, finding, and what is said of bytes that no grouping cures.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::advice::{self, Advice, Confidence, Finding, FixKind, Limits, Rule, Severity, Subject};
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
        let mut ledger = Ledger::new(&image);
        ledger.read_moves(&image.tree, &*opened.bodies(), &cancel, &mut |_| {}).unwrap();
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
    // One mode that is right for folders too is a number.
    let advice = advise([
        ("COPY app /app # buildkit", Layer::new().big("app/run", 10 * MB, 1)),
        (
            "RUN /bin/sh -c chmod -R 755 /app && ls # buildkit",
            Layer::new().mode(0o755).big("app/run", 10 * MB, 1),
        ),
    ]);
    assert_eq!(advice.findings[0].fix.as_ref().unwrap().text, "COPY --chmod=755 app /app\nRUN ls");
}

/// Example D: nothing crosses a boundary, and that is said.
/// Files that meet nowhere but in the root are told by the largest.
#[test]
fn evidence_names_a_place_worth_looking_at() {
    let two = || Layer::new().dir("opt").big("opt/index", 3 * MB, 1).dir("srv").big("srv/list", MB, 2);
    let gone = || Layer::new().whiteout("opt/index").whiteout("srv/list");
    let parts = |first: Layer, second: Layer| {
        let advice =
            advise([("RUN /bin/sh -c one # buildkit", first), ("RUN /bin/sh -c two # buildkit", second)]);
        let finding = ungrouped(&advice)[0];
        finding.evidence.iter().map(|part| part.text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(parts(two(), gone()), ["400.0 kB of step 3 that step 4 deletes: /opt/index and 1 other"]);
    assert_eq!(
        parts(two().dir("var").big("var/log", 1, 3), gone().whiteout("var/log")),
        ["400.0 kB of step 3 that step 4 deletes: /opt/index and 2 others"]
    );
    let one = Layer::new().dir("opt").big("opt/a", MB, 1).big("opt/b", MB, 2);
    assert_eq!(
        parts(one, Layer::new().whiteout("opt/a").whiteout("opt/b")),
        ["200.0 kB of step 3 that step 4 deletes: /opt"]
    );
}

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

/// A figure for each rule that found something: rule, bytes, unique bytes, owner.
fn found(advice: &Advice) -> Vec<(&'static str, u64, u64, &'static str)> {
    let row = |it: &Finding| (it.rule.id(), it.bytes.max, it.unique, it.owner.word());
    advice.findings.iter().map(row).collect()
}

#[test]
fn the_threshold_decides_what_is_a_finding_and_nothing_else() {
    let case = || {
        Case::of([
            ("RUN /bin/sh -c one # buildkit", Layer::new().big("a", 65_536, 1).big("log", 300, 1)),
            ("RUN /bin/sh -c two # buildkit", Layer::new().whiteout("a").big("log", 400, 2)),
            ("RUN /bin/sh -c three # buildkit", Layer::new().big("log", 500, 3)),
        ])
    };
    // 64 KiB cross the first boundary with the log, 400 B the second one.
    let advice = case().advise(Limits::default());
    assert_eq!(rows(&advice), [(vec![3, 4, 5], 66_236, 66_236, "merge")]);
    assert_eq!(ungrouped(&advice)[0].steps, [3, 4], "the log does not chain everything together");
    assert_eq!(ungrouped(&advice)[0].bytes.min, 65_836);
    let limits = |min_bytes, all| Limits { min_bytes: Some(min_bytes), all };
    let advice = case().advise(limits(65_837, false));
    assert_eq!(rows(&advice), [(vec![3, 4, 5], 66_236, 66_236, "leave")]);
    assert_eq!(found(&advice), []);
    let advice = case().advise(limits(1, false));
    assert_eq!(ungrouped(&advice)[0].steps, [3, 4, 5]);
    // All of it, told by what killed it where no group does.
    let advice = case().advise(limits(65_837, true));
    assert!(found(&advice).contains(&("deleted-later", 65_536, 65_536, "own")), "{:?}", found(&advice));
    assert_eq!(advice.avoidable, 66_236);
}

#[test]
fn env_and_workdir_are_carried_and_labels_moved() {
    let base =
        common::Image::new("shop/web:1").step("RUN /bin/sh -c base # buildkit", Layer::new().dir("bin"));
    let image = base
        .step("RUN /bin/sh -c fetch # buildkit", Layer::new().big("srv/a", 10 * MB, 1))
        .empty("ENV MODE=fast")
        .step("WORKDIR /srv", Layer::new().dir("srv"))
        .empty("LABEL a=b")
        .step("RUN /bin/sh -c rm a # buildkit", Layer::new().whiteout("srv/a"))
        .config(serde_json::json!({"Env": ["MODE=fast"], "WorkingDir": "/srv"}));
    let case = Case::new(&image, &Evidence { base_layers: Some(1), ..Evidence::default() });
    let advice = case.advise(Limits::default());
    assert_eq!(rows(&advice)[0].0, [2, 6]);
    let finding = ungrouped(&advice)[0];
    assert_eq!(
        (finding.bytes.min, &finding.layers.iter().map(|it| it.0).collect::<Vec<_>>()[..]),
        (10 * MB as u64, &[2, 3, 4][..])
    );
    assert_eq!(
        finding.fix.as_ref().unwrap().text,
        "RUN fetch \\\n && export MODE=fast \\\n && mkdir -p /srv \\\n && cd /srv \\\n && rm a\nENV MODE=fast\nWORKDIR /srv\nLABEL a=b"
    );
}

/// USER and COPY keep RUNs apart: no row, and the clean-up moves over a COPY only.
#[test]
fn barriers() {
    let steps = |barrier: &'static str| {
        [
            ("RUN /bin/sh -c curl -o /opt/a URL # buildkit", Layer::new().big("opt/a", 10 * MB, 1)),
            (barrier, Layer::new().big("srv/x", 10, 9)),
            ("RUN /bin/sh -c rm /opt/a # buildkit", Layer::new().dir("opt").whiteout("opt/a")),
        ]
    };
    let advice = advise(steps("COPY x /srv/ # buildkit"));
    assert_eq!(
        (rows(&advice), found(&advice)),
        (vec![], vec![("deleted-later", 1_000_000, 1_000_000, "own")])
    );
    let fix = advice.findings[0].fix.as_ref().unwrap();
    assert_eq!((fix.kind, &*fix.text), (FixKind::MoveCleanup, "RUN curl -o /opt/a URL \\\n && rm /opt/a"));
    assert_eq!(
        advice.findings[0].title,
        "Step 5 deletes 1.0 MB that step 3 shipped; every pull still downloads them."
    );
    let advice = advise(steps("USER app"));
    assert_eq!(found(&advice), [("deleted-later", 1_000_000, 1_000_000, "own")]);
    assert_eq!(advice.findings[0].fix, None, "another user may not delete it");
}

#[test]
fn what_the_base_shipped_is_said_and_not_counted() {
    let steps = || {
        [
            (
                "RUN /bin/sh -c rm /bin/sh; touch /etc/os # buildkit",
                Layer::new().whiteout("bin/sh").big("var/lib/dpkg/status", 2 * MB, 9),
            ),
            ("RUN /bin/sh -c true # buildkit", Layer::new().dir("etc")),
        ]
    };
    let advice = advise(steps());
    assert_eq!(found(&advice), [("deleted-later", 200_000, 200_000, "base")]);
    assert_eq!(advice.avoidable_with_guesses, 0);
    assert_eq!((advice.findings[0].severity, &advice.findings[0].fix), (Severity::Info, &None));
    // Nobody says where the base ends: what an ADD at the beginning shipped may be its.
    let guessed = steps().into_iter().fold(
        common::Image::new("x:1")
            .step("/bin/sh -c #(nop) ADD file:01 in / ", Layer::new().dir("bin").big("bin/sh", 2 * MB, 200)),
        |image, (command, layer)| image.step(command, layer),
    );
    let advice = Case::new(&guessed, &Evidence::default()).advise(Limits::default());
    assert_eq!(found(&advice), [("deleted-later", 200_000, 200_000, "unknown")]);
    assert_eq!((advice.avoidable, advice.avoidable_with_guesses), (0, 200_000));
}

#[test]
fn a_lost_script_has_a_price_and_no_text() {
    let advice = advise([
        ("RUN /bin/sh -c /dev/pipes/EOF # buildkit", Layer::new().big("a", 10 * MB, 1)),
        ("RUN /bin/sh -c rm a # buildkit", Layer::new().whiteout("a")),
    ]);
    let finding = ungrouped(&advice)[0];
    assert_eq!((finding.bytes.min, &finding.fix), (10 * MB as u64, &None));
    assert!(finding.why.contains("the script of step 3"), "{}", finding.why);
}

/// Moved, copied again, written again: each dead file is told once, by the rule that says most.
#[test]
fn every_dead_file_is_told_by_one_rule() {
    let advice = advise([
        (
            "COPY build /build # buildkit",
            Layer::new().big("build/tool", 10 * MB, 1).big("build/conf", 2 * MB, 2).big(
                "build/page",
                20 * MB,
                3,
            ),
        ),
        (
            "RUN /bin/sh -c mv /build/tool /opt/ && sed -i s/a/b/ /build/conf # buildkit",
            Layer::new().whiteout("build/tool").big("opt/tool", 10 * MB, 1).big("build/conf", 2 * MB, 5),
        ),
        ("COPY build /build # buildkit", Layer::new().big("build/page", 20 * MB, 3)),
    ]);
    assert_eq!(
        found(&advice),
        [
            ("overwritten-later", 200_000, 200_000, "own"),
            ("moved-later", 1_000_000, 1_000_000, "own"),
            ("recopied-identical", 2_000_000, 2_000_000, "own"),
        ]
    );
    assert_eq!(advice.avoidable, 3_200_000);
}

#[test]
fn manifests_first_are_no_mistake() {
    let steps = [
        ("COPY package.json / # buildkit", Layer::new().big("package.json", 11 * MB, 1)),
        ("COPY . / # buildkit", Layer::new().big("package.json", 11 * MB, 1)),
    ];
    let advice = advise(steps);
    assert_eq!(found(&advice), [("recopied-identical", 1_100_000, 1_100_000, "own")]);
    assert_eq!((advice.findings[0].severity, advice.avoidable), (Severity::Info, 0));
}

/// What a COPY brings and a RUN deletes: a part of it belongs into `.dockerignore`, all of it onto a mount.
#[test]
fn copies_that_need_not_be() {
    let advice = advise([
        (
            "COPY . /app # buildkit",
            Layer::new().big("app/main", MB, 1).big("app/.git/pack", 10 * MB, 2).big("app/.git/idx", MB, 3),
        ),
        ("RUN /bin/sh -c rm -rf /app/.git # buildkit", Layer::new().whiteout("app/.git")),
    ]);
    let fix = advice.findings[0].fix.as_ref().unwrap();
    assert_eq!((fix.kind, &*fix.text), (FixKind::Ignore, ".git"));
    let advice = advise([
        ("COPY x.deb /tmp/ # buildkit", Layer::new().big("tmp/x.deb", 10 * MB, 1)),
        (
            "RUN /bin/sh -c dpkg -i /tmp/x.deb && rm /tmp/x.deb # buildkit",
            Layer::new().whiteout("tmp/x.deb").big("usr/x", MB, 3),
        ),
    ]);
    let fix = advice.findings[0].fix.as_ref().unwrap();
    assert_eq!(
        (fix.kind, &*fix.text),
        (FixKind::Mount, "RUN --mount=type=bind,source=x.deb,target=/tmp/x.deb \\\n    dpkg -i /tmp/x.deb")
    );
}

/// Nothing is kept out of the image that a step needs, and nothing stays in it that was removed beside it.
#[test]
fn copies_that_are_needed_first() {
    let package = || ("COPY x.deb /tmp/ # buildkit", Layer::new().big("tmp/x.deb", 10 * MB, 1));
    let fix = |steps: Vec<(&'static str, Layer)>| {
        advise(steps).findings.into_iter().next().unwrap().fix.map(|fix| fix.text)
    };
    let gone = || Layer::new().whiteout("tmp/x.deb").big("usr/x", MB, 3);
    let lists = "RUN /bin/sh -c dpkg -i /tmp/x.deb && rm -rf /tmp/x.deb /var/lib/apt/lists/* # buildkit";
    assert_eq!(
        fix(vec![package(), (lists, gone())]).unwrap(),
        "RUN --mount=type=bind,source=x.deb,target=/tmp/x.deb \\\n    \
         dpkg -i /tmp/x.deb \\\n && rm -rf /var/lib/apt/lists/*"
    );
    // It cannot be removed while it is mounted.
    for rm in [
        "RUN /bin/sh -c dpkg -i /tmp/x.deb && rm -rf /tmp/* # buildkit",
        "RUN /bin/sh -c cd /tmp && dpkg -i x.deb && rm x.deb # buildkit",
    ] {
        assert_eq!(fix(vec![package(), (rm, gone())]), None, "{rm}");
    }
    let install = ("RUN /bin/sh -c dpkg -i /tmp/*.deb # buildkit", Layer::new().big("usr/x", MB, 3));
    let remove = ("RUN /bin/sh -c echo && rm /tmp/x.deb # buildkit", Layer::new().whiteout("tmp/x.deb"));
    assert_eq!(fix(vec![package(), install, remove]), None);

    let sources = || ("COPY . /app # buildkit", Layer::new().big("app/src/a", 10 * MB, 1).file("app/b", "x"));
    let gone = || Layer::new().whiteout("app/src");
    let make = || ("RUN /bin/sh -c make # buildkit", Layer::new().big("usr/x", MB, 3));
    let remove = || ("RUN /bin/sh -c rm -rf /app/src # buildkit", gone());
    assert_eq!(fix(vec![sources(), remove()]).unwrap(), "src");
    assert_eq!(fix(vec![sources(), make(), remove()]), None);
    let both = ("RUN /bin/sh -c make && rm -rf /app/src # buildkit", gone());
    assert_eq!(fix(vec![sources(), both]), None);
}

/// Behind a `cd`, what `chown -R .` changes is not told from the WORKDIR.
#[test]
fn a_chown_of_another_folder_stays() {
    let owned = Layer::new().owner(1, 1).big("srv/a", 5 * MB, 1).owner(1, 1).file("srv/b", "x");
    let advice = advise([
        ("WORKDIR /app # buildkit", Layer::new().dir("app")),
        ("COPY a /srv/a # buildkit", Layer::new().big("srv/a", 5 * MB, 1)),
        ("COPY --chmod=600 b /srv/b # buildkit", Layer::new().file("srv/b", "x")),
        ("RUN /bin/sh -c cd /srv && chown -R 1:1 . # buildkit", owned),
    ]);
    assert_eq!(advice.findings[0].rule, Rule::MetadataReship);
    assert_eq!(advice.findings[0].fix, None);
}

/// What changes files through another program would ship again what COPY brings as it should be, and a step that is not
/// about owner, mode or time stays as it is.
#[test]
fn changes_that_are_not_understood_have_no_fix() {
    let layer = |owner| Layer::new().dir("srv").owner(owner, owner).big("srv/a", 5 * MB, 1);
    let fix = |command, owner| {
        let advice = advise([
            ("COPY a /srv/a # buildkit", layer(0)),
            ("RUN /bin/sh -c make x # buildkit", Layer::new().big("x", MB, 2)),
            (command, layer(owner)),
        ]);
        let finding = advice.findings.iter().find(|finding| finding.rule == Rule::MetadataReship);
        finding.unwrap().fix.clone().map(|fix| fix.text)
    };
    let whole = fix("RUN /bin/sh -c chown 7:7 /srv/a # buildkit", 7);
    assert_eq!(whole.as_deref(), Some("COPY --chown=7:7 a /srv/a"));
    for command in [
        "RUN /bin/sh -c find /srv -type f -exec chown 7:7 {} + # buildkit",
        "RUN /bin/sh -c sh -c 'chown 7:7 /srv/a' # buildkit",
        "RUN /bin/sh -c chown 7:7 /x && find /srv -exec chown 7:7 {} + # buildkit",
        "RUN /bin/sh -c make install # buildkit",
    ] {
        assert_eq!(fix(command, 7), None, "{command}");
    }
    // Nothing changes, and the step is about something else.
    assert_eq!(fix("RUN /bin/sh -c apt-get purge -y gcc && rm -rf /y # buildkit", 0), None);
}

/// A clean-up or a `chown` stays behind what it needs: variables, users, and what steps between leave for it, be it without
/// bytes.
#[test]
fn commands_move_only_where_they_do_the_same() {
    let made = || ("RUN /bin/sh -c make a # buildkit", Layer::new().dir("srv").big("srv/a", 5 * MB, 1));
    let removed = |command| (command, Layer::new().whiteout("srv"));
    let owned = |command| (command, Layer::new().owner(7, 7).dir("srv").owner(7, 7).big("srv/a", 5 * MB, 1));
    let verdict = |steps: Vec<(&'static str, Layer)>| {
        let advice = advise(steps);
        let alternative = ungrouped(&advice)[0].alternative.is_some();
        (rows(&advice)[0].3, alternative)
    };
    let (rm, chown) =
        ("RUN /bin/sh -c rm -rf /srv # buildkit", "RUN /bin/sh -c chown -R app /srv # buildkit");
    let between = |command, last| {
        let other = (command, Layer::new().file("opt/b", "b"));
        verdict(vec![made(), other, last]).0
    };
    assert_eq!(between("RUN /bin/sh -c b # buildkit", removed(rm)), "move-cleanup");
    assert_eq!(between("RUN /bin/sh -c b # buildkit", owned(chown)), "fix-at-birth");
    // A folder, an empty file: nothing that has bytes.
    for layer in [Layer::new().dir("srv/up"), Layer::new().file("srv/none", "")] {
        assert_eq!(verdict(vec![made(), ("RUN /bin/sh -c b # buildkit", layer), removed(rm)]).0, "merge");
    }
    let up = ("RUN /bin/sh -c mkdir /srv/up # buildkit", Layer::new().dir("srv").dir("srv/up"));
    let chowned = (chown, owned(chown).1.owner(7, 7).dir("srv/up"));
    assert_eq!(verdict(vec![made(), up, chowned]).0, "merge");
    let user = ("RUN /bin/sh -c useradd app # buildkit", Layer::new().file("etc/passwd", "app:x:7:7"));
    assert_eq!(verdict(vec![made(), user, owned(chown)]).0, "merge");
    // What the command says before it is set would be nothing: `rm -rf /*`.
    for set in ["ENV DIR=/srv", "ARG DIR=/srv"] {
        let steps = |command| vec![made(), (set, Layer::new()), removed(command)];
        assert_eq!(verdict(steps("RUN /bin/sh -c rm -rf ${DIR}/* # buildkit")), ("merge", false));
        assert_eq!(verdict(steps("RUN /bin/sh -c conda clean -afy # buildkit")), ("merge", false));
        assert_eq!(verdict(steps("RUN /bin/sh -c rm -rf $DIRS/srv # buildkit")), ("move-cleanup", true));
    }
}

/// Owner and mode in the steps that make the files: each only what needs it.
#[test]
fn owners_are_set_where_files_are_made() {
    let owned = |layer: Layer| {
        layer.owner(1000, 1000).big("srv/a", 5 * MB, 1).owner(1000, 1000).big("srv/b", 2 * MB, 2)
    };
    let advice = advise([
        ("RUN /bin/sh -c make a # buildkit", Layer::new().big("srv/a", 5 * MB, 1)),
        ("RUN /bin/sh -c make b # buildkit", Layer::new().big("srv/b", 2 * MB, 2)),
        ("RUN /bin/sh -c chown -R 1000:1000 /srv && chmod -R a+rX /srv # buildkit", owned(Layer::new())),
    ]);
    assert_eq!(rows(&advice), [(vec![3, 4, 5], 700_000, 700_000, "fix-at-birth")]);
    let find = "find /srv \\( ! -user 1000 -o ! -group 1000 \\) -exec chown -h 1000:1000 {} +";
    let finding = ungrouped(&advice)[0];
    assert_eq!(
        finding.alternative.as_ref().unwrap().text,
        format!("RUN make a \\\n && {find}\nRUN make b \\\n && {find}")
    );
    assert!(finding.fix.as_ref().unwrap().text.contains("chmod -R"), "the merged RUN has all of it");
}

/// A `chown` of more than a COPY brought keeps what is not the COPY's: other trees as they stand, a folder that was there
/// before through `find`, which does not ship right files again.
#[test]
fn flags_of_copy_leave_the_rest_of_a_chown() {
    let owned = |layer: Layer| layer.owner(7, 7);
    let advice = |chown: &'static str| {
        advise([
            ("RUN /bin/sh -c make a # buildkit", Layer::new().dir("opt").dir("opt/a").big("opt/a/x", MB, 1)),
            ("WORKDIR /app", Layer::new().dir("app")),
            ("COPY src /app # buildkit", Layer::new().dir("app").big("app/y", MB, 2).file("app/none", "")),
            (
                chown,
                owned(owned(owned(owned(Layer::new()).dir("opt/a")).big("opt/a/x", MB, 1)).dir("app"))
                    .big("app/y", MB, 2)
                    .owner(7, 7)
                    .file("app/none", ""),
            ),
        ])
    };
    let fix = |chown| {
        let advice = advice(chown);
        let of_copy = advice.findings.iter().find(|finding| finding.steps == [5, 6]);
        of_copy.and_then(|finding| finding.fix.clone()).map(|fix| fix.text)
    };
    let find = "find /app \\( ! -user 7 -o ! -group 7 \\) -exec chown -h 7:7 {} +";
    assert_eq!(
        fix("RUN /bin/sh -c chown -R 7:7 /opt/a /app # buildkit").as_deref(),
        Some(&*format!("COPY --chown=7:7 src /app\nRUN chown -R 7:7 /opt/a \\\n && {find}"))
    );
    // The same path from the folder in force: `find` is only written for whole paths.
    assert_eq!(fix("RUN /bin/sh -c chown -R 7:7 . # buildkit"), None);
    assert_eq!(fix("RUN /bin/sh -c chown -R 7:7 \"$DIR\" # buildkit"), None);
    // Only what the COPY brought.
    let one = fix("RUN /bin/sh -c chown 7:7 /app/y none && ls # buildkit");
    assert_eq!(one.as_deref(), Some("COPY --chown=7:7 src /app\nRUN ls"));
}

/// What sets again what is set already is told to look first.
#[test]
fn a_chown_that_changes_nothing_is_sparing() {
    let layer = || Layer::new().owner(7, 7).big("srv/a", 5 * MB, 1);
    let advice = advise([
        ("RUN /bin/sh -c make a # buildkit", layer()),
        ("COPY x /x # buildkit", Layer::new().big("x", 5, 1)),
        ("RUN /bin/sh -c chown -R 7:7 /srv && make b # buildkit", layer().big("b", 5, 1)),
    ]);
    let fix = advice.findings[0].fix.as_ref().unwrap();
    assert_eq!(
        (fix.kind, &*fix.text),
        (
            FixKind::FixAtBirth,
            "RUN find /srv \\( ! -user 7 -o ! -group 7 \\) -exec chown -h 7:7 {} + \\\n && make b"
        )
    );
}

/// The same mistake in another build has the same fingerprint; another command has another.
#[test]
fn fingerprints_outlive_a_rebuild() {
    let print = |first: &'static str, size: usize, more: bool| {
        let mut steps = vec![
            (first, Layer::new().big("opt/a", size, 1)),
            ("RUN /bin/sh -c rm  /opt/a # buildkit", Layer::new().whiteout("opt/a")),
        ];
        if more {
            steps.insert(0, ("COPY x / # buildkit", Layer::new().big("x", 5, 1)));
        }
        ungrouped(&advise(steps))[0].fingerprint.clone()
    };
    let one = print("RUN /bin/sh -c fetch # buildkit", 10 * MB, false);
    assert_eq!(one.len(), 16);
    assert_eq!(one, print("RUN /bin/sh -c   fetch # buildkit", 12 * MB, true));
    assert_ne!(one, print("RUN /bin/sh -c fetch2 # buildkit", 10 * MB, false));
}

/// Histories that lie: no panic, no group across what is not certain, the books balance.
#[test]
fn histories_that_lie() {
    let layers =
        || [Layer::new().big("a", 10 * MB, 1), Layer::new().whiteout("a"), Layer::new().big("b", 10 * MB, 1)];
    let histories: [Vec<&str>; 6] = [
        vec![],
        vec!["RUN /bin/sh -c a # buildkit"],
        vec!["RUN /bin/sh -c a # buildkit"; 9],
        vec!["|99999999999999999999 A=b /bin/sh -c x", "|0 /bin/sh -c", "|2 A /bin/sh -c \u{1b}[2J"],
        vec!["/bin/sh -c #(nop) COPY", "RUN", "USER"],
        vec!["RUN /bin/sh -c <<EOF", "RUN |1 A=\n /bin/sh -c (", "RUN /bin/sh -c '\"$( # buildkit"],
    ];
    for history in histories {
        let mut image = common::Image::new("x:1");
        for layer in layers() {
            image = image.step("x", layer);
        }
        image.history = history.iter().map(|by| serde_json::json!({"created_by": by})).collect();
        for evidence in [Evidence::default(), Evidence { base_layers: Some(999), ..Evidence::default() }] {
            let case = Case::new(&image, &evidence);
            for limits in [Limits::default(), Limits { min_bytes: Some(0), all: true }] {
                let advice = case.advise(limits);
                assert!(advice.rows.iter().all(|row| row.steps.len() > 1));
            }
        }
    }
    let empty = Case::new(&common::Image::new("empty:1"), &Evidence::default());
    assert_eq!(empty.advise(Limits { min_bytes: None, all: true }), Advice::default());
}

/// With the Dockerfile at hand the fix is a diff of it, which keeps comments and what stands around.
#[test]
fn the_fix_is_a_diff_of_the_dockerfile() {
    let text = "FROM debian\n# fetch\nRUN fetch\n\n# and clean up\nRUN rm -rf /srv/a\nCMD [\"sh\"]\n";
    let image = common::Image::new("x:1")
        .step("/bin/sh -c #(nop) ADD file:01 in / ", Layer::new().dir("bin"))
        .step("RUN /bin/sh -c fetch # buildkit", Layer::new().big("srv/a", 10 * MB, 1))
        .step("RUN /bin/sh -c rm -rf /srv/a # buildkit", Layer::new().whiteout("srv/a"))
        .empty("CMD [\"sh\"]");
    let evidence = Evidence {
        base_layers: Some(1),
        dockerfile: Some(("Dockerfile".to_owned(), text.to_owned())),
        ..Evidence::default()
    };
    let case = Case::new(&image, &evidence);
    let advice = case.advise(Limits::default());
    let finding = ungrouped(&advice)[0];
    let diff = finding.fix.as_ref().unwrap().diff.as_deref().unwrap();
    assert_eq!(
        diff,
        "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,7 +1,6 @@\n FROM debian\n # fetch\n-RUN fetch\n-\n-# and clean up\n\
         -RUN rm -rf /srv/a\n+# and clean up\n+RUN fetch \\\n+ && rm -rf /srv/a\n CMD [\"sh\"]\n"
    );
}

/// A comment in the Dockerfile switches a rule off for a step; the row keeps its price.
#[test]
fn a_comment_silences_a_rule() {
    let advice = |comment: &str| {
        let text = format!("FROM debian\n{comment}\nRUN fetch\nRUN rm -rf /srv/a\n");
        let image = common::Image::new("x:1")
            .step("/bin/sh -c #(nop) ADD file:01 in / ", Layer::new().dir("bin"))
            .step("RUN /bin/sh -c fetch # buildkit", Layer::new().big("srv/a", 10 * MB, 1))
            .step("RUN /bin/sh -c rm -rf /srv/a # buildkit", Layer::new().whiteout("srv/a"));
        let dockerfile = Some(("Dockerfile".to_owned(), text));
        Case::new(&image, &Evidence { dockerfile, ..Evidence::default() }).advise(Limits::default())
    };
    assert_eq!(
        found(&advice("# capas: ignore=deleted-later")),
        [("ungrouped-run", 1_000_000, 1_000_000, "own")]
    );
    let silenced = advice("# capas: ignore=ungrouped-run");
    assert_eq!((found(&silenced), silenced.rows[0].bytes.min), (vec![], 1_000_000));
}

/// Kaniko compares what was with what is: a file that ends as it began is not shipped by a merged step.
#[test]
fn kaniko_may_save_what_ends_as_it_began() {
    let base = |layer: Layer| layer.big("etc/f", 10 * MB, 7);
    let mut image = common::Image::new("x:1")
        .step("RUN base", base(Layer::new()))
        .step("RUN chmod 700 /etc/f", base(Layer::new().mode(0o700)))
        .step("RUN chmod 644 /etc/f", base(Layer::new()));
    for step in &mut image.history {
        step["author"] = serde_json::json!("kaniko");
    }
    let advice = Case::new(&image, &Evidence { base_layers: Some(1), ..Evidence::default() })
        .advise(Limits::default());
    let one = 10 * MB as u64;
    assert_eq!((advice.rows[0].bytes.min, advice.rows[0].bytes.max), (one, 2 * one));
    assert_eq!(ungrouped(&advice)[0].confidence, Confidence::Bounded);
}

/// RUN needs a shell below it: where it made the first layer, that layer is no base, and the row begins there.
#[test]
fn a_row_may_begin_with_the_first_layer() {
    let image = common::Image::new("x:1")
        .step("RUN /bin/sh -c fetch # buildkit", Layer::new().big("srv/a", 10 * MB, 1))
        .step("RUN /bin/sh -c rm -rf /srv/a # buildkit", Layer::new().whiteout("srv/a"));
    let advice = Case::new(&image, &Evidence::default()).advise(Limits::default());
    let saved = 10 * MB as u64;
    assert_eq!(rows(&advice), [(vec![1, 2], saved, saved, "move-cleanup")]);
    assert_eq!((ungrouped(&advice)[0].owner, advice.avoidable), (Owner::Unknown, saved));
}
