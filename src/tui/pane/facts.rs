//! Facts of a path in the words of `ls`, and what about them needs a sentence.

use std::fmt::Write as _;

use crate::layer::{EntryKind, LayerIndex, Xattr};
use crate::prose::why::{self, Why};
use crate::role::Role;
use crate::text;
use crate::tree::{ChangeKind, Facts, NodeId, Tree};

/// Setuid, setgid and sticky bits of a mode.
const SETUID: u16 = 0o4000;
const SETGID: u16 = 0o2000;

/// The mark of a change, and its meaning.
pub fn mark(kind: ChangeKind) -> (char, Role) {
    match kind {
        ChangeKind::Added => ('+', Role::Added),
        ChangeKind::Modified => ('~', Role::Modified),
        ChangeKind::Removed => ('-', Role::Removed),
        ChangeKind::Unchanged => (' ', Role::Plain),
    }
}

/// `-rw-r--r--`
pub fn mode(facts: &Facts<'_>) -> String {
    text::mode_string(facts.kind.letter(), facts.mode)
}

/// `root:root`, or the numbers where the tar gives no names; one of them where they are alike.
pub fn owner(facts: &Facts<'_>) -> String {
    let name = |name: &[u8], id: u64| match (name, id) {
        (b"", 0) => "root".to_owned(),
        (b"", id) => id.to_string(),
        (name, _) => text::display(name),
    };
    let (user, group) = (name(facts.user, facts.uid), name(facts.group, facts.gid));
    if user == group { user } else { format!("{user}:{group}") }
}

/// Whether it runs with rights that are not those of who starts it.
pub fn is_privileged(facts: &Facts<'_>) -> bool {
    let file = matches!(facts.kind, EntryKind::File | EntryKind::HardLink);
    file && (facts.mode & (SETUID | SETGID) != 0 || capabilities(facts.xattrs).is_some())
}

/// Whether anybody may run it.
pub fn is_executable(facts: &Facts<'_>) -> bool {
    matches!(facts.kind, EntryKind::File | EntryKind::HardLink) && facts.mode & 0o111 != 0
}

/// What a path is, in a few words.
pub fn kind(facts: &Facts<'_>) -> &'static str {
    match facts.kind {
        EntryKind::File => "file",
        EntryKind::Dir => "folder",
        EntryKind::Symlink => "symbolic link",
        EntryKind::HardLink => "hard link without its target",
        EntryKind::Char => "character device",
        EntryKind::Block => "block device",
        EntryKind::Fifo => "named pipe",
    }
}

/// Sentences about links, rights and folders that nobody states.
pub fn sentences(tree: &Tree, node: NodeId, at: LayerIndex, facts: &Facts<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let names = tree.link_group(node, at).len();
    if names > 1 {
        out.push(why::sentence(&Why::HardLinked { names }));
    }
    if facts.kind == EntryKind::HardLink {
        out.push(why::sentence(&Why::BrokenLink));
    }
    let file = matches!(facts.kind, EntryKind::File | EntryKind::HardLink);
    let (owner, group) = (id(facts.user, facts.uid), id(facts.group, facts.gid));
    if file && facts.mode & SETUID != 0 {
        out.push(why::sentence(&Why::Setuid { owner: &owner }));
    }
    if file && facts.mode & SETGID != 0 {
        out.push(why::sentence(&Why::Setgid { group: &group }));
    }
    if let Some(names) = capabilities(facts.xattrs) {
        out.push(why::sentence(&Why::Capabilities { names: &names }));
    }
    if facts.implied && tree.events(node).is_empty() {
        out.push(why::sentence(&Why::Implied));
    }
    out
}

fn id(name: &[u8], id: u64) -> String {
    match (name, id) {
        (b"", 0) => "root".to_owned(),
        (b"", id) => id.to_string(),
        (name, _) => text::display(name),
    }
}

/// The value of an extended attribute for people: text where it is text, else hexadecimal digits.
pub fn xattr_value(xattr: &Xattr) -> String {
    let value = xattr.value.strip_suffix(b"\0").unwrap_or(&xattr.value);
    match std::str::from_utf8(value) {
        Ok(text) if !text.chars().any(char::is_control) => text::display(value),
        _ => value.iter().take(64).fold(String::new(), |mut digits, byte| {
            let _ = write!(digits, "{byte:02x}");
            digits
        }),
    }
}

/// Names of the permitted capabilities in `security.capability` (`struct vfs_cap_data`, `linux/capability.h`).
pub fn capabilities(xattrs: &[Xattr]) -> Option<String> {
    let value = &xattrs.iter().find(|xattr| &*xattr.name == b"security.capability")?.value;
    let word = |at: usize| {
        let bytes = value.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let low = u64::from(word(4)?);
    let high = u64::from(word(12).unwrap_or(0));
    let permitted = high << 32 | low;
    let names: Vec<String> = (0..64)
        .filter(|bit| permitted >> bit & 1 == 1)
        .map(|bit| {
            CAPABILITIES.get(bit).map_or_else(|| format!("capability {bit}"), |name| format!("cap_{name}"))
        })
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// `linux/capability.h`, by number.
const CAPABILITIES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_have_names() {
        let ping = Xattr {
            name: b"security.capability".as_slice().into(),
            value: [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0].as_slice().into(),
        };
        assert_eq!(capabilities(&[ping]).as_deref(), Some("cap_net_raw"));
        let short = Xattr { name: b"security.capability".as_slice().into(), value: [1].as_slice().into() };
        assert_eq!(capabilities(&[short]), None);
    }
}
