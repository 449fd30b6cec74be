//! Secrets: every format is found, in files, config and history; no value is ever in what is said about it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use capas::advice::{self, Advice, Limits, Look, Rule, Scan, Severity, Subject};
use capas::build::{Evidence, Story};
use capas::image::{Image, ImageInfo, ReadLayer};
use capas::layer::{Bodies, BodyError, Entry, LayerIndex, Loaded, Media};
use capas::ledger::Ledger;
use capas::source::{Options, open_reader};
use common::Layer;
use common::changeset::both;
use serde_json::json;

/// Letters that no alphabet row and no word are in; made here, so that no scanner of repositories finds them.
fn noise(alphabet: &str, len: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut state = 7_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        letters[(state >> 16) as usize % letters.len()]
    };
    (0..len).map(|_| next()).collect()
}

const UPPER: &str = "QRSTUVWYZ234567ABCDEFGH";
const HEX: &str = "0f1e2d3c4b5a6978";
const ANY: &str = "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM9182736450";
const LETTERS: &str = "qwertyuiopasdfghjklzxcvbnmQWERTYUIOPASDFGHJKLZXCVBNM";
const BECH32: &str = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";

/// A value of every format, under the name that it is told by.
fn samples() -> Vec<(&'static str, String)> {
    let any = |prefix: &str, len| format!("{prefix}{}", noise(ANY, len));
    let hex = |prefix: &str, len| format!("{prefix}{}", noise(HEX, len));
    let key = |kind: &str, body: &str| {
        format!("-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n")
    };
    vec![
        ("private key", key("RSA ", &noise(ANY, 200))),
        ("private key", key("", &noise(ANY, 200)).replace('\n', "\\n")),
        ("private key", key("OPENSSH ", &any("b3BlbnNzaC1rZXktdjEAAAAABG5vbm", 200))),
        ("AWS access key", format!("AKIA{}", noise(UPPER, 16))),
        ("GitHub token", any("ghp_", 36)),
        ("GitHub fine-grained token", any("github_pat_", 82)),
        ("GitLab token", any("glpat-", 20)),
        ("Slack token", any("xoxb-", 50)),
        ("Slack webhook", format!("hooks.slack.com/services/T{0}/B{0}/{1}", noise(UPPER, 9), noise(ANY, 24))),
        ("Stripe key", any("sk_live_", 24)),
        ("npm token", any("npm_", 36)),
        ("PyPI token", any("pypi-AgEIcHlwaS5vcmc", 90)),
        ("Google API key", any("AIza", 35)),
        ("Google OAuth secret", any("GOCSPX-", 28)),
        ("Azure storage key", any("AccountKey=", 86) + "=="),
        ("DigitalOcean token", hex("dop_v1_", 64)),
        ("Hugging Face token", format!("hf_{}", noise(LETTERS, 34))),
        ("Anthropic key", any("sk-ant-api03-", 90)),
        ("OpenAI key", any("sk-proj-", 60)),
        ("OpenAI key", any("sk-", 20) + "T3BlbkFJ" + &noise(ANY, 20)),
        ("SendGrid key", any("SG.", 22) + "." + &noise(ANY, 43)),
        ("Twilio key", hex("SK", 32)),
        ("Telegram bot token", any("738291645:AA", 33)),
        ("Vault token", any("hvs.", 90)),
        ("Doppler token", any("dp.pt.", 43)),
        ("age key", format!("AGE-SECRET-KEY-1{}", noise(BECH32, 58))),
        ("Shopify token", hex("shpat_", 32)),
        ("Square secret", any("sq0csp-", 43)),
        ("Mailgun key", hex("key-", 32)),
        ("Linear key", any("lin_api_", 40)),
        ("Docker Hub token", any("dckr_pat_", 27)),
        ("Databricks token", hex("dapi", 32)),
        ("Grafana token", any("glsa_", 32) + "_" + &noise(HEX, 8)),
        ("New Relic key", format!("NRAK-{}", noise(UPPER, 27))),
        ("PlanetScale token", any("pscale_tkn_", 43)),
        ("Pulumi token", hex("pul-", 40)),
        ("RubyGems key", hex("rubygems_", 48)),
        ("Supabase token", hex("sbp_", 40)),
        ("Atlassian token", any("ATATT3", 186)),
        ("Postman key", hex("PMAK-", 24) + "-" + &noise(HEX, 34)),
        ("Tailscale key", any("tskey-auth-", 12) + "-" + &noise(ANY, 32)),
        ("Heroku key", any("HRKU-", 40)),
        ("Sentry token", any("sntrys_", 100)),
        ("JSON web token", any("eyJ", 30) + ".eyJ" + &noise(ANY, 60) + "." + &noise(ANY, 43)),
    ]
}

/// What was found, and what is said about it.
struct Told {
    advice: Advice,
    scan: Scan,
}

fn scan(image: &common::Image, look: &[Look]) -> Told {
    let (options, cancel) = (Options::default(), AtomicBool::new(false));
    let opened = open_reader(&image.oci_archive()[..], &options, &|_| {}, &cancel).unwrap();
    let image = opened.load(&|_| {}, &cancel).unwrap();
    let ledger = Ledger::new(&image);
    let story = Story::new(&image.info, &Evidence::default());
    let scan = Scan::run(&image, &ledger, &story, &*opened.bodies(), look, &|_, _| {}, &cancel).unwrap();
    let subject = Subject {
        image: &image,
        ledger: &ledger,
        story: &story,
        scan: Some(&scan),
        limits: Limits::default(),
    };
    let advice = advice::advise(&subject);
    Told { advice, scan }
}

fn secrets(image: &common::Image) -> Told {
    scan(image, &[Look::Secrets])
}

/// Titles of the findings about secrets.
fn titles(read: &Told) -> Vec<&str> {
    let of = read.advice.findings.iter().filter(|finding| finding.rule == Rule::SecretInLayer);
    of.map(|finding| &*finding.title).collect()
}

/// Nothing of what is said holds the value, nor a long part of it.
fn assert_masked(read: &Told, value: &str) {
    let said = format!("{:?} {:?}", read.advice, read.scan);
    let body = value.lines().max_by_key(|line| line.len()).unwrap();
    // The first third may be the format's own.
    for start in (body.len() / 3..body.len().saturating_sub(11)).step_by(3) {
        assert!(!said.contains(&body[start..start + 12]), "{} is said", &body[start..start + 12]);
    }
}

#[test]
fn every_format_is_found_and_never_said() {
    for (name, value) in samples() {
        let run = format!("RUN /bin/sh -c ./fetch --with '{value}' # buildkit");
        let image = common::Image::new("t:1")
            .step("COPY . /app # buildkit", Layer::new().file("app/conf", format!("a = \"{value}\"\n")))
            .step(&run, Layer::new().file("app/out", "x"))
            .config(json!({"Env": [format!("SOME={value}")], "Labels": {"some.label": value}}));
        let read = secrets(&image);
        let mut titles = titles(&read);
        titles.sort_unstable();
        assert_eq!(
            titles,
            [
                format!("A {name} in /app/conf, from step 1, is in the image"),
                format!("A {name} in the history of step 2"),
                format!("A {name} in the label some.label"),
                format!("A {name} in the variable SOME"),
            ],
            "{value}"
        );
        assert_eq!(read.scan.secrets.len(), 1, "{name}");
        assert_eq!(read.scan.secrets[0].offset, 5);
        let severity = if name == "JSON web token" { Severity::Low } else { Severity::Critical };
        assert!(
            read.advice
                .findings
                .iter()
                .filter(|it| it.rule == Rule::SecretInLayer)
                .all(|it| it.severity == severity)
        );
        assert_masked(&read, &value);
    }
}

#[test]
fn what_may_be_shown_tells_one_value_from_another() {
    let value = format!("ghp_{}", noise(ANY, 36));
    let read = secrets(&common::Image::new("t:1").step("COPY a /a", Layer::new().file("a", &value)));
    let digest = capas::oci::Digest::of(value.as_bytes());
    assert_eq!(read.scan.secrets[0].mark, format!("ghp_… 40 characters, sha256 {}", &digest.hex()[..8]));
    let finding = read.advice.findings.iter().find(|finding| finding.rule == Rule::SecretInLayer).unwrap();
    assert!(finding.evidence[0].text.ends_with(&read.scan.secrets[0].mark));
}

#[test]
fn deleted_secrets_are_told_with_the_layer_that_still_has_them() {
    let key = noise(ANY, 200);
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{key}\n-----END RSA PRIVATE KEY-----\n");
    let image = common::Image::new("t:1")
        .step("COPY id_rsa /root/.ssh/id_rsa # buildkit", Layer::new().file("root/.ssh/id_rsa", &pem))
        .step("RUN /bin/sh -c npm ci # buildkit", Layer::new().file("app", "x"))
        .step("RUN /bin/sh -c rm /root/.ssh/id_rsa # buildkit", Layer::new().whiteout("root/.ssh/id_rsa"));
    let read = secrets(&image);
    let finding = read.advice.findings.iter().find(|finding| finding.rule == Rule::SecretInLayer).unwrap();
    assert!(
        finding.title.starts_with(
            "A private key in /root/.ssh/id_rsa, from step 1, is deleted in step 3, recoverable from layer 1 (sha256:"
        ),
        "{}",
        finding.title
    );
    assert_eq!((&finding.steps[..], &finding.layers[..]), (&[1, 3][..], &[LayerIndex(1)][..]));
    assert_masked(&read, &key);
    // The name alone is enough where nobody read the file.
    let unread = scan(&image, &[]);
    assert_eq!(titles(&unread).len(), 1);
}

#[test]
fn samples_tests_and_public_halves_are_none() {
    let token = format!("ghp_{}", noise(ANY, 36));
    let body = noise(ANY, 200);
    let quiet = Layer::new()
        .file("usr/share/doc/x", &token)
        .file("usr/lib/x", &token)
        .file("app/vendor/x", &token)
        .file("app/tests/x", &token)
        .file("app/node_modules/p/x", &token)
        .file("app/README.md", &token)
        .file("etc/ssl/private/ssl-cert-snakeoil.key", format!("-----BEGIN PRIVATE KEY-----\n{body}\n"))
        .file("app/binary", format!("\0{token}"))
        .file("app/longer", format!("{token}{token}"))
        .file("app/middle", format!("x{token}"))
        .file("app/aws", format!("AKIAIOSFODNN7{}", "EXAMPLE"))
        .file("app/same", format!("ghp_{}", "a".repeat(36)))
        .file("app/id_rsa.pub", format!("ssh-rsa {body}"))
        .file("app/locked", format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}\n"))
        .file("app/old", format!("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{body}\n"))
        .file(
            "app/ssh",
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI{body}\n"),
        )
        .file("app/help", "-----BEGIN PRIVATE KEY-----\n...\n")
        .file("app/.npmrc", "registry=https://r.test/\n//r.test/:_authToken=${NPM_TOKEN}\n")
        .file("app/.env", "PORT=80\nTOKEN=\nKEY_VERSION=12345\n")
        .file("app/.env.example", "TOKEN=whatever it is\n")
        .file("root/.docker/config.json", "{\"auths\": {}}")
        .file("etc/ca.pem", format!("-----BEGIN CERTIFICATE-----\n{body}\n"));
    let read = secrets(&common::Image::new("t:1").step("COPY . /", quiet));
    assert_eq!(titles(&read), Vec::<&str>::new());
}

#[test]
fn names_are_believed_when_the_text_agrees() {
    let files = [
        ("root/.npmrc", "//r.test/:_authToken=abc\n", "npm credentials"),
        ("root/.netrc", "machine r.test login me password abc\n", "netrc"),
        ("app/.env", "export DB_PASSWORD=hunter22\n", "environment file"),
        (
            "root/.docker/config.json",
            "{\"auths\": {\"r.test\": {\"auth\": \"bWU6YWJj\"}}}",
            "registry credentials",
        ),
        ("root/.aws/credentials", "[default]\naws_secret_access_key = abc\n", "AWS credentials"),
        ("root/.config/gcloud/credentials.db", "SQLite", "Google Cloud credentials"),
        ("app/store.p12", "\0\x01", "key store"),
    ];
    for (path, text, what) in files {
        let read = secrets(&common::Image::new("t:1").step("COPY . /", Layer::new().file(path, text)));
        assert_eq!(titles(&read), [format!("A {what} in /{path}, from step 1, is in the image")]);
        let finding =
            read.advice.findings.iter().find(|finding| finding.rule == Rule::SecretInLayer).unwrap();
        assert_eq!(finding.severity, Severity::High);
    }
}

#[test]
fn names_that_steer_terminals_are_shown_and_not_obeyed() {
    let token = format!("ghp_{}", noise(ANY, 36));
    let names: [&[u8]; 3] = [b"a/\x1b[2J\xff", "a/\u{202e}gpj".as_bytes(), &[b'x'; 250]];
    for name in names {
        let read = secrets(&common::Image::new("t:1").step("COPY . /", Layer::new().file(name, &token)));
        let titles = titles(&read);
        assert_eq!(titles.len(), 1);
        assert!(titles[0].chars().all(|c| !c.is_control() && c != '\u{202e}'), "{}", titles[0]);
    }
}

/// A token across every place where pieces of the stream meet.
#[test]
fn tokens_are_found_wherever_they_lie() {
    let token = format!("glpat-{}", noise(ANY, 20));
    let piece = 64 << 10;
    for at in [piece - 30, piece - 13, piece - 1, piece, 2 * piece - 8200, 3 * piece - 8192, 3 * piece + 5] {
        let mut text = "lorem ipsum\n".repeat(4 * piece / 12).into_bytes();
        text[at - 1] = b' ';
        text[at..at + token.len()].copy_from_slice(token.as_bytes());
        text[at + token.len()] = b' ';
        let read = secrets(&common::Image::new("t:1").step("COPY . /", Layer::new().file("a", text)));
        let places: Vec<u64> = read.scan.secrets.iter().map(|secret| secret.offset).collect();
        assert_eq!(places, [at as u64]);
    }
}

/// Contents that are made as they are read: nobody can hold them.
struct Endless<'a> {
    pattern: &'a [u8],
    read: AtomicUsize,
}

struct Stream<'a>(&'a Endless<'a>, usize);

impl Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in buffer.iter_mut() {
            *byte = self.0.pattern[self.1 % self.0.pattern.len()];
            self.1 += 1;
        }
        self.0.read.fetch_add(buffer.len(), Ordering::Relaxed);
        Ok(buffer.len())
    }
}

impl Bodies for Endless<'_> {
    fn open(&self, _: LayerIndex, _: &Entry) -> Result<Box<dyn Read + Send + '_>, BodyError> {
        Ok(Box::new(Stream(self, 0)))
    }
}

#[test]
fn a_file_made_of_tokens_fills_no_memory_and_is_read_no_further_than_the_limit() {
    let token = format!("npm_{} ", noise(ANY, 36));
    let bodies = Endless { pattern: token.as_bytes(), read: AtomicUsize::new(0) };
    let mut changeset = both(&Layer::new().file("huge", "x").tar());
    let mut entries = (*changeset.entries).clone();
    entries.entries[0].size = 3 << 30;
    changeset.entries = Arc::new(entries);
    (changeset.payload_bytes, changeset.tar_bytes) = (3 << 30, (3 << 30) + 1024);
    let layer = ReadLayer::from(Loaded { media: Media::None, changeset });
    let image = Image::assemble(Arc::new(ImageInfo::default()), &[Some(layer)]);
    let ledger = Ledger::new(&image);
    let story = Story::new(&image.info, &Evidence::default());
    let cancel = AtomicBool::new(false);
    let scan = Scan::run(&image, &ledger, &story, &bodies, &[Look::Secrets], &|_, _| {}, &cancel).unwrap();
    let read = bodies.read.load(Ordering::Relaxed) as u64;
    assert!((8 << 20..9 << 20).contains(&read), "{read}");
    assert_eq!(scan.secrets.len(), 20);
    assert_eq!(scan.more_secrets + 20, (8 << 20) / token.len() as u64);
}

#[test]
fn a_scan_can_be_cancelled() {
    let image = common::Image::new("t:1").step("COPY . /", Layer::new().file("a", "b"));
    let (options, cancel) = (Options::default(), AtomicBool::new(false));
    let opened = open_reader(&image.oci_archive()[..], &options, &|_| {}, &cancel).unwrap();
    let image = opened.load(&|_| {}, &cancel).unwrap();
    let (ledger, story) = (Ledger::new(&image), Story::new(&image.info, &Evidence::default()));
    cancel.store(true, Ordering::Relaxed);
    assert!(Scan::run(&image, &ledger, &story, &*opened.bodies(), &Look::ALL, &|_, _| {}, &cancel).is_err());
}
