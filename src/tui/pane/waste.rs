//! The waste screen: dead files in groups, and the files of the selected group. Groups are made by a worker; the pane only
//! says which rows of them are on screen.

use std::sync::Arc;

use crate::layer::LayerIndex;
use crate::ledger::{Cause, DeadFile};
use crate::tree::{EntryRef, Filter, FilterError};
use crate::tui::pane::groups::{Group, Grouping, Groups, Key};
use crate::tui::scroll::{self, Step};

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct WastePane {
    /// What files are grouped by.
    pub grouping: Grouping,
    /// Whether rows stand in the order of the build, or of the paths, instead of the largest first.
    pub in_order: bool,
    /// The filter as typed.
    pub filter: String,
    /// Why the filter cannot be read; the one before stays in force.
    pub filter_error: Option<FilterError>,
    /// The row of the selected group.
    pub row: usize,
    /// The first row on screen.
    pub offset: usize,
    /// The row of the selected file in its group.
    pub file_row: usize,
    /// The first row of the files on screen.
    pub file_offset: usize,
    /// The group that the user chose, for each grouping.
    chosen: [Option<Key>; 4],
    /// The file that the user chose.
    chosen_file: Option<EntryRef>,
    all: Option<Arc<Groups>>,
    sifted: Option<Arc<Groups>>,
}

impl WastePane {
    /// Takes the groups of all dead files, or takes them away. What was chosen is found again.
    pub fn set_groups(&mut self, all: Option<Arc<Groups>>) {
        self.all = all;
        self.sifted = None;
        self.find();
    }

    /// Takes the groups of the files that match the filter.
    pub fn set_sifted(&mut self, sifted: Arc<Groups>) {
        self.sifted = Some(sifted);
        self.find();
    }

    /// Takes a filter as typed; returns whether a worker shall sift by it.
    pub fn set_filter(&mut self, text: &str) -> bool {
        text.clone_into(&mut self.filter);
        match Filter::parse(text) {
            Ok(filter) => {
                self.filter_error = None;
                if filter.is_empty() {
                    self.sifted = None;
                    self.find();
                }
                !filter.is_empty()
            }
            Err(error) => {
                self.filter_error = Some(error);
                false
            }
        }
    }

    /// Whether a filter is typed.
    pub fn is_sifting(&self) -> bool {
        !self.filter.trim().is_empty()
    }

    /// The groups that are shown, once they are known.
    pub fn groups(&self) -> Option<&Groups> {
        self.sifted.as_deref().or(self.all.as_deref())
    }

    /// Whether a filter is in force.
    pub fn is_filtered(&self) -> bool {
        self.sifted.is_some()
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.groups().map_or(0, |groups| groups.of(self.grouping).len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The group of a row.
    pub fn group(&self, row: usize) -> Option<&Group> {
        self.groups()?.at(self.grouping, row, self.in_order)
    }

    /// The selected group.
    pub fn selected(&self) -> Option<&Group> {
        self.group(self.row)
    }

    /// How many files the selected group has.
    pub fn file_count(&self) -> usize {
        self.selected().map_or(0, Group::len)
    }

    /// The file of a row of the selected group.
    pub fn file(&self, row: usize) -> Option<&DeadFile> {
        self.groups()?.file(self.grouping, self.selected()?, row)
    }

    /// The selected file.
    pub fn selected_file(&self) -> Option<&DeadFile> {
        self.file(self.file_row)
    }

    /// Groups the files by something else.
    pub fn group_by(&mut self, grouping: Grouping) {
        self.grouping = grouping;
        self.find();
    }

    /// The other order of rows.
    pub fn reorder(&mut self) {
        self.in_order = !self.in_order;
        self.find();
    }

    /// Puts the cursor on a group.
    pub fn go_to(&mut self, row: usize, height: usize) {
        let before = self.row;
        self.row = row.min(self.len().saturating_sub(1));
        self.offset = scroll::fit(self.offset, self.row, height, self.len());
        self.chosen[self.grouping as usize] = self.selected().map(|group| group.key);
        if self.row != before {
            (self.file_row, self.file_offset) = (0, 0);
        }
    }

    /// Puts the cursor on a file of the selected group.
    pub fn go_to_file(&mut self, row: usize, height: usize) {
        self.file_row = row.min(self.file_count().saturating_sub(1));
        self.file_offset = scroll::fit(self.file_offset, self.file_row, height, self.file_count());
        self.chosen_file = self.selected_file().map(|file| file.entry);
    }

    /// Moves the cursor over the groups.
    pub fn go(&mut self, step: Step, height: usize) {
        self.go_to(scroll::step(self.row, step, self.len()), height);
    }

    /// Moves the cursor over the files.
    pub fn go_files(&mut self, step: Step, height: usize) {
        self.go_to_file(scroll::step(self.file_row, step, self.file_count()), height);
    }

    /// Chooses the group of two layers.
    pub fn choose_pair(&mut self, born: LayerIndex, killed: LayerIndex) {
        self.grouping = Grouping::Pair;
        self.chosen[Grouping::Pair as usize] = Some(Key::Pair(born, killed));
        self.find();
    }

    /// Finds the rows of what was chosen.
    fn find(&mut self) {
        let chosen = self.chosen[self.grouping as usize];
        let row = self
            .groups()
            .zip(chosen)
            .and_then(|(groups, key)| groups.position(self.grouping, key, self.in_order));
        let found = row.is_some();
        self.row = row.unwrap_or(0);
        let file = self.chosen_file.filter(|_| found);
        let row = file.and_then(|entry| self.groups()?.file_row(self.grouping, self.selected()?, entry));
        self.file_row = row.unwrap_or(0);
    }
}

/// The layers that a group is about.
pub fn layers(key: Key) -> Option<(LayerIndex, LayerIndex)> {
    match key {
        Key::Pair(born, killed) => Some((born, killed)),
        _ => None,
    }
}

/// What a group died of; a plus where it is not all.
pub fn cause(group: &Group) -> String {
    let word = group.cause.map_or("", Cause::word);
    if group.mixed { format!("{word}+") } else { word.to_owned() }
}
