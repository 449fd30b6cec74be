//! What of an image is looked at: `--layer`, `--layers`, `--rootfs`.

use crate::args::ViewArgs;
use crate::error::CliError;
use crate::layer::LayerIndex;
use crate::tree::View;

/// The view that was asked for; the final filesystem when none was.
///
/// # Errors
///
/// There is no such layer, or the range cannot be read.
pub fn resolve(args: &ViewArgs, layers: usize) -> Result<View, CliError> {
    if let Some(layer) = args.layer {
        return Ok(View::Changeset(existing(layer, layers)?));
    }
    if let Some(range) = &args.layers {
        let (from, to) = ends(range, layers).ok_or_else(|| {
            CliError::failed(format!("--layers: `{range}` is no range"))
                .hint("give the first and the last layer, both included: --layers 2..4")
        })?;
        let (from, to) = (existing(from, layers)?, existing(to, layers)?);
        if from > to {
            return Err(CliError::failed(format!("--layers: {from} is above {to}"))
                .hint(format!("the lower layer comes first: --layers {to}..{from}")));
        }
        return Ok(View::Range(from, to));
    }
    match args.rootfs {
        Some(0) => Ok(View::Rootfs(LayerIndex::EMPTY)),
        Some(layer) => Ok(View::Rootfs(existing(layer, layers)?)),
        None => Ok(View::Rootfs(last(layers))),
    }
}

/// The topmost layer.
pub fn last(layers: usize) -> LayerIndex {
    layers.checked_sub(1).map_or(LayerIndex::EMPTY, LayerIndex::from_offset)
}

/// A layer that the image has.
///
/// # Errors
///
/// It has none of that number.
pub fn existing(layer: u16, layers: usize) -> Result<LayerIndex, CliError> {
    if layer >= 1 && usize::from(layer) <= layers {
        return Ok(LayerIndex(layer));
    }
    let has = match layers {
        0 => "the image has no layers".to_owned(),
        1 => "the image has one layer, 1".to_owned(),
        many => format!("the image has layers 1 to {many}"),
    };
    Err(CliError::failed(format!("there is no layer {layer}: {has}")).hint("`capas layers IMAGE` lists them"))
}

/// `2..4`, `2..`, `..4`, `3`.
fn ends(range: &str, layers: usize) -> Option<(u16, u16)> {
    let last = u16::try_from(layers).unwrap_or(u16::MAX);
    let end = |text: &str, open: u16| if text.is_empty() { Some(open) } else { text.parse().ok() };
    match range.split_once("..") {
        Some(("", "")) => None,
        Some((from, to)) => Some((end(from, 1)?, end(to, last)?)),
        None => range.parse().ok().map(|layer| (layer, layer)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(layer: Option<u16>, layers: Option<&str>, rootfs: Option<u16>) -> Result<View, String> {
        let args = ViewArgs { layer, layers: layers.map(str::to_owned), rootfs };
        resolve(&args, 5).map_err(|error| error.to_string())
    }

    #[test]
    fn views_as_typed() {
        let at = LayerIndex;
        assert_eq!(view(None, None, None), Ok(View::Rootfs(at(5))));
        assert_eq!(view(None, None, Some(0)), Ok(View::Rootfs(at(0))));
        assert_eq!(view(None, None, Some(2)), Ok(View::Rootfs(at(2))));
        assert_eq!(view(Some(3), None, None), Ok(View::Changeset(at(3))));
        for (range, from, to) in [("2..4", 2, 4), ("2..", 2, 5), ("..4", 1, 4), ("3", 3, 3), ("3..3", 3, 3)] {
            assert_eq!(view(None, Some(range), None), Ok(View::Range(at(from), at(to))), "{range}");
        }
        for range in ["..", "a..b", "4..2", "0..2", "2..6", "-1..2", "2...4", "70000"] {
            assert!(view(None, Some(range), None).is_err(), "{range}");
        }
        assert_eq!(view(Some(6), None, None), Err("there is no layer 6: the image has layers 1 to 5".into()));
        assert!(view(Some(0), None, None).is_err());
    }
}
