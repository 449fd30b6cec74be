//! What account and advice take on top of loading, all in one process: the same image is loaded, then asked.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use capas::advice::{self, Limits, Subject};
use capas::build::{Evidence, Story};
use capas::ledger::Ledger;
use capas::source::{Options, open};

use super::inputs::Input;
use super::measure::median;

/// Loading, account and advice together over loading alone.
const TARGET: f64 = 1.5;

/// One run's milliseconds.
struct Times {
    load: f64,
    ledger: f64,
    moves: f64,
    advice: f64,
}

/// Times of the plain archive: with layers that have to be inflated the part of the account is smaller still.
pub fn account(input: &Input, runs: usize) {
    let path = input.plain.to_str().unwrap();
    once(path);
    let all: Vec<Times> = (0..runs).map(|_| once(path)).collect();
    let of = |pick: fn(&Times) -> f64| median(&all.iter().map(pick).collect::<Vec<f64>>());
    let (load, ledger, moves, advice) =
        (of(|it| it.load), of(|it| it.ledger), of(|it| it.moves), of(|it| it.advice));
    let ratio = (load + ledger + moves + advice) / load;
    let verdict = if ratio <= TARGET { "" } else { "  missed" };
    println!(
        "account: loading {load:.0} ms, ledger {ledger:.0} ms, moves {moves:.0} ms, advice {advice:.0} ms: \
         {ratio:.2} of loading, target {TARGET:.2}{verdict}"
    );
}

fn once(path: &str) -> Times {
    let cancel = AtomicBool::new(false);
    let mut last = Instant::now();
    let mut lap = || {
        let time = last.elapsed().as_secs_f64() * 1000.0;
        last = Instant::now();
        time
    };
    let opened = open(path, &Options::default(), &|_| {}, &cancel).unwrap();
    let image = opened.load(&|_| {}, &cancel).unwrap();
    let load = lap();
    let mut book = Ledger::new(&image);
    let ledger = lap();
    book.read_moves(&image.tree, &*opened.bodies(), &cancel, &mut |_| {}).unwrap();
    let moves = lap();
    let story = Story::new(&image.info, &Evidence::default());
    let subject =
        Subject { image: &image, ledger: &book, story: &story, scan: None, limits: Limits::default() };
    let found = advice::advise(&subject);
    let advice = lap();
    assert!(!found.rows.is_empty());
    Times { load, ledger, moves, advice }
}
