//! The one table of actions. Footer, help, palette, key configuration and the README's key table are projections
//! of it: a new action is one row here, one handler, one journey test.

use std::fmt::Write as _;

use super::layout::{Pane, Screen};

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Everywhere.
    Global,
    /// In whatever has rows.
    Move,
    /// On the layers screen.
    Layers,
    /// On the waste screen.
    Waste,
    /// On the advice screen.
    Advice,
    /// On the image screen.
    Image,
    /// In the list of this machine's images.
    Images,
}

impl Scope {
    /// All, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Layers, Self::Waste, Self::Advice, Self::Image, Self::Images, Self::Move, Self::Global];

    /// The heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Move => "Moving",
            Self::Layers => "Layers and files",
            Self::Waste => "Waste",
            Self::Advice => "Advice",
            Self::Image => "Image",
            Self::Images => "The images of this machine",
        }
    }

    /// Whether its keys mean it in one place only.
    pub fn is_local(self) -> bool {
        !matches!(self, Self::Global | Self::Move)
    }

    /// The screen on which alone its keys mean it.
    pub fn screen(self) -> Option<Screen> {
        match self {
            Self::Global | Self::Move | Self::Images => None,
            Self::Layers => Some(Screen::Layers),
            Self::Waste => Some(Screen::Waste),
            Self::Advice => Some(Screen::Advice),
            Self::Image => Some(Screen::Image),
        }
    }

    /// Of a screen.
    pub fn of(screen: Screen) -> Self {
        match screen {
            Screen::Layers => Self::Layers,
            Screen::Waste => Self::Waste,
            Screen::Advice => Self::Advice,
            Screen::Image => Self::Image,
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Which action.
    pub action: Action,
    /// Its name in settings: `toggle-added`.
    pub id: &'static str,
    /// One or two words for the footer.
    pub label: &'static str,
    /// A sentence without a full stop, for help and palette.
    pub help: &'static str,
    /// Where its keys mean it.
    pub scope: Scope,
    /// Default keys.
    pub keys: &'static [&'static str],
    /// Keys in the `dive` key map, where they differ.
    pub dive: Option<&'static [&'static str]>,
    /// The panes in whose footer it stands.
    pub footer: &'static [Pane],
}

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal, $label:literal, $help:literal, $scope:ident,
       [$($key:literal),*] $(, dive [$($dive:literal),*])? $(, footer [$($pane:ident),*])?;)*) => {
        /// Everything that a key can mean.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $(#[doc = $help] $name,)* }

        /// The table, in the order of footer and help.
        pub const ACTIONS: &[Spec] = &[$(Spec {
            action: Action::$name,
            id: $id,
            label: $label,
            help: $help,
            scope: Scope::$scope,
            keys: &[$($key),*],
            dive: actions!(@dive $([$($dive),*])?),
            footer: &[$($(Pane::$pane),*)?],
        },)*];
    };
    (@dive) => { None };
    (@dive [$($dive:literal),*]) => { Some(&[$($dive),*]) };
}

actions! {
    Down = "down", "move", "Next row", Move, ["j", "down"],
        footer [Layers, Tree, Detail, File, Waste, Victims, Findings, Finding, Runs, Facts];
    Up = "up", "up", "Previous row", Move, ["k", "up"];
    Open = "open", "open", "Open a folder, or go into it; from a step, a pair or a finding to its files; from a setting to its step",
        Move, ["enter", "right", "l"], footer [Layers, Tree, Waste, Victims, Findings, Finding, Runs];
    Close = "close", "close", "Close a folder, or go to its parent; from the files back to the steps", Move,
        ["left", "h"];
    Toggle = "toggle", "toggle", "Open or close a folder", Move, ["space"];
    HalfDown = "half-down", "half down", "Half a screen down", Move, ["ctrl-d"], dive ["ctrl-d", "d"];
    HalfUp = "half-up", "half up", "Half a screen up", Move, ["ctrl-u"], dive ["u"];
    PageDown = "page-down", "page down", "A screen down", Move, ["pagedown"];
    PageUp = "page-up", "page up", "A screen up", Move, ["pageup"];
    Top = "top", "top", "First row", Move, ["g", "home"];
    Bottom = "bottom", "bottom", "Last row", Move, ["G", "end"];

    NextPane = "next-pane", "pane", "Next pane", Global, ["tab"],
        footer [Layers, Tree, Detail, File, Waste, Victims, Findings, Finding, Runs, Facts];
    PrevPane = "previous-pane", "previous pane", "Previous pane", Global, ["shift-tab"];
    Back = "back", "back", "One level back: close a window, clear the filter, leave the range, stop loading, return to the list", Global,
        ["esc"];
    ViewLayers = "view-layers", "layers", "The screen of layers and files", Global, ["1"];
    ViewWaste = "view-waste", "waste", "The screen of what ships and is never seen", Global, ["2"];
    ViewAdvice = "view-advice", "advice", "The screen of what need not ship, and how to stop it", Global, ["3"];
    ViewImage = "view-image", "image", "The screen of what the image runs and is", Global, ["4"];
    Zoom = "zoom", "zoom", "Make the pane as large as the screen, or small again", Global, ["z"];

    Why = "why", "why", "Why it is so: the selected step, file or finding in plain sentences, and what the figures mean",
        Global, ["W"], footer [Layers, Tree, Detail, File, Waste, Victims, Findings, Finding, Runs, Facts];

    Rootfs = "rootfs", "changes/all", "Show what this layer changes, or all files up to it", Layers,
        ["t"], dive ["ctrl-l", "t"], footer [Layers, Tree];
    Range = "range", "range", "Mark this step, then move: the files show what changed in between", Layers,
        ["v"], footer [Layers];
    Filter = "filter", "filter", "Show only the files that match: text, *.glob, re:regex, 'fuzzy, size>10M, kind:removed", Layers,
        ["/"], dive ["ctrl-f", "/"], footer [Layers, Tree];
    NextMatch = "next-match", "next match", "Next file that matches the filter", Layers, ["n"];
    PrevMatch = "previous-match", "previous match", "Previous file that matches the filter", Layers, ["N"];
    Sort = "sort", "sort", "Sort files by name, by size or by dead bytes", Layers, ["s"], dive ["ctrl-o", "s"], footer [Tree];
    NextDead = "next-dead", "next dead", "Next file that ships and is never seen", Layers, ["w"], footer [Layers, Tree];
    Preview = "preview", "preview", "Read the selected file", Layers, ["o"], footer [Tree, File];
    Life = "life", "life", "Show the life of the selected file, layer by layer", Layers, ["b"], footer [File];
    Diff = "diff", "diff", "Compare the text of the selected file before and after", Layers, ["d"], dive [];
    Extract = "extract", "extract", "Write the selected file or folder to your disk", Layers,
        ["x"], dive ["ctrl-e", "x"], footer [Tree, File];
    Pager = "pager", "pager", "Open the selected file in $PAGER", Layers, ["e"], footer [File];
    ToggleAdded = "toggle-added", "added", "Show or hide added files", Layers, ["a"], dive ["ctrl-a"];
    ToggleModified = "toggle-modified", "modified", "Show or hide modified files", Layers, ["m"];
    ToggleRemoved = "toggle-removed", "removed", "Show or hide removed files", Layers, ["r"], dive ["ctrl-r"];
    ToggleUnchanged = "toggle-unchanged", "unchanged", "Show or hide unchanged files", Layers,
        ["u"], dive ["ctrl-u"];
    ExpandAll = "expand-all", "expand all", "Open all folders", Layers, ["E"];
    CollapseAll = "collapse-all", "collapse all", "Close all folders", Layers, ["C"], dive ["ctrl-space", "C"];
    Copy = "copy", "copy", "Copy the path, or the command of the step", Layers, ["y"], footer [Detail, File];
    CopyMore = "copy-more", "copy more", "Copy the content of the file, or the digest of the layer", Layers,
        ["Y"], footer [Detail];

    ByPair = "by-pair", "by pair", "Group dead files by who wastes whom", Waste, ["p"], footer [Waste];
    ByCause = "by-cause", "by cause", "Group dead files by why they are never seen", Waste, ["c"], footer [Waste];
    ByFolder = "by-folder", "by folder", "Group dead files by folder", Waste, ["d"], dive ["D"], footer [Waste];
    ByFile = "by-file", "by file", "Group dead files by path", Waste, ["f"], footer [Waste];
    FilterWaste = "filter-waste", "filter", "Show only the dead files that match", Waste,
        ["/"], dive ["ctrl-f", "/"], footer [Waste, Victims];
    SortWaste = "sort-waste", "sort", "Largest first, or in the order of the build and of paths", Waste,
        ["s"], footer [Waste];
    CopyWaste = "copy-waste", "copy path", "Copy the path of the selected dead file", Waste, ["y"], footer [Victims];

    CopyFix = "copy-fix", "copy fix", "Copy the fix of the finding, to paste into the Dockerfile", Advice,
        ["y"], footer [Findings, Finding];
    CopyDiff = "copy-diff", "copy diff", "Copy the fix as a diff of the Dockerfile", Advice, ["Y"],
        footer [Findings, Finding];
    Ignore = "ignore", "hide", "Hide the finding until capas ends", Advice, ["i"], footer [Findings];
    ShowIgnored = "show-ignored", "show hidden", "Show the findings that were hidden", Advice, ["I"];
    SortAdvice = "sort-advice", "sort", "Certain findings first, the most bytes on top, or in the order of the rules", Advice,
        ["s"], footer [Findings];

    Reclaim = "reclaim", "what removing would free", "What removing the marked images, or the selected one, would free", Images,
        ["R"];
    SharedLayers = "shared-layers", "shared layers", "The images as a tree of the layers that they share", Images, ["t"];
    FilterImages = "filter-images", "filter", "Show only the images that match: parts of names, IDs, dangling", Images, ["/"];
    SortImages = "sort-images", "sort", "Sort images by age, own bytes, size or name", Images, ["s"];

    CopyValue = "copy-value", "copy", "Copy the selected setting", Image, ["y"], footer [Runs, Facts];
    RawJson = "raw-json", "raw JSON", "Show config and manifest as they are stored", Image,
        ["i"], footer [Runs, Facts];

    Palette = "palette", "commands", "Find a command by its name", Global, [":", "ctrl-p"],
        footer [Layers, Tree, Detail, File, Waste, Victims, Findings, Finding, Runs, Facts];
    Help = "help", "help", "All keys, with a search", Global, ["?"],
        footer [Layers, Tree, Detail, File, Waste, Victims, Findings, Finding, Runs, Facts];
    Suspend = "suspend", "suspend", "Go to the shell; `fg` comes back", Global, ["ctrl-z"];
    Quit = "quit", "quit", "Leave", Global, ["q", "ctrl-c"];
}

impl Action {
    /// Its row in the table.
    pub fn spec(self) -> &'static Spec {
        &ACTIONS[self as usize]
    }

    /// The action of an id in the settings.
    pub fn from_id(id: &str) -> Option<Self> {
        ACTIONS.iter().find(|spec| spec.id == id).map(|spec| spec.action)
    }
}

/// The table of keys for the README, in Markdown: one row an action, by where its keys hold.
pub fn markdown() -> String {
    let mut out = String::new();
    for scope in Scope::ALL {
        let title = scope.title();
        let _ = write!(out, "| {title} | | name in the settings |\n| --- | --- | --- |\n");
        for spec in ACTIONS.iter().filter(|spec| spec.scope == scope) {
            let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
            let help = spec.help.replace('|', "\\|");
            let _ = writeln!(out, "| {} | {help} | `{}` |", keys.join(" "), spec.id);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_actions_and_ids_are_unique() {
        for (at, spec) in ACTIONS.iter().enumerate() {
            assert_eq!(spec.action as usize, at, "{}", spec.id);
            assert_eq!(Action::from_id(spec.id), Some(spec.action), "{} stands twice", spec.id);
            assert!(!spec.help.ends_with('.') && !spec.label.is_empty(), "{}", spec.id);
        }
    }

    #[test]
    fn the_readme_table_has_a_row_for_each_action() {
        let table = markdown();
        for spec in ACTIONS {
            let rows = table.lines().filter(|row| row.ends_with(&format!("| `{}` |", spec.id))).count();
            assert_eq!(rows, 1, "{}", spec.id);
        }
        assert!(table.contains("| `j` `down` | Next row | `down` |"), "{table}");
    }
}
