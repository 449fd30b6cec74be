//! How long an image takes to load, beside the tools that must read the same bytes, and the list of local images.
//! `cargo bench`.
//!
//! Builds its own images (`inputs`), runs capas and a yardstick in turn, and prints ratios of medians: the machine
//! drops out of them. `CAPAS_BENCH_SCALE` (1) scales the number of files, `CAPAS_BENCH_RUNS` (5) says how often,
//! `CAPAS_BENCH_DIR` keeps the images in a folder for the next time, `CAPAS_BENCH_ONLY` (`images`, `mid`, `million`)
//! picks one. Tools that are not installed are named and left out: tar, pigz, zstd, GNU time, and dive and diving as
//! others to compare with.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench is a small script that prints")]

mod account;
#[path = "../../tests/common/mod.rs"]
mod common;
mod images;
mod inputs;
mod measure;
mod screen;
#[path = "../../tests/common/stores.rs"]
mod stores;

use std::path::{Path, PathBuf};

use inputs::{Input, MID, MILLION};
use measure::{Run, available, median};

const CAPAS: &str = env!("CARGO_BIN_EXE_capas");

/// Ratios that the project wants to stay below: capas over the yardstick.
const TARGETS: [(&str, f64); 3] = [("plain", 0.6), ("gzip", 0.37), ("zstd", 0.6)];

fn main() {
    // `cargo bench -- --quick` and what cargo itself passes are of no interest here.
    let number = |name: &str, default: f64| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let scale = number("CAPAS_BENCH_SCALE", 1.0);
    let runs = number("CAPAS_BENCH_RUNS", 5.0) as usize;
    let only = std::env::var("CAPAS_BENCH_ONLY").unwrap_or_default();
    let (dir, _temporary) = folder();
    if only.is_empty() || only == "images" {
        images::list(&dir, runs);
    }
    for shape in [MID, MILLION] {
        if !only.is_empty() && only != shape.name {
            continue;
        }
        let input = inputs::build(&shape, scale, &dir);
        println!(
            "\n{}: {} entries in {} layers, {} MB of tar",
            shape.name,
            input.entries,
            input.layers.len(),
            input.bytes / 1_000_000
        );
        load(&input, runs);
        account::account(&input, runs);
        screen::first_frames(&input, runs);
        screen::keys(&input);
        others(&input);
    }
}

/// A folder for the images, and what removes it at the end.
fn folder() -> (PathBuf, Option<tempfile::TempDir>) {
    if let Some(dir) = std::env::var_os("CAPAS_BENCH_DIR") {
        return (dir.into(), None);
    }
    let temporary = tempfile::Builder::new().prefix("capas-bench").tempdir().unwrap();
    (temporary.path().to_owned(), Some(temporary))
}

/// `capas layers` against the tool that must read the same layers.
fn load(input: &Input, runs: usize) {
    let each = |tool: &str, files: &[PathBuf]| {
        let lines: Vec<String> =
            files.iter().map(|file| format!("{tool} {} >/dev/null\n", quoted(file))).collect();
        Run::shell(&lines.concat())
    };
    let rows = [
        ("plain", &input.plain, "tar", each("tar tf", &input.layers)),
        ("gzip", &input.gzip, "pigz", each("pigz -dc <", &input.gzip_blobs)),
        ("zstd", &input.zstd, "zstd", each("zstd -dcq", &input.zstd_blobs)),
    ];
    println!(
        "{:<8}{:>12}{:>10}   {:<16}{:>9}{:>8}{:>8}",
        "", "capas", "peak", "yardstick", "", "ratio", "target"
    );
    for (name, file, tool, yardstick) in rows {
        let ours = Run::program(CAPAS, &["layers", file.to_str().unwrap()]);
        if !available(tool) {
            println!("{name:<8}{:>9.0} ms            {tool} is not installed", median(&ours.times(runs)));
            continue;
        }
        ours.once();
        yardstick.once();
        let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            our_times.push(ours.once());
            their_times.push(yardstick.once());
        }
        let (our, their) = (median(&our_times), median(&their_times));
        let target = TARGETS.iter().find(|(target, _)| *target == name).map_or(0.0, |(_, target)| *target);
        let verdict = if our / their <= target { "" } else { "  missed" };
        println!(
            "{name:<8}{our:>9.0} ms{:>10}   {:<16}{their:>6.0} ms{:>8.2}{target:>8.2}{verdict}",
            ours.peak().map_or("-".to_owned(), |peak| format!("{} MB", peak / 1000)),
            format!("{tool}, all layers"),
            our / their,
        );
    }
}

/// Other explorers on the same plain archive, once each, where somebody installed them.
fn others(input: &Input) {
    for (tool, arguments, marker) in
        [("dive", vec!["--source", "docker-archive"], "Layers"), ("diving", vec![], "ayer")]
    {
        if !available(tool) {
            println!("{tool}: not installed");
            continue;
        }
        let mut arguments: Vec<&str> = arguments;
        let path = if tool == "diving" {
            format!("file://{}", input.plain.display())
        } else {
            input.plain.display().to_string()
        };
        arguments.push(&path);
        match screen::first_frame(tool, &arguments, marker, 120) {
            Some((time, peak)) => println!("{tool}: first screen after {time:.0} ms, {} MB", peak / 1000),
            None => println!("{tool}: no screen within two minutes, or it gave up"),
        }
    }
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}
