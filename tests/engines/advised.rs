//! Advice taken: the diff that capas prints for a Dockerfile, applied, built and measured.

use std::path::{Path, PathBuf};
use std::process::Command;

use capas::ledger::Ledger;
use serde_json::Value;

use super::case::run;
use super::rebuild::{Pair, account};

/// A way to put a finding right, and what it is said to save.
pub struct Cure {
    pub name: String,
    pub kind: String,
    /// At least, at most.
    pub promised: (u64, u64),
    /// The Dockerfile with the diff applied.
    dockerfile: PathBuf,
}

/// The cures of every finding about grouping, of an image beside its Dockerfile.
pub fn cures(pair: &Pair, folder: &Path) -> Vec<Cure> {
    let dockerfile = folder.join(format!("rebuild/{}.steps", pair.name));
    let mut capas = Command::new(env!("CARGO_BIN_EXE_capas"));
    capas.args(["advise", "--rule", "ungrouped-run", "--min-bytes", "1", "--format", "json"]);
    capas.arg("-f").arg(&dockerfile).arg(&pair.steps);
    let advice: Value = serde_json::from_str(&run(&mut capas)).unwrap();
    let text = std::fs::read_to_string(&dockerfile).unwrap();
    let mut cures = Vec::new();
    for finding in advice["findings"].as_array().unwrap() {
        let bytes = |name: &str| finding[name].as_u64().or(finding["bytes"].as_u64()).unwrap();
        for fix in [&finding["fix"], &finding["alternative"]] {
            let Some(diff) = fix["diff"].as_str() else { continue };
            let kind = fix["kind"].as_str().unwrap().to_owned();
            let file = folder.join(format!("rebuild/{}/{}.{kind}", pair.builder, pair.name));
            std::fs::write(&file, apply(&text, diff)).unwrap();
            cures.push(Cure {
                name: format!("{} by {}: {kind}", pair.name, pair.builder),
                kind,
                promised: (bytes("bytesMin"), bytes("bytesMax")),
                dockerfile: file,
            });
        }
    }
    cures
}

/// Applies a unified diff of one file; every line that it removes or keeps must be there.
fn apply(text: &str, diff: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<&str> = Vec::new();
    let mut at = 0;
    for line in diff.lines() {
        let rest = line.get(1..).unwrap_or_default();
        match line.as_bytes().first() {
            _ if line.starts_with("--- ") || line.starts_with("+++ ") => {}
            Some(b'@') => {
                let start = line.split(['-', ',', ' ']).find_map(|word| word.parse::<usize>().ok()).unwrap();
                while at + 1 < start {
                    out.push(lines[at]);
                    at += 1;
                }
            }
            Some(b'+') => out.push(rest),
            Some(b'-') => {
                assert_eq!(lines[at], rest, "{diff}");
                at += 1;
            }
            Some(b'\\') => {}
            _ => {
                assert_eq!(lines[at], rest, "{diff}");
                out.push(lines[at]);
                at += 1;
            }
        }
    }
    out.extend(&lines[at..]);
    out.join("\n") + "\n"
}

impl Cure {
    /// What it saves when it is built by the same builder; the files that a container sees stay the same.
    pub fn measure(&self, pair: &Pair, folder: &Path) -> (u64, bool) {
        let socket = format!("unix://{}", folder.join("d20/sock").display());
        let archive = self.dockerfile.with_extension(format!("{}.tar", self.kind));
        let buildkit = if pair.builder == "buildkit" { "1" } else { "0" };
        let tag = format!("advised:{}", pair.name);
        let docker = || {
            let mut docker = Command::new("/usr/bin/docker");
            docker.args(["-H", &socket]);
            docker
        };
        let build = ["build", "--network", "host", "-q", "-t", &tag, "-f"];
        run(docker()
            .env("DOCKER_BUILDKIT", buildkit)
            .args(build)
            .arg(&self.dockerfile)
            .arg(folder.join("context")));
        run(docker().args(["save", "-o"]).arg(&archive).arg(&tag));
        let (steps, before) = account(&pair.steps);
        let (cured, after) = account(&archive);
        let visible = |ledger: &Ledger| ledger.visible();
        let paths = |image: &capas::image::Image| -> Vec<Vec<u8>> {
            let tree = &image.tree;
            let last = capas::layer::LayerIndex(tree.layer_count() as u16);
            let nodes = (0..tree.len() as u32).map(capas::tree::NodeId);
            nodes.filter(|node| tree.standing(*node, last).is_some()).map(|node| tree.path(node)).collect()
        };
        let same = visible(&before) >= visible(&after) && paths(&steps) == paths(&cured);
        (before.ship() - after.ship(), same)
    }
}
