//! What the user chose stays chosen: across layers, filters, orders, views and a growing image.
mod common;
#[path = "common/journey.rs"]
mod journey;

use std::sync::Arc;

use capas::image::{Image as Model, LayerFigures};
use capas::layer::Changeset;
use capas::layer::LayerIndex;
use capas::tree::Tree;
use capas::tui::effect::Effect;
use capas::tui::event::{Content, Event};
use capas::tui::keymap::Keymap;
use common::Layer;
use journey::{Journey, shop};

/// The model with the layers from `read` on still unread.
fn partly(whole: &Model, layers: &[Vec<u8>], read: usize) -> Arc<Model> {
    let changesets: Vec<_> = layers
        .iter()
        .enumerate()
        .map(|(at, tar)| {
            Arc::new(if at < read { common::changeset::load(tar).changeset } else { Changeset::default() })
        })
        .collect();
    let mut figures = whole.figures.clone();
    figures.iter_mut().skip(read).for_each(|figures| *figures = LayerFigures::default());
    Arc::new(Model {
        info: Arc::clone(&whole.info),
        figures,
        tree: Tree::merge(&changesets),
        notes: whole.notes.clone(),
    })
}

#[test]
fn the_selected_path_survives_layers_filters_orders_and_views() {
    let mut user = Journey::open(&shop(), 120, 40);
    user.keys("<tab>/shop.conf<enter><esc>");
    assert_eq!(user.path(), "etc/shop.conf");
    for keys in ["s", "s", "t", "t", "m", "m", "/o<enter><esc>", "4", "1", "z", "z"] {
        user.keys(keys);
        assert_eq!(user.path(), "etc/shop.conf", "after {keys}");
    }
    // A layer that does not have it, and back to one that has.
    user.keys("<esc>jj");
    assert_ne!(user.path(), "etc/shop.conf");
    user.keys("jjj");
    assert_eq!(user.path(), "etc/shop.conf", "layer 4 has it again");
}

#[test]
fn open_folders_survive_a_change_of_layer() {
    let mut user = Journey::open(&shop(), 120, 40);
    user.keys("<tab>C").misses("passwd");
    user.keys("jjl").sees("passwd");
    user.keys("<esc>Gt").sees("passwd");
    user.keys("<tab>h").keys("<esc>");
}

#[test]
fn a_closed_folder_stays_closed() {
    let mut user = Journey::open(&shop(), 120, 40);
    user.keys("<tab>/passwd<enter><esc>h").keys("h");
    user.sees("▸ etc").keys("t").sees("▸ etc").keys("t").sees("▸ etc");
}

#[test]
fn the_selection_is_carried_into_a_larger_image() {
    let image = shop();
    let mut whole = Journey::open(&image, 120, 40);
    let model = Arc::clone(whole.app.image().unwrap());
    let mut user = Journey::empty(120, 40, Keymap::default());
    user.event(Event::Opened(Arc::clone(&model.info)));
    user.sees("ADD file").sees("reading layers, 0 of 6 done").keys("jj").sees("apt-get");
    user.keys("kk");
    user.event(Event::Merged(partly(&model, &image.layers, 1)));
    user.keys("<tab>/libc.so.6<enter><esc>");
    assert_eq!(user.path(), "usr/lib/libc.so.6");
    user.sees("ships 2.2 MB…");
    for read in 2..=6 {
        user.event(Event::Merged(partly(&model, &image.layers, read)));
        assert_eq!(user.path(), "usr/lib/libc.so.6", "with {read} layers");
    }
    (1..=6).for_each(|layer| user.event(Event::LayerDone(LayerIndex(layer))));
    user.sees("putting the layers together");
    user.event(Event::Loaded);
    assert!(!user.app.is_moving());
    whole.keys("<tab>/libc.so.6<enter><esc>");
    assert_eq!(user.line("dead"), whole.line("dead"));
}

#[test]
fn steps_are_browsed_while_layers_are_read_and_escape_stops() {
    let image = shop();
    let whole = Journey::open(&image, 120, 40);
    let model = Arc::clone(whole.app.image().unwrap());
    let mut user = Journey::empty(120, 40, Keymap::default());
    user.event(Event::Opened(Arc::clone(&model.info)));
    user.event(Event::Layer(LayerIndex(2), 700_000));
    user.event(Event::Layer(LayerIndex(2), 600_000));
    user.sees("700.0 kB").keys("G").sees("Step 11").keys("kkk").sees("Layer 6 is being read");
    user.event(Event::LayerDone(LayerIndex(1)));
    user.sees("1 of 6 done").keys("<esc>");
    assert_eq!(user.effects, [Effect::CancelLoad]);
    user.sees("stopped reading; what was read stays").sees("Its files were not read.");
    user.sees("  2   unread").misses("700.0 kB");
    assert!(!user.app.is_moving());
}

#[test]
fn an_old_answer_is_dropped() {
    let mut user = Journey::open(&shop(), 120, 40);
    user.keys("jjjjj<tab>jo").sees("name = new");
    let stale = capas::tui::effect::Generation(user.app.file.generation.0 - 1);
    let content = Content { bytes: b"stale".to_vec(), total: 5 };
    user.event(Event::Preview { generation: stale, result: Ok(content) });
    user.misses("stale").sees("name = new");
    let current = user.app.file.generation;
    user.event(Event::Preview { generation: current, result: Err("the layer is not here".to_owned()) });
    user.sees("the layer is not here");
}

#[test]
fn nothing_jumps_when_a_layer_is_chosen() {
    let layer = |names: std::ops::Range<u32>| {
        names.fold(Layer::new(), |layer, at| layer.file(format!("d/{at:03}"), format!("{at}")))
    };
    let image = common::Image::new("many").step("RUN one", layer(0..200)).step("RUN two", layer(50..250));
    let mut user = Journey::open(&image, 120, 40);
    user.keys("<tab>l").keys("/150<enter><esc>");
    let (_, y) = user.cursor();
    user.keys("<esc>j<tab>");
    assert_eq!(
        (user.path(), user.cursor().1),
        ("d/150".to_owned(), y),
        "the cursor keeps its place on screen"
    );
}

#[test]
fn columns_stay_where_they_are_when_a_layer_has_no_dead_bytes() {
    let image = common::Image::new("cols")
        .step("RUN one", Layer::new().big("a", 100_000, 1).file("b", "1"))
        .step("RUN two", Layer::new().big("a", 100_000, 2));
    let mut user = Journey::open(&image, 120, 40);
    let column = |user: &Journey| {
        let row = user.screen().lines().find(|row| row.contains("-rw-r--r--")).unwrap().to_owned();
        capas::text::width(&row[..row.find("100.0 kB").unwrap()])
    };
    let before = column(&user);
    user.sees("▒ 100.0 kB").keys("j").misses("▒ 100.0 kB");
    assert_eq!(column(&user), before);
}

#[test]
fn a_resize_keeps_the_selected_row_on_screen() {
    let image = common::Image::new("many")
        .step("RUN one", (0..200).fold(Layer::new(), |layer, at| layer.file(format!("f{at:03}"), "x")));
    let mut user = Journey::open(&image, 120, 40);
    user.keys("<tab>G").sees("f199");
    user.resize(80, 24).sees("f199").resize(40, 12).sees("f199").resize(200, 60).sees("f199");
}

#[test]
fn the_selected_step_stays_when_the_export_of_an_engine_has_come() {
    let whole = Journey::open(&shop(), 120, 40);
    let info = Arc::clone(&whole.app.image().expect("an image").info);
    let mut user = Journey::empty(120, 40, Keymap::default());
    user.event(Event::Opened(Arc::clone(&info)));
    user.event(Event::Spooled(0));
    user.sees("the engine prepares the export").keys("jj");
    let selected = user.app.layers.selected;
    assert_ne!(selected, 0);
    user.event(Event::Spooled(5_000_000));
    user.sees("export, 5.0 MB so far");
    user.event(Event::Opened(info));
    assert_eq!(user.app.layers.selected, selected);
}
