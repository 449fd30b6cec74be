//! Figures and what is behind them: the waste screen and the advice screen.

#[path = "common/advised.rs"]
mod advised;
mod common;
#[path = "common/journey.rs"]
mod journey;

use capas::advice::{Advice, Bytes, Finding, Rule, Severity};
use capas::build::Owner;
use capas::tui::effect::Effect;
use capas::tui::event::Event;
use capas::tui::keymap::Keymap;
use capas::tui::layout::{Pane, Screen};
use capas::tui::pane::groups::{Grouping, Groups};
use common::Layer;
use journey::{Journey, shop};
use std::sync::Arc;

fn at(width: u16, height: u16) -> Journey {
    Journey::open(&shop(), width, height)
}

/// The rows of the list on top.
fn rows(user: &Journey) -> Vec<String> {
    let screen = user.screen();
    let body = screen.lines().skip_while(|line| !line.starts_with(['┏', '┌']));
    let rows = body.skip(1).take_while(|line| line.starts_with(['┃', '│']));
    let text = |row: &str| row.trim_matches(['┃', '│']).split_whitespace().collect::<Vec<_>>().join(" ");
    rows.map(text).filter(|row| !row.is_empty()).collect()
}

#[test]
fn who_wastes_whom_stands_largest_first() {
    let mut user = at(120, 40);
    user.keys("2").sees("[2 Waste]").sees("Who wastes whom");
    user.sees("dead 1.3 MB of 3.6 MB: deleted 1.3 MB · metadata 24.0 kB · overwritten 28 B");
    let rows = rows(&user);
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert!(rows[0].starts_with("▶ 1.3 MB ████████████ 2 RUN apt-get update"), "{rows:?}");
    assert!(rows[0].ends_with("deleted 2 files"), "{rows:?}");
    assert!(rows[1].contains("3 COPY dir:9a1c0f3d2b7e") && rows[1].ends_with("metadata 3 files"), "{rows:?}");
    assert!(rows[2].ends_with("overwritten 1 file"), "{rows:?}");
}

#[test]
fn the_files_of_a_pair_lead_into_the_tree_and_back() {
    let mut user = at(120, 40);
    user.keys("2").sees("Files of 2 → 6, deleted").sees("900.0 kB  var/lib/apt/lists/main_Packages");
    user.keys("<enter>");
    assert_eq!(user.app.focus(), Pane::Victims);
    user.keys("j<enter>").sees("Changes of layer 6").sees("400.0 kB of layer 2: deleted by layer 6");
    assert_eq!((user.app.screen, user.app.focus()), (Screen::Layers, Pane::Tree));
    assert_eq!(user.path(), "var/lib/apt/lists/universe_Packages");
    user.sees("400.0 kB never seen: layer 6 deletes them");
    user.keys("<esc>").sees("[2 Waste]");
    assert_eq!(user.app.focus(), Pane::Victims, "as it was left");
    assert_eq!(user.app.waste.file_row, 1);
    user.keys("<esc>").keys("<esc>").sees("[1 Layers]");
}

#[test]
fn a_jump_puts_aside_whatever_would_hide_the_file() {
    let mut user = at(120, 40);
    user.keys("<tab>trm/nothing-like-it<enter><esc>/sh<enter>").keys("2<enter><enter>");
    assert_eq!(user.path(), "var/lib/apt/lists/main_Packages");
    user.sees("Changes of layer 6").misses("hidden");
}

#[test]
fn dead_files_are_grouped_by_cause_folder_and_file() {
    let mut user = at(120, 40);
    user.keys("2c").sees("Why bytes are never seen");
    assert_eq!(
        rows(&user)[1],
        "24.0 kB ▏ metadata the same bytes again, with another owner, mode or attribute 3 files"
    );
    user.keys("d").sees("Folders with dead files");
    assert_eq!(rows(&user)[0], "▶ 1.3 MB ████████████ var/lib/apt/ deleted 2 files");
    user.keys("f").sees("Dead files");
    assert_eq!(rows(&user)[0], "▶ 900.0 kB ████████████ var/lib/apt/lists/main_Packages deleted");
    assert_eq!(user.app.waste.len(), 6);
    user.sees("Copies of var/lib/apt/lists/main_Packages that are never seen").sees("2 → 6");
    user.keys("p").sees("Who wastes whom");
}

#[test]
fn the_chosen_group_stays_chosen() {
    let mut user = at(120, 40);
    user.keys("2jcjpj");
    let chosen = user.app.waste.selected().unwrap().key;
    for keys in ["s", "s", "c", "p", "1", "2", "/s<enter>", "<esc>", "z", "z"] {
        user.keys(keys);
    }
    assert_eq!(user.app.waste.selected().unwrap().key, chosen);
    user.resize(40, 12).resize(80, 24);
    assert_eq!(user.app.waste.selected().unwrap().key, chosen);
    user.keys("s").sees("oldest first");
    assert!(rows(&user)[0].starts_with("▶ 28 B"), "layer 1 is the oldest: {:?}", rows(&user));
}

#[test]
fn the_waste_is_filtered_and_says_how_much_is_left() {
    let mut user = at(120, 40);
    user.keys("2/logo").sees("1 dead files, 24.0 kB").keys("<enter>");
    assert_eq!(rows(&user).len(), 1);
    user.sees("srv/logo.png").keys("<esc>");
    assert_eq!(rows(&user).len(), 3);
    user.keys("/re:(").sees("not a regular expression").keys("<esc>");
    user.keys("/zzz<enter>").sees("No dead file matches `zzz`.").sees("Esc clears the filter.").keys("<esc>");
    assert_eq!(rows(&user).len(), 3);
    user.keys("/size>500k<enter>");
    assert_eq!(user.app.waste.groups().unwrap().file_count(), 1);
}

#[test]
fn an_old_answer_of_the_filter_is_dropped() {
    let mut user = at(120, 40);
    user.keys("2/logo<enter>");
    let stale = capas::tui::effect::Generation(0);
    user.event(Event::Sifted { generation: stale, groups: Arc::new(Groups::default()) });
    assert_eq!(rows(&user).len(), 1);
}

#[test]
fn where_nothing_is_dead_the_screen_says_so() {
    let image = common::Image::new("clean").step("RUN one", Layer::new().file("a", "1"));
    let mut user = Journey::open(&image, 80, 24);
    user.keys("2").sees("Nothing is dead: every byte that ships is seen.").sees("dead 0 B");
    user.keys("jjl<enter>sy").sees("copy path: no file is selected");
    user.keys("1w").sees("nothing is dead: every byte that ships is seen");
}

#[test]
fn until_all_layers_are_read_the_screens_say_what_is_missing() {
    let whole = at(120, 40);
    let mut user = Journey::empty(120, 40, Keymap::default());
    user.event(Event::Opened(Arc::clone(whole.app.info().unwrap())));
    user.keys("2").sees("The layers are being read.").keys("jkscdf/").sees("all layers must be read first");
    user.keys("3").sees("The layers are being read.").keys("jkyYi<enter>").keys("1<esc>");
    user.keys("2").sees("Reading was stopped");
}

#[test]
fn the_mouse_opens_pairs_and_files() {
    let mut user = at(120, 40);
    user.click("2 Waste").click("3 COPY dir").sees("Files of 3 → 5, metadata").click("3 COPY dir");
    assert_eq!(user.app.focus(), Pane::Victims, "a second click opens");
    user.click("srv/requirements.txt").click("srv/requirements.txt");
    assert_eq!(user.path(), "srv/requirements.txt");
    user.keys("<esc>").wheel("Who wastes whom", true);
    assert_eq!(user.app.waste.row, 2, "the wheel moves by three, to the end");
}

#[test]
fn the_path_of_a_dead_file_is_copied() {
    let mut user = at(120, 40);
    user.keys("2y");
    let text = "/var/lib/apt/lists/main_Packages".to_owned();
    assert_eq!(user.effects, [Effect::Copy { what: "the path".to_owned(), text }]);
}

/// Every grouping holds every dead byte once.
#[test]
fn groups_add_up_to_what_is_dead() {
    let user = at(120, 40);
    let (groups, insight) = (user.app.waste.groups().unwrap(), user.app.insight().unwrap());
    for grouping in Grouping::ALL {
        let bytes: u64 = groups.of(grouping).iter().map(|group| group.bytes).sum();
        let files: usize = groups.of(grouping).iter().map(capas::tui::pane::groups::Group::len).sum();
        assert_eq!((bytes, files), (insight.ledger.causes().total(), groups.file_count()), "{grouping:?}");
        for (row, group) in (0..).zip(groups.of(grouping)) {
            assert_eq!(groups.position(grouping, group.key, true), Some(row));
            let by_size = groups.position(grouping, group.key, false).unwrap();
            assert_eq!(groups.at(grouping, by_size, false).unwrap().key, group.key);
            let sum: u64 =
                (0..group.len()).map(|file| groups.file(grouping, group, file).unwrap().bytes).sum();
            assert_eq!(sum, group.bytes);
        }
    }
}

fn expert(width: u16, height: u16) -> Journey {
    let mut user = Journey::empty(width, height, Keymap::default());
    user.teach = Some(advised::advised);
    user.load(&shop().docker_archive());
    user.keys("3");
    user
}

#[test]
fn findings_stand_by_their_weight_and_rows_that_do_not_pay_at_the_end() {
    let mut user = expert(120, 40);
    user.sees("[3 Advice ●3]").sees("3 findings · together 1.3 MB can go (35 % of what ships)");
    let order: Vec<String> = rows(&user)
        .iter()
        .filter_map(|row| row.split('┃').next())
        .map(|row| row.trim_start_matches("▶ ").split_whitespace().take(4).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(order[0], "critical secret-in-layer layer 3");
    assert_eq!(order[2], "1.3 MB ungrouped-run layers");
    assert!(order[4].contains("─ guesses ─"), "{order:?}");
    assert_eq!(order[5], "5.0 kB docs-locale step");
    assert!(order[7].contains("─ best left ─"), "{order:?}");
    assert_eq!(order[8], "702 B leave 2");
    assert_eq!(order[9], "less than 65.5 kB");
    user.keys("s").sees("by rule").misses("─ guesses");
    assert_eq!(user.app.advice.row, 1, "the secret stays selected");
}

#[test]
fn what_is_certain_stands_before_any_guess_and_what_is_the_bases_last() {
    let mut user = Journey::empty(120, 40, Keymap::default());
    user.teach = Some(|image, insight| {
        advised::advised(image, insight);
        let findings = &mut insight.advice.findings;
        // The guess is the largest, the certain one is small, two are the base's, and two have no bytes to save.
        let of = |rule, bytes, owner| Finding {
            bytes: Bytes::exact(bytes),
            rule,
            owner,
            fingerprint: format!("{rule:?}"),
            ..findings[0].clone()
        };
        let more = [
            of(Rule::DeletedLater, 9_000_000, Owner::Base),
            of(Rule::OverwrittenLater, 8_000_000, Owner::Base),
            of(Rule::RunsAsRoot, 0, Owner::Own),
            Finding { severity: Severity::High, ..of(Rule::VolumeDiscards, 0, Owner::Own) },
            of(Rule::MovedLater, 70_000, Owner::Own),
        ];
        findings[2].bytes = Bytes::exact(132_000_000);
        findings.extend(more);
    });
    user.load(&shop().docker_archive());
    user.keys("3");
    let seen: Vec<String> = rows(&user)
        .iter()
        .filter_map(|row| row.split('┃').next())
        .map(|row| row.trim_start_matches(['▶', '─', ' ']).trim_end_matches(['─', ' ']).to_owned())
        .filter(|row| !row.is_empty() && !row.starts_with("exact") && !row.starts_with("guess "))
        .map(|row| row.split(" layers").next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(
        seen,
        [
            "critical secret-in-layer layer 3",
            "1.3 MB ungrouped-run",
            "70.0 kB moved-later",
            "guesses",
            "132.0 MB docs-locale step 1",
            "not about bytes",
            "high volume-discards",
            "medium runs-as-root",
            "of the base",
            "9.0 MB deleted-later",
            "8.0 MB overwritten-later",
            "best left",
            "702 B leave 2 RUN apart",
            "less than 65.5 kB is left out",
        ]
    );
    // Headings are no rows: the cursor passes over them, and a click on one selects nothing.
    user.keys("jjj").sees("docs-locale: step 1").click("not about bytes").sees("docs-locale: step 1");
    user.keys("j").sees("volume-discards: layers").keys("k").sees("docs-locale: step 1");
    user.click("deleted-later").sees("deleted-later: layers");
}

#[test]
fn a_finding_says_what_it_saves_costs_and_how() {
    let mut user = expert(120, 40);
    user.keys("j").sees("ungrouped-run: layers 4–6").sees("y copies the fix");
    user.sees("  900.0 kB  of step 3 that step 8 deletes").sees("Saves exactly 1.3 MB (3.6 MB → 2.3 MB).");
    user.sees("300.0 kB of it are in findings that stand before it as well.");
    user.sees("One cache entry for all.").sees("Because a layer can only add.");
    user.sees("-RUN one")
        .sees("+RUN one && two")
        .sees("Or: mount it while the step runs")
        .sees("RUN --mount=type=cache");
    user.keys("j").sees("Up to 5.0 kB: the bytes are exact").sees("\\x1b[31m");
    user.keys("j")
        .sees("2 RUN in a row: merging saves 702 B, leave them")
        .sees("step 3 · layer 2  RUN apt-get update");
}

#[test]
fn fix_and_diff_are_copied() {
    let mut user = expert(120, 40);
    user.keys("y").sees("copy fix: this finding has no text to paste");
    user.keys("jyY");
    let texts: Vec<&Effect> = user.effects.iter().collect();
    assert!(
        matches!(texts[0], Effect::Copy { what, text } if what == "the fix" && text == "RUN one \\\n && two")
    );
    assert!(matches!(texts[1], Effect::Copy { what, text } if what == "the diff" && text.starts_with("@@")));
    user.keys("jj").keys("y").sees("copy fix: no finding is selected");
}

#[test]
fn the_evidence_is_shown_in_the_tree_part_by_part() {
    let mut user = expert(120, 40);
    user.keys("j<enter>").sees("Changes of layer 6").sees("evidence 1 of 2");
    assert_eq!(user.path(), "var/lib/apt/lists/main_Packages");
    user.keys("<esc>").sees("[3 Advice").keys("<enter>").sees("Changes of layer 5").sees("evidence 2 of 2");
    assert_eq!(user.path(), "srv/logo.png");
    user.keys("3").keys("jj<enter>").sees("Step 3");
    user.keys("<esc>").sees("[3 Advice").keys("g<enter>").sees("Changes of layer 3");
    assert_eq!(user.path(), "srv/logo.png", "without evidence, the paths");
}

#[test]
fn findings_are_hidden_and_shown_again() {
    let mut user = expert(120, 40);
    user.keys("ji").sees("hidden until capas ends").sees("1 hidden").sees("●2").misses("ungrouped-run");
    user.keys("12").keys("3").sees("1 hidden");
    user.keys("I").sees("●3").sees("ungrouped-run").misses("1 hidden");
}

#[test]
fn a_bracket_leads_to_its_finding() {
    let mut user = expert(120, 40);
    user.keys("1")
        .sees("└ one RUN for 4–6 would save 1.3 MB     [3]")
        .click("one RUN for")
        .sees("ungrouped-run: layers");
    user.keys("g").keys("1").keys("jjjjjj").keys("3").sees("ungrouped-run: layers 4–6");
    user.click("secret-in-layer").sees("A guess from a pattern");
}

#[test]
fn without_a_finding_the_screen_says_so() {
    let image = common::Image::new("clean").step("RUN one", Layer::new().file("a", "1"));
    let mut user = Journey::empty(80, 24, Keymap::default());
    user.teach = Some(|_, insight| insight.advice = Advice::default());
    user.load(&image.docker_archive());
    user.keys("3")
        .sees("No finding: as far as the layers tell")
        .misses("is left out")
        .keys("jyYiIs<enter><esc>")
        .sees("[1 Layers]");
    let mut user = Journey::empty(80, 24, Keymap::default());
    user.teach = Some(|_, insight| insight.advice = Advice { threshold: 65_536, ..Advice::default() });
    user.load(&image.docker_archive());
    user.keys("3").sees("No finding: as far as the layers tell").sees("less than 65.5 kB is left out");
}

#[test]
fn the_screens_of_figures_are_ascii_where_that_is_asked_for() {
    for keys in ["2", "2c", "2d<enter>", "2f", "3", "3j<tab>", "1"] {
        for (width, height) in [(120, 40), (80, 24), (40, 12)] {
            let mut user = expert(width, height);
            user.ctx.glyphs = capas::tui::theme::Glyphs::Ascii;
            user.keys(keys).draw();
            let odd: String = user.screen().chars().filter(|c| !c.is_ascii()).collect();
            assert_eq!(odd, "", "{keys}\n{}", user.screen());
        }
    }
}

#[test]
fn every_screen_is_told_on_a_small_screen() {
    let mut user = expert(40, 12);
    user.sees("[3●3]").sees("[Findings]").keys("<tab>").sees("[Fix]").keys("<esc>").sees("[Findings]");
    user.keys("2").sees("[Waste]").sees("2 → 6").keys("<enter>").sees("[Dead files]").keys("<enter>");
    user.sees("[Files]").sees("main_Packages").keys("<esc>").sees("[Dead files]").keys("h").sees("[Waste]");
    user.resize(39, 12).sees("capas needs a window").resize(120, 40).sees("Who wastes whom");
}
