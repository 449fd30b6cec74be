//! The layers read so far as one image: figures, notes, and what is not there yet.
mod common;

use std::sync::Arc;

use capas::image::{Image, ImageInfo, LayerInfo, Presence, ReadLayer};
use capas::layer::{LayerIndex, Loaded, Media, NoteKind, Notes};
use capas::oci::{ImageConfig, Platform};
use capas::tree::{NodeId, View};
use common::Layer;
use common::changeset::both;

fn info(presences: &[Presence]) -> Arc<ImageInfo> {
    let layer = |(at, presence): (usize, &Presence)| LayerInfo {
        index: LayerIndex::from_offset(at),
        digest: None,
        diff_id: None,
        media_type: String::new(),
        stored_bytes: 0,
        presence: presence.clone(),
        step: at + 1,
        ..LayerInfo::default()
    };
    let mut notes = Notes::default();
    notes.add(NoteKind::HistoryMissing, None, b"");
    Arc::new(ImageInfo {
        reference: "x.tar".to_owned(),
        source: "docker archive".to_owned(),
        id: None,
        manifest_digest: None,
        target_digest: None,
        tags: Vec::new(),
        parent: None,
        platform: Platform::default(),
        config: ImageConfig::default(),
        config_json: Arc::default(),
        manifest_json: Arc::default(),
        layers: presences.iter().enumerate().map(layer).collect(),
        steps: Vec::new(),
        set_aside: Vec::new(),
        notes,
        ..ImageInfo::default()
    })
}

fn read(tar: &[u8]) -> ReadLayer {
    Loaded { media: Media::Gzip, changeset: both(tar) }.into()
}

#[test]
fn figures_and_notes_of_all_layers() {
    let info = info(&[Presence::Here, Presence::Encrypted, Presence::Here]);
    let base = Layer::new().file("a", "12345").hardlink("b", "a").symlink("c", "a").fifo("a/../d");
    let layers = [
        Some(read(&base.tar())),
        None,
        Some(read(&Layer::new().file("a", "1").whiteout("none").big("cut", 999, 1).unfinished()[..2600])),
    ];
    let image = Image::assemble(Arc::clone(&info), &layers);
    assert!(image.is_complete(), "an encrypted layer is not waited for");
    let figures = &image.figures;
    assert_eq!((figures[0].entries, figures[0].payload_bytes, figures[0].docker_bytes), (4, 5, 6));
    assert_eq!((figures[0].loaded, figures[0].compression, &figures[0].fault), (true, "gzip", &None));
    assert_eq!((figures[1].loaded, figures[1].entries), (false, 0));
    let fault = figures[2].fault.clone().unwrap();
    let notes: Vec<_> = image.notes.iter().map(|note| (note.kind, note.layer)).collect();
    assert_eq!(
        notes,
        [
            (NoteKind::HistoryMissing, None),
            (NoteKind::LayerFaulty, Some(LayerIndex(3))),
            (NoteKind::WhiteoutOfNothing, Some(LayerIndex(3))),
        ]
    );
    assert_eq!(*image.notes.iter().nth(1).unwrap().places[0], *fault.to_string().as_bytes());
    assert_eq!(image.tree.layer_count(), 3);
    assert_eq!(image.tree.totals(View::Rootfs(LayerIndex(1))).bytes(NodeId::ROOT), 5);
}

#[test]
fn an_image_grows_while_its_layers_are_read() {
    let info = info(&[Presence::Here, Presence::Here]);
    let upper = Some(read(&Layer::new().whiteout("a").file("b", "2").tar()));
    let early = Image::assemble(Arc::clone(&info), &[None, upper.clone()]);
    assert!(!early.is_complete());
    assert_eq!(
        early.tree.find(b"b").map(|node| early.tree.change(node, View::Changeset(LayerIndex(2))).kind),
        Some(capas::tree::ChangeKind::Added)
    );
    let image = Image::assemble(Arc::clone(&info), &[Some(read(&Layer::new().file("a", "1").tar())), upper]);
    assert!(image.is_complete());
    assert_eq!(image.tree.facts(image.tree.find(b"a").unwrap(), LayerIndex(2)), None);
    assert!(!Image::assemble(info, &[]).is_complete());
}
