//! What the builder attested: SLSA provenance with BuildKit's additions. It is untrusted: it counts where it speaks of
//! the layers that the image has.

mod statement;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::statement::{ExecOp, Material, Statement, Step};
use super::remark::{Remark, RemarkKind};
use crate::image::ImageInfo;
use crate::layer::LayerIndex;
use crate::oci::Digest;

/// A longer document is not read: real ones have some hundred kB.
const MAX_BYTES: usize = 16 << 20;

/// An attestation that speaks of this image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The name and text of the Dockerfile (`mode=max` only).
    pub dockerfile: Option<(String, String)>,
    /// What each layer was made by, as far as it is told, in order.
    pub layers: Vec<Attested>,
    /// Images that the build used: name and digest.
    pub materials: Vec<(String, Option<Digest>)>,
    /// The base: its name (`scratch` is one), and how many of the image's layers are its.
    pub base: Option<(String, u16)>,
    /// Build arguments, `NAME=value`.
    pub args: Vec<String>,
    /// The stage that was built (`--target`).
    pub target: Option<String>,
}

/// How a layer was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The layer.
    pub layer: LayerIndex,
    /// Its lines in the Dockerfile, from 1.
    pub lines: Option<RangeInclusive<usize>>,
    /// What ran, where something ran.
    pub exec: Option<Exec>,
}

/// A command that ran, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// Its words.
    pub args: Vec<String>,
    /// Its variables, `NAME=value`.
    pub env: Vec<String>,
    /// Its working directory.
    pub cwd: String,
    /// Its user; empty for root.
    pub user: String,
    /// Its mounts, but the root: `type=cache,target=/root/.cache`.
    pub mounts: Vec<String>,
    /// `host` or `none` where it is not the usual network.
    pub network: Option<String>,
    /// Whether it ran without confinement (`--security=insecure`).
    pub insecure: bool,
}

impl Provenance {
    /// Reads the attestations and takes the first one that speaks of this image.
    pub(super) fn find(statements: &[Vec<u8>], info: &ImageInfo, remarks: &mut Vec<Remark>) -> Option<Self> {
        let mut others = Vec::new();
        for bytes in statements {
            if bytes.len() > MAX_BYTES {
                let why = format!("it has {} bytes, the limit is {MAX_BYTES}", bytes.len());
                remarks.push(Remark::new(RemarkKind::ProvenanceBroken, why));
                continue;
            }
            match serde_json::from_slice::<Statement>(bytes) {
                Ok(it) if !it.predicate_type.starts_with("https://slsa.dev/provenance/") => {}
                Ok(it) => match Self::of(it, info) {
                    Ok(provenance) => return Some(provenance),
                    Err(subject) => others.push(subject),
                },
                Err(error) => {
                    remarks.push(Remark::new(RemarkKind::ProvenanceBroken, error.to_string()));
                }
            }
        }
        remarks.extend(others.into_iter().map(|it| Remark::new(RemarkKind::ProvenanceMismatch, it)));
        None
    }

    /// How a layer was made.
    pub fn layer(&self, layer: LayerIndex) -> Option<&Attested> {
        let at = self.layers.binary_search_by_key(&layer, |attested| attested.layer).ok()?;
        self.layers.get(at)
    }

    /// The one image that the build used, but for those of its tools.
    pub(super) fn only_image(&self) -> Option<String> {
        let is_tool = |name: &str| {
            ["docker/dockerfile", "docker/buildkit-syft-scanner"].iter().any(|it| name.contains(it))
        };
        let mut images = self.materials.iter().filter(|(name, _)| !is_tool(name));
        images.next().filter(|_| images.next().is_none()).map(|(name, _)| name.clone())
    }

    /// What a statement says, or what it speaks of instead of this image.
    fn of(statement: Statement, info: &ImageInfo) -> Result<Self, String> {
        let subjects = || statement.subject.iter().filter_map(|subject| subject.digest.get("sha256"));
        let own = info.manifest_digest.as_ref().map(Digest::hex);
        let is_subject = own.is_some_and(|own| subjects().any(|subject| subject == own));
        let named = subjects().next().cloned().unwrap_or_default();
        let predicate = statement.predicate;
        let mut definition = predicate.build_definition;
        let mut steps = predicate.build_config.llb_definition;
        steps.append(&mut definition.internal_parameters.build_config.llb_definition);
        let mut buildkit = predicate.metadata.buildkit;
        if buildkit.layers.is_empty() && buildkit.source.infos.is_empty() {
            buildkit = predicate.run_details.metadata.buildkit;
        }
        let makers = makers(&buildkit.layers, info);
        let is_whole = makers.last().is_some_and(|(top, _)| top.offset() + 1 == info.layers.len());
        if !is_subject && !is_whole {
            return Err(named);
        }
        // A network that the command line forces on all steps is no flag of any.
        let forced = [&predicate.invocation.parameters, &definition.external_parameters.request]
            .iter()
            .any(|it| it.args.contains_key("force-network-mode"));
        let by_id: HashMap<&str, &Step> = steps.iter().map(|step| (step.id.as_str(), step)).collect();
        let layers = makers.iter().map(|(layer, id)| {
            let lines = buildkit.source.locations.get(*id).and_then(|it| {
                let ranges = it.locations.iter().filter(|it| it.source_index == 0).flat_map(|it| &it.ranges);
                let ranges: Vec<_> = ranges.filter(|it| it.start.line > 0).collect();
                let first = ranges.iter().map(|range| range.start.line).min()?;
                Some(first..=ranges.iter().map(|range| range.end.line).max()?.max(first))
            });
            let exec = by_id.get(id).and_then(|step| step.op.op.exec.as_ref()).map(|op| Exec::of(op, forced));
            Attested { layer: *layer, lines, exec }
        });
        let layers: Vec<Attested> = layers.collect();
        let base = base(&makers, &by_id);
        let dockerfile = buildkit.source.infos.into_iter().next().and_then(|info| {
            let text = String::from_utf8(STANDARD.decode(info.data).ok()?).ok()?;
            Some((info.filename, text)).filter(|(_, text)| !text.is_empty())
        });
        let mut parameters = predicate.invocation.parameters.args;
        parameters.append(&mut definition.external_parameters.request.args);
        let target = parameters.get("target").cloned().filter(|target| !target.is_empty());
        let args = parameters.into_iter().filter_map(|(name, value)| {
            name.strip_prefix("build-arg:").map(|name| format!("{name}={value}"))
        });
        let mut materials = predicate.materials;
        materials.append(&mut definition.resolved_dependencies);
        let materials = materials.iter().filter_map(material).collect();
        Ok(Self { dockerfile, layers, materials, base, args: args.collect(), target })
    }
}

/// The layers of the image whose makers are told, in order, with the steps' IDs: the last layer of a result whose
/// layers are the first ones of the image was made by that step, or by one before it with the same layers.
fn makers<'a>(
    results: &'a BTreeMap<String, Vec<Vec<statement::Blob>>>,
    info: &ImageInfo,
) -> Vec<(LayerIndex, &'a str)> {
    let own: Vec<&str> =
        info.layers.iter().map(|layer| layer.digest.as_ref().map_or("", Digest::as_str)).collect();
    let mut makers: Vec<Option<(usize, &str)>> = vec![None; own.len()];
    for (result, ways) in results {
        let id = result.split_once(':').map_or(result.as_str(), |(id, _)| id);
        let Some(number) = id.strip_prefix("step").and_then(|number| number.parse().ok()) else { continue };
        for chain in ways {
            let Some(top) = chain.len().checked_sub(1).filter(|&top| top < own.len()) else { continue };
            let is_prefix = chain.iter().zip(&own).all(|(blob, own)| *blob.digest == **own);
            if is_prefix && makers[top].is_none_or(|(before, _)| number < before) {
                makers[top] = Some((number, id));
            }
        }
    }
    let told = makers.into_iter().enumerate();
    told.filter_map(|(at, maker)| Some((LayerIndex::from_offset(at), maker?.1))).collect()
}

/// The base: an image that is the source of the first layers. Where the first layer was made by a step that is no
/// source, there is none.
fn base(makers: &[(LayerIndex, &str)], steps: &HashMap<&str, &Step>) -> Option<(String, u16)> {
    let source = |id: &str| steps.get(id).and_then(|step| step.op.op.source.as_ref());
    let image = makers.iter().rev().find_map(|(layer, id)| {
        let name = source(id)?.identifier.strip_prefix("docker-image://")?;
        Some((familiar(name), layer.0))
    });
    image.or_else(|| {
        let (layer, id) = makers.first()?;
        let step = steps.get(id)?;
        (layer.offset() == 0 && step.op.op.source.is_none()).then(|| ("scratch".to_owned(), 0))
    })
}

/// `docker.io/library/debian:12@sha256:...` as people write it: `debian:12`.
fn familiar(name: &str) -> String {
    let name = name.split_once('@').map_or(name, |(name, _)| name);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name).to_owned()
}

/// `pkg:docker/debian@12?platform=linux%2Famd64` as `debian:12`, with its digest.
fn material(material: &Material) -> Option<(String, Option<Digest>)> {
    let name = material.uri.strip_prefix("pkg:docker/")?;
    let name = name.split_once('?').map_or(name, |(name, _)| name);
    let name = match name.rsplit_once('@') {
        Some((name, version)) => format!("{name}:{version}"),
        None => name.to_owned(),
    };
    let digest = material.digest.get("sha256").and_then(|hex| format!("sha256:{hex}").parse().ok());
    Some((name.replace("%2F", "/").replace("%3A", ":"), digest))
}

impl Exec {
    fn of(op: &ExecOp, forced_network: bool) -> Self {
        let kinds = ["bind", "secret", "ssh", "cache", "tmpfs"];
        let mounts = op.mounts.iter().filter(|mount| mount.dest != "/").map(|mount| {
            let kind = usize::try_from(mount.mount_type).ok().and_then(|at| kinds.get(at)).unwrap_or(&"bind");
            format!("type={kind},target={}", mount.dest)
        });
        let network = match op.network {
            _ if forced_network => None,
            1 => Some("host".to_owned()),
            2 => Some("none".to_owned()),
            _ => None,
        };
        Self {
            args: op.meta.args.clone(),
            env: op.meta.env.clone(),
            cwd: op.meta.cwd.clone(),
            user: op.meta.user.clone(),
            mounts: mounts.collect(),
            network,
            insecure: op.security == 1,
        }
    }

    /// As flags of RUN.
    pub fn flags(&self) -> Vec<String> {
        let mounts = self.mounts.iter().map(|mount| format!("--mount={mount}"));
        let network = self.network.iter().map(|network| format!("--network={network}"));
        let security = self.insecure.then(|| "--security=insecure".to_owned());
        mounts.chain(network).chain(security).collect()
    }
}
