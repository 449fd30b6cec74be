//! Images of realistic shape, written as a stream: sorted paths, directories, files that compress about three to one,
//! files shipped again by a later layer with another owner, whiteouts.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sha2::{Digest as _, Sha256};

/// One layer: files, their bytes in all, how many of them are those of the layer below again, whiteouts of files below.
#[derive(Clone, Copy)]
pub struct LayerShape {
    files: u32,
    bytes: u64,
    again: u32,
    whiteouts: u32,
}

const fn layer(files: u32, megabytes: u64, again: u32, whiteouts: u32) -> LayerShape {
    LayerShape { files, bytes: megabytes * 1_000_000, again, whiteouts }
}

/// A whole image.
pub struct Shape {
    pub name: &'static str,
    layers: &'static [LayerShape],
}

/// A large application: 13 layers, 150,000 entries, 1.6 GB.
pub const MID: Shape = Shape {
    name: "mid",
    layers: &[
        layer(8_000, 165, 0, 0),
        layer(26_000, 420, 0, 0),
        layer(31_000, 330, 0, 0),
        layer(12_000, 95, 0, 400),
        layer(9_000, 120, 0, 0),
        layer(24_500, 180, 0, 0),
        layer(24_500, 180, 24_500, 0),
        layer(40, 3, 0, 900),
        layer(3_000, 70, 0, 0),
        layer(600, 35, 0, 20),
        layer(5, 1, 0, 0),
        layer(900, 12, 0, 0),
        layer(2, 1, 0, 0),
    ],
};

/// A million small files in 10 layers, 18,000 of them removed again.
pub const MILLION: Shape = Shape {
    name: "million",
    layers: &[
        layer(100_000, 64, 0, 0),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 30_000, 2_000),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 44_000, 2_000),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 0, 2_000),
        layer(100_000, 64, 0, 2_000),
    ],
};

/// A built image.
pub struct Input {
    pub entries: u64,
    pub bytes: u64,
    /// The layer tars.
    pub layers: Vec<PathBuf>,
    /// `docker save`'s layout, plain layers.
    pub plain: PathBuf,
    /// OCI layouts.
    pub gzip: PathBuf,
    pub zstd: PathBuf,
    pub gzip_blobs: Vec<PathBuf>,
    pub zstd_blobs: Vec<PathBuf>,
}

/// Builds an image in `dir/NAME`, or takes what is there.
pub fn build(shape: &Shape, scale: f64, dir: &Path) -> Input {
    let dir = dir.join(format!("{}-{scale}", shape.name));
    let done = dir.join("done");
    let layers: Vec<PathBuf> =
        (1..=shape.layers.len()).map(|at| dir.join(format!("layer-{at:02}.tar"))).collect();
    let (plain, gzip, zstd) = (dir.join("plain.tar"), dir.join("gzip"), dir.join("zstd"));
    if !done.exists() {
        std::fs::create_dir_all(&dir).unwrap();
        let pool = pool();
        let entries: u64 =
            each(layers.len(), |at| write_layer(shape, at, scale, &pool, &layers[at])).into_iter().sum();
        let diff_ids = each(layers.len(), |at| digest(&layers[at]));
        let config = config(shape, &diff_ids);
        write_plain(&plain, &layers, &config);
        write_oci(&gzip, &layers, &config, "gzip", |input, output| {
            let mut encoder = flate2::write::GzEncoder::new(output, flate2::Compression::new(6));
            io::copy(input, &mut encoder)?;
            encoder.finish()
        });
        write_oci(&zstd, &layers, &config, "zstd", |input, output| {
            let mut encoder = zstd::stream::Encoder::new(output, 3)?;
            io::copy(input, &mut encoder)?;
            encoder.finish()
        });
        std::fs::write(&done, entries.to_string()).unwrap();
    }
    let entries = std::fs::read_to_string(&done).unwrap().parse().unwrap();
    let bytes = layers.iter().map(|path| path.metadata().unwrap().len()).sum();
    let (gzip_blobs, zstd_blobs) = (blobs(&gzip), blobs(&zstd));
    Input { entries, bytes, layers, plain, gzip, zstd, gzip_blobs, zstd_blobs }
}

/// Answers for `0..count`, by all cores.
fn each<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut answers: Vec<(usize, T)> = std::thread::scope(|scope| {
        let worker = || {
            let mut answers = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    return answers;
                }
                answers.push((at, work(at)));
            }
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// xorshift64*: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

/// 64 MB of words and of bytes like machine code; files are pieces of it. Larger than any compressor's window here.
fn pool() -> Vec<u8> {
    const SIZE: usize = 64 << 20;
    let mut random = Random::new(1);
    let words: Vec<Vec<u8>> = (0..4096)
        .map(|_| {
            (0..3 + random.below(8))
                .map(|_| b'a' + (random.below(26) * random.below(26) / 26) as u8)
                .collect()
        })
        .collect();
    let mut pool = Vec::with_capacity(SIZE + (1 << 16));
    while pool.len() < SIZE {
        let end = pool.len() + 4096;
        if random.below(5) < 3 {
            while pool.len() < end {
                // Small numbers are more likely: words of a language are.
                let word = random.below(4096) * random.below(4096) / 4096 * random.below(4096) / 4096;
                pool.extend_from_slice(&words[word as usize]);
                pool.push(if random.below(9) == 0 { b'\n' } else { b' ' });
            }
        } else {
            while pool.len() < end {
                let bits = random.next();
                pool.extend_from_slice(&[
                    0x48,
                    0x8b,
                    bits as u8 & 0x3f,
                    0,
                    (bits >> 8) as u8,
                    (bits >> 16) as u8 & 7,
                ]);
            }
        }
    }
    pool.truncate(SIZE);
    pool
}

/// The path of file `at` of a layer: zero-padded numbers, so that the order of numbers is that of names.
fn path(layer: usize, at: u32) -> String {
    let extension = ["py", "js", "so", "json", "h", "txt"][at as usize % 6];
    format!("usr/lib/layer{layer:02}/package{:04}/part{:02}/file{at:06}.{extension}", at / 180, at / 12 % 15)
}

fn write_layer(shape: &Shape, index: usize, scale: f64, pool: &[u8], to: &Path) -> u64 {
    let scaled = |number: u32| (f64::from(number) * scale).ceil() as u32;
    let this = shape.layers[index];
    let mut out = BufWriter::with_capacity(1 << 20, File::create(to).unwrap());
    let mut entries = 0;
    let mut entry = |kind, path: &str, size: u64, owner: u64, out: &mut BufWriter<File>| {
        entries += 1;
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_path(path).unwrap();
        header.set_size(size);
        header.set_mode(if kind == tar::EntryType::Directory { 0o755 } else { 0o644 });
        header.set_uid(owner);
        header.set_gid(owner);
        header.set_mtime(1_770_000_000);
        header.set_cksum();
        out.write_all(header.as_bytes()).unwrap();
    };
    let files = scaled(this.files);
    let again = scaled(this.again).min(files);
    let mean = this.bytes / u64::from(this.files);
    let below = index.checked_sub(1).map_or(LayerShape { files: 0, ..this }, |below| shape.layers[below]);
    for (from, range, owner) in [(index.wrapping_sub(1), 0..again, 1000), (index, again..files, 0)] {
        let mut open = String::new();
        for at in range {
            let path = path(from, at);
            let dir = &path[..=path.rfind('/').unwrap()];
            if dir != open {
                // Every directory above that is new, top down.
                for (end, _) in dir.match_indices('/') {
                    let above = &dir[..=end];
                    if !open.starts_with(above) {
                        entry(tar::EntryType::Directory, above, 0, owner, &mut out);
                    }
                }
                dir.clone_into(&mut open);
            }
            // Most files are small, a few are very large, as in any tree of packages. The same seed for the same path
            // gives the same bytes when it is shipped again.
            let mut random = Random::new(u64::from(at) << 8 | from as u64);
            let size = match random.below(100) {
                0 => mean * 40,
                1..=9 => mean * 3,
                _ => mean * random.below(60) / 100,
            };
            entry(tar::EntryType::Regular, &path, size, owner, &mut out);
            let mut left = size as usize;
            while left > 0 {
                let piece = left.min(1 << 18);
                let start = random.below((pool.len() - piece) as u64) as usize;
                out.write_all(&pool[start..start + piece]).unwrap();
                left -= piece;
            }
            let padding = size.next_multiple_of(512) - size;
            out.write_all(&[0; 512][..padding as usize]).unwrap();
        }
        // Engines write whiteouts where the file would stand.
        let left = scaled(below.files).saturating_sub(again);
        let whiteouts = if from == index { 0 } else { scaled(this.whiteouts).min(left) };
        for at in 0..whiteouts {
            let hidden = again + at * (left / whiteouts);
            // What the layer below shipped again stands where its own layer below has it.
            let hidden = path(from - usize::from(hidden < scaled(below.again)), hidden);
            let (dir, name) = hidden.rsplit_once('/').unwrap();
            entry(tar::EntryType::Regular, &format!("{dir}/.wh.{name}"), 0, 0, &mut out);
        }
    }
    out.write_all(&[0; 1024]).unwrap();
    out.flush().unwrap();
    entries
}

fn digest(path: &Path) -> String {
    let mut file = File::open(path).unwrap();
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).unwrap();
        if read == 0 {
            return capas::oci::Digest::from_sha256(hash.finalize().as_slice()).to_string();
        }
        hash.update(&buffer[..read]);
    }
}

fn config(shape: &Shape, diff_ids: &[String]) -> Vec<u8> {
    let step = |at: usize| json!({"created": "2026-02-02T00:00:00Z", "created_by": format!("RUN step {at}")});
    let history: Vec<_> = (1..=shape.layers.len()).map(step).collect();
    let rootfs = json!({"type": "layers", "diff_ids": diff_ids});
    serde_json::to_vec(&json!({
        "created": "2026-02-02T00:00:00Z", "architecture": "amd64", "os": "linux", "config": {"Cmd": ["sh"]}, "history": history, "rootfs": rootfs,
    }))
    .unwrap()
}

fn write_plain(to: &Path, layers: &[PathBuf], config: &[u8]) {
    let mut outer = tar::Builder::new(BufWriter::with_capacity(1 << 20, File::create(to).unwrap()));
    let mut names = Vec::new();
    for (at, layer) in layers.iter().enumerate() {
        names.push(format!("{at:064}/layer.tar"));
        outer.append_path_with_name(layer, &names[at]).unwrap();
    }
    let name = format!("{}.json", capas::oci::Digest::of(config).hex());
    let manifest = json!([{"Config": name, "RepoTags": ["bench:1"], "Layers": names}]).to_string();
    for (name, content) in [(name.as_str(), config), ("manifest.json", manifest.as_bytes())] {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        outer.append_data(&mut header, name, content).unwrap();
    }
    outer.into_inner().unwrap().flush().unwrap();
}

fn write_oci<F>(dir: &Path, layers: &[PathBuf], config: &[u8], compression: &str, pack: F)
where
    F: Fn(&mut BufReader<File>, BufWriter<File>) -> io::Result<BufWriter<File>> + Sync,
{
    let store = dir.join("blobs/sha256");
    std::fs::create_dir_all(&store).unwrap();
    let layers = each(layers.len(), |at| {
        let packed = store.join(format!("{at}.partial"));
        let mut input = BufReader::with_capacity(1 << 20, File::open(&layers[at]).unwrap());
        let output = BufWriter::with_capacity(1 << 20, File::create(&packed).unwrap());
        pack(&mut input, output).unwrap().flush().unwrap();
        let digest = digest(&packed);
        let size = packed.metadata().unwrap().len();
        std::fs::rename(&packed, store.join(&digest[7..])).unwrap();
        let media_type = format!("application/vnd.oci.image.layer.v1.tar+{compression}");
        json!({"mediaType": media_type, "digest": digest, "size": size})
    });
    let blob = |content: &[u8], media_type: &str| {
        let digest = capas::oci::Digest::of(content);
        std::fs::write(store.join(digest.hex()), content).unwrap();
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": content.len()})
    };
    let config = blob(config, "application/vnd.oci.image.config.v1+json");
    let media_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers});
    let manifest = blob(manifest.to_string().as_bytes(), media_type);
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    std::fs::write(dir.join("index.json"), index.to_string()).unwrap();
    std::fs::write(dir.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

/// The layer blobs of a layout, in order.
fn blobs(layout: &Path) -> Vec<PathBuf> {
    let read = |path: PathBuf| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let blob = |digest: &serde_json::Value| layout.join("blobs/sha256").join(&digest.as_str().unwrap()[7..]);
    let manifest = read(blob(&read(layout.join("index.json"))["manifests"][0]["digest"]));
    manifest["layers"].as_array().unwrap().iter().map(|layer| blob(&layer["digest"])).collect()
}
