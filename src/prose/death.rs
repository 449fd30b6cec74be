//! Why bytes that ship are never seen, in words.

use crate::layer::LayerIndex;
use crate::ledger::{Cause, Death};

/// What became of bytes, as it follows a size: `84.0 MB deleted by layer 11`.
pub fn killed(death: Death) -> String {
    let Death { killer, cause } = death;
    match cause {
        Cause::Deleted => format!("deleted by layer {killer}"),
        Cause::Metadata => format!("shipped again by layer {killer}, only owner or mode differ"),
        Cause::Rewritten => format!("shipped again by layer {killer}, nothing differs"),
        Cause::Overwritten => format!("overwritten by layer {killer}"),
        Cause::Repeated => "stated twice in this layer".to_owned(),
    }
}

/// What a layer did to the bytes of another one, as it follows a size: `84.0 MB of layer 5, deleted`.
pub fn kills(born: LayerIndex, cause: Cause) -> String {
    match cause {
        Cause::Deleted => format!("of layer {born}, deleted"),
        Cause::Metadata => format!("of layer {born}, shipped again: only owner or mode differ"),
        Cause::Rewritten => format!("of layer {born}, shipped again: nothing differs"),
        Cause::Overwritten => format!("of layer {born}, overwritten"),
        Cause::Repeated => "of its own, stated twice".to_owned(),
    }
}

/// That a copy of a file is not seen, and since when.
pub fn unseen(size: &str, death: Death) -> String {
    let Death { killer, cause } = death;
    match cause {
        Cause::Deleted => format!("{size} never seen: layer {killer} deletes them"),
        Cause::Metadata => format!("{size} never seen: layer {killer} ships the same bytes again"),
        Cause::Rewritten => format!("{size} never seen: layer {killer} writes the same file again"),
        Cause::Overwritten => format!("{size} never seen: layer {killer} writes others"),
        Cause::Repeated => format!("{size} never seen: further on in its tar come others"),
    }
}

/// What a cause means, for somebody who reads the word for the first time.
pub fn meaning(cause: Cause) -> &'static str {
    match cause {
        Cause::Deleted => "a later step removed the file or a folder above it",
        Cause::Metadata => "the same bytes again, with another owner, mode or attribute",
        Cause::Rewritten => "the same file again, nothing but its time differs",
        Cause::Overwritten => "a later step wrote something else there",
        Cause::Repeated => "one tar states the file twice",
    }
}
