//! Any bytes as a layer: by seeking and as a stream, which must agree.
#![no_main]

use std::sync::atomic::AtomicBool;

use capas::layer::{Limits, Region, Watch, read, read_plain, read_stream};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { tar_bytes: 1 << 24, ..Limits::default() };
    let watch = Watch { limits, windows: false, progress: &|_| {}, cancel: &AtomicBool::new(false) };
    let region = Region::new(&bytes, 0, bytes.len() as u64);
    let loaded = read(region, &watch).expect("nobody cancels");
    if loaded.media.label() == "none" {
        let plain = read_plain(region, &watch).expect("nobody cancels");
        let stream = read_stream(bytes, &watch).expect("nobody cancels").changeset;
        assert_eq!(plain.paths.nodes, stream.paths.nodes);
        assert_eq!(plain.fault, stream.fault);
    }
});
