//! The list that the image was chosen from, and the way back to it.

use std::mem;

use super::app::{App, Start};
use super::effect::Effect;

/// Goes back to the list, with the row selected that the image was; `None` where there was no list. Nothing stays of the
/// image, and no answer that is still on its way counts.
pub fn back(app: &mut App) -> Option<Vec<Effect>> {
    let list = app.home.take()?;
    let start = Start {
        reference: mem::take(&mut app.reference),
        keymap: mem::take(&mut app.keymap),
        size: app.layout.size,
        manner: app.manner.clone(),
        ascii: app.ascii,
        listing: None,
    };
    let old = mem::replace(app, App::new(start));
    app.overlays.push(list);
    app.split = old.split;
    app.advice = old.advice.of_another_image();
    for (new, old) in [
        (&mut app.matching, old.matching),
        (&mut app.accounting, old.accounting),
        (&mut app.sifting, old.sifting),
        (&mut app.finding, old.finding),
        (&mut app.file.generation, old.file.generation),
    ] {
        *new = old;
        let _ = new.advance();
    }
    Some(vec![Effect::CloseImage])
}
