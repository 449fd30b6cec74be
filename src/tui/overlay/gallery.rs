//! No image was named: the images of this machine, to choose from. The sample is the last row.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::local::{Filter, Found, Listing, Meant, Row, Sort, Totals};
use crate::tui::input::Input;
use crate::tui::scroll::{self, Step};

/// What the sample is opened by.
const DEMO: &str = "demo:";

/// The list.
#[derive(Clone, Debug)]
pub struct Gallery {
    /// The stores.
    pub listing: Arc<Listing>,
    /// What it comes to.
    pub totals: Totals,
    /// The rows that the filter lets pass; the sample comes after them.
    pub rows: Vec<Row>,
    /// How they are sorted.
    pub sort: Sort,
    /// The filter: words that must all be in a row.
    pub filter: Input,
    /// Whether it is being typed.
    pub typing: bool,
    /// Marked images: store and image.
    pub marked: BTreeSet<(usize, usize)>,
    /// The selected row.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
}

impl Gallery {
    /// The list with its first row selected.
    pub fn new(listing: Arc<Listing>) -> Self {
        let mut gallery = Self {
            totals: listing.totals(),
            listing,
            rows: Vec::new(),
            sort: Sort::Created,
            filter: Input::default(),
            typing: false,
            marked: BTreeSet::new(),
            selected: 0,
            offset: 0,
        };
        gallery.refresh();
        gallery
    }

    /// Rows on the list, the sample included.
    pub fn len(&self) -> usize {
        self.rows.len() + 1
    }

    /// Whether there is nothing but the sample.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Moves the selection.
    pub fn go(&mut self, step: Step, height: usize) {
        self.selected = scroll::step(self.selected, step, self.len());
        self.offset = scroll::fit(self.offset, self.selected, height, self.len());
    }

    /// Brings the rows up to date with order and filter; the selected row stays selected where it is still there.
    pub fn refresh(&mut self) {
        let key = |row: &Row| (row.store, row.image, row.repository.clone(), row.tag.clone());
        let before = self.rows.get(self.selected).map(key);
        let mut rows = self.listing.rows(&Filter::default(), self.sort);
        let words: Vec<String> =
            self.filter.text().to_lowercase().split_whitespace().map(str::to_owned).collect();
        rows.retain(|row| {
            let text = self.text(row);
            words.iter().all(|word| text.contains(word))
        });
        self.rows = rows;
        let again = before.and_then(|before| self.rows.iter().position(|row| key(row) == before));
        self.selected = again.unwrap_or(0);
    }

    /// All words of a row.
    fn text(&self, row: &Row) -> String {
        let store = &self.listing.stores[row.store];
        let image = &store.images[row.image];
        let name = [row.repository.as_deref(), row.tag.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(":");
        let id = image.id.as_ref().map_or("", |id| id.hex());
        let state = if row.state == crate::local::State::Dangling { "dangling" } else { "" };
        format!("{name} {id} {} {} {state}", image.platform, store.name).to_lowercase()
    }

    /// Another order.
    pub fn reorder(&mut self) {
        self.sort = match self.sort {
            Sort::Created => Sort::Own,
            Sort::Own => Sort::Size,
            Sort::Size => Sort::Name,
            Sort::Name => Sort::Created,
        };
        self.refresh();
    }

    /// Marks the selected image, or unmarks it, and goes on to the next row.
    pub fn mark(&mut self, height: usize) {
        if let Some(row) = self.rows.get(self.selected) {
            let image = (row.store, row.image);
            if !self.marked.remove(&image) {
                self.marked.insert(image);
            }
            self.go(Step::By(1), height);
        }
    }

    /// The images that are meant: those that are marked, else the selected one, with all of their names.
    pub fn meant(&self) -> Vec<Found> {
        let selected = self.rows.get(self.selected).map(|row| (row.store, row.image));
        let images: Vec<(usize, usize)> = if self.marked.is_empty() {
            selected.into_iter().collect()
        } else {
            self.marked.iter().copied().collect()
        };
        let names = |(store, image): (usize, usize)| {
            let names = &self.listing.stores[store].images[image].names;
            let by_name = names.iter().cloned().map(Meant::Name).collect::<Vec<_>>();
            let meant = if by_name.is_empty() { vec![Meant::Id] } else { by_name };
            meant.into_iter().map(move |meant| Found { store, image, meant })
        };
        images.into_iter().flat_map(names).collect()
    }

    /// What the selected row is opened by.
    pub fn reference(&self) -> String {
        let row = self.rows.get(self.selected);
        row.map_or_else(|| DEMO.to_owned(), |row| self.listing.stores[row.store].reference(row))
    }
}
