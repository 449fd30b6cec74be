//! The documents themselves: in-toto statements with SLSA provenance 0.2 and 1, and what BuildKit writes into them
//! (`docs/attestations/slsa-definitions.md`). Anybody may have written them: only what is used is kept, lists are
//! bounded, and everything may be missing.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::oci::{list, nullable};

/// An in-toto statement.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Statement {
    /// `https://slsa.dev/provenance/v0.2`
    #[serde(deserialize_with = "nullable")]
    pub predicate_type: String,
    #[serde(deserialize_with = "list")]
    pub subject: Vec<Subject>,
    #[serde(deserialize_with = "nullable")]
    pub predicate: Predicate,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Subject {
    #[serde(deserialize_with = "nullable")]
    pub digest: BTreeMap<String, String>,
}

/// Both versions at once: a document has the fields of one.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Predicate {
    // 0.2
    #[serde(deserialize_with = "list")]
    pub materials: Vec<Material>,
    #[serde(deserialize_with = "nullable")]
    pub invocation: Invocation,
    #[serde(deserialize_with = "nullable")]
    pub build_config: BuildConfig,
    #[serde(deserialize_with = "nullable")]
    pub metadata: Metadata,
    // 1
    #[serde(deserialize_with = "nullable")]
    pub build_definition: BuildDefinition,
    #[serde(deserialize_with = "nullable")]
    pub run_details: RunDetails,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Material {
    #[serde(deserialize_with = "nullable")]
    pub uri: String,
    #[serde(deserialize_with = "nullable")]
    pub digest: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Invocation {
    #[serde(deserialize_with = "nullable")]
    pub parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Parameters {
    #[serde(deserialize_with = "nullable")]
    pub args: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildDefinition {
    #[serde(deserialize_with = "nullable")]
    pub external_parameters: ExternalParameters,
    #[serde(deserialize_with = "nullable")]
    pub internal_parameters: InternalParameters,
    #[serde(deserialize_with = "list")]
    pub resolved_dependencies: Vec<Material>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ExternalParameters {
    #[serde(deserialize_with = "nullable")]
    pub request: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InternalParameters {
    #[serde(deserialize_with = "nullable")]
    pub build_config: BuildConfig,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RunDetails {
    #[serde(deserialize_with = "nullable")]
    pub metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Metadata {
    #[serde(
        rename = "https://mobyproject.org/buildkit@v1#metadata",
        alias = "buildkit_metadata",
        deserialize_with = "nullable"
    )]
    pub buildkit: BuildKit,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct BuildKit {
    #[serde(deserialize_with = "nullable")]
    pub source: Source,
    /// Of the result of each step (`step5:0`), the ways to have its layers, base first.
    #[serde(deserialize_with = "nullable")]
    pub layers: BTreeMap<String, Vec<Vec<Blob>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Blob {
    #[serde(deserialize_with = "nullable")]
    pub digest: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Source {
    #[serde(deserialize_with = "nullable")]
    pub locations: BTreeMap<String, Locations>,
    #[serde(deserialize_with = "list")]
    pub infos: Vec<SourceInfo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SourceInfo {
    #[serde(deserialize_with = "nullable")]
    pub filename: String,
    /// Base64.
    #[serde(deserialize_with = "nullable")]
    pub data: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Locations {
    #[serde(deserialize_with = "list")]
    pub locations: Vec<Location>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Location {
    /// Which of the sources.
    #[serde(deserialize_with = "nullable")]
    pub source_index: usize,
    #[serde(deserialize_with = "list")]
    pub ranges: Vec<Range>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Range {
    #[serde(deserialize_with = "nullable")]
    pub start: Position,
    #[serde(deserialize_with = "nullable")]
    pub end: Position,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Position {
    #[serde(deserialize_with = "nullable")]
    pub line: usize,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BuildConfig {
    #[serde(deserialize_with = "list")]
    pub llb_definition: Vec<Step>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Step {
    /// `step5`
    #[serde(deserialize_with = "nullable")]
    pub id: String,
    #[serde(deserialize_with = "nullable")]
    pub op: OuterOp,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OuterOp {
    #[serde(rename = "Op", deserialize_with = "nullable")]
    pub op: Op,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Op {
    pub exec: Option<ExecOp>,
    pub source: Option<SourceOp>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SourceOp {
    /// `docker-image://docker.io/library/alpine:3.20@sha256:...`
    #[serde(deserialize_with = "nullable")]
    pub identifier: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ExecOp {
    #[serde(deserialize_with = "nullable")]
    pub meta: Meta,
    #[serde(deserialize_with = "list")]
    pub mounts: Vec<MountOp>,
    /// 0 as usual, 1 the host's, 2 none.
    #[serde(deserialize_with = "nullable")]
    pub network: u64,
    /// 0 as usual, 1 insecure.
    #[serde(deserialize_with = "nullable")]
    pub security: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(deserialize_with = "list")]
    pub args: Vec<String>,
    #[serde(deserialize_with = "list")]
    pub env: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub cwd: String,
    #[serde(deserialize_with = "nullable")]
    pub user: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MountOp {
    #[serde(deserialize_with = "nullable")]
    pub dest: String,
    /// 0 bind, 1 secret, 2 ssh, 3 cache, 4 tmpfs.
    #[serde(deserialize_with = "nullable")]
    pub mount_type: u64,
}
