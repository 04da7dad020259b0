//! What the machine around the program says: battery, printer.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A printing system that is asked over a network may never answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// How full the fullest battery is, in per cent, and whether it is being charged; `None` on a machine
/// without one, or where the system does not say.
pub(super) fn battery() -> Option<(u8, bool)> {
    let manager = starship_battery::Manager::new().ok()?;
    let batteries = manager.batteries().ok()?.flatten();
    let told = batteries.map(|battery| {
        let full = battery.state_of_charge().value.clamp(0.0, 1.0) * 100.0;
        let draining = battery.state() == starship_battery::State::Discharging;
        // Clamped above: it fits.
        (full.round() as u8, !draining)
    });
    told.max_by_key(|(full, _)| *full)
}

/// How many printers the system knows; `None` where it cannot be asked: without CUPS, and on Windows.
pub(super) fn printers() -> Option<usize> {
    if cfg!(windows) {
        return None;
    }
    let mut asked = Command::new("lpstat")
        .arg("-e")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    while asked.try_wait().ok()?.is_none() {
        if begun.elapsed() > ANSWER_MAX {
            let _ = asked.kill();
            let _ = asked.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = asked.wait_with_output().ok()?.stdout;
    let names = String::from_utf8_lossy(&told);
    Some(names.lines().filter(|name| !name.trim().is_empty()).count())
}
