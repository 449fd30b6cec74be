//! What people come for, one story a test: keys in, screens and effects out.
mod common;
#[path = "common/journey.rs"]
mod journey;

use capas::advice::{Bytes, Row, Verdict};
use capas::build::{Base, BaseEvidence};
use capas::image::Image as Model;
use capas::layer::LayerIndex;
use capas::ledger::{Group, Price};
use capas::tui::effect::Effect;
use capas::tui::insight::Insight;
use capas::tui::keymap::Keymap;
use common::{Image, Layer};
use journey::{Journey, shop};
use ratatui::style::{Color, Modifier};

fn at(width: u16, height: u16) -> Journey {
    Journey::open(&shop(), width, height)
}

#[test]
fn find_the_step_that_added_a_file() {
    let mut user = at(120, 40);
    // All files after the last step, narrowed down by name.
    user.keys("Gt/cli.py<enter>");
    assert_eq!(user.path(), "usr/lib/python3/flask/cli.py", "Enter in the filter goes to the match");
    user.sees("All files after layer 6").sees("  4 + added          35.0 kB").sees("RUN pip install");
}

#[test]
fn compare_two_layers() {
    let mut user = at(120, 40);
    user.keys("jjjvjj").sees("Changes of layers 3–4");
    user.sees("~     shop.conf").sees("+     ▾ python3").misses("libc.so.6");
    user.misses("▾ bin").keys("u").sees("▾ bin").sees("unchanged files are shown");
    user.keys("<esc>").sees("Changes of layer 4");
    assert!(user.app.layers.mark.is_none(), "Esc leaves the range");
}

#[test]
fn a_range_that_changes_nothing_says_so() {
    let mut user = at(120, 40);
    // Layer 2 writes lists that layer 6 removes; between them nothing of /var stays.
    user.keys("jjv").keys("jjjjj").keys("/lists<enter>");
    user.sees("Changes of layers 2–6").misses("main_Packages").sees("lists");
}

#[test]
fn see_what_a_run_removed() {
    let mut user = at(120, 40);
    user.keys("jjjjjjj<tab>").sees("Changes of layer 6").sees("+0 ~0 -3");
    user.sees("-           main_Packages").sees("900.0 kB");
    user.keys("G").sees("removed here; this is what it was");
    assert_eq!(user.path(), "var/lib/apt/lists/universe_Packages");
    user.sees("together with a folder above it");
    let styles = user.styles();
    let row = user.screen().lines().position(|line| line.contains("main_Packages")).unwrap();
    assert!(styles.lines().nth(row).unwrap().contains('x'), "removed names are struck through:\n{styles}");
}

#[test]
fn a_removed_folder_says_how_much_went_with_it() {
    let clean = Image::new("gone:1")
        .step(
            "COPY . /",
            Layer::new().dir("d").dir("d/e").big("d/e/one", 3_000_000, 1).big("d/two", 2_000_000, 2),
        )
        .step("RUN rm -rf /d", Layer::new().whiteout("d"));
    let mut user = Journey::open(&clean, 120, 40);
    user.keys("j<tab>").sees("- ▾ d                           5.0 MB").sees("5.0 MB went with it  +0 ~0 -4");
    user.keys("s").sees("size ↓");
    let rows: Vec<String> =
        user.screen().lines().filter(|row| row.contains("- ")).map(str::to_owned).collect();
    let place = |name: &str| rows.iter().position(|row| row.contains(name)).unwrap();
    assert!(place("▾ e") < place("two"), "what went is sorted by its size\n{}", rows.join("\n"));
}

#[test]
fn a_whiteout_is_explained() {
    let mut user = at(120, 40);
    user.keys("jjjjjjj<tab>jj");
    assert_eq!(user.path(), "usr/bin/sg");
    user.sees("Layer 6 holds a whiteout, an empty mark that says \"gone\".");
}

#[test]
fn read_a_config_file() {
    let mut user = at(120, 40);
    user.keys("jjjjj<tab>jo").sees("1 │ [shop]").sees("2 │ name = new").sees("3 │ port = 8000");
    user.sees("layers 1 and 4 each carry the whole file");
}

#[test]
fn read_it_as_it_was_before() {
    let mut user = at(120, 40);
    user.keys("/shop.conf<enter>o").sees("2 │ name = old");
    user.keys("<esc><esc>").sees("name = old");
}

#[test]
fn compare_a_file_before_and_after() {
    let mut user = at(120, 40);
    user.keys("jjjjj<tab>jd").sees("File · before and after").sees("- name = old").sees("+ name = new");
    user.keys("<esc>").misses("- name = old").sees("name = new");
}

#[test]
fn extract_a_file_into_a_folder() {
    let mut user = at(120, 40);
    user.keys("jjjjj<tab>jx").sees("Write shop.conf into folder: ").sees("Enter writes here, into .");
    user.keys("/tmp/out").sees("folder: /tmp/out").keys("<enter>").sees("writing into /tmp/out");
    let path = b"etc/shop.conf".to_vec();
    assert_eq!(user.effects, [Effect::Extract { at: LayerIndex(4), path, target: "/tmp/out".to_owned() }]);
}

#[test]
fn extract_what_a_step_removed() {
    let mut user = at(120, 40);
    user.keys("jjjjjjj<tab>Gx<enter>");
    let path = b"var/lib/apt/lists/universe_Packages".to_vec();
    let before = Effect::Extract { at: LayerIndex(5), path, target: ".".to_owned() };
    assert_eq!(user.effects, [before], "what is gone is taken from the layer before");
}

#[test]
fn extracting_can_be_called_off() {
    let mut user = at(120, 40);
    user.keys("<tab>x<esc>").misses("Write bin into folder");
    assert!(user.effects.is_empty());
}

#[test]
fn binary_content_comes_in_digits() {
    let mut user = at(120, 40);
    user.keys("<tab>jo").sees("Content binary").sees("00000000 │ 01 20 3f 5e");
}

#[test]
fn what_runs_and_who_replaced_the_command() {
    let mut user = at(120, 40);
    user.keys("4").sees("python3 /srv/app.py").sees(r#"["bash"]  replaced in step 11"#).sees("8000/tcp");
    user.keys("jjjj<enter>").sees("[1 Layers]").sees("Step 2 · no layer");
    assert_eq!(user.app.layers.selected, 1, "Enter goes to the step that set it");
    user.sees("It has no layer,");
}

#[test]
fn the_documents_can_be_read_as_they_are_stored() {
    let mut user = at(120, 40);
    user.keys("4i").sees("// config").sees("\"architecture\": \"amd64\"");
    user.keys("G").sees("\"diff_ids\": [").keys("y");
    assert!(matches!(user.effects.last(), Some(Effect::Copy { text, .. }) if text.contains("\"rootfs\"")));
    user.keys("<esc>").sees("What it is");
}

#[test]
fn copy_a_path_a_content_a_command_and_a_digest() {
    let mut user = at(120, 40);
    user.keys("yY<tab>jyY");
    let texts: Vec<&str> = user
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::Copy { text, .. } => text.as_str(),
            Effect::CopyContent { what, .. } => what.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(texts[0], "ADD file:5d0c2f1b8a77 /");
    assert!(texts[1].starts_with("sha256:"), "{texts:?}");
    assert_eq!(texts[2..], ["/bin/sh", "sh"]);
}

#[test]
fn a_learner_reads_why() {
    let mut user = at(120, 40);
    user.keys("jjjjjj<tab>j").sees("Only the owner changed, but a layer carries whole files");
    user.keys("<tab><tab>").keys("<esc>").keys("j").sees("rm -rf");
}

#[test]
fn hard_links_and_setuid_are_told() {
    let mut user = at(120, 40);
    user.keys("/usr/bin/su<enter>");
    user.sees("also named usr/bin/sg").sees("one file with 2 names").sees("Setuid: whoever starts it");
}

#[test]
fn every_story_can_be_told_on_a_small_screen() {
    let mut user = at(40, 12);
    user.keys("jjjjj<tab>").sees("[Files]").sees("shop.conf");
    user.keys("jo").sees("[File]").sees("name = new");
    user.keys("h").sees("[Files]");
    user.keys("<esc>").sees("[Layers]");
    user.keys("4").sees("python3");
    user.resize(39, 12).sees("capas needs a window of 40x10.");
    user.resize(120, 40).sees("What it is");
}

/// The row of RUNs in layers 4 to 6, of which 4 and 5 are worth one RUN, on a base of one layer.
fn grouped(_: &Model, insight: &mut Insight) {
    let base = Base { layers: 1, steps: 2, name: None, evidence: BaseEvidence::Told };
    insight.story.base = base;
    let price = Price { saved: 1_200_000, ..Price::default() };
    insight.advice.rows = vec![Row {
        steps: vec![6, 7, 8],
        layers: (4..=6).map(LayerIndex).collect(),
        bytes: Bytes::exact(1_300_000),
        groups: vec![Group { from: LayerIndex(4), to: LayerIndex(5), price }],
        verdict: Verdict::Merge,
        sentence: String::new(),
    }];
}

/// The same row, of which nothing pays.
fn idle(image: &Model, insight: &mut Insight) {
    grouped(image, insight);
    let row = &mut insight.advice.rows[0];
    row.groups.clear();
    (row.verdict, row.bytes) = (Verdict::Leave, Bytes::exact(702));
}

fn taught(teach: fn(&Model, &mut Insight), width: u16, height: u16) -> Journey {
    let mut user = Journey::empty(width, height, Keymap::default());
    user.teach = Some(teach);
    user.load(&shop().docker_archive());
    user
}

#[test]
fn brackets_join_the_runs_that_should_be_one() {
    let mut user = taught(grouped, 120, 40);
    user.sees(" ┏ 4 116.0 kB")
        .sees(" ┗ 5  24.0 kB")
        .misses("┗ 6")
        .sees("└ one RUN for 4–5 would save 1.2 MB");
    user.sees("base above · yours below: as you said");
    let mut user = taught(grouped, 40, 12);
    user.keys("jjjjjj").sees("└ one RUN for 4–5 would save 1.2 MB");
}

#[test]
fn a_row_that_does_not_pay_is_told_to_be_left() {
    let mut user = taught(idle, 120, 40);
    user.sees(" ┌ 4 116.0 kB")
        .sees(" │ 5")
        .sees(" └ 6")
        .sees("└ merging saves 702 B, leave them")
        .misses("┏ 4");
}

#[test]
fn lines_between_steps_are_no_steps() {
    let mut user = taught(grouped, 120, 40);
    for step in 1..=11 {
        user.sees(&format!("┌ Step {step} ")).keys("j");
    }
    user.keys("g").click("base above").sees("Step 1 ").click("one RUN for").sees("Step 1 ");
    user.click("RUN rm -rf").sees("Step 8 · layer 6");
}

#[test]
fn the_account_comes_without_a_jump() {
    let mut user = taught(grouped, 80, 24);
    user.keys("Gk");
    let before = user.cursor();
    let mut other = Journey::open(&shop(), 80, 24);
    other.keys("Gk");
    assert_eq!(before, other.cursor(), "the selected step stays where it is");
}

#[test]
fn bars_and_details_tell_what_is_never_seen() {
    let mut user = at(120, 40);
    user.sees("█ seen ▒ dead, never seen").sees("ships 3.6 MB · shows 2.3 MB · dead 1.3 MB (36 %)");
    user.keys("jj").sees("2   1.3 MB ▒▒▒▒▒").sees("Ships     1.3 MB").sees("Seen      0 B");
    user.sees("Dead      1.3 MB deleted by layer 6");
    user.keys("jjjjj").sees("Kills     1.3 MB of layer 2, deleted");
    user.keys("k").sees("Kills     24.0 kB of layer 3, shipped again:");
}

#[test]
fn a_file_says_which_of_its_versions_are_never_seen() {
    let mut user = at(120, 40);
    user.keys("/logo<enter>").misses("logo.png ").keys("<esc><esc>jjj<tab>jj");
    assert_eq!(user.path(), "srv/logo.png");
    user.sees("└ 24.0 kB never seen: layer 5 ships the same bytes again");
    user.sees("▒ 24.0 kB");
}

#[test]
fn dead_files_are_visited_one_after_the_other() {
    let mut user = at(120, 40);
    let mut seen = Vec::new();
    for _ in 0..8 {
        user.keys("w");
        seen.push(format!("{} {}", user.app.layers.layer_at(user.app.info().unwrap()), user.path()));
    }
    assert_eq!(
        seen,
        [
            "1 etc/shop.conf",
            "2 var/lib/apt/lists/main_Packages",
            "2 var/lib/apt/lists/universe_Packages",
            "3 srv/app.py",
            "3 srv/logo.png",
            "3 srv/requirements.txt",
            "1 etc/shop.conf",
            "2 var/lib/apt/lists/main_Packages",
        ]
    );
    user.sees("the next one ships in layer 2");
}

#[test]
fn files_are_sorted_by_their_dead_bytes() {
    let mut user = at(120, 40);
    user.keys("jjj<tab>ss").sees("most dead bytes first").sees("dead ↓");
    user.keys("gjj");
    assert_eq!(user.path(), "srv/app.py");
    user.keys("s").sees("by name");
}

#[test]
fn one_key_says_why() {
    let mut user = at(120, 40);
    user.keys("jjjjjW").sees("Why: step 6, layer 4").sees("Every file that it wrote");
    user.sees("It ships 116.0 kB").sees("A layer can only add");
    user.keys("<esc>").misses("Why:");
    user.keys("<tab>jW")
        .sees("Why: etc/shop.conf")
        .sees("layers 1 and 4 each carry the whole file")
        .sees("The columns");
    user.keys("W")
        .misses("Why:")
        .keys("2W")
        .sees("Why: bytes are dead")
        .sees("a later step removed the file");
    user.keys("<esc>3W")
        .sees("Exact: the figure follows")
        .keys("<esc>4W")
        .sees("A setting with a step was set there");
    let folder = Image::new("folder:1")
        .step("RUN one", Layer::new().dir("d").file("d/a", "1"))
        .step("RUN two", Layer::new().mtime(5).dir("d").file("d/b", "2"));
    Journey::open(&folder, 120, 40).keys("j<tab>W").sees("Why: d").sees("Layers 1 and 2 name it: it, or");
    let mut user = at(40, 12);
    user.keys("W").sees("Why: step 1").misses("Dead").keys("GGW").misses("Why:");
    user.keys("WG").sees("takes nothing back from the layers");
}

#[test]
fn the_selected_row_has_no_colour_where_it_has_no_text() {
    let mut user = at(120, 40);
    user.keys("<tab>");
    for (x, cell) in user.row_of_cursor().into_iter().enumerate().skip(49) {
        let blank = cell.symbol() == " ";
        assert!(!blank || cell.fg == Color::Reset, "column {x} is {:?}", cell.fg);
        assert!(cell.symbol() != "▒" || !cell.modifier.contains(Modifier::REVERSED), "a bar stays a bar");
    }
}

#[test]
fn where_a_jump_leads_is_shown_with_what_stands_around_it() {
    let mut layer = Layer::new().file("a", "1").dir("b").file("b/dead", "12").dir("c");
    for at in 0..60 {
        layer = layer.file(format!("c/f{at:02}"), "1");
    }
    let image = Image::new("jump:1")
        .step("RUN one", layer.dir("z").file("z/dead", "12"))
        .step("RUN two", Layer::new().whiteout("b/dead").whiteout("z/dead"));
    let mut user = Journey::open(&image, 120, 40);
    user.keys("<tab>E").sees("▶+   a").keys("w");
    assert_eq!(user.path(), "b/dead");
    user.sees(" +   a ").sees(" + ▾ b").keys("w");
    assert_eq!(user.path(), "z/dead");
    user.sees("f59").sees(" + ▾ z");
}
