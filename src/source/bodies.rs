//! Contents on demand, straight from where they lie: nothing is unpacked.

use std::io::{self, Read};
use std::sync::Arc;

use super::blob::Blob;
use super::frames::Frames;
use super::gzip::Checkpoints;
use super::region::Region;
use super::unpacked::Unpacked;
use crate::image::{ImageInfo, Presence};
use crate::layer::{Bodies, BodyError, Entry, Inflate, LayerIndex, Media};

/// Bytes that are passed between two words to the listener.
pub const STRIDE: u64 = 8 << 20;

/// The contents of an image's layers.
pub struct LayerBodies {
    layers: Vec<Contents>,
}

enum Contents {
    Stored { region: Region, media: Media, checkpoints: Arc<Checkpoints>, frames: Arc<Frames> },
    Unpacked(Arc<Unpacked>),
    Absent(String),
}

impl LayerBodies {
    /// The contents of these blobs. Nothing is read but the first bytes of each.
    pub fn new(info: &ImageInfo, blobs: &[Option<Blob>]) -> Self {
        let layers = info.layers.iter().zip(blobs).map(|(layer, blob)| match (&layer.presence, blob) {
            (Presence::Absent(why), _) => Contents::Absent(why.clone()),
            (Presence::Encrypted, _) => Contents::Absent("it is encrypted".to_owned()),
            (Presence::Here, None) => Contents::Absent("it is not there".to_owned()),
            (Presence::Here, Some(Blob::Unpacked(layer))) => Contents::Unpacked(Arc::clone(layer)),
            (Presence::Here, Some(Blob::Stored(region))) => {
                let mut start = Vec::with_capacity(Media::PREFIX);
                // What cannot be read now says so when it is read.
                let _ = region.part(0, Media::PREFIX as u64).reader().read_to_end(&mut start);
                let media = Media::sniff(&start);
                Contents::Stored {
                    region: region.clone(),
                    media,
                    checkpoints: Arc::default(),
                    frames: Arc::default(),
                }
            }
        });
        Self { layers: layers.collect() }
    }
}

impl Bodies for LayerBodies {
    fn open(&self, layer: LayerIndex, entry: &Entry) -> Result<Box<dyn Read + Send + '_>, BodyError> {
        self.open_heard(layer, entry, &|_| true)
    }

    fn open_heard(
        &self,
        layer: LayerIndex,
        entry: &Entry,
        passed: &dyn Fn(u64) -> bool,
    ) -> Result<Box<dyn Read + Send + '_>, BodyError> {
        let failed = |error| BodyError::Io(layer, error);
        let blob = self.layers.get(layer.offset()).filter(|_| layer != LayerIndex::EMPTY);
        let (region, media, checkpoints, frames) = match blob {
            Some(Contents::Stored { region, media, checkpoints, frames }) => {
                (region, *media, checkpoints, frames)
            }
            Some(Contents::Unpacked(unpacked)) => {
                let stream = unpacked.open(entry, passed).map_err(failed)?;
                return Ok(Box::new(Exactly { stream, left: entry.size }));
            }
            Some(Contents::Absent(why)) => return Err(BodyError::Absent(layer, why.clone())),
            None => return Err(BodyError::Absent(layer, "there is no such layer".to_owned())),
        };
        let stream: Box<dyn Read + Send> = match media {
            Media::None | Media::Unknown => Box::new(region.part(entry.offset, entry.size).reader()),
            Media::Gzip | Media::EStargz => {
                let mut reader = checkpoints.reader(region.clone(), entry.offset);
                while reader.pass(STRIDE).map_err(failed)? {
                    go_on(passed(reader.position())).map_err(failed)?;
                }
                Box::new(reader)
            }
            _ => {
                let hear = |at| go_on(passed(at));
                Box::new(frames.reader(region, entry.offset, &hear).map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => failed(cut_off()),
                    _ => failed(error),
                })?)
            }
        };
        Ok(Box::new(Exactly { stream, left: entry.size }))
    }

    fn sweep(
        &self,
        layer: LayerIndex,
        wanted: &[Entry],
        each: &mut dyn FnMut(usize, &mut dyn Read) -> bool,
    ) -> Result<(), BodyError> {
        let failed = |error| BodyError::Io(layer, error);
        let mut inflate = match self.layers.get(layer.offset()).filter(|_| layer != LayerIndex::EMPTY) {
            Some(Contents::Stored { region, media, .. })
                if !matches!(media, Media::None | Media::Unknown) && !wanted.is_empty() =>
            {
                Some(Inflate::new(region.reader()).map_err(failed)?)
            }
            _ => None,
        };
        let mut passed = 0;
        for (at, entry) in wanted.iter().enumerate() {
            let go_on = match &mut inflate {
                Some(inflate) if entry.offset >= passed => {
                    let gap = entry.offset - passed;
                    if io::copy(&mut inflate.take(gap), &mut io::sink()).map_err(failed)? < gap {
                        return Err(failed(cut_off()));
                    }
                    let mut body = Exactly { stream: inflate, left: entry.size };
                    let go_on = each(at, &mut body);
                    passed = entry.offset.saturating_add(entry.size - body.left);
                    go_on
                }
                _ => each(at, &mut self.open(layer, entry)?),
            };
            if !go_on {
                break;
            }
        }
        Ok(())
    }
}

/// So many bytes of a stream; an error where it has fewer.
struct Exactly<R> {
    stream: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let want = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if want == 0 {
            return Ok(0);
        }
        match self.stream.read(&mut buffer[..want])? {
            0 => Err(cut_off()),
            count => {
                self.left -= count as u64;
                Ok(count)
            }
        }
    }
}

/// An error where somebody no longer wants what is being read.
pub fn go_on(wanted: bool) -> io::Result<()> {
    if wanted { Ok(()) } else { Err(io::Error::other("it is no longer wanted")) }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the layer ends before the end of this file")
}
