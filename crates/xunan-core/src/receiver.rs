//! A satellite receiver at a serial or USB port: it tells where the laptop is, and what time it is.

mod sentence;

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serialport::SerialPortType;
use xunan_model::fault::check_length;
use xunan_model::photo::place::{Position, PositionSource};
use xunan_model::photo::{Camera, Clock, PhotoSource};

use self::sentence::{Fix, Heard, Listener, SENTENCE_BYTES_MAX};
use crate::app::App;
use crate::install::Shared;
use crate::platform;
use crate::store::{Origin, setting};
use crate::view::{PortView, ReceiverState, ReceiverView};

/// The speeds that receivers talk at, the usual one first.
const SPEEDS: [u32; 4] = [9_600, 4_800, 38_400, 115_200];
/// A receiver talks once a second; after so long without a sound sentence the next speed is tried.
const LISTEN: Duration = Duration::from_secs(3);
const READ_TIMEOUT: Duration = Duration::from_millis(300);
const RETRY: Duration = Duration::from_secs(2);
/// A place is used for a photo while it is no older.
const FRESH: TimeDelta = TimeDelta::seconds(30);
/// A photo was taken here and now when its camera's clock says so, give or take this.
const NOW: TimeDelta = TimeDelta::minutes(5);

/// The receiver, if one is listened to.
#[derive(Debug, Default)]
pub(crate) struct Receiver {
    at: Mutex<Option<Listening>>,
}

/// One port that is listened to.
#[derive(Debug)]
struct Listening {
    port: String,
    told: Arc<Mutex<Told>>,
    stop: Arc<AtomicBool>,
}

/// What has been heard.
#[derive(Debug, Default, Clone)]
struct Told {
    /// The port is open.
    open: bool,
    /// A sound sentence was heard since it was opened.
    heard: bool,
    fix: Option<(Fix, DateTime<Utc>)>,
}

impl Receiver {
    /// Listens to a port from now on, in place of any other.
    fn start(&self, port: &str) -> io::Result<()> {
        self.stop();
        let told = Arc::new(Mutex::new(Told::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let (name, shared, ended) = (port.to_owned(), Arc::clone(&told), Arc::clone(&stop));
        std::thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || listen(&name, &shared, &ended))?;
        *lock(&self.at) = Some(Listening {
            port: port.to_owned(),
            told,
            stop,
        });
        Ok(())
    }

    fn stop(&self) {
        if let Some(listening) = lock(&self.at).take() {
            listening.stop.store(true, Ordering::Relaxed);
        }
    }

    /// The place as it is now, and how the laptop's clock stands against the satellites'.
    pub(crate) fn now(&self) -> Option<(Position, Option<Clock>)> {
        let told = lock(&self.at).as_ref().map(|at| lock(&at.told).clone())?;
        let (fix, heard) = told.fix?;
        (platform::now() - heard <= FRESH).then(|| (position(&fix), clock(&fix, heard)))
    }

    fn view(&self) -> ReceiverView {
        let at = lock(&self.at);
        let Some(listening) = at.as_ref() else {
            return ReceiverView::default();
        };
        let told = lock(&listening.told).clone();
        let fresh = told
            .fix
            .filter(|(_, heard)| platform::now() - *heard <= FRESH);
        ReceiverView {
            port: Some(listening.port.clone()),
            state: match (told.open, told.heard, fresh) {
                (false, ..) => ReceiverState::Unplugged,
                (true, false, _) => ReceiverState::Silent,
                (true, true, None) => ReceiverState::Searching,
                (true, true, Some(_)) => ReceiverState::Fix,
            },
            satellites: fresh.and_then(|(fix, _)| fix.satellites),
            clock_ahead_s: fresh
                .and_then(|(fix, heard)| clock(&fix, heard))
                .map(|clock| clock.ahead_ms / 1_000),
            position: fresh.map(|(fix, _)| position(&fix)),
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where a photo was taken by the receiver's word: only one that was taken here and now. A file from
/// yesterday's camera was somewhere else.
pub(crate) fn place_of(
    shared: &Shared,
    source: &PhotoSource,
    camera: Option<&Camera>,
) -> Option<(Position, Option<Clock>)> {
    let taken = camera.and_then(Camera::taken_at);
    let just_now = taken.is_some_and(|taken| (platform::now() - taken).abs() <= NOW);
    (*source == PhotoSource::Webcam || just_now)
        .then(|| shared.receiver.now())
        .flatten()
}

impl App {
    /// The ports at which a receiver may be.
    ///
    /// # Errors
    /// When the system does not tell them.
    pub fn port_list(&self) -> Result<Vec<PortView>> {
        let ports = serialport::available_ports()?;
        Ok(ports
            .into_iter()
            .map(|port| PortView {
                about: match port.port_type {
                    SerialPortType::UsbPort(usb) => usb.product.or(usb.manufacturer),
                    _ => None,
                }
                .unwrap_or_default(),
                name: port.port_name,
            })
            .collect())
    }

    /// Listens to the receiver at a port, now and after every start; `None`: to none any more.
    ///
    /// # Errors
    /// `text_too_long`; when the setting cannot be kept.
    pub fn receiver_choose(&self, port: Option<&str>) -> Result<ReceiverView> {
        check_length(port.unwrap_or_default(), 200, "port")?;
        self.shared.store.write(Origin::Remote, |tx| {
            setting::choose(tx.conn(), setting::RECEIVER, port)
        })?;
        self.shared.receiver.stop();
        follow(&self.shared)?;
        Ok(self.shared.receiver.view())
    }

    /// What the receiver says.
    #[must_use]
    pub fn receiver_status(&self) -> ReceiverView {
        self.shared.receiver.view()
    }
}

/// Listens to the port that was chosen, if one was.
pub(crate) fn follow(shared: &Shared) -> Result<()> {
    let port = shared
        .store
        .read(|conn| setting::get(conn, setting::RECEIVER))?;
    if let Some(port) = port {
        shared.receiver.start(&port)?;
    }
    Ok(())
}

fn position(fix: &Fix) -> Position {
    Position {
        source: PositionSource::Receiver,
        point: Some(fix.point),
        accuracy_m: fix.accuracy_m,
        altitude_m: fix.altitude_m,
        at: fix.at,
        words: String::new(),
    }
}

fn clock(fix: &Fix, heard: DateTime<Utc>) -> Option<Clock> {
    let told = fix.at?;
    Some(Clock {
        told_by: "receiver".to_owned(),
        told,
        ahead_ms: (heard - told).num_milliseconds(),
    })
}

/// Opens the port again and again, at one speed after the other, until it is told to stop.
fn listen(port: &str, told: &Mutex<Told>, stop: &AtomicBool) {
    let mut speeds = SPEEDS.into_iter().cycle();
    let mut speed = SPEEDS[0];
    while !stop.load(Ordering::Relaxed) {
        let opened = serialport::new(port, speed).timeout(READ_TIMEOUT).open();
        let understood = match opened {
            Ok(mut line) => {
                *lock(told) = Told {
                    open: true,
                    ..Told::default()
                };
                hear(&mut line, told, stop)
            }
            Err(_) => false,
        };
        lock(told).open = false;
        if !understood {
            speed = speeds.next().unwrap_or(SPEEDS[0]);
        }
        if !stop.load(Ordering::Relaxed) {
            std::thread::sleep(RETRY);
        }
    }
}

/// Hears what comes over an open line, until it closes or nothing sound has come for a while. Says
/// whether anything sound came: then the speed was right.
fn hear(line: &mut impl Read, told: &Mutex<Told>, stop: &AtomicBool) -> bool {
    let mut listener = Listener::default();
    let (mut text, mut piece) = (Vec::new(), [0; 256]);
    let (mut sound, mut last) = (false, Instant::now());
    while !stop.load(Ordering::Relaxed) && last.elapsed() < LISTEN {
        let count = match line.read(&mut piece) {
            Ok(0) => return sound,
            Ok(count) => count,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
                ) =>
            {
                continue;
            }
            Err(_) => return sound,
        };
        for byte in &piece[..count] {
            if *byte != b'\n' {
                text.push(*byte);
                if text.len() > SENTENCE_BYTES_MAX {
                    text.clear();
                }
                continue;
            }
            let heard = listener.hear(&String::from_utf8_lossy(&text));
            text.clear();
            if heard == Heard::Noise {
                continue;
            }
            (sound, last) = (true, Instant::now());
            let mut told = lock(told);
            told.heard = true;
            if let Heard::Fix(fix) = heard {
                told.fix = Some((fix, platform::now()));
            }
        }
    }
    sound
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One second of a receiver's talk.
    fn second() -> Vec<u8> {
        let rmc = "GNRMC,020304.00,A,2939.4680,N,09107.0320,E,0.1,0.0,251126,,,A";
        let gga = "GNGGA,020304.00,2939.4680,N,09107.0320,E,1,11,1.3,3650.4,M,-32.0,M,,";
        let sentence = |body: &str| {
            let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
            format!("${body}*{sum:02X}\r\n")
        };
        (sentence(rmc) + &sentence(gga)).into_bytes()
    }

    fn wait(what: &str, mut until: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !until() {
            assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn noise_and_endless_lines_are_passed_over() {
        let mut bytes = vec![b'x'; 10_000];
        bytes.extend(b"\r\n\xff\xfe\r\n");
        bytes.extend(second());
        let told = Mutex::new(Told::default());
        assert!(hear(&mut bytes.as_slice(), &told, &AtomicBool::new(false)));
        let (fix, _) = lock(&told).fix.unwrap();
        assert_eq!((fix.accuracy_m, fix.satellites), (Some(7), Some(11)));
        let silent = Mutex::new(Told::default());
        assert!(!hear(
            &mut &b"rubbish\r\n"[..],
            &silent,
            &AtomicBool::new(false)
        ));
    }

    #[cfg(unix)]
    #[test]
    fn a_receiver_at_a_port_is_heard_lost_and_heard_again() {
        use std::io::Write as _;

        use serialport::{SerialPort as _, TTYPort};

        let (mut satellites, end) = TTYPort::pair().unwrap();
        let port = end.name().unwrap();
        // One program at a time holds a port.
        drop(end);
        let receiver = Receiver::default();
        receiver.start(&port).unwrap();
        wait("the port is opened", || {
            receiver.view().state == ReceiverState::Silent
        });
        wait("the place is known", || {
            satellites.write_all(&second()).unwrap();
            receiver.view().state == ReceiverState::Fix
        });
        let (position, clock) = receiver.now().unwrap();
        assert_eq!(position.point.unwrap().lat_e7, 296_578_000);
        assert_eq!(clock.unwrap().told_by, "receiver");
        drop(satellites);
        wait("the loss is noticed", || {
            receiver.view().state == ReceiverState::Unplugged
        });
    }
}
