//! `/etc/passwd` and `/etc/shadow`.

/// What the databases of users say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Home folders.
    pub homes: Vec<String>,
    /// Names of accounts that anybody may log in to.
    pub without_password: Vec<String>,
    /// Names of accounts with the number 0 besides `root`.
    pub root_aliases: Vec<String>,
    /// Where the accounts without a password stand: `etc/shadow`, `etc/passwd`.
    pub said_by: Vec<&'static str>,
}

/// More accounts than this are not counted.
const MOST: usize = 10_000;

impl Accounts {
    /// `name:password:uid:gid:comment:home:shell`.
    pub(super) fn passwd(&mut self, text: &[u8]) {
        for line in lines(text) {
            let fields: Vec<&str> = line.split(':').collect();
            let [name, password, uid, _, _, home, ..] = fields[..] else { continue };
            if password.is_empty() {
                self.open(name, "etc/passwd");
            }
            if uid == "0" && name != "root" {
                self.root_aliases.push(name.to_owned());
            }
            if home.starts_with('/') && !home.contains('*') {
                self.homes.push(home.to_owned());
            }
        }
    }

    /// `name:password:...`.
    pub(super) fn shadow(&mut self, text: &[u8]) {
        for line in lines(text) {
            if let [name, "", ..] = line.split(':').collect::<Vec<_>>()[..] {
                self.open(name, "etc/shadow");
            }
        }
    }

    fn open(&mut self, name: &str, file: &'static str) {
        self.without_password.push(name.to_owned());
        if !self.said_by.contains(&file) {
            self.said_by.push(file);
        }
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &str> {
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).take(MOST)
}
