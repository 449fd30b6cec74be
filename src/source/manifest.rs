//! An image from its manifest: config read and checked, layers found.

use super::SourceError;
use super::documents::Documents;
use super::draft::{Draft, DraftLayer, MAX_LAYERS};
use super::store::{MAX_CONFIG, MAX_MANIFEST};
use super::version1::layer_of;
use crate::image::Presence;
use crate::oci::{Descriptor, Digest, ImageConfig, Manifest};

/// The image of the manifest in the file `name`.
///
/// # Errors
///
/// Manifest or config is missing, broken or (when strict) not what its descriptor says.
pub fn draft(documents: &Documents<'_>, name: &str) -> Result<Draft, SourceError> {
    let files = documents.files;
    let manifest_json = files
        .document(name, MAX_MANIFEST)?
        .map_err(|missing| files.broken(name, format!("the manifest cannot be read: {}", missing.why())))?;
    let manifest: Manifest = files.parse(name, &manifest_json)?;
    let Some(descriptor) = &manifest.config else {
        return Err(files.broken(name, "a manifest without a config"));
    };
    let config_name = documents.blob_name(&descriptor.digest);
    let config_json =
        documents.described("config", &config_name, descriptor, MAX_CONFIG)?.map_err(|missing| {
            files.broken(&config_name, format!("the config cannot be read: {}", missing.why()))
        })?;
    let config: ImageConfig = files.parse(&config_name, &config_json)?;
    let mut layers = Vec::with_capacity(manifest.layers.len().min(MAX_LAYERS + 1));
    for descriptor in manifest.layers.into_iter().take(MAX_LAYERS + 1) {
        layers.push(layer(documents, descriptor)?);
    }
    Ok(Draft {
        id: Some(descriptor.digest.clone()),
        manifest_digest: Some(Digest::of(&manifest_json)),
        platform: config.platform(),
        config,
        config_json,
        manifest_json,
        layers,
        ..Draft::default()
    })
}

fn layer(documents: &Documents<'_>, descriptor: Descriptor) -> Result<DraftLayer, SourceError> {
    let name = documents.blob_name(&descriptor.digest);
    let mut layer = layer_of(documents.files, &name, Some(descriptor.digest.clone()))?;
    if descriptor.media_type.ends_with("+encrypted") {
        layer.presence = Presence::Encrypted;
    } else if let (Presence::Absent(_), Some(url)) = (&layer.presence, descriptor.urls.first()) {
        layer.presence = Presence::Absent(format!("a foreign layer, to be had from {}", url.escape_debug()));
    } else if let (Presence::Absent(_), true) = (&layer.presence, is_foreign(&descriptor.media_type)) {
        layer.presence = Presence::Absent("a foreign layer, which engines do not export".to_owned());
    }
    layer.media_type.clone_from(&descriptor.media_type);
    layer.descriptor = Some(descriptor);
    Ok(layer)
}

/// Whether a layer of this type is left out by engines when they export.
pub fn is_foreign(media_type: &str) -> bool {
    media_type.contains("nondistributable") || media_type.contains(".foreign.")
}
