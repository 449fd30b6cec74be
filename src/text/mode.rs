//! Permissions as `ls -l` writes them.

/// The ten letters of `ls -l`: `kind` (`-`, `d`, `l`, `c`, `b`, `p`), then read, write and execute of owner, group and
/// others, with setuid, setgid and sticky in the places of execute.
pub fn mode_string(kind: char, mode: u16) -> String {
    let class = |shift: u16, special: u16, letter: char| {
        let bits = mode >> shift;
        let flag = |bit: u16, letter| if bits & bit == 0 { '-' } else { letter };
        let execute = match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, _) => flag(1, 'x'),
        };
        [flag(4, 'r'), flag(2, 'w'), execute]
    };
    let classes = [class(6, 0o4000, 's'), class(3, 0o2000, 's'), class(0, 0o1000, 't')];
    std::iter::once(kind).chain(classes.into_iter().flatten()).collect()
}

#[cfg(test)]
mod tests {
    use super::mode_string;

    #[test]
    fn modes_as_ls_writes_them() {
        for (kind, mode, expected) in [
            ('-', 0o644, "-rw-r--r--"),
            ('d', 0o755, "drwxr-xr-x"),
            ('l', 0o777, "lrwxrwxrwx"),
            ('c', 0o000, "c---------"),
            ('-', 0o4755, "-rwsr-xr-x"),
            ('-', 0o4644, "-rwSr--r--"),
            ('-', 0o2755, "-rwxr-sr-x"),
            ('d', 0o2700, "drwx--S---"),
            ('d', 0o1777, "drwxrwxrwt"),
            ('d', 0o1776, "drwxrwxrwT"),
            ('-', 0o7777, "-rwsrwsrwt"),
        ] {
            assert_eq!(mode_string(kind, mode), expected, "{mode:o}");
        }
    }
}
