//! A user at a terminal that is not there: keys as strings (`"jj<tab>/etc<enter>"`), effects done at once on an image
//! in memory, screens as text.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    clippy::missing_panics_doc,
    reason = "test support"
)]

use std::io::Read as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use capas::build::Evidence;
use capas::ledger::Ledger;
use capas::source::{Opened, Options, Progress, open_reader};
use capas::text::{self, Manner};
use capas::tree::{EntryRef, Filter};
use capas::tui::app::{App, Start, update};
use capas::tui::effect::Effect;
use capas::tui::event::{Content, Event};
use capas::tui::insight::Insight;
use capas::tui::keymap::{Key, Keymap};
use capas::tui::pane::groups::Groups;
use capas::tui::view::{Ctx, view};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::{Backend as _, TestBackend};
use ratatui::style::{Color, Modifier};

use crate::common::{self, Image};

/// A running application with everything around it.
pub struct Journey {
    pub app: App,
    pub ctx: Ctx,
    terminal: Terminal<TestBackend>,
    opened: Option<Opened>,
    /// What else is known of how the image was built; read when its layers are.
    pub evidence: Evidence,
    /// Puts other advice and another history in place of what the image gives.
    pub teach: Option<fn(&capas::image::Image, &mut Insight)>,
    /// What the shell was asked to do and did not do here: copies, extractions, quitting.
    pub effects: Vec<Effect>,
}

impl Journey {
    /// A terminal before anything is opened.
    pub fn empty(width: u16, height: u16, keymap: Keymap) -> Self {
        let reference = "shop.tar".to_owned();
        let manner = Manner { now: common::TIME as i64 + 3 * 86_400, ..Manner::default() };
        let app = App::new(Start { reference, keymap, size: (width, height), manner, ..Start::default() });
        let terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let ctx = Ctx::default();
        let mut journey = Self {
            app,
            ctx,
            terminal,
            opened: None,
            evidence: Evidence::default(),
            teach: None,
            effects: Vec::new(),
        };
        journey.draw();
        journey
    }

    /// An image, read whole, on a terminal of some size.
    pub fn open(image: &Image, width: u16, height: u16) -> Self {
        Self::open_bytes(&image.docker_archive(), width, height)
    }

    pub fn open_bytes(archive: &[u8], width: u16, height: u16) -> Self {
        let mut journey = Self::empty(width, height, Keymap::default());
        journey.load(archive);
        journey
    }

    /// Opens and reads an archive, with the events that the shell would send.
    pub fn load(&mut self, archive: &[u8]) {
        let options = Options { platform: Some("linux/amd64".parse().unwrap()), ..Options::default() };
        let cancel = AtomicBool::new(false);
        let opened = open_reader(archive, &options, &|_| {}, &cancel).unwrap();
        self.event(Event::Opened(Arc::clone(opened.info())));
        let events = Mutex::new(Vec::new());
        let hear = |progress| {
            events.lock().unwrap().push(match progress {
                Progress::Known(info) => Event::Opened(info),
                Progress::Preparing => Event::Spooled(0),
                Progress::Spooled(bytes) => Event::Spooled(bytes),
                Progress::Layer(layer, bytes) => Event::Layer(layer, bytes),
                Progress::LayerDone(layer) => Event::LayerDone(layer),
                Progress::Merged(image) => Event::Merged(image),
            });
        };
        let image = opened.load(&hear, &cancel).unwrap();
        self.opened = Some(opened);
        for event in events.into_inner().unwrap() {
            self.event(event);
        }
        self.event(Event::Merged(image));
        self.event(Event::Loaded);
    }

    /// One event, its effects, a frame.
    pub fn event(&mut self, event: Event) {
        let mut effects = update(&mut self.app, event);
        while !effects.is_empty() {
            let answers: Vec<Event> = effects.into_iter().filter_map(|effect| self.perform(effect)).collect();
            effects = answers.into_iter().flat_map(|answer| update(&mut self.app, answer)).collect();
        }
        self.draw();
    }

    fn perform(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::LoadPreview { generation, entry, limit } => {
                Some(Event::Preview { generation, result: self.content(entry, limit) })
            }
            Effect::LoadDiff { generation, old, new, limit } => {
                let read = |entry: Option<EntryRef>| {
                    entry.map_or_else(|| Ok(Content::default()), |entry| self.content(entry, limit))
                };
                let result = read(old).and_then(|old| Ok((old, read(new)?)));
                Some(Event::Diff { generation, result })
            }
            Effect::Match { generation, filter, view } => {
                let filter = Filter::parse(&filter).unwrap();
                let matches = self.app.image().unwrap().tree.matches(&filter, view);
                Some(Event::Matched { generation, matches })
            }
            Effect::Account { generation, thorough } => {
                let image = self.app.image().unwrap();
                let mut insight = Insight::new(image, Ledger::new(image), &self.evidence, thorough);
                if let Some(teach) = self.teach {
                    teach(image, &mut insight);
                }
                let insight = Arc::new(insight);
                Some(Event::Accounted { generation, insight })
            }
            Effect::Sift { generation, filter } => {
                let filter = Filter::parse(&filter).unwrap();
                let (image, insight) = (self.app.image().unwrap(), self.app.insight().unwrap());
                let groups = Arc::new(Groups::new(&image.tree, &insight.ledger, Some(&filter)));
                Some(Event::Sifted { generation, groups })
            }
            other => {
                self.effects.push(other);
                None
            }
        }
    }

    fn content(&self, at: EntryRef, limit: u64) -> Result<Content, String> {
        let image = self.app.image().unwrap();
        let entry = image.tree.entries(at.layer).get(at.entry);
        let Some(opened) = &self.opened else { return Err("nothing was opened".to_owned()) };
        let bodies = opened.bodies();
        let stream = bodies.open(at.layer, entry).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        stream.take(limit).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(Content { bytes, total: entry.size })
    }

    /// Draws a frame.
    pub fn draw(&mut self) {
        let mut layout = None;
        self.terminal.draw(|frame| layout = Some(view(&self.app, &self.ctx, frame))).unwrap();
        self.app.set_layout(layout.unwrap());
    }

    /// Types: characters stand for themselves, `<enter>` and the like for keys with names.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|after| after.split_once('>'));
            let named = named.and_then(|(name, after)| Some((Key::parse(name).ok()?, after)));
            let (key, after) =
                named.unwrap_or_else(|| (Key::parse(&first.to_string()).unwrap(), &rest[first.len_utf8()..]));
            rest = after;
            self.event(Event::Key(key.event()));
        }
        self
    }

    /// Another size of the terminal.
    pub fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.terminal.backend_mut().resize(width, height);
        self.event(Event::Resize(width, height));
        self
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.event(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    /// A click on the first place on screen that reads so.
    pub fn click(&mut self, text: &str) -> &mut Self {
        let (x, y) = self.place(text);
        self.mouse(MouseEventKind::Down(MouseButton::Left), x, y);
        self.mouse(MouseEventKind::Up(MouseButton::Left), x, y);
        self
    }

    /// Turns the wheel over a text.
    pub fn wheel(&mut self, text: &str, down: bool) -> &mut Self {
        let (x, y) = self.place(text);
        self.mouse(if down { MouseEventKind::ScrollDown } else { MouseEventKind::ScrollUp }, x, y);
        self
    }

    /// Drags with the left button.
    pub fn drag(&mut self, from: (u16, u16), to: (u16, u16)) -> &mut Self {
        self.mouse(MouseEventKind::Down(MouseButton::Left), from.0, from.1);
        self.mouse(MouseEventKind::Drag(MouseButton::Left), to.0, to.1);
        self.mouse(MouseEventKind::Up(MouseButton::Left), to.0, to.1);
        self
    }

    fn place(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        for (y, line) in screen.lines().enumerate() {
            if let Some(at) = line.find(text) {
                return (text::width(&line[..at]) as u16, y as u16);
            }
        }
        panic!("`{text}` is not on screen:\n{screen}");
    }

    /// The screen as text, without the spaces at the ends of lines.
    pub fn screen(&self) -> String {
        self.grid(|cell| cell.symbol().to_owned())
    }

    /// The screen as letters of styles: `r` reverse, `b` bold, `d` dim, `x` crossed out, `u` underlined, capitals for
    /// colours (`G`reen, `Y`ellow, `R`ed, `B`lue, `C`yan, `M`agenta, `T`ruecolor), `.` plain. The first that holds.
    pub fn styles(&self) -> String {
        self.grid(|cell| {
            let letter = match (cell.modifier, cell.fg) {
                (modifier, _) if modifier.contains(Modifier::REVERSED) => 'r',
                (modifier, _) if modifier.contains(Modifier::CROSSED_OUT) => 'x',
                (_, Color::Green) => 'G',
                (_, Color::Yellow) => 'Y',
                (_, Color::Red) => 'R',
                (_, Color::Blue | Color::LightBlue) => 'B',
                (_, Color::Cyan) => 'C',
                (_, Color::Magenta) => 'M',
                (_, Color::Rgb(..)) => 'T',
                (modifier, _) if modifier.contains(Modifier::UNDERLINED) => 'u',
                (modifier, _) if modifier.contains(Modifier::BOLD) => 'b',
                (modifier, _) if modifier.contains(Modifier::DIM) => 'd',
                _ => '.',
            };
            if cell.symbol() == " " && letter != 'r' { " ".to_owned() } else { letter.to_string() }
        })
    }

    /// The cells of the row that the cursor is in.
    pub fn row_of_cursor(&mut self) -> Vec<ratatui::buffer::Cell> {
        let (_, y) = self.cursor();
        let buffer = self.terminal.backend().buffer();
        (0..buffer.area.width).filter_map(|x| buffer.cell((x, y)).cloned()).collect()
    }

    fn grid(&self, show: impl Fn(&ratatui::buffer::Cell) -> String) -> String {
        let buffer = self.terminal.backend().buffer();
        let mut out = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < buffer.area.width {
                let cell = &buffer[(x, y)];
                line.push_str(&show(cell));
                // The cell behind a wide character belongs to it.
                x += (text::width(cell.symbol()) as u16).max(1);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// The line with a text, trimmed.
    pub fn line(&self, text: &str) -> String {
        let screen = self.screen();
        let line = screen.lines().find(|line| line.contains(text));
        line.unwrap_or_else(|| panic!("`{text}` is not on screen:\n{screen}")).trim().to_owned()
    }

    /// Whether the screen has a text.
    pub fn has(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// Fails unless the screen has a text.
    pub fn sees(&mut self, text: &str) -> &mut Self {
        assert!(self.has(text), "`{text}` is not on screen:\n{}", self.screen());
        self
    }

    /// Fails if the screen has a text.
    pub fn misses(&mut self, text: &str) -> &mut Self {
        assert!(!self.has(text), "`{text}` is on screen:\n{}", self.screen());
        self
    }

    /// The path under the cursor.
    pub fn path(&self) -> String {
        let (image, node) = (self.app.image().unwrap(), self.app.node());
        node.map_or_else(String::new, |node| text::display(&image.tree.path(node)))
    }

    /// Where the hardware cursor is.
    pub fn cursor(&mut self) -> (u16, u16) {
        let position = self.terminal.backend_mut().get_cursor_position().unwrap();
        (position.x, position.y)
    }
}

/// A small shop: a base with a CMD that is replaced, packages whose lists are removed too late, a program, its owner
/// changed.
pub fn shop() -> Image {
    use common::Layer;
    let base = Layer::new()
        .dir("bin")
        .mode(0o755)
        .big("bin/sh", 200_000, 1)
        .dir("dev")
        .device("dev/null", b'3', 1, 3)
        .dir("etc")
        .file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        .file("etc/shop.conf", "[shop]\nname = old\nport = 80\n")
        .dir("usr")
        .dir("usr/bin")
        .mode(0o4755)
        .big("usr/bin/su", 60_000, 2)
        .hardlink("usr/bin/sg", "usr/bin/su")
        .dir("usr/lib")
        .mode(0o755)
        .big("usr/lib/libc.so.6", 1_900_000, 3)
        .symlink("usr/lib/libc.so", "libc.so.6")
        .dir("var");
    let update = Layer::new()
        .dir("var/lib")
        .dir("var/lib/apt")
        .dir("var/lib/apt/lists")
        .big("var/lib/apt/lists/main_Packages", 900_000, 4)
        .big("var/lib/apt/lists/universe_Packages", 400_000, 5);
    let app = Layer::new()
        .dir("srv")
        .file("srv/app.py", "import shop\n\nshop.serve(port=8000)\n")
        .file("srv/requirements.txt", "flask==3.0\n")
        .big("srv/logo.png", 24_000, 6);
    let install = Layer::new()
        .dir("usr/lib/python3")
        .dir("usr/lib/python3/flask")
        .file("usr/lib/python3/flask/__init__.py", "VERSION = 3\n")
        .big("usr/lib/python3/flask/app.py", 81_000, 7)
        .big("usr/lib/python3/flask/cli.py", 35_000, 8)
        .file("etc/shop.conf", "[shop]\nname = new\nport = 8000\n");
    let owner = Layer::new()
        .owner(1000, 1000)
        .dir("srv")
        .owner(1000, 1000)
        .file("srv/app.py", "import shop\n\nshop.serve(port=8000)\n")
        .owner(1000, 1000)
        .file("srv/requirements.txt", "flask==3.0\n")
        .owner(1000, 1000)
        .big("srv/logo.png", 24_000, 6);
    let clean = Layer::new().dir("var/lib/apt/lists").opaque("var/lib/apt/lists").whiteout("usr/bin/sg");
    Image::new("shop/web:2.4")
        .step("/bin/sh -c #(nop) ADD file:5d0c2f1b8a775d0c2f1b8a775d0c2f1b8a775d0c2f1b8a775d0c2f1b8a775d0c in / ", base)
        .empty("/bin/sh -c #(nop)  CMD [\"bash\"]")
        .step("/bin/sh -c apt-get update && apt-get install --yes --no-install-recommends python3", update)
        .step("/bin/sh -c #(nop) COPY dir:9a1c0f3d2b7e9a1c0f3d2b7e9a1c0f3d2b7e9a1c0f3d2b7e9a1c0f3d2b7e9a1c in /srv/ ", app)
        .empty("/bin/sh -c #(nop)  ENV SHOP_ENV=production")
        .step("/bin/sh -c pip install --requirement /srv/requirements.txt && sed --in-place s/old/new/ /etc/shop.conf", install)
        .step("/bin/sh -c chown --recursive 1000:1000 /srv", owner)
        .step("/bin/sh -c rm -rf /var/lib/apt/lists/* /usr/bin/sg", clean)
        .empty("/bin/sh -c #(nop)  EXPOSE 8000")
        .empty("/bin/sh -c #(nop)  USER 1000")
        .empty("/bin/sh -c #(nop)  CMD [\"python3\" \"/srv/app.py\"]")
        .config(serde_json::json!({
            "Cmd": ["python3", "/srv/app.py"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SHOP_ENV=production"],
            "ExposedPorts": {"8000/tcp": {}},
            "User": "1000",
            "Labels": {"org.opencontainers.image.source": "https://shop.example/web"},
        }))
}
