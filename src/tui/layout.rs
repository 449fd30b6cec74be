//! Where things are on screen: computed from the terminal's size, filled in by drawing, read by keys and mouse.

use super::action::Action;

/// A rectangle in cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Column of the left edge.
    pub x: u16,
    /// Row of the upper edge.
    pub y: u16,
    /// Cells across.
    pub width: u16,
    /// Cells down.
    pub height: u16,
}

impl Area {
    /// Whether a cell is inside.
    pub fn contains(self, x: u16, y: u16) -> bool {
        (self.x..self.x.saturating_add(self.width)).contains(&x)
            && (self.y..self.y.saturating_add(self.height)).contains(&y)
    }
}

/// The panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// The build steps with their layers.
    #[default]
    Layers,
    /// The files of a layer, a rootfs or a range.
    Tree,
    /// The selected step.
    Detail,
    /// The selected file.
    File,
    /// What runs.
    Runs,
    /// What the image is.
    Facts,
}

/// The screens behind the number keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// `1`: layers, tree, detail, file.
    #[default]
    Layers,
    /// `4`: what the image runs and what it is.
    Image,
}

/// How much room there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Room {
    /// 120 columns and more.
    #[default]
    Wide,
    /// 80 to 119 columns.
    Medium,
    /// 40 to 79 columns: one pane and a tab strip.
    Narrow,
    /// Below 40x10.
    None,
}

/// What drawing put where. The shell gives it back with [`crate::tui::app::App::set_layout`] before the next event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The terminal's width and height.
    pub size: (u16, u16),
    /// The panes on screen.
    pub panes: Vec<Drawn>,
    /// What a click does.
    pub hits: Vec<(Area, Hit)>,
    /// The bar between left and right that can be dragged.
    pub splitter: Option<Area>,
}

/// A pane as it was drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Which.
    pub pane: Pane,
    /// With its frame.
    pub outer: Area,
    /// Where its rows are.
    pub inner: Area,
    /// The first row drawn.
    pub offset: usize,
    /// How many rows there are in all.
    pub rows: usize,
}

/// What a click hits, other than a pane's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A tab or a hint in the footer.
    Action(Action),
    /// A pane's name in the tab strip of a narrow screen.
    Focus(Pane),
    /// A row of the overlay on top.
    OverlayRow(usize),
}
