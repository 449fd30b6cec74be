//! What the figures on screen mean, for somebody who asks why. Sizes come as text.

use crate::build::Owner;

/// What a layer ships, and what becomes of it.
pub fn layer(ships: &str, seen: &str, dead: &str) -> String {
    format!(
        "It ships {ships}, which is how long its bar is: {seen} of them are seen, the solid part, and {dead} are dead, the \
         shaded part."
    )
}

/// A layer without file contents.
pub const NO_BYTES: &str =
    "It ships no file contents. What it removes is only hidden: it stays in the layer that brought it.";

/// What the image ships.
pub fn ships(size: &str) -> String {
    format!(
        "Ships {size}: the contents of all files in all layers, unpacked. Whoever pulls the image gets all of it."
    )
}

/// What a container sees.
pub fn shows(size: &str) -> String {
    format!("Shows {size}: the part of it that a container can see.")
}

/// What ships in vain.
pub fn dead(size: &str) -> String {
    format!(
        "Dead {size}: it ships and no container ever sees it, since a later layer removed or replaced the file. A layer can \
         only add: it takes nothing back from the layers below."
    )
}

/// Nothing ships in vain.
pub const NOTHING_DEAD: &str = "Dead 0 B: every byte that ships is seen.";

/// What following the advice saves.
pub fn can_go(size: &str) -> String {
    format!(
        "{size} can go: the sum of what findings save for certain, each byte counted once. Dead bytes that are in no finding \
         are the base image's, or too few to be worth a change."
    )
}

/// What whose bytes they are means for the user.
pub fn owner(owner: Owner) -> Option<&'static str> {
    match owner {
        Owner::Base => Some("It is in the layers of the base image: only another base avoids it."),
        Owner::Own | Owner::Unknown => None,
    }
}

/// The columns and marks of the files, where a layer or a range is shown.
pub const CHANGES: &str = "Before the names: + was added, ~ was changed or holds something that was, - was removed. The size of a \
    folder is what ships for it here, that of a removed one what went with it. Shaded: what of it \
    ships and is never seen.";

/// The same where all files are shown.
pub const ALL_FILES: &str = "All files that a container sees after this layer; the marks tell what the layer did to them. The size \
    of a folder is all that is in it, each file once however many names it has.";

/// A path that one layer brought.
pub fn untouched(layer: &str) -> String {
    format!("It is as layer {layer} brought it: no other layer touches it.")
}

/// A path that several layers name, without bytes of its own: a folder, a link.
pub fn named(layers: &str) -> String {
    format!("Layers {layers} name it: it, or something in it, changed there.")
}

/// What the rows of the image screen say.
pub const SETTINGS: &str = "A setting with a step was set there; Enter goes to it. A dim one was replaced later. Stored is what the \
    layers take as they are kept, with tar headers and perhaps compressed; file content is what ships.";

/// How sure a finding is: the figure follows from the layers.
pub const EXACT: &str =
    "Exact: the figure follows from what stands in the layers, and a rebuild saves it to the byte.";

/// How sure a finding is: between two figures.
pub const RANGE: &str =
    "A range: the image alone does not tell where between the two figures a rebuild comes out.";

/// How sure a finding is: a pattern.
pub const GUESS: &str = "A guess: a name or a command looks like it. Its bytes are counted, that nobody needs them is not certain.";

/// Until all layers are read.
pub const NOT_YET: &str = "What is seen and what is dead is known when all layers are read.";
