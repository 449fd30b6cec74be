//! Wall clock and peak memory of whole processes.

use std::process::{Command, Stdio};
use std::time::Instant;

/// A command to run again and again.
pub struct Run {
    program: String,
    arguments: Vec<String>,
}

impl Run {
    pub fn program(program: &str, arguments: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
        }
    }

    pub fn shell(script: &str) -> Self {
        Self::program("sh", &["-c", script])
    }

    /// Runs it; milliseconds.
    pub fn once(&self) -> f64 {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::null());
        let start = Instant::now();
        let status = command.status().unwrap();
        let time = start.elapsed().as_secs_f64() * 1000.0;
        assert!(status.success(), "{command:?} failed");
        time
    }

    pub fn times(&self, runs: usize) -> Vec<f64> {
        (0..runs).map(|_| self.once()).collect()
    }

    /// Peak resident memory in kB, where GNU time is installed.
    pub fn peak(&self) -> Option<u64> {
        if !available("/usr/bin/time") {
            return None;
        }
        let mut command = Command::new("/usr/bin/time");
        command.args(["-f", "%M", &self.program]).args(&self.arguments).stdout(Stdio::null());
        let output = command.output().unwrap();
        String::from_utf8(output.stderr).unwrap().lines().last()?.parse().ok()
    }
}

/// Whether a program can be started.
pub fn available(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

pub fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
