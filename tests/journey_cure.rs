//! The story that most users come for: four RUN steps in a row, what they waste, the text that cures it, and the image
//! built with it.
mod common;
#[path = "common/journey.rs"]
mod journey;

use capas::tui::effect::Effect;
use common::{Image, Layer};
use journey::Journey;

const MB: usize = 1_000_000;

fn base() -> Layer {
    Layer::new().mode(0o755).big("bin/sh", 2 * MB, 1)
}

/// What both installs leave, with an owner and a mode.
fn installed(owner: u64, mode: u32) -> Layer {
    let file =
        |layer: Layer, path: &str, seed: u8| layer.owner(owner, owner).mode(mode).big(path, 3 * MB, seed);
    file(file(Layer::new(), "opt/app/server", 2), "opt/app/worker", 3)
}

fn four_runs() -> Image {
    Image::new("four:1")
        .step("/bin/sh -c #(nop) ADD file:5d0c2f1b8a77 in / ", base())
        .empty("/bin/sh -c #(nop)  CMD [\"sh\"]")
        .step("/bin/sh -c install-server", Layer::new().mode(0o644).big("opt/app/server", 3 * MB, 2))
        .step("/bin/sh -c install-worker", Layer::new().mode(0o644).big("opt/app/worker", 3 * MB, 3))
        .step("/bin/sh -c chown -R 1000:1000 /opt/app", installed(1000, 0o644))
        .step("/bin/sh -c chmod -R 755 /opt/app", installed(1000, 0o755))
}

/// The same with one RUN in place of the four.
fn one_run(command: &str) -> Image {
    Image::new("four:2")
        .step("/bin/sh -c #(nop) ADD file:5d0c2f1b8a77 in / ", base())
        .empty("/bin/sh -c #(nop)  CMD [\"sh\"]")
        .step(&format!("/bin/sh -c {command}"), installed(1000, 0o755))
}

#[test]
fn four_runs_are_found_cured_and_gone() {
    let mut user = Journey::open(&four_runs(), 120, 40);
    user.sees("ships 20.0 MB · shows 8.0 MB · dead 12.0 MB (60 %)");
    user.sees(" ┏ 2   3.0 MB").sees(" ┗ 5   6.0 MB").sees("12.0 MB");
    // From the bracket to the finding, and its text into the Dockerfile.
    user.keys("jjj3").sees("ungrouped-run: layers 2–5").sees("Saves exactly 12.0 MB (20.0 MB → 8.0 MB).");
    user.keys("y");
    let Some(Effect::Copy { what, text }) = user.effects.last() else { panic!("nothing was copied") };
    assert_eq!(what, "the fix");
    assert!(text.contains("install-server") && text.contains("install-worker"), "{text}");
    // Built with it: what was promised is saved, and there is nothing more to say.
    let command = text.trim_start_matches("RUN ").replace("\\\n", "");
    let mut user = Journey::open(&one_run(&command), 120, 40);
    user.sees("ships 8.0 MB · shows 8.0 MB · dead 0 B (0 %)").misses("┏ 2").keys("3").misses("ungrouped-run");
}

#[test]
fn what_no_group_takes_is_bracketed_and_priced_too() {
    let image = Image::new("rest:1")
        .step("/bin/sh -c #(nop) ADD file:5d0c2f1b8a77 in / ", base())
        .empty("/bin/sh -c #(nop)  CMD [\"sh\"]")
        .step("/bin/sh -c fetch", Layer::new().big("tmp/fetched", MB, 2))
        .step("/bin/sh -c unpack", Layer::new().big("opt/app", MB, 3).whiteout("tmp/fetched"))
        .step("/bin/sh -c note one", Layer::new().file("log", "x".repeat(702)))
        .step("/bin/sh -c note two", Layer::new().file("log", "y".repeat(702)));
    let mut user = Journey::open(&image, 120, 40);
    user.sees(" ┏ 2   1.0 MB").sees(" ┗ 3   1.0 MB").sees("1.0 MB");
    user.sees(" ┌ 4    702 B").sees(" └ 5    702 B").sees("└ merging saves 702 B, leave them");
    user.keys("3").sees("4 RUN in a row (steps 3 to 6): merging all saves 1.0 MB");
}

#[test]
fn a_gentler_way_of_the_same_words_is_not_told_twice() {
    let image = Image::new("same:1")
        .step("/bin/sh -c #(nop) ADD file:5d0c2f1b8a77 in / ", base())
        .step("/bin/sh -c fetch", Layer::new().big("tmp/fetched", MB, 2))
        .step("/bin/sh -c rm /tmp/fetched", Layer::new().whiteout("tmp/fetched"));
    let mut user = Journey::open(&image, 120, 40);
    user.keys("3").sees("Fix: one RUN").sees("&& rm /tmp/fetched").misses("Or: ");
}
