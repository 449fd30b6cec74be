//! What only all layers together tell: the account of every byte, the history understood, the advice. A worker makes it
//! once the last layer is read; whatever is drawn of it is drawn by slicing.

use std::sync::Arc;

use crate::advice::{Advice, Limits, Subject, advise};
use crate::build::{Evidence, Owner, Story};
use crate::image::Image;
use crate::ledger::Ledger;
use crate::tui::pane::dead::DeadBytes;
use crate::tui::pane::groups::Groups;

/// Account, history and advice of an image whose layers are all read.
#[derive(Debug)]
pub struct Insight {
    /// What every byte is for.
    pub ledger: Ledger,
    /// How the image was built.
    pub story: Story,
    /// What need not ship.
    pub advice: Advice,
    /// Dead bytes of paths and folders.
    pub dead: Arc<DeadBytes>,
    /// The dead files in groups.
    pub groups: Arc<Groups>,
    /// Dead bytes that layers of the user bore, or layers of which nobody knows whose they are: these can be avoided.
    pub own_dead: u64,
    /// Whether contents that tell moved files from deleted ones were read.
    pub is_final: bool,
}

impl Insight {
    /// Thinks about an image; takes seconds for millions of files. `is_final` says that nothing will be read any more that
    /// could better the account.
    pub fn new(image: &Image, ledger: Ledger, evidence: &Evidence, is_final: bool) -> Self {
        let story = Story::new(&image.info, evidence);
        let subject =
            Subject { image, ledger: &ledger, story: &story, scan: None, limits: Limits::default() };
        let advice = advise(&subject);
        let own = ledger.matrix().pairs().iter().filter(|pair| story.owner(pair.born) != Owner::Base);
        let own_dead = own.map(crate::ledger::Pair::bytes).sum();
        let dead = Arc::new(DeadBytes::new(&image.tree, &ledger));
        let groups = Arc::new(Groups::new(&image.tree, &ledger, None));
        Self { ledger, story, advice, dead, groups, own_dead, is_final }
    }
}
