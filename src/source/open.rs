//! Opening: from a file, a folder or a stream to the one image that is meant.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::blob::Blob;
use super::candidate::{Candidate, Choice, Leaf, LeafKind, Recipe, choose};
use super::choose::{self, What};
use super::documents::{Check, Documents, Naming};
use super::draft::{Draft, DraftLayer, Found, finish};
use super::objection::{objection, rootfs_objection};
use super::outer::{Outer, read_full};
use super::region::Region;
use super::spool::{Spooled, spool};
use super::store::{Files, MAX_MANIFEST, Store};
use super::version1::{parents, repositories, schema1};
use super::{
    Layout, Opened, Options, Progress, Reference, SourceError, docker_save, manifest, statements, walk,
};
use crate::image::{ImageInfo, SetAside};
use crate::layer::{Media, NoteKind};
use crate::oci::{Digest, ImageConfig, Index, Platform};

/// What goes with an opening everywhere.
pub struct Opening<'a> {
    /// As typed.
    pub reference: &'a str,
    /// What a scheme insists on.
    pub layout: Option<Layout>,
    /// `:REF` of the reference.
    pub image: Option<&'a str>,
    /// Limits, image, platform.
    pub options: &'a Options,
    /// Hears of spooling.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Stops it.
    pub cancel: &'a AtomicBool,
    /// Whether a wrong digest ends it.
    pub strict: bool,
}

/// The sample. Its bytes are part of the binary.
const DEMO: &[u8] = include_bytes!("../../assets/demo.tar");

/// Nobody has the image. That a folder of its name holds none is the first that was tried.
fn beside_folder(error: SourceError, name: &str) -> SourceError {
    match error {
        SourceError::Nowhere { name: shown, what, mut tried } if Path::new(name).is_dir() => {
            let why = "it has neither index.json nor manifest.json".to_owned();
            tried.insert(0, SourceError::NoImage { path: shown.clone(), why });
            SourceError::Nowhere { name: shown, what, tried }
        }
        error => error,
    }
}

impl Opening<'_> {
    /// Opens whatever the reference is.
    pub fn reference(&self, reference: &Reference) -> Result<Opened, SourceError> {
        match reference {
            Reference::Stdin if io::stdin().is_terminal() => {
                let why = "it is a terminal, and nothing is piped into it: docker save NAME | capas -";
                Err(SourceError::NoImage { path: "standard input".to_owned(), why: why.to_owned() })
            }
            Reference::Stdin => {
                let label = "standard input";
                let spooled = self.options.stdin.spooled(|| self.spool(io::stdin(), label))?;
                self.plain(spooled, label)
            }
            Reference::Demo => self.archive(Region::of_static(DEMO), "the sample"),
            // Whoever names an engine does not mean the file that happens to be called so.
            Reference::Path { layout: None, .. } if self.options.engine.is_some() => {
                choose::anywhere(self, What::Image, self.reference)
            }
            Reference::Path { path, .. } => self.path(path),
            Reference::Name(name) => {
                choose::anywhere(self, What::Image, name).map_err(|error| beside_folder(error, name))
            }
            Reference::Engine { engine, name } => choose::through(self, *engine, name),
            Reference::Store { kind, place, name } => choose::store(self, What::Image, *kind, place, name),
            Reference::Container(name) => choose::anywhere(self, What::Container, name),
        }
    }

    fn path(&self, path: &Path) -> Result<Opened, SourceError> {
        let label = path.to_string_lossy().escape_debug().to_string();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::NoFile { name: label.clone() },
            _ => SourceError::Io { path: label.clone(), error },
        };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return self.folder(path, label);
        }
        let file = File::open(path).map_err(failed)?;
        if metadata.is_file() {
            let region = Region::of_file(file).map_err(failed)?;
            self.archive(region, &label)
        } else {
            // `capas <(docker save x)`: a pipe under the name of a file.
            self.stream(file, &label)
        }
    }

    /// Spools a stream, then opens it.
    pub fn stream(&self, stream: impl Read + Send, label: &str) -> Result<Opened, SourceError> {
        self.plain(self.spool(stream, label)?, label)
    }

    /// Spools a stream.
    pub fn spool(&self, stream: impl Read + Send, label: &str) -> Result<Spooled, SourceError> {
        spool(stream, label, self.options, self.progress, self.cancel)
    }

    /// An archive that may be compressed as a whole.
    fn archive(&self, region: Region, label: &str) -> Result<Opened, SourceError> {
        let mut start = [0; Media::PREFIX];
        let failed = |error| SourceError::Io { path: label.to_owned(), error };
        let count = read_full(&region, &mut start, 0).map_err(failed)?;
        if matches!(Media::sniff(&start[..count]), Media::None | Media::Unknown) {
            return self.plain(Spooled { bytes: region, ahead: None, cut: None }, label);
        }
        let spooled = spool(region.reader(), label, self.options, self.progress, self.cancel)?;
        self.plain(spooled, label)
    }

    /// A tar, or not.
    pub fn plain(&self, spooled: Spooled, label: &str) -> Result<Opened, SourceError> {
        let Spooled { bytes: region, ahead, cut } = spooled;
        let no_image = |why: &str| match &cut {
            Some(cut) => SourceError::Broken { path: label.to_owned(), why: cut.clone() },
            None => SourceError::NoImage { path: label.to_owned(), why: why.to_owned() },
        };
        let mut block = [0; Media::PREFIX];
        let count = read_full(&region, &mut block, 0)
            .map_err(|error| SourceError::Io { path: label.to_owned(), error })?;
        if let Some(why) = objection(&block[..count]) {
            return Err(no_image(why));
        }
        let outer = Outer::index(region, self.cancel).map_err(|_| SourceError::Cancelled)?;
        let files = Files { label: label.to_owned(), store: Store::Archive(outer), cut };
        Ok(Opened { ahead, ..self.files(&files)? })
    }

    fn folder(&self, path: &Path, label: String) -> Result<Opened, SourceError> {
        self.files(&Files { label, store: Store::Folder(path.to_owned()), cut: None })
    }

    /// Finds out what the files are, and which image of them is meant.
    fn files(&self, files: &Files) -> Result<Opened, SourceError> {
        let documents = |naming| Documents {
            files,
            naming,
            strict: self.strict,
            checks: Vec::new().into(),
            glanced: 0.into(),
        };
        let folder = matches!(files.store, Store::Folder(_));
        let index = files.document("index.json", MAX_MANIFEST)?;
        let manifest = files.document("manifest.json", MAX_MANIFEST)?;
        let is_dir = manifest.as_ref().is_ok_and(|bytes| first_letter(bytes) == Some(b'{')) && index.is_err();
        if self.layout == Some(Layout::Dir) || is_dir {
            let documents = documents(Naming::Flat);
            let bytes = manifest
                .map_err(|missing| self.no_layout(files, &format!("manifest.json: {}", missing.why())))?;
            let candidate = walk::lone_document(&documents, "manifest.json", &bytes)?;
            return self.choose(&documents, vec![candidate], &[], "dir layout");
        }
        let wants_index = matches!(self.layout, Some(Layout::OciArchive | Layout::OciDir));
        let wants_docker = self.layout == Some(Layout::DockerArchive);
        let documents = documents(Naming::Layout);
        let mut entries: Vec<docker_save::Entry> = Vec::new();
        if let (Ok(bytes), false) = (&manifest, wants_index)
            && (index.is_err() || first_letter(bytes) == Some(b'['))
        {
            entries = files.parse::<docker_save::Entries>("manifest.json", bytes)?.0;
        }
        let mut candidates = Vec::new();
        if let Ok(bytes) = &index {
            match files.parse::<Index>("index.json", bytes) {
                Ok(index) => candidates = walk::candidates(&documents, &index)?,
                Err(error) if entries.is_empty() => return Err(error),
                Err(_) => {}
            }
        }
        docker_save::join(&documents, &mut entries, &mut candidates)?;
        let source = match (manifest.is_ok() && !wants_index, folder) {
            (true, _) => "docker archive",
            (false, true) => "OCI layout",
            (false, false) => "OCI archive",
        };
        if wants_index && index.is_err() {
            return Err(self.no_layout(files, "index.json is not there"));
        }
        if wants_docker && manifest.is_err() && !files.has("repositories") {
            return Err(self.no_layout(files, "manifest.json is not there"));
        }
        if index.is_ok() || manifest.is_ok() {
            return self.choose(&documents, candidates, &entries, source);
        }
        let old = repositories(files)?;
        if !old.is_empty() && old.keys().any(|id| files.has(&format!("{id}/json"))) {
            let candidates = old.into_iter().map(|(id, names)| version1(names, &id)).collect();
            return self.choose(&documents, candidates, &[], "docker archive");
        }
        if let (Store::Archive(outer), None) = (&files.store, files.damage()) {
            return match rootfs_objection(files) {
                Some(why) => Err(SourceError::NoImage { path: files.label.clone(), why: why.to_owned() }),
                None => self.rootfs(&documents, outer.bytes()),
            };
        }
        Err(self.no_layout(files, "it has neither index.json nor manifest.json"))
    }

    fn no_layout(&self, files: &Files, why: &str) -> SourceError {
        let path = files.label.clone();
        if let Some(damage) = files.damage() {
            return SourceError::Broken { path, why: format!("{damage}, before its manifest") };
        }
        let wanted = match self.layout {
            Some(Layout::Dir) => "no `dir:` layout: ",
            Some(Layout::DockerArchive) => "no docker archive: ",
            Some(Layout::OciArchive | Layout::OciDir) => "no OCI layout: ",
            None => "",
        };
        SourceError::NoImage { path, why: format!("{wanted}{why}") }
    }

    fn choose(
        &self,
        documents: &Documents<'_>,
        candidates: Vec<Candidate>,
        entries: &[docker_save::Entry],
        source: &'static str,
    ) -> Result<Opened, SourceError> {
        let draft = self.draft(documents, candidates, entries, source)?;
        self.finish(documents, draft)
    }

    /// The image that is meant, as its documents describe it.
    ///
    /// # Errors
    ///
    /// None, several, not for this platform, or broken.
    pub fn draft(
        &self,
        documents: &Documents<'_>,
        candidates: Vec<Candidate>,
        entries: &[docker_save::Entry],
        source: &'static str,
    ) -> Result<Draft, SourceError> {
        let files = documents.files;
        let image = self.options.image.as_deref().or(self.image);
        let platform = self.options.platform.as_ref();
        let Choice { candidate, leaf, other_platform } = choose(candidates, image, platform, &files.label)?;
        let chosen = candidate.leaves[leaf].clone();
        let LeafKind::Image { recipe, platform, .. } = &chosen.kind else {
            return Err(files.broken("index.json", "no image was chosen"));
        };
        let mut draft = match recipe {
            Recipe::Manifest(name) => manifest::draft(documents, name)?,
            Recipe::DockerSave(at) => docker_save::draft(documents, &entries[*at])?,
            Recipe::Version1(id) => parents(files, id)?,
            Recipe::Schema1(name) => {
                let bytes = files
                    .document(name, MAX_MANIFEST)?
                    .map_err(|missing| files.broken(name, missing.why()))?;
                schema1(documents, name, bytes)?
            }
        };
        draft.source = source;
        // A name that is nothing but a tag does not name the image where `manifest.json` has the full ones.
        let repo_tags = entries.iter().filter(|entry| draft.id.is_some() && entry.id == draft.id);
        draft.names.extend(candidate.names.iter().cloned());
        draft.names.extend(repo_tags.flat_map(|entry| entry.repo_tags.iter().cloned()));
        draft.parent = draft.parent.or_else(|| docker_save::parent_of(entries, draft.id.as_ref()));
        draft.target_digest = candidate.target.clone().or_else(|| draft.manifest_digest.clone());
        if matches!(recipe, Recipe::Schema1(_)) {
            draft.target_digest = None;
        }
        if draft.platform.is_unknown() {
            draft.platform.clone_from(platform);
        }
        if other_platform {
            draft.notes.add(NoteKind::OtherPlatform, None, draft.platform.to_string().as_bytes());
        }
        for (at, other) in candidate.leaves.into_iter().enumerate() {
            if at != leaf {
                set_aside(&mut draft, other);
            }
        }
        Ok(draft)
    }

    /// Joins layers and history.
    ///
    /// # Errors
    ///
    /// Too many layers.
    pub fn finish(&self, documents: &Documents<'_>, mut draft: Draft) -> Result<Opened, SourceError> {
        let files = documents.files;
        let statements = statements::find(documents, &draft);
        let damage = files.damage();
        if let Some(damage) = &damage {
            draft.notes.add(NoteKind::CutShort, None, damage.as_bytes());
        }
        let (info, blobs) = finish(draft, self.reference, &files.label)?;
        let mut checks = documents.checks.take();
        if let Some(message) = damage.clone() {
            checks.insert(0, Check { subject: "archive".to_owned(), ok: false, message });
        }
        Ok(Opened { statements, ..self.opened(info, blobs, checks, damage) })
    }

    fn rootfs(&self, documents: &Documents<'_>, bytes: &Region) -> Result<Opened, SourceError> {
        let layer = DraftLayer { blob: Some(bytes.clone().into()), ..DraftLayer::default() };
        let config = ImageConfig::default();
        let platform = Platform::default();
        let mut draft =
            Draft { source: "root filesystem", config, platform, layers: vec![layer], ..Draft::default() };
        draft.notes.add(NoteKind::BareRootfs, None, b"");
        let (info, blobs) = finish(draft, self.reference, &documents.files.label)?;
        Ok(self.opened(info, blobs, Vec::new(), None))
    }

    /// What a store was found to have, ready to be read.
    pub fn found(&self, mut found: Found) -> Result<Opened, SourceError> {
        let host = Platform::host();
        let wanted = self.options.platform.as_ref().unwrap_or(&host);
        // Such a store has one platform of an image, whichever was asked for; an image may not say its own.
        let platform = found.draft.platform.clone();
        if !platform.is_unknown() && !platform.serves(wanted) {
            found.draft.notes.add(NoteKind::OtherPlatform, None, platform.to_string().as_bytes());
        }
        let (info, blobs) = finish(found.draft, self.reference, &found.path)?;
        Ok(self.opened(info, blobs, found.checks, None))
    }

    fn opened(
        &self,
        info: ImageInfo,
        blobs: Vec<Option<Blob>>,
        checks: Vec<Check>,
        cut: Option<String>,
    ) -> Opened {
        let (info, options) = (Arc::new(info), self.options.clone());
        Opened { info, blobs: blobs.into(), ahead: None, options, checks, cut, statements: Vec::new() }
    }
}

fn set_aside(draft: &mut Draft, leaf: Leaf) {
    let what = leaf.what();
    if let Some(descriptor) = leaf.descriptor {
        if matches!(leaf.kind, LeafKind::Attestation(_)) {
            draft.notes.add(NoteKind::Attestation, None, descriptor.digest.as_str().as_bytes());
        }
        draft.set_aside.push(SetAside { descriptor, what });
    }
}

fn version1(names: Vec<String>, id: &str) -> Candidate {
    let target: Option<Digest> = format!("sha256:{id}").parse().ok();
    let recipe = Recipe::Version1(id.to_owned());
    let kind = LeafKind::Image { recipe, config: target, platform: Platform::default(), layers: 0 };
    Candidate { names, target: None, leaves: vec![Leaf { descriptor: None, kind }] }
}

fn first_letter(json: &[u8]) -> Option<u8> {
    json.iter().copied().find(|byte| !byte.is_ascii_whitespace())
}
