//! What only all layers together tell: the account of every byte, the history understood, the advice. A worker makes it
//! once the last layer is read; whatever is drawn of it is drawn by slicing.

use std::sync::Arc;

use crate::advice::{Advice, Limits, Subject, advise};
use crate::build::{Evidence, Owner, Story};
use crate::image::Image;
use crate::ledger::Ledger;
use crate::tui::pane::dead::DeadBytes;

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
    /// Dead bytes that layers of the user bore, or layers of which nobody knows whose they are: these can be avoided.
    pub own_dead: u64,
}

impl Insight {
    /// Thinks about an image; takes seconds for millions of files.
    pub fn new(image: &Image, evidence: &Evidence) -> Self {
        let ledger = Ledger::new(image);
        let story = Story::new(&image.info, evidence);
        let subject =
            Subject { image, ledger: &ledger, story: &story, scan: None, limits: Limits::default() };
        let advice = advise(&subject);
        let own = ledger.matrix().pairs().iter().filter(|pair| story.owner(pair.born) != Owner::Base);
        let own_dead = own.map(crate::ledger::Pair::bytes).sum();
        let dead = Arc::new(DeadBytes::new(&image.tree, &ledger));
        Self { ledger, story, advice, dead, own_dead }
    }
}
