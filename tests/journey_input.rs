//! Keys, mouse, windows: how the explorer is handled.
mod common;
#[path = "common/journey.rs"]
mod journey;

use std::collections::BTreeMap;

use capas::tui::action::{ACTIONS, Action};
use capas::tui::effect::Effect;
use capas::tui::event::{Event, Failure};
use capas::tui::keymap::Keymap;
use capas::tui::theme::{Glyphs, Theme};
use common::{Image, Layer};
use journey::{Journey, shop};

fn wide() -> Journey {
    Journey::open(&shop(), 120, 40)
}

#[test]
fn escape_goes_back_one_level_and_never_quits() {
    let mut user = wide();
    user.keys("<tab>/su<enter>zv?");
    for _ in 0..9 {
        user.keys("<esc>");
    }
    assert!(user.effects.is_empty() && user.app.overlays.is_empty());
    user.sees("nothing to go back to; q leaves").sees("Changes of layer 1").misses("su: ");
}

#[test]
fn q_and_ctrl_c_leave_from_anywhere() {
    let mut user = wide();
    user.keys("q");
    assert_eq!(user.effects, [Effect::Quit]);
    for window in ["?", ":", "/", "x", "4i"] {
        let mut user = wide();
        user.keys(window).keys("<ctrl-c>");
        assert_eq!(user.effects, [Effect::Quit], "{window}");
    }
    let mut user = wide();
    user.keys("/<ctrl-z>");
    assert_eq!(user.effects, [Effect::Suspend]);
}

#[test]
fn the_help_is_searched_and_does_what_it_says() {
    let mut user = wide();
    user.keys("?").sees("Layers and files").sees("Show or hide removed files");
    user.keys("xyzzy").sees("nothing by that name");
    user.keys("<ctrl-u>by size")
        .sees("Sort files by name, by size or by dead bytes")
        .keys("<enter>")
        .sees("largest first");
    user.keys("??").misses("Enter does it");
}

#[test]
fn the_palette_finds_commands_by_a_part_of_their_name() {
    let mut user = wide();
    user.keys(":expall<enter>");
    assert!(user.app.overlays.is_empty());
    user.keys(":image<enter>").sees("What it is");
}

#[test]
fn what_does_not_apply_says_why() {
    let mut user = wide();
    user.keys("<tab>o").sees("preview: only files have content");
    user.keys("n").sees("next match: no filter is set; / sets one");
    user.keys("<esc>jY").sees("copy more: this step has no layer, so there is no digest");
    user.keys("4").keys("s").misses("largest first");
    let whole = Image::new("whole:1").step("COPY a /", Layer::new().file("a", "1"));
    Journey::open(&whole, 120, 40)
        .keys("w")
        .sees("next dead: nothing is dead: every byte that ships is seen");
}

#[test]
fn there_is_room_to_type_whatever_a_filter_has_to_say() {
    let mut user = Journey::open(&shop(), 80, 24);
    user.keys("/").sees("'fuzzy").keys("type:link").sees("Filter: type:link").sees("a type is `file`");
    user.keys("<esc>/zzz<enter>").sees("Esc clears the filter. t looks in").sees("`'zzz` finds what is");
}

#[test]
fn escape_with_a_key_right_behind_it_is_both() {
    let mut user = Journey::open(&shop(), 120, 40);
    user.sees("Step 1 ").keys("?<alt-j>").sees("Step 2 ").misses("Keys");
    // What is being typed is not lost to it.
    user.keys("k/libc<alt-b>").sees("Filter: libc");
}

#[test]
fn a_help_sentence_is_read_whole_below_the_list() {
    let mut user = Journey::open(&shop(), 80, 24);
    user.keys("?one level").sees("One level back: close a window, clear the filter, leave the range, stop");
    user.sees("return to the list.");
}

#[test]
fn a_window_says_that_there_is_more_than_fits() {
    let mut user = Journey::open(&shop(), 40, 12);
    let pages = "<pagedown>".repeat(16);
    for (opens, to_the_end) in [("W", "G"), ("?", &*pages), (":", &*pages), ("4i", "G")] {
        user.keys(opens).sees(" ↓ ━┛").misses(" ↑ ━┛");
        user.keys(to_the_end).sees(" ↑ ━┛").misses(" ↓ ━┛").keys("<esc>");
    }
    user.keys("?one level").misses(" ↓ ━┛").misses(" ↑ ━┛");
}

#[test]
fn a_damaged_layer_is_marked_and_told() {
    let mut tar = Layer::new().file("whole", "1").big("cut", 100_000, 1).tar();
    tar.truncate(50_000);
    let image = Image::new("cut:1").step_tar("RUN one", tar).step("RUN two", Layer::new().file("b", "2"));
    let mut user = Journey::open(&image, 120, 40);
    user.sees("layer 1 is damaged: what is shown of it may not be all");
    let row = user.line("RUN one");
    assert!(row.contains("B!"), "{row}");
    user.keys("j").misses("is damaged");
    user.sees("dead 0 B (0 %) · 1 layer not read whole").keys("2").sees("· 1 layer not read whole");
    user.resize(80, 24);
    user.keys("1").sees("· 1 layer not read whole");
}

#[test]
fn a_filter_is_live_keeps_the_selection_and_tells_errors() {
    let mut user = wide();
    user.keys("<tab>/passwd").sees("1 found").sees("passwd").misses("libc");
    user.keys("<enter>");
    assert_eq!(user.path(), "etc/passwd");
    user.keys("<esc>").sees("libc");
    assert_eq!(user.path(), "etc/passwd", "clearing the filter keeps the selection");
    user.keys("/re:(").sees("not a regular expression");
    user.keys("<esc>/nothing-like-it")
        .sees("No file here matches `nothing-like-it`.")
        .sees("Esc clears the filter.");
    user.keys("<esc>/size>100k<enter>nn");
    assert_eq!(user.path(), "bin/sh", "n goes round");
    user.keys("N");
    assert_eq!(user.path(), "usr/lib/libc.so.6");
}

#[test]
fn pasted_text_goes_into_the_filter() {
    let mut user = wide();
    user.keys("/");
    user.event(Event::Paste("shop\n.conf".to_owned()));
    user.keys("<home><delete><delete>").sees("Filter: op .conf");
}

#[test]
fn kinds_are_hidden_and_shown_and_the_pane_says_so() {
    let mut user = wide();
    user.keys("jjjjj<tab>m").sees("modified files are hidden").sees("hidden ~").misses("~     shop.conf");
    user.keys("aru").sees("Nothing of the kinds that are shown.").sees("a m r u show added");
    user.keys("m").sees("~     shop.conf");
}

#[test]
fn folders_open_and_close_and_all_at_once() {
    let mut user = wide();
    user.keys("<tab>").sees("passwd").keys("C").misses("passwd");
    user.keys("E").sees("passwd");
    user.keys("g<space>").misses("sh  ").keys("<space>").sees("  sh ");
    user.keys("jh");
    assert_eq!(user.path(), "bin", "h goes to the folder");
    user.keys("hh");
    assert_eq!(user.app.focus(), capas::tui::layout::Pane::Layers, "and out of the files");
}

#[test]
fn keys_are_bound_anew_and_hints_follow() {
    let bind = |id: &str, keys: &[&str]| (id.to_owned(), keys.iter().map(|&key| key.to_owned()).collect());
    let bindings: BTreeMap<String, Vec<String>> =
        [bind("help", &["f1"]), bind("view-image", &["i"]), bind("next-pane", &["w"])].into();
    let mut user = Journey::empty(120, 40, Keymap::default().rebind(&bindings).unwrap());
    user.load(&shop().docker_archive());
    user.sees("F1 help").sees("w pane").sees("i Image").keys("i").sees("What it is");
    user.keys("<f1>").sees("type to search");
}

#[test]
fn the_dive_keys_do_what_they_do_in_dive() {
    let mut user = Journey::empty(120, 40, Keymap::dive());
    user.load(&shop().docker_archive());
    user.keys("<tab><ctrl-a>").sees("added files are hidden").keys("<ctrl-a><ctrl-f>conf").sees("1 found");
}

#[test]
fn the_mouse_selects_opens_scrolls_and_drags() {
    let mut user = wide();
    user.click("RUN pip").sees("Changes of layer 4");
    user.click("~     shop.conf");
    assert_eq!(user.path(), "etc/shop.conf");
    user.click("▾ etc").sees("▾ etc").click("▾ etc").sees("▸ etc");
    user.click("4 Image").sees("What it is").click("[\"bash\"]");
    assert!(user.app.runs.item().unwrap().value.starts_with("[\"bash\"]"));
    user.click("1 Layers").wheel("Step 6", true).misses("│RUN pip install --requirement  ");
    let before = user.screen();
    user.drag((47, 10), (60, 10));
    assert_ne!(before, user.screen());
    assert_eq!(user.app.plan().panes[0].1.width, 60);
    user.click("? help").sees("type to search");
}

#[test]
fn the_cursor_sits_on_the_selected_row() {
    let mut user = wide();
    assert_eq!(user.cursor(), (1, 3));
    user.keys("jj");
    assert_eq!(user.cursor(), (1, 6), "below the line between base and own steps");
    user.keys("<tab>j");
    assert_eq!(user.cursor(), (49, 4));
    user.keys("/ab");
    assert_eq!(user.cursor(), (11, 39), "in the line that is typed");
}

#[test]
fn without_colour_everything_is_still_marked() {
    let mut user = wide();
    user.ctx.theme = Theme::None;
    user.keys("<tab>");
    let (screen, styles) = (user.screen(), user.styles());
    assert!(!styles.contains(['G', 'Y', 'R', 'B', 'C', 'M', 'T']), "{styles}");
    let selected = screen.lines().position(|line| line.contains("┃▶+ ▾ bin")).unwrap();
    assert!(styles.lines().nth(selected).unwrap().contains("rrrr"), "{styles}");
    assert!(
        screen.contains("┏ Changes") && screen.contains("┌ Layers"),
        "the frame tells the pane:\n{screen}"
    );
}

#[test]
fn ascii_is_ascii() {
    for keys in ["", "<tab>", "4", "?", "Gt/s", "jjv"] {
        let mut user = wide();
        user.ctx.glyphs = Glyphs::Ascii;
        user.keys(keys).draw();
        let odd: String = user.screen().chars().filter(|c| !c.is_ascii()).collect();
        assert_eq!(odd, "", "{keys}\n{}", user.screen());
    }
}

#[test]
fn every_action_has_a_place_in_the_help_window() {
    let mut user = Journey::open(&shop(), 120, 80);
    user.keys("?");
    user.resize(120, 80);
    let mut seen = user.screen();
    for _ in 0..ACTIONS.len() {
        user.keys("<down>");
        seen.push_str(&user.screen());
    }
    for spec in ACTIONS {
        let words: String = spec.help.chars().take(60).collect();
        assert!(seen.contains(&words), "{}", spec.id);
    }
}

#[test]
fn an_image_that_cannot_be_opened_is_a_screen() {
    let mut user = Journey::empty(80, 24, Keymap::default());
    user.sees("Opening shop.tar");
    user.event(Event::Failed(Failure {
        message: "shop.tar holds no image: it is empty".to_owned(),
        causes: vec!["no manifest".to_owned()],
        hints: vec!["`docker save shop > shop.tar` writes one".to_owned()],
    }));
    user.sees("shop.tar cannot be opened")
        .sees("because no manifest")
        .sees("hint: `docker save")
        .sees("q quit");
    user.keys("jjt/4<tab>");
    assert!(user.effects.is_empty(), "other keys do nothing and harm nothing");
    user.keys("q");
    assert_eq!(user.effects, [Effect::Quit]);
}

#[test]
fn several_images_ask_which_one() {
    let mut user = Journey::empty(80, 24, Keymap::default());
    user.event(Event::Several(vec!["web:1".to_owned(), "web:2".to_owned()]));
    user.sees("2 images: which one?").keys("j<enter>");
    assert_eq!(user.effects, [Effect::Open("web:2".to_owned())]);
}

#[test]
fn hostile_names_never_reach_the_terminal() {
    use common::{Image, Layer};
    let layer = Layer::new()
        .file("a\x1b[31mred", "x")
        .file("b\u{202e}txt.exe", "x")
        .file("日本語のファイル名がとても長い場合でも列は崩れない.txt", "x")
        .file("e\u{301}\u{301}\u{301}clair", "x")
        .file("👩‍👩‍👧‍👦", "x");
    let image = Image::new("evil:\x1b[2J").step("RUN echo \x1b]0;title\x07", layer);
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut user = Journey::open(&image, width, height);
        user.keys("<tab>");
        let screen = user.screen();
        assert!(!screen.contains(['\x1b', '\u{202e}', '\x07']), "{screen}");
        assert!(screen.contains("\\x1b[31mred"), "{screen}");
        for line in screen.lines().filter(|line| line.starts_with(['┃', '│', '┌', '┏'])) {
            assert_eq!(capas::text::width(line), usize::from(width), "{line}\n{screen}");
        }
    }
}

#[test]
fn dimmed_hints_are_those_that_say_why() {
    let mut user = wide();
    user.keys("<tab>");
    let row = user.screen().lines().count() - 1;
    let footer = user.styles().lines().nth(row).unwrap().to_owned();
    let text = user.screen().lines().nth(row).unwrap().to_owned();
    let at = capas::text::width(&text[..text.find("o preview").unwrap()]);
    assert_eq!(footer.chars().nth(at), Some('d'), "{text}\n{footer}");
    assert!(Action::Preview.spec().footer.len() > 1);
}

#[test]
fn a_stream_that_broke_off_does_not_look_whole() {
    let noise: Vec<u8> = (0..300_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let files = shop().oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let outer = files.iter().rev().fold(Layer::new(), |outer, (name, bytes)| outer.file(name, bytes));
    let packed = common::gzip(&outer.file("more", noise).tar());
    let mut user = Journey::open_bytes(&packed[..packed.len() - 100], 120, 60);
    user.sees("the archive is not whole; what could be read is shown");
    user.keys("4").sees("the archive is not whole");
    Journey::open_bytes(&packed, 120, 40).misses("not whole").keys("4").misses("not whole");
}

#[test]
fn names_in_errors_are_escaped_once() {
    let mut user = Journey::empty(120, 40, Keymap::default());
    let hints = vec![format!("choose one with --image NAME: {}", capas::text::display(b"a\x1bb"))];
    user.event(Event::Failed(Failure {
        message: "it holds a\x1b[2Jb".to_owned(),
        causes: Vec::new(),
        hints,
    }));
    user.sees(r"--image NAME: a\x1bb").sees(r"it holds a\x1b[2Jb");
}
