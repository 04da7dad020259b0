//! A photo's way in: announced, piece by piece, then saved.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::net::IpAddr;
use std::path::Path;
use std::sync::PoisonError;

use anyhow::Result;
use xunan_core::PhotoTarget;
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::photo::PHOTO_BYTES_MAX;
use xunan_platform::{Disk as _, RealDisk, is_disk_full};

use crate::session::{Arrival, Inner, Key, Session, Standing, now_ms};
use crate::view::{PhoneOffer, PhoneProgress, PhoneRefusal};

/// As long as the name of a photo may be, in characters.
const NAME_CHARS_MAX: usize = 255;

impl Session {
    /// A phone wants to send a photo. Announcing it again tells how far it is.
    ///
    /// # Errors
    /// Why it may not.
    pub(crate) fn offer(
        &self,
        from: IpAddr,
        offer: PhoneOffer,
    ) -> Result<PhoneProgress, PhoneRefusal> {
        if offer.bytes == 0 {
            return Err(PhoneRefusal::Empty);
        }
        if offer.bytes > PHOTO_BYTES_MAX {
            return Err(PhoneRefusal::TooLarge);
        }
        let key = Key {
            place: offer.place,
            sha256: offer.sha256,
        };
        let name: String = offer.name.chars().take(NAME_CHARS_MAX).collect();
        let target = self.target(key, &name).ok_or(PhoneRefusal::Unknown)?;
        // The program may have been closed after the photo was saved and before the phone heard.
        let known = self.app.photo_known(&target, key.sha256).map_err(failed)?;
        let room = RealDisk
            .free(self.folder())
            .map_err(|error| failed(error.into()))?;
        let mut inner = self.inner();
        if let Some(arrival) = inner.arrivals.iter_mut().find(|one| one.key == key) {
            if arrival.bytes != offer.bytes {
                return Err(PhoneRefusal::WrongDigest);
            }
            if let Standing::Refused(_) = arrival.standing {
                arrival.standing = Standing::Coming;
            }
            arrival.touched_ms = now_ms();
            return Ok(arrival.progress());
        }
        if !known {
            self.check_room(&mut inner, offer.bytes, room)?;
        }
        let arrival = Arrival {
            key,
            name,
            bytes: offer.bytes,
            offset: if known { offer.bytes } else { 0 },
            from,
            standing: if known {
                Standing::Saved
            } else {
                Standing::Coming
            },
            touched_ms: now_ms(),
            turn: std::sync::Arc::default(),
        };
        let progress = arrival.progress();
        inner.arrivals.push(arrival);
        Ok(progress)
    }

    /// A piece of a photo that was announced. What of it is here already, or does not follow on what
    /// is here, changes nothing; the answer tells how far the photo is. The answer to the last piece says `done` when the photo is saved.
    ///
    /// # Errors
    /// Why it is not taken.
    pub(crate) fn piece(
        &self,
        key: Key,
        offset: u64,
        piece: &[u8],
    ) -> Result<PhoneProgress, PhoneRefusal> {
        let turn = self.arrival(key, |one| std::sync::Arc::clone(&one.turn))?;
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (progress, bytes, standing) =
            self.arrival(key, |one| (one.progress(), one.bytes, one.standing))?;
        match standing {
            Standing::Coming => {}
            Standing::Refused(why) => return Err(why),
            Standing::Saved => return Ok(progress),
        }
        // Browsers send again by themselves what was cut, from where it began: the rest is new.
        let here = progress.offset;
        let Some(known) = here.checked_sub(offset) else {
            return Ok(progress);
        };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        let fresh = piece.get(known..).unwrap_or_default();
        if fresh.is_empty() && here < bytes {
            return Ok(progress);
        }
        let end = here + fresh.len() as u64;
        let taken = if end > bytes {
            Err(PhoneRefusal::WrongDigest)
        } else if here == 0 && xunan_picture::Kind::of(fresh).is_none() {
            Err(PhoneRefusal::NotAnImage)
        } else {
            append(&self.part(key), here, fresh).map_err(|error| disk(error.into()))
        };
        let taken = taken.and_then(|()| {
            self.arrival_mut(key, |one| one.offset = end)?;
            if end == bytes {
                self.finish(key)
            } else {
                Ok(())
            }
        });
        if let Err(why) = taken {
            self.refuse(key, why);
            return Err(why);
        }
        self.arrival(key, Arrival::progress)
    }

    /// All bytes are here. Nobody is told that the photo is saved before this returns.
    fn finish(&self, key: Key) -> Result<(), PhoneRefusal> {
        let _one = self
            .finishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name = self.arrival(key, |one| one.name.clone())?;
        let target = self.target(key, &name).ok_or(PhoneRefusal::Unknown)?;
        let part = self.part(key);
        if !self.app.photo_known(&target, key.sha256).map_err(failed)? {
            let bytes = fs::read(&part).map_err(|error| disk(error.into()))?;
            if Digest::of(&bytes) != key.sha256 {
                return Err(PhoneRefusal::WrongDigest);
            }
            self.app.photo_add(target, &bytes).map_err(disk)?;
        }
        let _ = fs::remove_file(&part);
        self.arrival_mut(key, |one| one.standing = Standing::Saved)
    }

    /// What cannot be mended by sending the same bytes again begins anew.
    fn refuse(&self, key: Key, why: PhoneRefusal) {
        let begins_anew = !matches!(why, PhoneRefusal::DiskFull | PhoneRefusal::Failed);
        if begins_anew {
            let _ = fs::remove_file(self.part(key));
        }
        let _ = self.arrival_mut(key, |one| {
            one.standing = Standing::Refused(why);
            if begins_anew {
                one.offset = 0;
            }
        });
    }

    /// Whether there is room for one more, after those that nobody sends any more have made some.
    fn check_room(&self, inner: &mut Inner, bytes: u64, free: u64) -> Result<(), PhoneRefusal> {
        let limits = &self.limits;
        let sum = |arrivals: &[Arrival]| arrivals.iter().map(|one| one.bytes).sum::<u64>();
        if inner.arrivals.len() >= limits.photos_max
            || sum(&inner.arrivals) + bytes > limits.bytes_max
        {
            return Err(PhoneRefusal::TooMany);
        }
        // For a moment a photo is there twice: as a part and as what it becomes.
        if free < limits.free_bytes_min + 2 * bytes {
            return Err(PhoneRefusal::DiskFull);
        }
        if self.has_room(inner, bytes) {
            return Ok(());
        }
        let idle = now_ms().saturating_sub(limits.part_idle_ms);
        inner.arrivals.retain(|one| {
            let keep = one.standing != Standing::Coming || one.touched_ms > idle;
            if !keep {
                let _ = fs::remove_file(self.part(one.key));
            }
            keep
        });
        if self.has_room(inner, bytes) {
            Ok(())
        } else {
            Err(PhoneRefusal::Busy)
        }
    }

    fn has_room(&self, inner: &Inner, bytes: u64) -> bool {
        let coming = || {
            inner
                .arrivals
                .iter()
                .filter(|one| one.standing == Standing::Coming)
        };
        coming().count() < self.limits.parts_max
            && coming().map(|one| one.bytes).sum::<u64>() + bytes <= self.limits.parts_bytes_max
    }

    fn target(&self, key: Key, name: &str) -> Option<PhotoTarget> {
        let inner = self.inner();
        let place = inner.places.get(key.place)?;
        Some(PhotoTarget {
            name: name.to_owned(),
            ..place.target.clone()
        })
    }

    fn arrival<T>(&self, key: Key, read: impl FnOnce(&Arrival) -> T) -> Result<T, PhoneRefusal> {
        let inner = self.inner();
        let found = inner.arrivals.iter().find(|one| one.key == key);
        found.map(read).ok_or(PhoneRefusal::Unknown)
    }

    fn arrival_mut(&self, key: Key, change: impl FnOnce(&mut Arrival)) -> Result<(), PhoneRefusal> {
        let mut inner = self.inner();
        let found = inner.arrivals.iter_mut().find(|one| one.key == key);
        let arrival = found.ok_or(PhoneRefusal::Unknown)?;
        arrival.touched_ms = now_ms();
        change(arrival);
        Ok(())
    }
}

impl Arrival {
    fn progress(&self) -> PhoneProgress {
        PhoneProgress {
            offset: self.offset,
            done: self.standing == Standing::Saved,
        }
    }
}

/// Writes a piece where it belongs; what a write that failed left behind is overwritten.
fn append(part: &Path, offset: u64, piece: &[u8]) -> io::Result<()> {
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(part)?;
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(piece)
}

/// What the disk or the core says, as a reason that a phone can show.
fn disk(error: anyhow::Error) -> PhoneRefusal {
    if error.downcast_ref::<io::Error>().is_some_and(is_disk_full) {
        return PhoneRefusal::DiskFull;
    }
    match error.downcast_ref::<Fault>().map(|fault| fault.key) {
        Some("inspection_finished") => PhoneRefusal::Finished,
        Some("disk_full") => PhoneRefusal::DiskFull,
        Some("photo_not_an_image") => PhoneRefusal::NotAnImage,
        _ => failed(error),
    }
}

fn failed(error: anyhow::Error) -> PhoneRefusal {
    tracing::error!(error = format!("{error:#}"), "a photo from a phone");
    PhoneRefusal::Failed
}
