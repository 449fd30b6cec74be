//! Whole screens at the three sizes, as text and as styles.
mod common;
#[path = "common/journey.rs"]
mod journey;

use journey::{Journey, shop};

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// Snapshots of what some keys lead to, at each size.
fn screens(name: &str, keys: &str) {
    for (width, height) in SIZES {
        let mut user = Journey::open(&shop(), width, height);
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
fn styles_of_the_first_screen_and_of_what_was_removed() {
    for (name, keys) in [("styles_first", ""), ("styles_removed", "jjjjjjj<tab>"), ("styles_image", "4")] {
        let mut user = Journey::open(&shop(), 80, 24);
        user.keys(keys);
        insta::assert_snapshot!(name, user.styles());
    }
}
