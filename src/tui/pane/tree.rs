//! The pane of files: a cached projection of the tree onto rows, and a selection by identity.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::tree::{
    Expanded, Filter, FilterError, Kinds, Listed, Matches, NodeId, RowQuery, Rows, Sort, Tree, View, Weigh,
};
use crate::tui::pane::dead::{DeadBytes, DeadIn};
use crate::tui::pane::sizes::Sizes;
use crate::tui::scroll::{self, Step};

/// Whether the files are what changed, or all that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A changeset, or a range.
    #[default]
    Changes,
    /// A root filesystem.
    Rootfs,
}

/// The order of the files of a folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By name.
    #[default]
    Name,
    /// Largest first.
    Size,
    /// Most dead bytes first.
    Dead,
}

impl Order {
    fn sort(self) -> Sort {
        if self == Self::Name { Sort::Name } else { Sort::Size }
    }
}

/// The files.
#[derive(Clone, Debug, Default)]
pub struct TreePane {
    /// Changes or everything.
    pub mode: Mode,
    /// Kinds of change that are shown.
    pub kinds: Kinds,
    /// Whether a range shows unchanged files too: it is asked for what differs.
    unchanged_in_range: bool,
    /// Order of siblings.
    pub order: Order,
    /// Dead bytes, once they are known.
    pub dead: Option<Arc<DeadBytes>>,
    /// The filter as typed.
    pub filter: String,
    /// Why the filter cannot be read; the one before stays in force.
    pub filter_error: Option<FilterError>,
    parsed: Filter,
    /// The path that the user chose. It stays when a view does not have it, and is found again in one that does.
    pub selected: NodeId,
    /// Its row, or that of its nearest folder.
    pub row: usize,
    /// The first row on screen.
    pub offset: usize,
    /// The cursor was sent elsewhere: it need not stay where it is on the screen.
    sent: bool,
    /// All folders are open unless touched (`E`).
    all: bool,
    /// Folders that the user opened or closed.
    touched: HashMap<NodeId, bool>,
    /// Folders that the user closed while a filter opens everything.
    closed_in_filter: HashSet<NodeId>,
    /// The view in which the user closed everything: nothing opens by itself there.
    quiet: Option<View>,
    shown: Option<Shown>,
}

/// The rows and what they were made of.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The view.
    pub view: View,
    /// Its sizes.
    pub sizes: Arc<Sizes>,
    /// What the filter matches; `None` without a filter, or while a worker matches it.
    pub matches: Option<Arc<Matches>>,
    /// What there is before folders are closed.
    pub listed: Arc<Listed>,
    /// The rows.
    pub rows: Rows,
    /// The folders that are open in them.
    pub open: Expanded,
}

/// What has to be computed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stale {
    /// Rows only: folders, order.
    Rows,
    /// What is listed: kinds.
    Kinds,
    /// The filter too.
    Filter,
    /// All: another view, another tree.
    View,
}

impl TreePane {
    /// The rows, if there is a view.
    pub fn shown(&self) -> Option<&Shown> {
        self.shown.as_ref()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.shown.as_ref().map_or(0, |shown| shown.rows.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Nodes of the rows from `start`.
    pub fn slice(&self, tree: &Tree, start: usize, count: usize) -> Vec<NodeId> {
        let Some(shown) = &self.shown else { return Vec::new() };
        self.weighed(&shown.sizes, shown.view, |weights| shown.rows.slice(tree, weights, start, count))
    }

    /// What the order by size goes by.
    fn weighed<T>(&self, sizes: &Sizes, view: View, with: impl FnOnce(&dyn Weigh) -> T) -> T {
        match &self.dead {
            Some(dead) if self.order == Order::Dead => with(&DeadIn { dead, view }),
            _ => with(sizes),
        }
    }

    /// Dead bytes of a path and all below it, in what is shown.
    pub fn dead_bytes(&self, tree: &Tree, node: NodeId) -> u64 {
        let view = self.shown.as_ref().map(|shown| shown.view);
        self.dead.as_ref().zip(view).map_or(0, |(dead, view)| dead.bytes(tree, node, view))
    }

    /// The node under the cursor.
    pub fn current(&self, tree: &Tree) -> Option<NodeId> {
        self.slice(tree, self.row, 1).first().copied()
    }

    /// Takes a filter as typed. What cannot be read is told, and the old one stays in force.
    pub fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        match Filter::parse(text) {
            Ok(filter) => {
                self.parsed = filter;
                self.filter_error = None;
                self.closed_in_filter.clear();
            }
            Err(error) => self.filter_error = Some(error),
        }
    }

    /// The kinds that a view shows.
    pub fn kinds_in(&self, view: View) -> Kinds {
        match view {
            View::Range(..) => Kinds { unchanged: self.unchanged_in_range, ..self.kinds },
            View::Changeset(_) | View::Rootfs(_) => self.kinds,
        }
    }

    /// Shows or hides unchanged files; says which.
    pub fn toggle_unchanged(&mut self, view: Option<View>) -> bool {
        let shown = match view {
            Some(View::Range(..)) => &mut self.unchanged_in_range,
            _ => &mut self.kinds.unchanged,
        };
        *shown = !*shown;
        *shown
    }

    /// Whether a filter is in force.
    pub fn is_filtered(&self) -> bool {
        !self.parsed.is_empty()
    }

    /// Computes what is stale. `height` is the pane's; `matches` comes from a worker for large trees, and while it is
    /// on its way (`defer`) the rows stay unfiltered.
    pub fn refresh(
        &mut self,
        tree: &Tree,
        view: Option<View>,
        stale: Stale,
        height: usize,
        matching: Matching,
    ) {
        let Some(view) = view else {
            self.shown = None;
            return;
        };
        let on_screen = self.row.saturating_sub(self.offset);
        let old = self.shown.take();
        let sizes = match &old {
            Some(old) if stale < Stale::View && old.view == view => Arc::clone(&old.sizes),
            _ => Arc::new(Sizes::new(tree, view)),
        };
        let kept = old.as_ref().filter(|old| stale < Stale::View && old.view == view);
        let matches = match (self.is_filtered(), matching, stale) {
            (false, ..) => None,
            (true, Matching::Have(matches), _) => Some(matches),
            (true, Matching::Now, Stale::Rows | Stale::Kinds) => kept.and_then(|old| old.matches.clone()),
            (true, Matching::Now, _) => Some(Arc::new(tree.matches(&self.parsed, view))),
            (true, Matching::Later, _) => kept.and_then(|old| old.matches.clone()),
        };
        let none = Expanded::default();
        let listed = match kept.filter(|_| stale == Stale::Rows) {
            Some(old) => Arc::clone(&old.listed),
            None => Arc::new(tree.listed(&RowQuery {
                view,
                kinds: self.kinds_in(view),
                ignore_time: false,
                matches: matches.as_deref(),
                expanded: &none,
                sort: self.order.sort(),
            })),
        };
        let open = self.open_folders(tree, view, &listed, matches.is_some(), height);
        let rows = listed.rows(tree, &open, self.order.sort());
        let row = self.weighed(&sizes, view, |weights| rows.position(tree, weights, self.selected));
        self.row = row.unwrap_or(0).min(rows.len().saturating_sub(1));
        // The cursor stays where it was on screen, as far as there are rows above it. Sent elsewhere, it is shown with
        // what stands around it.
        let top = if !std::mem::take(&mut self.sent) {
            self.row.saturating_sub(on_screen)
        } else if (self.offset..self.offset + height).contains(&self.row) {
            self.offset
        } else {
            self.row.saturating_sub(height / 3)
        };
        self.offset = scroll::fit(top, self.row, height, rows.len());
        self.shown = Some(Shown { view, sizes, matches, listed, rows, open });
    }

    /// The folders that are open: those that the user opened, those above the selected path, and, where the user has
    /// said nothing, as many as fit on the screen, so that a small change is seen at once.
    fn open_folders(
        &self,
        tree: &Tree,
        view: View,
        listed: &Listed,
        filtered: bool,
        height: usize,
    ) -> Expanded {
        if filtered {
            return Expanded { open_by_default: true, flipped: self.closed_in_filter.clone() };
        }
        let mut open = Expanded { open_by_default: self.all, flipped: HashSet::new() };
        for (&node, &is_open) in &self.touched {
            open.set(node, is_open);
        }
        if self.all || self.quiet == Some(view) {
            return open;
        }
        let mut above = self.selected;
        while above != NodeId::ROOT {
            above = tree.parent(above);
            if self.touched.get(&above) != Some(&false) {
                open.set(above, true);
            }
        }
        let mut rows = 0;
        let mut level = vec![NodeId::ROOT];
        while !level.is_empty() {
            let mut below = Vec::new();
            for node in level {
                let opens = node == NodeId::ROOT || open.is_open(node);
                if !opens && self.touched.contains_key(&node) {
                    continue;
                }
                let children: Vec<NodeId> = listed.children(tree, node).take(height + 1).collect();
                if children.is_empty() || (!opens && rows + children.len() > height) {
                    continue;
                }
                // A long list stays a list: a few open folders in it would only tear it apart.
                if node == NodeId::ROOT && children.len() * 2 > height {
                    return open;
                }
                rows += children.len();
                open.set(node, true);
                below.extend(children);
            }
            level = below;
        }
        open
    }

    /// Moves the cursor.
    pub fn go(&mut self, tree: &Tree, step: Step, height: usize) {
        self.go_to(tree, scroll::step(self.row, step, self.len()), height);
    }

    /// Puts the cursor on a row.
    pub fn go_to(&mut self, tree: &Tree, row: usize, height: usize) {
        self.row = row.min(self.len().saturating_sub(1));
        self.offset = scroll::fit(self.offset, self.row, height, self.len());
        if let Some(node) = self.current(tree) {
            self.selected = node;
        }
    }

    /// Scrolls without moving the cursor further than it must.
    pub fn scroll(&mut self, tree: &Tree, by: isize, height: usize) {
        let lowest = self.len().saturating_sub(height);
        self.offset = self.offset.saturating_add_signed(by).min(lowest);
        let row = self.row.clamp(self.offset, (self.offset + height.max(1)) - 1);
        if row != self.row {
            self.go_to(tree, row, height);
        }
    }

    /// Whether a node of this view can be opened.
    pub fn opens(&self, tree: &Tree, node: NodeId) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.listed.opens(tree, node))
    }

    /// Whether a node is open.
    pub fn is_open(&self, node: NodeId) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.open.is_open(node))
    }

    /// Opens or closes a folder; rows are stale afterwards.
    pub fn set_open(&mut self, node: NodeId, open: bool) {
        if self.shown.as_ref().is_some_and(|shown| shown.matches.is_some()) {
            if open {
                self.closed_in_filter.remove(&node);
            } else {
                self.closed_in_filter.insert(node);
            }
        } else {
            self.touched.insert(node, open);
        }
    }

    /// Opens or closes everything; rows are stale afterwards.
    pub fn set_all_open(&mut self, open: bool) {
        self.all = open;
        self.touched.clear();
        self.closed_in_filter.clear();
        self.quiet = if open { None } else { self.shown.as_ref().map(|shown| shown.view) };
    }

    /// Selects a path, wherever it is; rows are stale afterwards. Folders above it that the user closed open again.
    pub fn select(&mut self, tree: &Tree, node: NodeId) {
        self.sent |= node != self.selected;
        self.selected = node;
        let mut above = node;
        while above != NodeId::ROOT {
            above = tree.parent(above);
            if self.touched.get(&above) == Some(&false) {
                self.touched.remove(&above);
            }
        }
        self.quiet = None;
    }

    /// Carries the selection and the folders over to a larger tree, by path.
    pub fn carry(&mut self, old: &Tree, new: &Tree) {
        let over = |node: NodeId| new.find(&old.path(node));
        self.selected = nearest(old, new, self.selected);
        self.touched = self.touched.iter().filter_map(|(&node, &open)| Some((over(node)?, open))).collect();
        self.closed_in_filter = self.closed_in_filter.iter().filter_map(|&node| over(node)).collect();
        self.dead = None;
        self.shown = None;
    }
}

/// Where matches of the filter come from.
#[derive(Clone, Debug)]
pub enum Matching {
    /// They are computed at once.
    Now,
    /// A worker computes them.
    Later,
    /// A worker has computed them.
    Have(Arc<Matches>),
}

fn nearest(old: &Tree, new: &Tree, mut node: NodeId) -> NodeId {
    loop {
        if node == NodeId::ROOT {
            return node;
        }
        if let Some(found) = new.find(&old.path(node)) {
            return found;
        }
        node = old.parent(node);
    }
}
