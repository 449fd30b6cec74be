//! Descriptors, manifests and indexes (`descriptor.md`, `manifest.md`, `image-index.md`).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Digest, Platform};

/// The media types that decide something here.
pub mod media_type {
    /// An OCI image manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An OCI index.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// An OCI image config.
    pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// Docker's image manifest, version 2 schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's manifest list.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker's image config.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
}

/// `null` as the default: engines write it where the specification says list or map.
pub fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(d: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(d)?.unwrap_or_default())
}

/// No list of a real document comes near this; `[{},{},...` would otherwise take a hundred times its size in memory.
const MAX_LIST: usize = 200_000;

/// A list, or `null`, of at most 200,000 items.
///
/// # Errors
///
/// It is longer, or something else.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    struct Items<T>(std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a list of at most {MAX_LIST} items")
        }

        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                if list.len() == MAX_LIST {
                    return Err(serde::de::Error::invalid_length(MAX_LIST + 1, &self));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    d.deserialize_any(Items(std::marker::PhantomData))
}

/// A reference to a blob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What the blob is; empty where the document does not say.
    #[serde(default, deserialize_with = "nullable")]
    pub media_type: String,
    /// The blob's digest, as stored.
    pub digest: Digest,
    /// The blob's size in bytes, as claimed.
    #[serde(default, deserialize_with = "nullable")]
    pub size: u64,
    /// Where a foreign layer may be had.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Annotations.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// The platform, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// The type of an artifact, in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

/// An image index or manifest list.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Index {
    /// Always 2.
    #[serde(deserialize_with = "nullable")]
    pub schema_version: u32,
    /// The index's own media type, where it says so.
    #[serde(deserialize_with = "nullable")]
    pub media_type: String,
    /// What it lists; `null` has been seen.
    #[serde(deserialize_with = "list")]
    pub manifests: Vec<Descriptor>,
    /// Annotations.
    #[serde(deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
}

/// An image manifest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Manifest {
    /// Always 2.
    #[serde(deserialize_with = "nullable")]
    pub schema_version: u32,
    /// The manifest's own media type, where it says so.
    #[serde(deserialize_with = "nullable")]
    pub media_type: String,
    /// The type of an artifact.
    pub artifact_type: Option<String>,
    /// The image config.
    pub config: Option<Descriptor>,
    /// The layers, base first.
    #[serde(deserialize_with = "list")]
    pub layers: Vec<Descriptor>,
    /// Annotations.
    #[serde(deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_may_be_null_and_are_bounded() {
        let parse = |text: &str| serde_json::from_str::<Index>(text).map(|index| index.manifests.len());
        assert_eq!(parse("{}").expect("nothing"), 0);
        assert_eq!(parse(r#"{"manifests": null}"#).expect("null"), 0);
        let item = format!(r#"{{"digest": "sha256:{}"}}"#, "0".repeat(64));
        let many = |count: usize| format!(r#"{{"manifests": [{}]}}"#, vec![item.as_str(); count].join(","));
        assert_eq!(parse(&many(2)).expect("two"), 2);
        let error = parse(&many(MAX_LIST + 1)).expect_err("too many").to_string();
        assert!(
            error.starts_with("invalid length 200001, expected a list of at most 200000 items"),
            "{error}"
        );
        for wrong in ["3", "{}", "\"x\""] {
            assert!(parse(&format!(r#"{{"manifests": {wrong}}}"#)).is_err(), "{wrong}");
        }
    }
}
