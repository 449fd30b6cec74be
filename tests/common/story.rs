//! An image in which every kind of entry and of change occurs once.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(missing_docs, reason = "test support")]

use super::common::{Image, Layer};

/// A name that is not UTF-8, and one that would steer a terminal.
pub const LATIN: &[u8] = b"srv/caf\xe9";
pub const EVIL: &str = "srv/\x1b[2Jevil\u{202e}txt";

pub fn story() -> Image {
    Image::new("shop/web:2.4")
        .step(
            "/bin/sh -c #(nop) ADD file:0123 in / ",
            Layer::new()
                .dir("bin")
                .mode(0o755)
                .file("bin/sh", "#!shell\n")
                .hardlink("bin/bash", "bin/sh")
                .dir("dev")
                .device("dev/null", b'3', 1, 3)
                .dir("etc")
                .file("etc/os-release", "NAME=capas\n")
                .file("etc/passwd", "root:x:0:0\n")
                .symlink("lib", "usr/lib")
                .fifo("run/pipe")
                .mode(0o1777)
                .dir("tmp")
                .mode(0o4755)
                .file("usr/bin/sudo", "sudo")
                .big("usr/lib/libc.so", 3000, 1),
        )
        .empty("ENV MODE=production")
        .step(
            "RUN /bin/sh -c make install # buildkit",
            Layer::new()
                .owner(1000, 1000)
                .dir("app")
                .owner(1000, 1000)
                .file("app/main.py", "print('hello')\n")
                .file("app/.secret", "hunter2\n")
                .symlink("app/loop", "loop")
                .symlink("app/conf", "/etc/../etc/os-release")
                .mode(0o644)
                .file(LATIN, "latin")
                .file(EVIL, "evil")
                .xattr("user.note", "kept")
                .file("srv/noted", "n"),
        )
        .step(
            "RUN /bin/sh -c rm app/.secret && chmod 600 etc/passwd # buildkit",
            Layer::new().whiteout("app/.secret").mode(0o600).file("etc/passwd", "root:x:0:0\n"),
        )
        .empty("CMD [\"python3\" \"app/main.py\"]")
}
