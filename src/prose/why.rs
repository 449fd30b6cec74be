//! Why a file is what it is: one or two plain sentences for somebody who sees layers for the first time.

/// Something about a path that deserves a sentence. Sizes, layers and names come as text, ready for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why<'a> {
    /// Several layers carry a copy of the file.
    ShippedAgain {
        /// `6 and 9`.
        layers: &'a str,
        /// Of all copies together.
        bytes: &'a str,
        /// The layer whose copy is seen.
        seen: &'a str,
    },
    /// A later layer changed the metadata only.
    SameBytes {
        /// `owner`, `mode and owner`.
        what: &'a str,
        /// Of the copy that is not seen any more.
        bytes: &'a str,
        /// The layer of that copy.
        layer: &'a str,
    },
    /// A whiteout hides it.
    WhitedOut {
        /// The layer with the whiteout.
        layer: &'a str,
        /// Bytes that stay in the image.
        bytes: &'a str,
        /// The layers that carry them.
        born: &'a str,
    },
    /// A whiteout hides what has no bytes of its own: a link, a folder, an empty file.
    WhitedOutBare {
        /// The layer with the whiteout.
        layer: &'a str,
    },
    /// It went with a folder above it.
    HiddenWithParent {
        /// The layer.
        layer: &'a str,
    },
    /// An opaque marker.
    Opaque {
        /// The layer.
        layer: &'a str,
    },
    /// A whiteout for what was not there.
    WhiteoutOfNothing {
        /// The layer.
        layer: &'a str,
    },
    /// A folder that no entry states.
    Implied,
    /// One inode, several names.
    HardLinked {
        /// How many names.
        names: usize,
    },
    /// A hard link without its target.
    BrokenLink,
    /// Setuid.
    Setuid {
        /// The owner.
        owner: &'a str,
    },
    /// Setgid on a file.
    Setgid {
        /// The group.
        group: &'a str,
    },
    /// File capabilities.
    Capabilities {
        /// `cap_net_raw`.
        names: &'a str,
    },
    /// Written twice in one tar.
    Repeated {
        /// The layer.
        layer: &'a str,
    },
    /// A layer holds the very same file once more.
    SameAgain {
        /// The layer.
        layer: &'a str,
    },
    /// Only the modification time differs.
    TimeOnly {
        /// The layer.
        layer: &'a str,
        /// What it ships again.
        bytes: &'a str,
    },
}

/// The sentence.
pub fn sentence(why: &Why<'_>) -> String {
    match why {
        Why::ShippedAgain { layers, bytes, seen } => format!(
            "It ships more than once: layers {layers} each carry the whole file, {bytes} together, since a layer \
             cannot change a part of a file. Only the copy of layer {seen} is seen."
        ),
        Why::SameBytes { what, bytes, layer } => format!(
            "Only the {what} changed, but a layer carries whole files: the same {bytes} of layer {layer} ship once more."
        ),
        Why::WhitedOut { layer, bytes, born } => format!(
            "Layer {layer} holds a whiteout, an empty mark that says \"gone\". It only hides the file: the {bytes} of \
             {born} are still part of the image and are pulled with it."
        ),
        Why::WhitedOutBare { layer } => format!(
            "Layer {layer} holds a whiteout, an empty mark that says \"gone\". The layers below stay as they are."
        ),
        Why::HiddenWithParent { layer } => {
            format!("Layer {layer} removed it together with a folder above it; its bytes still ship.")
        }
        Why::Opaque { layer } => format!(
            "Layer {layer} marks this folder as opaque: all that lower layers have in it is hidden, though it still ships."
        ),
        Why::WhiteoutOfNothing { layer } => {
            format!(
                "Layer {layer} holds a whiteout for it, but no lower layer has it: there was nothing to hide."
            )
        }
        Why::Implied => "No layer states this folder; it is there because files in it are.".to_owned(),
        Why::HardLinked { names } => {
            format!("It is one file with {names} names (hard links): the bytes ship once.")
        }
        Why::BrokenLink => "A hard link to a file that is not there: it has no content.".to_owned(),
        Why::Setuid { owner } => {
            format!("Setuid: whoever starts it, it runs with the rights of {owner}.")
        }
        Why::Setgid { group } => {
            format!("Setgid: whoever starts it, it runs with the rights of group {group}.")
        }
        Why::Capabilities { names } => {
            format!("It runs with a part of root's rights, whoever starts it: {names}.")
        }
        Why::Repeated { layer } => {
            format!(
                "The tar of layer {layer} holds it more than once; the last one counts, all of them ship."
            )
        }
        Why::SameAgain { layer } => {
            format!("Layer {layer} changed nothing of it, and ships the same file once more.")
        }
        Why::TimeOnly { layer, bytes } => {
            format!("Layer {layer} changed nothing but its time, and ships the same {bytes} again.")
        }
    }
}
