//! One image for each rule that fires with its exact bytes, and one trap beside it that stays silent.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use capas::advice::{self, Advice, Finding, Limits, Look, Rule, Scan, Severity, Subject};
use capas::build::{Evidence, Owner, Story};
use capas::image::Image;
use capas::layer::LayerIndex;
use capas::ledger::{Duplicates, Hashes, Ledger};
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

/// A heredoc in a heredoc has another end, and nothing is put behind a comment.
#[test]
fn commands_are_written_again_so_that_they_still_run() {
    let lists = || Layer::new().big("var/lib/apt/lists/deb_Packages", 300 * KB, 1);
    let fixes = |command| {
        let finding = one(&case([(command, lists())]), Rule::PackageCache);
        (finding.fix.unwrap().text, finding.alternative.unwrap().text)
    };
    let (fix, mount) = fixes("RUN /bin/sh -c apt-get update\ncat <<EOF > /x\na\nEOF\necho b # buildkit");
    let script = "apt-get update\ncat <<EOF > /x\na\nEOF\necho b\n";
    let clean = "apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin\n";
    assert_eq!(fix, format!("RUN <<'EOF_'\n(\n{script}) && {clean}EOF_\n"));
    assert!(mount.ends_with(&format!(" <<'EOF_'\n{script}EOF_\n")), "{mount}");
    let (fix, _) = fixes("RUN /bin/sh -c <<EOF\napt-get update\necho a # buildkit");
    assert_eq!(fix, format!("RUN <<'EOF'\n(\napt-get update\necho a\n) && {clean}EOF\n"));
    let (fix, _) = fixes("RUN /bin/sh -c apt-get update; apt-get install -y a # why # buildkit");
    assert_eq!(fix, format!("RUN ( apt-get update; \\\n    apt-get install -y a ) \\\n    && {clean}"));
}

/// Emptied before the last step that reads them, lists of packages would be missed.
#[test]
fn steps_that_share_an_index_are_one_cache() {
    const UPDATE: &str = "RUN /bin/sh -c apt-get update # buildkit";
    const MORE: &str = "RUN /bin/sh -c apt-get install -y a # buildkit";
    let lists = || Layer::new().big("var/lib/apt/lists/deb_Packages", 300 * KB, 1);
    let deb =
        |name: &str, seed| Layer::new().big(format!("var/cache/apt/archives/{name}.deb"), 50 * KB, seed);
    let case = case([(UPDATE, lists()), (MORE, deb("a", 2)), (INSTALL, deb("b", 3))]);
    // The last one fetches its own lists.
    let found = case.found(Rule::PackageCache);
    let first = "[2, 3] 350000 var/lib/apt/lists/deb_Packages var/cache/apt/archives/a.deb";
    assert_eq!(found, [first, "[4] 50000 var/cache/apt/archives/b.deb"]);
    let finding = case.advise().findings.into_iter().next().unwrap();
    assert_eq!(
        finding.fix.unwrap().text,
        "RUN apt-get update \\\n && apt-get install -y a \\\n \
         && apt-get clean && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin\n"
    );
    let mounts = "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\\n    \
                  --mount=type=cache,target=/var/lib/apt,sharing=locked \\\n    apt-get ";
    // The mount may be empty when the first step comes from the cache.
    let more = "update \\\n    && apt-get install -y a";
    assert_eq!(finding.alternative.unwrap().text, format!("{mounts}update\n{mounts}{more}\n"));
    // No row: what is left are the mounts.
    let apart = [(UPDATE, lists()), (COPY, Layer::new().file("x", "x")), (MORE, Layer::new().file("y", "y"))];
    let finding = one(&self::case(apart), Rule::PackageCache);
    assert!(finding.fix.unwrap().text.starts_with("RUN --mount=type=cache"));
    assert_eq!(finding.alternative, None);
}

/// What a later step builds from is emptied behind it.
#[test]
fn modules_are_needed_by_the_steps_that_build() {
    let modules = || Layer::new().big("go/pkg/mod/a", 300 * KB, 1);
    let fetch = ("RUN /bin/sh -c go mod download # buildkit", modules());
    let build = ("RUN /bin/sh -c go build -o /a # buildkit", Layer::new().big("a", 300 * KB, 2));
    let finding = one(&case([fetch, build]), Rule::PackageCache);
    assert_eq!(
        finding.fix.unwrap().text,
        "RUN go mod download \\\n && go build -o /a \\\n && rm -rf /go/pkg/mod\n"
    );
    let mount = "RUN --mount=type=cache,target=/go/pkg/mod \\\n    --mount=type=cache,target=/root/.cache/go-build \\\n    go ";
    assert_eq!(finding.alternative.unwrap().text, format!("{mount}mod download\n{mount}build -o /a\n"));
    let fetch = ("RUN /bin/sh -c cargo fetch # buildkit", Layer::new().big("root/.cargo/git/a", 300 * KB, 1));
    let build = ("RUN /bin/sh -c cargo build --offline # buildkit", Layer::new().big("a", 300 * KB, 2));
    let copy = (COPY, Layer::new().file("x", "x"));
    let finding = one(&case([fetch, copy, build]), Rule::PackageCache);
    assert!(finding.fix.unwrap().text.ends_with("cargo build --offline\n"), "no clean-up before the build");
}

/// The base's logs are not this step's to delete.
#[test]
fn only_the_logs_of_the_step_are_cleaned_up() {
    let base = common::Image::new("shop/web:1").step(
        "/bin/sh -c #(nop) ADD file:0123 in / ",
        Layer::new().big("bin/sh", 20 * KB, 200).file("var/log/lastlog", "x").file("var/log/base.log", "x"),
    );
    let logs = Layer::new().big("var/log/a/it's.log", 100 * KB, 1).big("var/log/b.log", 100 * KB, 2);
    let image = base.step("RUN /bin/sh -c make # buildkit", logs).config(json!({}));
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    let case = Case::open(&image.docker_archive(), &evidence, &Look::ALL);
    let fix = one(&case, Rule::LogsTempCores).fix.unwrap().text;
    assert_eq!(fix, "RUN make \\\n    && rm -f '/var/log/a/it'\\''s.log' /var/log/b.log\n");
}

/// A later `chown` ships files again; it is no step that could leave them out.
#[test]
fn files_are_of_the_step_that_made_them() {
    let layer = || {
        Layer::new()
            .big("root/.cache/pip/x", 90 * KB, 1)
            .big("opt/lib/python3/site-packages/a/tests/t.py", 80 * KB, 2)
            .big("tmp/x", 70 * KB, 3)
    };
    let owned = Layer::new()
        .owner(7, 7)
        .big("root/.cache/pip/x", 90 * KB, 1)
        .owner(7, 7)
        .big("opt/lib/python3/site-packages/a/tests/t.py", 80 * KB, 2)
        .owner(7, 7)
        .big("tmp/x", 70 * KB, 3);
    let install = "RUN /bin/sh -c pip install a # buildkit";
    let chown = "RUN /bin/sh -c chown -R 7:7 / # buildkit";
    let case = case([(install, layer()), (chown, owned)]);
    let told = |rule| {
        let finding = one(&case, rule);
        (finding.title, finding.fix.unwrap().text)
    };
    let (title, fix) = told(Rule::PackageCache);
    assert!(title.ends_with("holds 90.0 kB, written by step 2, again from step 3"), "{title}");
    assert_eq!(fix, "RUN pip install --no-cache-dir a\n");
    let (title, fix) = told(Rule::DevDependencies);
    assert_eq!(title, "80.0 kB of development dependencies from step 2, again from step 3");
    assert_eq!(
        fix,
        "RUN pip install a \\\n    && find /opt/lib/python3/site-packages -mindepth 2 -maxdepth 2 -type d -name tests \
         -exec rm -rf {} +\n"
    );
    let (_, fix) = told(Rule::LogsTempCores);
    assert_eq!(fix, "RUN --mount=type=tmpfs,target=/tmp \\\n    pip install a\n");
}

/// A step, and what makes its layer.
type Made = (&'static str, fn() -> Layer);

/// What a step or a later one needs is not left out of it.
#[test]
fn what_is_used_later_stays_until_then() {
    let fix = |steps: &[Made], rule| {
        let steps: Vec<_> = steps.iter().map(|(command, layer)| (*command, layer())).collect();
        one(&case(steps), rule).fix.map(|fix| fix.text)
    };
    let modules = || Layer::new().big("app/node_modules/typescript/tsc.js", 60 * KB, 1);
    let built = || Layer::new().file("app/dist", "x");
    let dev = |steps: &[_]| fix(steps, Rule::DevDependencies).unwrap();
    assert_eq!(dev(&[("RUN /bin/sh -c npm ci # buildkit", modules)]), "RUN npm ci --omit=dev\n");
    assert_eq!(
        dev(&[("RUN /bin/sh -c npm ci && npm run build # buildkit", modules)]),
        "RUN npm ci \\\n    && npm run build \\\n    && npm prune --omit=dev\n"
    );
    let later = ("RUN /bin/sh -c npm run build # buildkit", built as fn() -> Layer);
    assert!(dev(&[("RUN /bin/sh -c npm ci # buildkit", modules), later]).starts_with("# "));
    assert!(dev(&[("RUN /bin/sh -c yarn install --immutable # buildkit", modules)]).starts_with("# "));

    let archive = || Layer::new().big("tmp/x.tgz", 70 * KB, 3);
    let get = ("RUN /bin/sh -c get -O /tmp/x.tgz # buildkit", archive as fn() -> Layer);
    let tmp = |steps: &[_]| fix(steps, Rule::LogsTempCores);
    assert_eq!(tmp(&[get]).unwrap(), "RUN --mount=type=tmpfs,target=/tmp \\\n    get -O /tmp/x.tgz\n");
    let unpack = ("RUN /bin/sh -c tar -xf /tmp/x.tgz # buildkit", built as fn() -> Layer);
    assert_eq!(
        tmp(&[get, unpack]).unwrap(),
        "RUN get -O /tmp/x.tgz \\\n && tar -xf /tmp/x.tgz \\\n && rm -rf /tmp/x.tgz\n"
    );
    // No row.
    assert_eq!(tmp(&[get, (COPY, built), unpack]), None);
    // A mount over it would hide what is there, or lose what is to stay.
    let script = ("COPY run /tmp/run # buildkit", (|| Layer::new().file("tmp/run", "")) as fn() -> Layer);
    let run = ("RUN /bin/sh -c /tmp/run # buildkit", archive as fn() -> Layer);
    assert_eq!(tmp(&[script, run]).unwrap(), "RUN /tmp/run \\\n    && rm -rf /tmp/x.tgz\n");
    let both = Layer::new().big("tmp/x.tgz", 70 * KB, 3).big("tmp/app/run", 90 * KB, 1);
    let started = with([("RUN /bin/sh -c get # buildkit", both)], json!({"Entrypoint": ["/tmp/app/run"]}));
    let fix = one(&started, Rule::LogsTempCores).fix.unwrap().text;
    assert_eq!(fix, "RUN get \\\n    && rm -rf /tmp/x.tgz\n");
}

#[test]
fn every_rule_says_why() {
    // These say it with the step's own words.
    let own = [
        Rule::UngroupedRun,
        Rule::MetadataReship,
        Rule::DeletedLater,
        Rule::OverwrittenLater,
        Rule::MovedLater,
        Rule::RecopiedIdentical,
        Rule::BrokenHardlinks,
    ];
    for rule in Rule::all() {
        assert_ne!(own.contains(&rule), !capas::prose::rules::why(rule.id()).is_empty(), "{}", rule.id());
    }
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

const RUN: &str = "RUN /bin/sh -c make # buildkit";
const COPY: &str = "COPY . /app # buildkit";

/// What a rule finds in an image of these steps.
fn found(rule: Rule, steps: impl IntoIterator<Item = (&'static str, Layer)>) -> Vec<String> {
    case(steps).found(rule)
}

const NOTHING: [&str; 0] = [];

#[test]
fn rules_of_paths_fire_on_theirs_and_keep_what_is_needed() {
    let source = "x = 1\n";
    let cases: [(Rule, Layer, &[&str]); 12] = [
        (
            Rule::BuildDepsInRuntime,
            Layer::new()
                .big("usr/bin/gcc-12", 50 * KB, 1)
                .big("usr/lib/gcc/x86/libgcc.a", 20 * KB, 2)
                .big("usr/include/stdio.h", 10 * KB, 3),
            &["[2] 80000 usr/bin/gcc-12 usr/lib/gcc/x86/libgcc.a usr/include/stdio.h"],
        ),
        (
            Rule::BuildDepsInRuntime,
            Layer::new().big("usr/bin/gccgo-notes", 0, 1).big("usr/lib/libgcc_s.so.1", 90 * KB, 1),
            &[],
        ),
        (
            Rule::DevDependencies,
            Layer::new()
                .big("app/node_modules/typescript/tsc.js", 60 * KB, 1)
                .big("app/node_modules/express/index.js", 60 * KB, 2),
            &["[2] 60000 app/node_modules/typescript/tsc.js"],
        ),
        (
            Rule::DevDependencies,
            Layer::new()
                .file(
                    "app/package-lock.json",
                    r#"{"packages": {"": {"dev": true}, "node_modules/a": {"dev": true}, "node_modules/b": {}}}"#,
                )
                .big("app/node_modules/a/x.js", 70 * KB, 1)
                // The lock says that it is needed, whatever it is called.
                .big("app/node_modules/typescript/y.js", 70 * KB, 2)
                .big("app/node_modules/b/y.js", 70 * KB, 3),
            &["[2] 70000 app/node_modules/a/x.js"],
        ),
        (
            Rule::DocsLocale,
            Layer::new()
                .big("usr/share/doc/curl/README", 30 * KB, 1)
                .big("usr/share/doc/curl/copyright", 40 * KB, 2)
                .big("usr/share/locale/de/LC_MESSAGES/a.mo", 20 * KB, 3)
                .big("usr/share/locale/en_GB/LC_MESSAGES/a.mo", 50 * KB, 4),
            &["[2] 50000 usr/share/doc/curl/README usr/share/locale/de/LC_MESSAGES/a.mo"],
        ),
        (Rule::DocsLocale, Layer::new().big("app/share/doc/x", 90 * KB, 1), &[]),
        (
            Rule::Bytecode,
            Layer::new()
                .file("app/a.py", source)
                .big("app/__pycache__/a.cpython-312.pyc", 30 * KB, 1)
                // Without a source it is the program.
                .big("app/__pycache__/b.cpython-312.pyc", 40 * KB, 2)
                .big("app/c.pyc", 40 * KB, 3),
            &["[2] 30000 app/__pycache__/a.cpython-312.pyc"],
        ),
        (Rule::Bytecode, Layer::new().file("app/b.py", source).big("app/c.pyc", 40 * KB, 3), &[]),
        (
            Rule::LogsTempCores,
            Layer::new()
                .big("var/log/dpkg.log", 30 * KB, 1)
                .big("tmp/setup/x", 20 * KB, 2)
                .big("app/hs_err_pid12.log", 10 * KB, 3)
                .big("var/log/lastlog", 90 * KB, 4),
            &["[2] 60000 var/log/dpkg.log tmp/setup/x app/hs_err_pid12.log"],
        ),
        (
            Rule::LogsTempCores,
            Layer::new().file("var/log/app.log", "").big("var/logs/x", 90 * KB, 1).dir("tmp"),
            &[],
        ),
        (Rule::LargeFiles, Layer::new().big("opt/model.gguf", 90 * KB, 1), &["[2] 0 opt/model.gguf"]),
        (Rule::LargeFiles, Layer::new().file("opt/none", ""), &[]),
    ];
    for (rule, layer, expected) in cases {
        assert_eq!(found(rule, [(RUN, layer)]), expected, "{}", rule.id());
    }
    let dev = [(RUN, Layer::new().big("app/node_modules/typescript/tsc.js", 60 * KB, 1))];
    let env = json!({"Env": ["NODE_ENV=development"]});
    assert_eq!(with(dev, env).found(Rule::DevDependencies), NOTHING);
    // The program itself stands in /tmp.
    let at = |config| with([(RUN, Layer::new().big("tmp/app/run", 90 * KB, 1))], config);
    assert_eq!(at(json!({"Entrypoint": ["/tmp/app/run"]})).found(Rule::LogsTempCores), NOTHING);
    assert_eq!(at(json!({})).found(Rule::LogsTempCores).len(), 1);
}

/// A directory that is mostly one path is that path; one that the base has is nobody's to leave out; a file counts where
/// all its names are.
#[test]
fn large_trees_are_listed_where_their_bytes_are() {
    let modules = Layer::new()
        .big("app/node_modules/a/x", 30 * KB, 1)
        .big("app/node_modules/a/y", 40 * KB, 2)
        .big("app/node_modules/b/z", 50 * KB, 3)
        .big("app/main.js", 10 * KB, 4)
        .big("bin/a", 60 * KB, 5)
        .big("bin/b", 60 * KB, 6);
    let linked = Layer::new()
        .big("opt/x/all", 90 * KB, 7)
        .big("opt/x/one", 5 * KB, 8)
        .big("opt/x/two", 4 * KB, 8)
        .hardlink("opt/y/all", "opt/x/all")
        .big("srv/model.gguf", 80 * KB, 9)
        .file("srv/README", "x");
    let case = case([(COPY, modules), (RUN, linked)]);
    let finding = one(&case, Rule::LargeTrees);
    assert_eq!(finding.title, "The largest directory is /app/node_modules, 120.0 kB");
    let parts: Vec<&str> = finding.evidence.iter().map(|part| &*part.text).collect();
    let expected = [
        "120.0 kB: /app/node_modules, 3 files from step 2",
        "99.0 kB: /opt, 3 files from step 3",
        "70.0 kB: /app/node_modules/a, 2 files from step 2",
        "9.0 kB: /opt/x, 2 files from step 3",
    ];
    assert_eq!(parts, expected);
    assert_eq!((finding.bytes.max, finding.unique, finding.severity), (0, 0, Severity::Info));
    assert_eq!((&finding.steps[..], finding.paths.count), (&[2, 3][..], 4));
    // Without the flag a tree is large from 10 MB on.
    let Case { image, ledger, story, .. } = &case;
    let limits = Limits::default();
    let usual = advice::advise(&Subject { image, ledger, story, scan: None, limits });
    assert!(!usual.findings.iter().any(|finding| finding.rule == Rule::LargeTrees));
}

/// The path that the archive states is gone, the file is not.
#[test]
fn a_file_is_told_by_the_names_it_has_left() {
    let tool = Layer::new()
        .mode(0o4755)
        .big("opt/tool", 90 * KB, 1)
        .hardlink("usr/bin/tool", "opt/tool")
        .hardlink("usr/sbin/tool", "opt/tool");
    let case = case([(RUN, tool), (RUN, Layer::new().whiteout("opt/tool"))]);
    assert_eq!(case.found(Rule::SetuidFiles), ["[2] 0 usr/bin/tool usr/sbin/tool"]);
    assert_eq!(case.found(Rule::LargeFiles), ["[2] 0 usr/bin/tool"]);
    let largest = one(&case, Rule::LargeFiles);
    assert_eq!(largest.evidence[0].text, "90.0 kB: /usr/bin/tool, from step 2");
}

#[test]
fn packages_name_what_belongs_to_them() {
    let layer = Layer::new()
        .file("var/lib/dpkg/info/gcc-12:amd64.list", "/.\n/usr\n/usr/bin/gcc-12\n/usr/lib/gcc/cc1\n")
        .big("usr/bin/gcc-12", 50 * KB, 1)
        .big("usr/lib/gcc/cc1", 20 * KB, 2)
        .big("usr/include/own.h", 10 * KB, 3);
    let case = case([(RUN, layer)]);
    let finding = one(&case, Rule::BuildDepsInRuntime);
    let parts: Vec<(u64, &str)> = finding.evidence.iter().map(|part| (part.bytes, &*part.text)).collect();
    assert_eq!(parts, [(70_000, "70.0 kB: package gcc-12"), (10_000, "10.0 kB: /usr/include")]);
}

#[test]
fn junk_of_the_build_context_is_one_finding_a_copy_with_the_missing_lines() {
    let layer = || {
        Layer::new()
            .big("app/.git/objects/pack", 80 * KB, 1)
            .big("app/node_modules/x/i.js", 40 * KB, 2)
            .big("app/.env", KB, 3)
            .big("app/src/main.js", 30 * KB, 4)
            .big("app/.env.example", 2 * KB, 5)
    };
    let install = "RUN /bin/sh -c npm ci # buildkit";
    let steps = || [(COPY, layer()), (install, Layer::new().file("app/x", "y"))];
    let finding = one(&case(steps()), Rule::ContextJunk);
    assert_eq!((finding.bytes.max, &finding.steps[..]), (121_000, &[2][..]));
    assert_eq!(finding.fix.unwrap().text, "**/.git\n**/node_modules\n**/.env*\n");
    assert!(finding.alternative.unwrap().text.contains("COPY --exclude=**/.git --exclude=**/node_modules"));
    // Lines that are there already are not said again.
    let evidence =
        Evidence { base_layers: Some(1), dockerignore: Some("**/.git\n".to_owned()), ..Evidence::default() };
    let finding = one(&Case::open(&image(steps()).docker_archive(), &evidence, &[]), Rule::ContextJunk);
    assert_eq!(finding.fix.unwrap().text, "**/node_modules\n**/.env*\n");
    // Without an installation the modules are the program; what a RUN clones is no context.
    assert_eq!(found(Rule::ContextJunk, [(COPY, layer())]), ["[2] 81000 app/.git/objects/pack app/.env"]);
    assert_eq!(found(Rule::ContextJunk, [(RUN, layer())]), NOTHING);
    let vendor = Layer::new().big("app/vendor/x.php", 90 * KB, 1).big("usr/lib/x/.git/y", 90 * KB, 2);
    assert_eq!(found(Rule::ContextJunk, [(COPY, vendor)]), NOTHING);
    // What is not copied is not shipped again either.
    let again = Layer::new().owner(7, 7).big("app/.git/objects/pack", 80 * KB, 1);
    let again = case([(COPY, layer()), (RUN, again)]);
    let finding = one(&again, Rule::ContextJunk);
    assert_eq!((finding.bytes.max, finding.unique), (161_000, 81_000), "{}", finding.title);
    assert!(
        finding.title.ends_with("by accident, and later steps ship 80.0 kB of it again"),
        "{}",
        finding.title
    );
    // What a COPY names is no accident; without it the build would fail.
    let named = ("COPY .env /app/.env # buildkit", Layer::new().big("app/.env", KB, 3));
    assert_eq!(found(Rule::ContextJunk, [(COPY, layer()), named]), ["[2] 80000 app/.git/objects/pack"]);
    // Deleted junk ships too.
    let deleted = [(COPY, layer()), (RUN, Layer::new().whiteout("app/.git"))];
    assert_eq!(found(Rule::ContextJunk, deleted).len(), 1);
}

#[test]
fn equal_folders_are_told_as_pairs_and_meant_copies_not_at_all() {
    let tree = |layer: Layer, dir: &str| {
        layer.big(format!("{dir}/lib/a"), 50 * KB, 1).big(format!("{dir}/lib/b"), 30 * KB, 2)
    };
    let layer =
        tree(tree(Layer::new(), "opt/one"), "srv/two").big("etc/x", 9 * KB, 3).big("var/y", 9 * KB, 3);
    let case = case([(RUN, layer)]);
    assert_eq!(
        case.found(Rule::DuplicateContent),
        ["[2] 80000 srv/two/lib/a srv/two/lib/b", "[2] 9000 var/y"]
    );
    let titles: Vec<String> = case.advise().findings.into_iter().map(|finding| finding.title).collect();
    assert!(titles.iter().any(|title| title == "/opt/one and /srv/two hold the same 80.0 kB"), "{titles:?}");
    let meant = Layer::new()
        .big("usr/share/zoneinfo/A", 9 * KB, 1)
        .big("usr/share/zoneinfo/posix/A", 9 * KB, 1)
        .big("a/LICENSE", 9 * KB, 2)
        .big("b/LICENSE", 9 * KB, 2)
        .big("usr/bin/git", 90 * KB, 4)
        .big("usr/lib/git-core/git", 90 * KB, 4)
        .file("var/lib/dpkg/info/git.list", "/usr/bin/git\n/usr/lib/git-core/git\n")
        .big("linked", 90 * KB, 5)
        .hardlink("again", "linked")
        .big("small", KB, 6)
        .big("other", KB, 6)
        .file("empty", "")
        .file("void", "");
    assert_eq!(found(Rule::DuplicateContent, [(RUN, meant)]), NOTHING);
}

#[test]
fn duplicates_need_hashes_and_reading_brings_them() {
    let steps = || [(RUN, Layer::new().big("a/x", 90 * KB, 1).big("b/y", 90 * KB, 1).big("c/z", 90 * KB, 2))];
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    let plain = Case::open(&image(steps()).docker_archive(), &evidence, &[]);
    assert_eq!(plain.found(Rule::DuplicateContent), NOTHING);
    assert_eq!(Duplicates::new(&plain.image, &plain.ledger, &Hashes::new()), None);
    let scanned = Case::open(&image(steps()).docker_archive(), &evidence, &[Look::Duplicates]);
    let gzip = Case::open(&image(steps()).oci_archive(), &evidence, &[]);
    for case in [&scanned, &gzip] {
        assert_eq!(case.found(Rule::DuplicateContent), ["[2] 90000 b/y"]);
        let hashes = case.scan.as_ref().map(|scan| scan.hashes.clone()).unwrap_or_default();
        assert_eq!(Duplicates::new(&case.image, &case.ledger, &hashes).unwrap().bytes, 90_000);
    }
}

/// An ELF file of 64 bits with sections of these types, flags and sizes.
fn elf(kind: u16, sections: &[(u32, u64, u64)]) -> Vec<u8> {
    let at = 100_000_u64;
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend(kind.to_le_bytes());
    file.resize(40, 0);
    file.extend(at.to_le_bytes());
    file.resize(58, 0);
    file.extend(64_u16.to_le_bytes());
    file.extend((sections.len() as u16).to_le_bytes());
    file.resize(at as usize, 7);
    for (section, flags, size) in sections {
        let start = file.len();
        file.extend(0_u32.to_le_bytes());
        file.extend(section.to_le_bytes());
        file.extend(flags.to_le_bytes());
        file.resize(start + 32, 0);
        file.extend(size.to_le_bytes());
        // A symbol table's names are the last section's.
        file.extend((sections.len() as u32 - 1).to_le_bytes());
        file.resize(start + 64, 0);
    }
    file.resize(200_000, 7);
    file
}

#[test]
fn symbols_zeros_and_cores_are_seen_in_the_bytes() {
    // Code, debugging section, symbol table with its names.
    let sections = [(1, 2, 50_000), (1, 0, 20_000), (2, 0, 6_000), (3, 0, 4_000)];
    let program = |layer: Layer, path: &str, kind| layer.mode(0o755).file(path, elf(kind, &sections));
    let layer = program(Layer::new(), "usr/bin/app", 2);
    assert_eq!(found(Rule::UnstrippedBinaries, [(RUN, layer)]), ["[2] 30000 usr/bin/app"]);
    let meant = program(program(Layer::new(), "usr/lib/debug/app", 2), "lib/modules/a.ko", 1);
    assert_eq!(found(Rule::UnstrippedBinaries, [(RUN, meant)]), NOTHING);
    let core = program(Layer::new(), "app/core.17", 4);
    assert_eq!(found(Rule::LogsTempCores, [(RUN, core)]), ["[2] 200000 app/core.17"]);

    let mut holes = vec![0; 2 << 20];
    holes[1_000_000] = 1;
    let layer = Layer::new().file("var/log/lastlog", &holes);
    assert_eq!(found(Rule::SparseExpanded, [(RUN, layer)]), ["[2] 2097152 var/log/lastlog"]);
    for place in 0..8 {
        holes[place << 16] = 1;
    }
    assert_eq!(found(Rule::SparseExpanded, [(RUN, Layer::new().file("disk", &holes))]), NOTHING);
}

#[test]
fn a_committed_layer_is_told_with_its_leftovers_and_a_draft() {
    let status = |names: &[&str]| {
        let package = |name: &&str| format!("Package: {name}\nStatus: install ok installed\n\n");
        names.iter().map(package).collect::<Vec<_>>().concat()
    };
    let image = common::Image::new("shop/web:1")
        .step(
            "/bin/sh -c #(nop) ADD file:0123 in / ",
            Layer::new().file("var/lib/dpkg/status", status(&["dpkg"])),
        )
        .step("RUN /bin/sh -c true # buildkit", Layer::new().file("old", "x"))
        .step(
            "bash",
            Layer::new()
                .file("var/lib/dpkg/status", status(&["dpkg", "curl", "vim"]))
                .file("var/lib/dpkg/info/curl.list", "/usr/bin/curl\n")
                .big("usr/bin/curl", 50 * KB, 1)
                .big("root/.bash_history", 3 * KB, 2)
                .big("var/lib/apt/lists/p", 80 * KB, 3)
                .big("srv/site/index.html", 10 * KB, 4)
                .whiteout("old"),
        );
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    let case = Case::open(&image.docker_archive(), &evidence, &Look::ALL);
    let finding = one(&case, Rule::CommittedLayer);
    assert_eq!((finding.bytes.max, &finding.steps[..]), (83_000, &[3][..]));
    assert_eq!(
        finding.title,
        "Step 3 is a committed container: 6 files, 143.1 kB, of them 83.0 kB leftovers; 1 path removed"
    );
    assert_eq!(
        finding.fix.unwrap().text,
        "# A draft: what stands in the layer, as steps.\n\
         RUN apt-get update \\\n    && apt-get install -y --no-install-recommends curl vim \\\n    && rm -rf /var/lib/apt/lists/*\n\
         COPY ./srv/site/ /srv/site/\n\
         RUN rm -rf /old\n"
    );
    assert_eq!(found(Rule::CommittedLayer, [(RUN, Layer::new().file("a", "b"))]), NOTHING);
}

#[test]
fn order_of_layers_and_layers_without_files() {
    let install = "RUN /bin/sh -c npm ci # buildkit";
    let sources = || Layer::new().file("app/package.json", "{}").file("app/main.js", "x");
    let modules = || Layer::new().big("app/node_modules/x", 50 * KB, 1);
    let order = found(Rule::LayerOrder, [(COPY, sources()), (install, modules())]);
    assert_eq!(order, ["[2, 3] 0 "]);
    let manifest = ("COPY package.json /app/ # buildkit", Layer::new().file("app/package.json", "{}"));
    assert_eq!(found(Rule::LayerOrder, [manifest, (install, modules()), (COPY, sources())]), NOTHING);
    assert_eq!(found(Rule::LayerOrder, [(COPY, sources()), (RUN, modules())]), NOTHING);

    // Only the installation goes before the sources.
    let order = |install| one(&case([(COPY, sources()), (install, modules())]), Rule::LayerOrder).fix;
    assert_eq!(
        order("RUN /bin/sh -c npm ci && npm cache clean --force && npm run build # buildkit").unwrap().text,
        "COPY package*.json ./\nRUN npm ci \\\n && npm cache clean --force\nCOPY . /app\nRUN npm run build\n"
    );
    for install in [
        "RUN /bin/sh -c cd web && npm ci # buildkit",
        "RUN /bin/sh -c npm ci --prefix web # buildkit",
        "RUN /bin/sh -c pip install -r lists/all.txt # buildkit",
        "RUN /bin/sh -c apt-get install -y ./x.deb # buildkit",
        "RUN /bin/sh -c npm ci; make # buildkit",
    ] {
        assert_eq!(order(install), None, "{install}");
    }

    let steps = || {
        [
            ("WORKDIR /app", Layer::new()),
            ("RUN /bin/sh -c npm test # buildkit", Layer::new().dir("bin")),
            ("RUN /bin/sh -c mkdir /data # buildkit", Layer::new().dir("data")),
            ("RUN /bin/sh -c chown 7 /bin # buildkit", Layer::new().owner(7, 0).dir("bin")),
            ("RUN /bin/sh -c rm /bin/sh # buildkit", Layer::new().whiteout("bin/sh")),
            ("RUN /bin/sh -c ln -s a b # buildkit", Layer::new().symlink("b", "a")),
        ]
    };
    assert_eq!(found(Rule::EmptyLayer, steps()), ["[2] 0 "]);
    assert_eq!(found(Rule::NoopRun, steps()), ["[3] 0 "]);
    let many = (0..101).map(|_| (RUN, Layer::new().file("a", "b")));
    assert_eq!(found(Rule::LayerCount, many), ["[] 0 "]);
    assert_eq!(found(Rule::LayerCount, steps()), NOTHING);
}

#[test]
fn layers_of_a_layout_that_are_not_compressed() {
    let image = image([(RUN, Layer::new().big("a", 50 * KB, 1))]);
    let evidence = Evidence { base_layers: Some(1), ..Evidence::default() };
    let layout = |pack: fn(&[u8]) -> Vec<u8>| {
        let files = image.oci_files("application/vnd.oci.image.layer.v1.tar", pack);
        files.into_iter().fold(Layer::new(), |outer, (path, content)| outer.file(path, content)).tar()
    };
    let plain = Case::open(&layout(<[u8]>::to_vec), &evidence, &[]);
    assert_eq!(plain.found(Rule::Compression), ["[1, 2] 0 "]);
    assert_eq!(Case::open(&layout(common::gzip), &evidence, &[]).found(Rule::Compression), NOTHING);
    assert_eq!(Case::open(&image.docker_archive(), &evidence, &[]).found(Rule::Compression), NOTHING);
}

#[test]
fn the_base_is_told_where_evidence_says_what_it_is() {
    let steps = || [(RUN, Layer::new().whiteout("bin/sh"))];
    let finding = one(&case(steps()), Rule::BaseImage);
    assert_eq!((finding.owner, &finding.layers[..]), (Owner::Base, &[LayerIndex(1)][..]));
    let parts: Vec<u64> = finding.evidence.iter().map(|part| part.bytes).collect();
    assert_eq!(parts, [20_000]);
    let guess = Case::open(&image(steps()).docker_archive(), &Evidence::default(), &[]);
    assert_eq!(guess.found(Rule::BaseImage), NOTHING);
}

#[test]
fn hygiene_of_the_config() {
    let of = |config: serde_json::Value| with([(RUN, Layer::new().file("a", "b"))], config);
    let cases = [
        (Rule::RunsAsRoot, json!({"User": "0:0"}), 1),
        (Rule::RunsAsRoot, json!({}), 1),
        (Rule::RunsAsRoot, json!({"User": "10001:10001"}), 0),
        (Rule::ShellFormEntrypoint, json!({"Entrypoint": ["/bin/sh", "-c", "java -jar /app.jar"]}), 1),
        (Rule::ShellFormEntrypoint, json!({"Cmd": ["/bin/sh", "-c", "exec java"]}), 0),
        (Rule::ShellFormEntrypoint, json!({"Entrypoint": ["/app"], "Cmd": ["/bin/sh", "-c", "x"]}), 0),
        (Rule::SensitiveVolume, json!({"Volumes": {"/proc/x": {}, "/process": {}}}), 1),
        (
            Rule::EnvSecret,
            json!({"Env": ["DB_PASSWORD=hunter22", "GPG_KEY=ABC", "TOKEN=", "KEY_FILE=/k"]}),
            1,
        ),
        (Rule::HealthcheckMissing, json!({}), 0),
        (Rule::LabelsMissing, json!({}), 0),
    ];
    for (rule, config, count) in cases {
        assert_eq!(of(config.clone()).found(rule).len(), count, "{} {config}", rule.id());
    }
    let case = of(json!({"Env": ["DB_PASSWORD=hunter22"]}));
    let advice = case.advise();
    assert!(!format!("{advice:?}").contains("hunter22"));
    let Case { image, ledger, story, .. } = &case;
    let limits = Limits { min_bytes: None, all: true };
    let all = advice::advise(&Subject { image, ledger, story, scan: None, limits });
    for rule in [Rule::HealthcheckMissing, Rule::LabelsMissing] {
        assert!(all.findings.iter().any(|finding| finding.rule == rule));
    }
}

#[test]
fn hygiene_of_files() {
    let layer = Layer::new()
        .mode(0o4755)
        .file("usr/bin/sudo", "s")
        .mode(0o666)
        .file("app/conf", "c")
        .mode(0o1777)
        .dir("app/spool")
        .mode(0o777)
        .dir("tmp/x")
        .symlink("app/link", "conf")
        .xattr("security.capability", [1, 0])
        .file("usr/bin/ping", "p")
        .file("etc/shadow", "root:*:1::::::\nopen::1::::::\n")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n")
        .file("etc/ssh/ssh_host_rsa_key", "k")
        .file("etc/ssh/ssh_host_rsa_key.pub", "k");
    let case = case([(RUN, layer)]);
    let expected: [(Rule, &[&str]); 6] = [
        (Rule::SetuidFiles, &["[2] 0 usr/bin/sudo"]),
        (Rule::SudoInstalled, &["[2] 0 usr/bin/sudo"]),
        (Rule::WorldWritable, &["[2] 0 app/conf"]),
        (Rule::FileCapabilities, &["[2] 0 usr/bin/ping"]),
        (Rule::EmptyPassword, &["[2] 0 etc/shadow"]),
        (Rule::SshHostKeys, &["[2] 0 etc/ssh/ssh_host_rsa_key"]),
    ];
    for (rule, expected) in expected {
        assert_eq!(case.found(rule), expected, "{}", rule.id());
    }
    assert_eq!(one(&case, Rule::EmptyPassword).title, "Of the accounts open has no password, toor is root");
    let fine = Layer::new()
        .mode(0o1777)
        .dir("tmp")
        .mode(0o666)
        .file("tmp/x", "y")
        .file("etc/shadow", "root:!:1::::::\n")
        .file("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    let fine = self::case([(RUN, fine)]);
    for (rule, _) in expected {
        assert_eq!(fine.found(rule), NOTHING, "{}", rule.id());
    }
}

/// Off by default. What the image deleted, or only its database, installs nothing.
#[test]
fn package_managers_are_told_to_those_who_ask_for_all() {
    let all = |case: &Case| {
        let Case { image, ledger, story, .. } = case;
        let limits = Limits { min_bytes: None, all: true };
        let advice = advice::advise(&Subject { image, ledger, story, scan: None, limits });
        let found = advice.findings.into_iter().filter(|it| it.rule == Rule::PackageManagerPresent);
        found.map(|it| (it.title, it.severity, it.bytes.max)).collect::<Vec<_>>()
    };
    let layer = Layer::new().file("sbin/apk", "a").file("usr/bin/apt", "a").file("usr/bin/apt-mark", "a");
    let case = case([(RUN, layer)]);
    let title = "The container can install packages: /sbin/apk, /usr/bin/apt".to_owned();
    assert_eq!(all(&case), [(title, Severity::Info, 0)]);
    assert_eq!(case.found(Rule::PackageManagerPresent), NOTHING);
    let gone = self::case([
        (RUN, Layer::new().file("sbin/apk", "a").file("lib/apk/db/installed", "P:a").dir("usr/bin/dnf")),
        (RUN, Layer::new().whiteout("sbin/apk")),
    ]);
    assert_eq!(all(&gone), []);
}

#[test]
fn hygiene_of_steps() {
    let layer = || Layer::new().file("a", "b");
    let cases = [
        (Rule::AddRemote, "ADD https://x.test/a.tar.gz /a # buildkit", 1),
        (Rule::AddRemote, "ADD --checksum=sha256:00 https://x.test/a.tar.gz /a # buildkit", 0),
        (Rule::AddRemote, "ADD https://x.test/a.git /a # buildkit", 0),
        (Rule::AptGetUpdateAlone, "RUN /bin/sh -c apt-get -y update # buildkit", 1),
        (Rule::AptGetUpdateAlone, "RUN /bin/sh -c apt-get update && apt-get install -y a # buildkit", 0),
        (Rule::DistUpgrade, "RUN /bin/sh -c apt-get update; apt-get dist-upgrade -y # buildkit", 1),
        (Rule::DistUpgrade, "RUN /bin/sh -c echo dist-upgrade # buildkit", 0),
        (Rule::ArgSecret, "RUN |1 NPM_TOKEN=abcdefgh /bin/sh -c npm ci # buildkit", 1),
        (Rule::ArgSecret, "RUN |1 VERSION=abcdefgh /bin/sh -c npm ci # buildkit", 0),
    ];
    for (rule, text, count) in cases {
        assert_eq!(found(rule, [(text, layer())]).len(), count, "{text}");
    }
    let volume = |text, layer| {
        found(Rule::VolumeDiscards, [("/bin/sh -c #(nop)  VOLUME [/data]", Layer::new()), (text, layer)])
    };
    assert_eq!(volume("/bin/sh -c echo x > /data/x", layer()), ["[2, 3] 0 "]);
    assert_eq!(volume("/bin/sh -c echo x > /database", layer()), NOTHING);
    assert_eq!(volume("/bin/sh -c echo x > /data/x", Layer::new().file("data/x", "x")), NOTHING);
}

/// The command that unpacks says which archive; what only looks the same stays silent.
#[test]
fn archives_that_are_unpacked_need_not_ship() {
    const ADD: &str = "ADD https://x.test/app.tar.gz /tmp/ # buildkit";
    const UNPACK: &str = "RUN /bin/sh -c tar -C /opt -xzf /tmp/app.tar.gz # buildkit";
    let archive = |path: &str| Layer::new().big(path, 90 * KB, 1);
    let out = || Layer::new().big("opt/app/main", 200 * KB, 2);
    // In the directory of temporary files another rule claims it first.
    let (add, unpack) = (
        "ADD https://x.test/app.tar.gz /src/ # buildkit",
        "RUN /bin/sh -c tar -C /opt -xzf /src/app.tar.gz # buildkit",
    );
    let finding = one(&case([(add, archive("src/app.tar.gz")), (unpack, out())]), Rule::AddArchiveKept);
    assert_eq!((finding.bytes.max, finding.unique, finding.severity), (90_000, 90_000, Severity::Low));
    assert_eq!(finding.title, "Step 3 unpacks /src/app.tar.gz, which ships all the same: 90.0 kB");
    assert_eq!(finding.steps, [2, 3]);
    let place = "# In place of step 2, and of the unpacking in step 3:\n";
    let curl =
        format!("{place}RUN mkdir -p /opt && curl -fsSL https://x.test/app.tar.gz | tar -xz -C /opt\n");
    assert_eq!(finding.fix.unwrap().text, curl);
    let unpacked = format!(
        "# syntax=docker/dockerfile:1.17\n{place}ADD --unpack=true https://x.test/app.tar.gz /opt/\n"
    );
    assert_eq!(finding.alternative.unwrap().text, unpacked);
    // Deleted by a step that is no RUN of the row: the bytes count once.
    let gone = case([
        (ADD, archive("tmp/app.tar.gz")),
        (UNPACK, out()),
        ("RUN /bin/sh -c rm /tmp/app.tar.gz # buildkit", Layer::new().whiteout("tmp/app.tar.gz")),
    ]);
    let finding = one(&gone, Rule::AddArchiveKept);
    assert_eq!((finding.bytes.max, finding.unique, finding.severity), (90_000, 0, Severity::Info));
    assert_eq!(finding.fix.unwrap().text, curl);
    assert_eq!(one(&gone, Rule::DeletedLater).unique, 90_000);
    assert_eq!(gone.advise().avoidable_with_guesses, 90_000);

    let fix = |steps: Vec<(&'static str, Layer)>| one(&case(steps), Rule::AddArchiveKept).fix.unwrap().text;
    let both = || archive("src/a.zip").big("opt/a", 200 * KB, 2);
    let run = "RUN /bin/sh -c wget https://x.test/a.zip && unzip a.zip -d /opt # buildkit";
    assert_eq!(
        fix(vec![(run, both())]),
        "RUN wget https://x.test/a.zip \\\n    && unzip a.zip -d /opt \\\n    && rm -f /src/a.zip\n"
    );
    let wget = "RUN /bin/sh -c wget https://x.test/app.tar.gz # buildkit";
    let text = fix(vec![(wget, archive("src/app.tar.gz")), (unpack, out())]);
    assert!(text.starts_with("RUN wget") && text.ends_with("&& rm -f /src/app.tar.gz\n"), "{text}");
    let copy = "COPY dist/app.tar.gz /src/ # buildkit";
    assert_eq!(
        fix(vec![(copy, archive("src/app.tar.gz")), (unpack, out())]),
        "# In place of steps 2 and 3:\nRUN --mount=type=bind,source=dist/app.tar.gz,target=/src/app.tar.gz \\\n    \
         tar -C /opt -xzf /src/app.tar.gz\n"
    );
    // A checksum is not lost, and what is taken off the names is.
    let checked = "ADD --checksum=sha256:00 https://x.test/app.tar.gz /src/ # buildkit";
    let strip = "RUN /bin/sh -c tar -C /src --strip-components 1 -xzf /src/app.tar.gz # buildkit";
    let finding = one(&case([(checked, archive("src/app.tar.gz")), (unpack, out())]), Rule::AddArchiveKept);
    let text = finding.alternative.unwrap().text;
    assert!(
        text.ends_with("ADD --checksum=sha256:00 --unpack=true https://x.test/app.tar.gz /opt/\n"),
        "{text}"
    );
    assert_eq!(
        finding.fix.unwrap().text,
        format!(
            "{place}RUN mkdir -p /opt && curl -fsSL -o /src/app.tar.gz https://x.test/app.tar.gz \\\n    && echo '00  \
             '/src/app.tar.gz | sha256sum -c \\\n    && tar -C /opt -xzf /src/app.tar.gz \\\n    && rm -f \
             /src/app.tar.gz\n"
        )
    );
    let finding = one(&case([(add, archive("src/app.tar.gz")), (strip, out())]), Rule::AddArchiveKept);
    assert!(finding.fix.unwrap().text.ends_with("| tar -xz --strip-components=1 -C /src\n"));
    assert_eq!(finding.alternative, None);
    let zip = "ADD https://x.test/a.zip /src/ # buildkit";
    let unzip = "RUN /bin/sh -c cd /src && unzip a.zip # buildkit";
    assert!(fix(vec![(zip, archive("src/a.zip")), (unzip, out())]).contains(
        "RUN curl -fsSL -o /src/a.zip https://x.test/a.zip \\\n    && cd /src && unzip a.zip \\\n    && rm"
    ));

    let silent: [Vec<(&str, Layer)>; 6] = [
        // Never unpacked, made, only looked at, another one, unpacked before it was there.
        vec![(add, archive("src/app.tar.gz")), (RUN, out())],
        vec![("RUN /bin/sh -c tar czf /src/app.tar.gz /opt # buildkit", archive("src/app.tar.gz"))],
        vec![(zip, archive("src/a.zip")), ("RUN /bin/sh -c unzip -l /src/a.zip # buildkit", out())],
        vec![(add, archive("src/app.tar.gz")), (UNPACK, out())],
        vec![(unpack, out()), (add, archive("src/app.tar.gz"))],
        // It stays under its other name.
        vec![(add, archive("src/app.tar.gz").hardlink("srv/app.tar.gz", "src/app.tar.gz")), (unpack, out())],
    ];
    for steps in silent {
        let texts: Vec<&str> = steps.iter().map(|(text, _)| *text).collect();
        assert_eq!(case(steps).found(Rule::AddArchiveKept), NOTHING, "{texts:?}");
    }
}

#[test]
fn images_of_tools_get_no_advice_on_steps_that_they_do_not_have() {
    let image = common::Image::new("t:1")
        .step(
            "bazel build ...",
            Layer::new().big("app/.git/x", 90 * KB, 1).big("var/lib/apt/lists/p", 90 * KB, 2),
        )
        .step("ko build ko://x", Layer::new().dir("ko-app"));
    let case = Case::open(&image.docker_archive(), &Evidence::default(), &Look::ALL);
    let advice = case.advise();
    let rules: Vec<&str> = advice.findings.iter().map(|finding| finding.rule.id()).collect();
    assert_eq!(rules, ["package-cache", "large-files", "runs-as-root"]);
    assert_eq!(advice.findings[0].fix, None);
}

/// Paths that would end a command and begin another are quoted in what is to be pasted.
#[test]
fn hostile_names_stay_names_in_fixes() {
    let evil = "srv/a; rm -rf ~/x'\n$(id)";
    let layer = Layer::new()
        .mode(0o4755)
        .file(format!("{evil}/sudo"), "s")
        .big(format!("{evil}/lib/a"), 50 * KB, 1)
        .big(format!("{evil}/lib/b"), 50 * KB, 2)
        .big("opt/lib/a", 50 * KB, 1)
        .big("opt/lib/b", 50 * KB, 2)
        .file("var/lib/dpkg/status", "Package: x;id\nStatus: install ok installed\n");
    let case = case([("bash", layer)]);
    let mut fixes = 0;
    for finding in case.advise().findings {
        for fix in finding.fix.iter().chain(&finding.alternative) {
            assert!(!fix.text.contains("x;id") && !fix.text.contains("x'\n"), "{}", fix.text);
            let outside: String = fix.text.split('\'').step_by(2).collect();
            let is_json = fix.text.contains("COPY [\"./srv/a; rm");
            assert!(is_json || !outside.contains("; rm -rf ~"), "{}", fix.text);
            fixes += usize::from(fix.text.contains("rm -rf ~"));
        }
    }
    assert!(fixes >= 3);
}
