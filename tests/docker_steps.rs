//! `capas history` beyond docker: JSON, plain fields, `--wide`.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use std::sync::Arc;

use capas::build::{Evidence, Story};
use capas::image::Image;
use capas::layer::LayerIndex;
use capas::ledger::Ledger;
use capas::report::Look;
use capas::report::docker::history::{Clock, Options};
use capas::report::docker::steps;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

fn printed(print: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    print(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn commit() -> Image {
    configs::image(&configs::sample("docker-commit.json"), &[164_024_401, 12])
}

#[test]
fn json_has_every_step_in_order() {
    let image = commit();
    let document: Value = serde_json::from_str(&printed(|out| steps::json(&image, out))).unwrap();
    assert_eq!(document["schemaVersion"], 1);
    assert_eq!(document["image"]["tags"], json!(["shop/web:2.4"]));
    let second = json!({
        "index": 2,
        "created": "2026-11-21T10:42:10.747529729Z",
        "createdBy": "sh -c echo hi > /hi; touch \"/a b\"",
        "author": "me <me@x>",
        "comment": "my commit",
        "emptyLayer": false,
        "layer": 2,
        "instruction": {
            "kind": "commit",
            "text": "(commit) sh -c echo hi > /hi; touch \"/a b\"",
            "builder": "docker-engine",
        },
    });
    assert_eq!(document["steps"][1], second);
    assert_eq!(document["steps"].as_array().unwrap().len(), 2);
    // One a line, the same.
    let lines = printed(|out| steps::ndjson(&image, out));
    assert_eq!(serde_json::from_str::<Value>(lines.lines().nth(1).unwrap()).unwrap(), second);
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn json_says_nothing_of_a_step_that_was_made_up() {
    let mut image = commit();
    let step = &mut Arc::get_mut(&mut image.info).unwrap().steps[1];
    (step.synthetic, step.created, step.comment, step.author) =
        (true, String::new(), String::new(), String::new());
    let document: Value = serde_json::from_str(&printed(|out| steps::json(&image, out))).unwrap();
    assert_eq!(document["steps"][1], json!({"index": 2, "emptyLayer": false, "layer": 2}));
}

#[test]
fn arguments_are_in_the_json() {
    let image = configs::image(&configs::sample("docker-28.5-buildkit.json"), &[]);
    let document: Value = serde_json::from_str(&printed(|out| steps::json(&image, out))).unwrap();
    assert_eq!(document["steps"][5]["instruction"]["args"], json!(["VER=9", "NAME=a b"]));
    assert_eq!(
        (&document["steps"][1]["emptyLayer"], document["steps"][1].get("layer")),
        (&json!(true), None)
    );
}

#[test]
fn plain_fields_are_one_step_a_line() {
    let mut image = configs::image(&configs::sample("docker-28.5-buildkit.json"), &[164_024_401]);
    let plain = printed(|out| steps::plain(&image, out));
    let lines: Vec<&str> = plain.lines().collect();
    assert_eq!(lines.len(), image.info.steps.len());
    assert_eq!(
        lines[0],
        "1\t1\t2026-11-21T09:52:45.521295335Z\timport\t164024401\t(import) imported by mmdebstrap"
    );
    assert_eq!(lines[1], "2\t\t2026-11-21T09:53:12.687556671Z\tLABEL\t0\tLABEL maintainer=x");
    // A layer that was not read has no size; a heredoc stays on its line.
    assert!(
        lines[26].contains("\tRUN\t\tRUN set -e echo heredoc > /heredoc echo two >> /heredoc"),
        "{}",
        lines[26]
    );
    // A hostile command makes neither a line nor a field.
    let step = &mut Arc::get_mut(&mut image.info).unwrap().steps[1];
    step.created_by = "RUN a\tb\nc\x1b[31m".into();
    let plain = printed(|out| steps::plain(&image, out));
    assert!(plain.lines().nth(1).unwrap().ends_with("\tRUN\t0\tRUN a b c\\x1b[31m"), "{plain}");
}

fn wide(image: &Image, clock: &Clock) -> String {
    let ledger = Ledger::new(image);
    let story = Story::new(&image.info, &Evidence { base_layers: Some(1), ..Evidence::default() });
    printed(|out| steps::wide(image, &ledger, &story, &Options::default(), clock, &Look::default(), out))
}

#[test]
fn wide_rows_add_what_docker_cannot_say() {
    let image = commit();
    let clock = Clock { now: "2026-11-21T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC };
    let wide = wide(&image, &clock);
    let words: Vec<Vec<&str>> = wide.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        words[0].join(" "),
        "IMAGE CREATED SIZE STEP LAYER KIND ADDED CHANGED REMOVED PAYLOAD LIVE DEAD STORED OWNER DIGEST CREATED BY COMMENT"
    );
    // Newest first, sizes as docker has them where docker has them, else with a space.
    assert_eq!(
        words[1][..15],
        [
            "ad35b8c20c3d",
            "About",
            "an",
            "hour",
            "ago",
            "12B",
            "2",
            "2",
            "commit",
            "0",
            "0",
            "0",
            "0",
            "B",
            "0"
        ]
    );
    assert!(
        wide.lines().nth(1).unwrap().contains("1.0 kB  own    6356923a093d  sh -c echo hi > /hi;"),
        "{wide}"
    );
    assert!(wide.lines().nth(2).unwrap().contains("164MB     1      1  import"), "{wide}");
}

#[test]
fn wide_rows_of_layers_that_were_not_read_say_so() {
    let image = configs::image(&configs::sample("docker-commit.json"), &[]);
    assert_eq!(image.info.steps[1].layer, Some(LayerIndex(2)));
    let clock = Clock { now: "2026-11-21T12:00:00Z".parse().unwrap(), zone: TimeZone::UTC };
    let wide = wide(&image, &clock);
    let words: Vec<&str> = wide.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(words[5..13], ["N/A", "2", "2", "commit", "?", "?", "?", "?"], "{wide}");
}
