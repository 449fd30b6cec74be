//! The history joined to the layers. A layer is never hidden, whatever the history says.

use crate::image::Step;
use crate::layer::{LayerIndex, NoteKind, Notes};
use crate::oci::HistoryEntry;
use crate::text::counted;

/// The steps, oldest first, and the step of each layer (`formats.md` section 2, the rows on history).
///
/// Entries that are not empty belong to the layers in order. Layers beyond them get a step that is made up; entries
/// beyond the layers get none, except where there are just as many entries as layers: then `empty_layer` is wrong and
/// is not heeded.
pub fn steps(history: &[HistoryEntry], layers: usize, notes: &mut Notes) -> (Vec<Step>, Vec<usize>) {
    let claimed = history.iter().filter(|entry| !entry.empty_layer).count();
    let ignore_empty = claimed != layers && history.len() == layers;
    let place =
        format!("{} with a layer, {}", counted(claimed as u64, "step"), counted(layers as u64, "layer"));
    if history.is_empty() && layers > 0 {
        notes.add(NoteKind::HistoryMissing, None, b"");
    } else if ignore_empty {
        notes.add(NoteKind::EmptyLayerIgnored, None, place.as_bytes());
    } else if claimed < layers {
        notes.add(NoteKind::HistoryShort, None, place.as_bytes());
    } else if claimed > layers {
        notes.add(NoteKind::HistoryLong, None, place.as_bytes());
    }
    let mut steps = Vec::with_capacity(history.len());
    let mut step_of = Vec::with_capacity(layers);
    for entry in history {
        let has_layer = (ignore_empty || !entry.empty_layer) && step_of.len() < layers;
        let index = steps.len() + 1;
        let layer = has_layer.then(|| LayerIndex::from_offset(step_of.len()));
        if has_layer {
            step_of.push(index);
        }
        steps.push(Step {
            index,
            created: entry.created.clone(),
            created_by: entry.created_by.clone(),
            author: entry.author.clone(),
            comment: entry.comment.clone(),
            empty_layer: entry.empty_layer,
            layer,
            synthetic: false,
        });
    }
    while step_of.len() < layers {
        let index = steps.len() + 1;
        let layer = Some(LayerIndex::from_offset(step_of.len()));
        step_of.push(index);
        steps.push(Step {
            index,
            created: String::new(),
            created_by: String::new(),
            author: String::new(),
            comment: String::new(),
            empty_layer: false,
            layer,
            synthetic: true,
        });
    }
    (steps, step_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.` a step with a layer, `e` an empty one, against the layer of each step: `-` none, `+` of a step made up.
    #[test]
    fn every_layer_gets_a_step() {
        let cases: [(&str, usize, &str, Option<NoteKind>); 9] = [
            (".e.", 2, "1-2", None),
            ("", 0, "", None),
            ("", 2, "+1+2", Some(NoteKind::HistoryMissing)),
            (".e", 3, "1-+2+3", Some(NoteKind::HistoryShort)),
            ("...", 2, "12-", Some(NoteKind::HistoryLong)),
            ("..e", 3, "123", Some(NoteKind::EmptyLayerIgnored)),
            ("ee", 2, "12", Some(NoteKind::EmptyLayerIgnored)),
            ("eee", 2, "---+1+2", Some(NoteKind::HistoryShort)),
            (".", 0, "-", Some(NoteKind::HistoryLong)),
        ];
        for (history, layers, wanted, note) in cases {
            let entry = |letter| HistoryEntry { empty_layer: letter == 'e', ..HistoryEntry::default() };
            let history: Vec<_> = history.chars().map(entry).collect();
            let mut notes = Notes::default();
            let (steps, step_of) = steps(&history, layers, &mut notes);
            let mut text = String::new();
            for step in &steps {
                text.push_str(if step.synthetic { "+" } else { "" });
                text.push_str(&step.layer.map_or("-".to_owned(), |layer| layer.to_string()));
            }
            assert_eq!(text, wanted, "{} steps, {layers} layers", history.len());
            assert_eq!(notes.iter().next().map(|note| note.kind), note, "{wanted}");
            assert_eq!(step_of.len(), layers);
            for (at, &step) in step_of.iter().enumerate() {
                assert_eq!(steps[step - 1].layer, Some(LayerIndex::from_offset(at)));
                assert_eq!(steps[step - 1].index, step);
            }
        }
    }
}
