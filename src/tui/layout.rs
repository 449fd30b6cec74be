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
    /// A rectangle.
    pub fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

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
    /// Who wastes whom.
    Waste,
    /// The dead files of the selected pair.
    Victims,
    /// What need not be.
    Findings,
    /// The selected finding.
    Finding,
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
    /// `2`: what ships and is never seen.
    Waste,
    /// `3`: what need not ship, and how to stop it.
    Advice,
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
    /// Height of the window of sentences on top, and how many rows they take in its width.
    pub window: Option<(usize, usize)>,
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
    /// An item of a pane in which one may take several rows.
    Item(Pane, usize),
    /// A bracket that has a finding, by its place in the advice.
    Finding(usize),
}

impl Layout {
    /// The pane as it was drawn, if it was.
    pub fn pane(&self, pane: Pane) -> Option<&Drawn> {
        self.panes.iter().find(|drawn| drawn.pane == pane)
    }
}

/// What decides the arrangement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrange {
    /// Width and height of the terminal.
    pub size: (u16, u16),
    /// The screen.
    pub screen: Screen,
    /// The pane with the keys.
    pub focus: Pane,
    /// Whether it has the whole body.
    pub zoom: bool,
    /// Where the user dragged the splitter: thousandths of the width.
    pub split: Option<u16>,
}

/// Where everything goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// How much room there is.
    pub room: Room,
    /// One or two lines at the top.
    pub header: Area,
    /// The names of the panes, on narrow screens.
    pub strip: Option<Area>,
    /// The panes, frames included.
    pub panes: Vec<(Pane, Area)>,
    /// Hints and messages.
    pub footer: Area,
    /// The bar that can be dragged.
    pub splitter: Option<Area>,
}

/// The panes of a screen, in the order of Tab.
pub fn order(screen: Screen) -> &'static [Pane] {
    match screen {
        Screen::Layers => &[Pane::Layers, Pane::Tree, Pane::Detail, Pane::File],
        Screen::Waste => &[Pane::Waste, Pane::Victims],
        Screen::Advice => &[Pane::Findings, Pane::Finding],
        Screen::Image => &[Pane::Runs, Pane::Facts],
    }
}

/// Arranges a screen.
pub fn plan(of: &Arrange) -> Plan {
    let (width, height) = of.size;
    let room = match (width, height) {
        (..40, _) | (_, ..10) => return Plan { room: Room::None, ..Plan::default() },
        (..80, _) => Room::Narrow,
        (..120, _) => Room::Medium,
        _ => Room::Wide,
    };
    let top = if room == Room::Wide && height >= 20 { 2 } else { 1 };
    let header = Area::new(0, 0, width, top);
    let footer = Area::new(0, height - 1, width, 1);
    let body = Area::new(0, top, width, height - top - 1);
    let mut plan = Plan { room, header, strip: None, panes: Vec::new(), footer, splitter: None };
    if room == Room::Narrow {
        plan.strip = Some(Area::new(0, top, width, 1));
        plan.panes = vec![(of.focus, Area::new(0, top + 1, width, body.height - 1))];
        return plan;
    }
    if of.zoom {
        plan.panes = vec![(of.focus, body)];
        return plan;
    }
    let pair = (order(of.screen)[0], order(of.screen)[1]);
    let upper = if room == Room::Wide { body.height * 58 / 100 } else { body.height * 55 / 100 };
    let lower = body.height - upper;
    if of.screen == Screen::Waste || (of.screen == Screen::Advice && room == Room::Medium) {
        // Long rows: one above the other.
        let upper = if of.screen == Screen::Advice { body.height * 40 / 100 } else { upper };
        plan.panes = vec![
            (pair.0, Area { height: upper, ..body }),
            (pair.1, Area { y: body.y + upper, height: body.height - upper, ..body }),
        ];
        return plan;
    }
    let usual = match (of.screen, room) {
        (Screen::Layers | Screen::Advice, Room::Wide) => 400,
        (Screen::Image, _) => 550,
        _ => 500,
    };
    let wanted = u32::from(width) * u32::from(of.split.unwrap_or(usual)) / 1000;
    let left = u16::try_from(wanted).unwrap_or(width).clamp(20, width - 20);
    let side = |x: u16, width: u16, y: u16, height: u16| Area::new(x, body.y + y, width, height);
    plan.splitter = Some(Area::new(left - 1, body.y, 2, body.height));
    let right = width - left;
    if of.screen != Screen::Layers {
        plan.panes =
            vec![(pair.0, side(0, left, 0, body.height)), (pair.1, side(left, right, 0, body.height))];
        return plan;
    }
    plan.panes.push((Pane::Layers, side(0, left, 0, upper)));
    if room == Room::Wide {
        plan.panes.push((Pane::Tree, side(left, right, 0, upper)));
        plan.panes.push((Pane::Detail, side(0, left, upper, lower)));
        plan.panes.push((Pane::File, side(left, right, upper, lower)));
        return plan;
    }
    // Two columns: below the steps stands what belongs to the pane with the keys, and a file that is read
    // takes the place of the tree.
    let (below, beside) = match of.focus {
        Pane::Tree => (Pane::File, Pane::Tree),
        Pane::File => (Pane::Detail, Pane::File),
        _ => (Pane::Detail, Pane::Tree),
    };
    plan.panes.push((beside, side(left, right, 0, body.height)));
    plan.panes.push((below, side(0, left, upper, lower)));
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_never_overlap_and_always_hold_the_one_with_the_keys() {
        for screen in [Screen::Layers, Screen::Waste, Screen::Advice, Screen::Image] {
            for &focus in order(screen) {
                for (width, height) in
                    [(40, 10), (40, 12), (79, 24), (80, 24), (119, 10), (120, 40), (300, 90)]
                {
                    for split in [None, Some(0), Some(1000)] {
                        let plan =
                            plan(&Arrange { size: (width, height), screen, focus, zoom: false, split });
                        assert!(
                            plan.panes.iter().any(|(pane, _)| *pane == focus),
                            "{width}x{height} {focus:?}"
                        );
                        let mut areas: Vec<Area> = plan.panes.iter().map(|&(_, area)| area).collect();
                        areas.extend([plan.header, plan.footer]);
                        areas.extend(plan.strip);
                        let cells: u32 =
                            areas.iter().map(|area| u32::from(area.width) * u32::from(area.height)).sum();
                        assert_eq!(cells, u32::from(width) * u32::from(height), "every cell once");
                        assert!(areas.iter().all(|a| a.x + a.width <= width && a.y + a.height <= height));
                    }
                }
            }
        }
        assert_eq!(plan(&Arrange { size: (39, 24), ..Arrange::default() }).room, Room::None);
    }
}
