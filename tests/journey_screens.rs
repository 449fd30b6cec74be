//! Whole screens at the three sizes, as text and as styles.
#[path = "common/advised.rs"]
mod advised;
mod common;
#[path = "common/journey.rs"]
mod journey;

use std::sync::Arc;

use capas::layer::LayerIndex;
use capas::tui::event::Event;
use capas::tui::keymap::Keymap;
use journey::{Journey, shop};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// Snapshots of what some keys lead to, at each size.
fn screens(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut user = Journey::empty(width, height, Keymap::default());
        user.teach = Some(advised::advised);
        user.load(&shop().docker_archive());
        user.keys(keys);
        insta::with_settings!({ description => keys, omit_expression => true }, {
            insta::assert_snapshot!(format!("{name}_{width}x{height}"), user.screen());
        });
    }
}

#[test]
fn the_first_screen() {
    screens("first", "");
}

#[test]
fn a_step_without_a_layer() {
    screens("empty_step", "j");
}

#[test]
fn what_a_step_removed() {
    screens("removed", "jjjjjjj<tab>G");
}

#[test]
fn a_file_shipped_twice() {
    screens("file", "jjjjj<tab>j<enter>");
}

#[test]
fn a_range() {
    screens("range", "jjjvjj");
}

#[test]
fn all_files_filtered() {
    screens("filter", "Gt/type:file size>10k");
}

#[test]
fn waste() {
    screens("waste", "2");
    screens("waste_files", "2j<enter>");
    screens("waste_folders", "2d");
}

#[test]
fn advice() {
    screens("advice", "3j");
    screens("advice_fix", "3j<tab>jjj");
}

#[test]
fn the_image() {
    screens("image", "4");
}

#[test]
fn help() {
    screens("help", "?");
}

#[test]
fn commands() {
    screens("commands", ":copy");
}

#[test]
fn while_layers_are_read() {
    let whole = Journey::open(&shop(), 120, 40);
    for (width, height) in SIZES {
        let mut user = Journey::empty(width, height, Keymap::default());
        user.event(Event::Opened(Arc::clone(whole.app.info().unwrap())));
        user.event(Event::LayerDone(LayerIndex(1)));
        user.event(Event::Layer(LayerIndex(2), 600_000));
        insta::assert_snapshot!(format!("loading_{width}x{height}"), user.screen());
    }
}

#[test]
fn styles_of_the_first_screen_and_of_what_was_removed() {
    for (name, keys) in [
        ("styles_first", ""),
        ("styles_removed", "jjjjjjj<tab>"),
        ("styles_image", "4"),
        ("styles_waste", "2"),
        ("styles_advice", "3j"),
    ] {
        let mut user = Journey::empty(80, 24, Keymap::default());
        user.teach = Some(advised::advised);
        user.load(&shop().docker_archive());
        user.keys(keys);
        insta::assert_snapshot!(name, user.styles());
    }
}
