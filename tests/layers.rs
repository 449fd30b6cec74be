//! Layers and images as the test builder makes them.
mod common;

use common::{Image, Layer};

#[test]
fn the_builder_writes_what_tar_reads() {
    let layer = Layer::new().dir("a").file("a/b", "hello").symlink("l", "a/b").whiteout("gone").tar();
    let mut archive = tar::Archive::new(&layer[..]);
    let names: Vec<String> = archive
        .entries()
        .expect("entries")
        .map(|entry| entry.expect("entry").path().expect("path").display().to_string())
        .collect();
    assert_eq!(names, ["a/", "a/b", "l", ".wh.gone"]);
    let image = Image::new("t:1").step("RUN x", Layer::new().file("x", "y"));
    assert!(image.docker_archive().len() > 512 && image.oci_archive().len() > 512);
}
