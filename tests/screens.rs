//! The pictures of the README: screens of the sample image, drawn by the program's own code. A picture that no longer
//! shows what the program draws fails here; `CAPAS_UPDATE_SCREENS=1 cargo test --test screens` draws them anew.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "common/svg.rs"]
mod svg;

use std::path::Path;

use capas::tui::{Headless, Setup};

/// Three days after the sample was built.
const NOW: i64 = 1_771_077_600;

/// Name, title, size, keys.
const SCREENS: [(&str, &str, (u16, u16), &str); 7] = [
    (
        "layers",
        "capas: the layers of an image and what one of them changes",
        (120, 40),
        "jjjjjjjjjjjj<tab>Ejjjjjjjjj",
    ),
    ("file", "capas: the life and the content of a file", (120, 40), "jjjjjjjjjjjjj<tab>/prices<enter>Gozg"),
    ("waste", "capas: what ships and is never seen", (120, 40), "2j"),
    ("advice", "capas: what need not ship, and how to stop it", (120, 40), "3"),
    ("image", "capas: what an image runs", (120, 40), "4"),
    ("layers-80x24", "capas on a small terminal", (80, 24), "jjjjjjjjjjjj<tab>Ejjjjjjjjj"),
    ("image-80x24", "capas: what an image runs, on a small terminal", (80, 24), "4"),
];

fn draw(size: (u16, u16), keys: &str) -> Headless {
    let setup = Setup {
        reference: "assets/demo.tar".to_owned(),
        theme: "ansi".to_owned(),
        color: true,
        ..Setup::default()
    };
    let mut explorer = Headless::open(&setup, size, NOW).unwrap();
    explorer.keys(keys).unwrap();
    explorer
}

#[test]
fn pictures_show_what_the_program_draws() {
    let update = std::env::var_os("CAPAS_UPDATE_SCREENS").is_some();
    let mut stale = Vec::new();
    for (name, title, size, keys) in SCREENS {
        let explorer = draw(size, keys);
        let picture = svg::picture(explorer.buffer(), title);
        assert!(picture.len() < 100_000, "{name}: {} bytes", picture.len());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/screen-{name}.svg"));
        if update {
            std::fs::write(&path, &picture).unwrap();
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&*picture) {
            stale.push(format!("assets/screen-{name}.svg; the program draws:\n{}", explorer.text()));
        }
    }
    assert!(
        stale.is_empty(),
        "pictures that are not what the program draws (CAPAS_UPDATE_SCREENS=1 cargo test --test screens draws them \
         anew):\n{}",
        stale.join("\n")
    );
}

#[test]
fn a_picture_keeps_every_cell_in_its_column() {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 1));
    buffer.set_string(0, 0, "<日>  b", Style::new().fg(Color::Red));
    buffer.set_string(8, 0, "x", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(231)));
    buffer.set_string(9, 0, "──┐▌", Style::new());
    let picture = svg::picture(&buffer, "a & b");
    for expected in [
        "<title>a &amp; b</title>",
        "<text x=\"10\" y=\"23\" textLength=\"32\" fill=\"#e06c70\">&lt;日&gt;</text>",
        "<text x=\"58\" y=\"23\" textLength=\"8\" fill=\"#e06c70\">b</text>",
        "<rect x=\"74\" y=\"10\" width=\"8\" height=\"17\" fill=\"#ffffff\"/>",
        "<text x=\"74\" y=\"23\" textLength=\"8\" fill=\"#010203\">x</text>",
        "<path d=\"M82 18H102M102 18V27\" stroke=\"#d5d8de\" stroke-width=\"1\"/>",
        "<rect x=\"106\" y=\"10\" width=\"4\" height=\"17\" fill=\"#d5d8de\"/>",
    ] {
        assert!(picture.contains(expected), "{expected} in\n{picture}");
    }
}
