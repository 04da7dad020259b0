//! One simulated day: people work, everything goes wrong, then it heals.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::task::LocalSet;
use tokio::time::Instant;
use xunan_core::sync::driver::Signal;
use xunan_platform::{simulate_seed, simulate_time};
use xunan_server::store::Store as _;
use xunan_simdisk::SimDisk;

use super::chance::Chance;
use super::check;
use super::clock::Clock;
use super::laptop::{Laptop, pause};
use super::net::{Net, Weather};
use super::office::Office;

/// How often each class of fault happened.
pub type Faults = BTreeMap<&'static str, u64>;

/// The classes of fault, besides those that the network counts by itself.
const CLASSES: [&str; 13] = [
    "connection cut",
    "silent partition",
    "late and duplicate",
    "laptop crash with lost writes",
    "laptop killed",
    "server power cut",
    "clock jump",
    "server restored from a backup",
    "laptop cloned",
    "laptop restored from an old image",
    "disk full",
    "slow link",
    "scope given or taken away",
];

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The faults, by class.
    pub faults: Faults,
    /// Things that were called saved.
    pub saved: usize,
    /// Changes at the server in the end.
    pub changes: usize,
    /// Simulated seconds until everything was quiet after healing.
    pub healed_in: u64,
}

/// Runs one simulation of `minutes` of trouble.
///
/// # Errors
/// Which promise was broken, and when.
pub fn run(seed: u64, minutes: u64) -> Result<Outcome> {
    simulate_seed(seed);
    xunan_simdisk::seed_sqlite_random(seed as u32);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()?;
    let outcome = LocalSet::new().block_on(&runtime, async {
        let mut world = World::new(seed).await?;
        world.trouble(minutes).await?;
        world.heal().await
    });
    simulate_time(None);
    outcome.with_context(|| format!("seed {seed}, {minutes} minutes"))
}

struct World {
    origin: Instant,
    chance: Chance,
    office: Office,
    laptops: Vec<Laptop>,
    faults: Faults,
    /// An old copy of the server's disk.
    backup: Option<SimDisk>,
    /// Old copies of laptops: whose, the disk, what was saved by then.
    images: Vec<(usize, SimDisk, Vec<String>)>,
    /// What a passing fault has to be undone, and when.
    undo: Vec<(Instant, Undo)>,
}

#[derive(Debug, Clone, Copy)]
enum Undo {
    Weather(usize),
    LaptopFull(usize),
    ServerFull,
    ServerUp,
}

impl World {
    async fn new(seed: u64) -> Result<Self> {
        let origin = Instant::now();
        let chance = Chance::new(seed);
        let clock = Clock::new(origin);
        // What no machine does is done at the beginning.
        clock.at(|| simulate_time(xunan_platform::simulated_time()));
        let mut office = Office::new(SimDisk::new(chance.next()), clock.clone())?;
        let mut laptops = Vec::new();
        for (name, login) in [("A", "jia"), ("B", "yi"), ("C", "zhan")] {
            let enrolled = clock.run(office.enrol(name)).await?;
            let net = Net::new(office.door.clone(), &enrolled.token, chance.clone());
            let mut laptop = Laptop::new(
                name,
                login,
                SimDisk::new(chance.next()),
                Clock::new(origin),
                net,
                chance.clone(),
            );
            laptop.start()?;
            let program = laptop.program()?.clone();
            laptop.clock.at(|| program.enrolled(&enrolled))?;
            laptop.connect();
            laptops.push(laptop);
        }
        tokio::time::sleep(Duration::from_secs(20)).await;
        office.clock = clock;
        Ok(Self {
            origin,
            chance,
            office,
            laptops,
            faults: Faults::new(),
            backup: None,
            images: Vec::new(),
            undo: Vec::new(),
        })
    }

    async fn trouble(&mut self, minutes: u64) -> Result<()> {
        let end = self.origin + Duration::from_secs(minutes * 60);
        let mut acts: Vec<Instant> = self.laptops.iter().map(|_| Instant::now()).collect();
        let mut next_fault = Instant::now();
        while Instant::now() < end {
            let now = Instant::now();
            acts.resize(self.laptops.len(), now);
            for (laptop, act) in self.laptops.iter_mut().zip(&mut acts) {
                if *act <= now {
                    laptop.act();
                    *act = now + pause(&self.chance);
                }
            }
            self.undo_due(now)?;
            if next_fault <= now {
                let class = CLASSES[usize::try_from(self.chance.below(CLASSES.len() as u64))?];
                self.fault(class).await.context(class)?;
                next_fault = now + Duration::from_millis(2_000 + self.chance.below(25_000));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Ok(())
    }

    fn count(&mut self, class: &'static str) {
        *self.faults.entry(class).or_default() += 1;
    }

    fn weather(&mut self, who: usize, weather: Weather, seconds: u64) {
        self.laptops[who].net.weather.set(weather);
        let until = Instant::now() + Duration::from_secs(seconds);
        self.undo.push((until, Undo::Weather(who)));
    }

    async fn fault(&mut self, class: &'static str) -> Result<()> {
        let who = usize::try_from(self.chance.below(self.laptops.len() as u64))?;
        let seconds = 5 + self.chance.below(90);
        let fine = Weather::FINE;
        match class {
            "connection cut" => {
                let cut = 0.02 + self.chance.below(20) as f64 / 100.0;
                self.weather(who, Weather { cut, ..fine }, seconds);
            }
            "silent partition" => {
                let silent = true;
                self.weather(who, Weather { silent, ..fine }, seconds);
            }
            "late and duplicate" => {
                let twice = 0.5;
                let rtt = Duration::from_millis(3_000);
                self.weather(who, Weather { twice, rtt, ..fine }, seconds);
            }
            "slow link" => {
                let (rate, rtt) = (3_000, Duration::from_millis(1_500));
                self.weather(who, Weather { rate, rtt, ..fine }, seconds);
            }
            "laptop crash with lost writes" => {
                self.laptops[who].stop();
                self.laptops[who].disk.crash();
                self.reopen(who)?;
            }
            "laptop killed" => {
                self.laptops[who].stop();
                self.laptops[who].disk.kill();
                self.reopen(who)?;
            }
            "server power cut" => self.power_cut(seconds)?,
            "clock jump" => {
                let hours = i64::try_from(self.chance.below(48_000))? - 24_000;
                self.laptops[who].clock.set_off(hours * 3_600);
            }
            "server restored from a backup" => return self.backup_or_restore().await,
            "laptop cloned" => return self.clone_of(who),
            "laptop restored from an old image" => return self.image_or_restore(who),
            "scope given or taken away" => return self.scope_toggled(who).await,
            "disk full" => {
                let until = Instant::now() + Duration::from_secs(seconds);
                if self.chance.happens(0.5) {
                    self.laptops[who].disk.set_full(true);
                    self.undo.push((until, Undo::LaptopFull(who)));
                } else {
                    self.office.disk.set_full(true);
                    self.undo.push((until, Undo::ServerFull));
                }
            }
            other => bail!("no such fault: {other}"),
        }
        self.count(class);
        Ok(())
    }

    /// Switches a laptop on again, and looks whether all is there.
    fn reopen(&mut self, who: usize) -> Result<()> {
        // A full disk must not keep it from opening: people make room first.
        self.laptops[who].disk.set_full(false);
        self.laptops[who].start()?;
        check::saved(&self.laptops[who])?;
        self.laptops[who].connect();
        Ok(())
    }

    fn power_cut(&mut self, seconds: u64) -> Result<()> {
        if self.office.store.is_none() {
            return Ok(());
        }
        let acked = check::acked(&self.office, &self.laptops)?;
        self.office.stop();
        self.office.disk.crash();
        self.office.disk.set_full(false);
        self.office.start()?;
        check::still_acked(&self.office, &acked)?;
        check::gapless(&self.office)?;
        check::whole_blobs(&self.office)?;
        // Sometimes it stays away for a while.
        if self.chance.happens(0.5) {
            self.office.stop();
            self.office.disk.kill();
            let until = Instant::now() + Duration::from_secs(seconds);
            self.undo.push((until, Undo::ServerUp));
        }
        Ok(())
    }

    async fn backup_or_restore(&mut self) -> Result<()> {
        if self.backup.is_none() {
            self.backup = Some(self.office.disk.snapshot());
            return Ok(());
        }
        // What only the server and other people's laptops have is lost when both its author's disk
        // and the server's are: no program brings that back. So the author catches up in between.
        if !self.caught_up()? {
            return Ok(());
        }
        let backup = self.backup.take().context("a backup")?;
        self.office.stop();
        self.office.disk.kill();
        self.office.disk = backup;
        self.office.disk.set_full(false);
        self.office.start()?;
        self.office
            .clock
            .clone()
            .run(self.office.store()?.epoch_renew())
            .await?;
        self.office.entered_again().await?;
        self.count("server restored from a backup");
        Ok(())
    }

    /// Whether every laptop that was restored from an old image has fetched its lost work back.
    fn caught_up(&mut self) -> Result<bool> {
        for place in 0..self.laptops.len() {
            let Some((epoch, n)) = self.laptops[place].owed.clone() else {
                continue;
            };
            let program = self.laptops[place].program()?;
            let known = program.lines("SELECT value FROM setting WHERE key = 'server_epoch'")?;
            let in_epoch = program.lines("SELECT cast(server_epoch AS text) FROM scope")?;
            if known.concat() != epoch || in_epoch.concat() != epoch || program.set()?.count < n {
                return Ok(false);
            }
            self.laptops[place].owed = None;
        }
        Ok(true)
    }

    /// Where the server's own numbers are now.
    fn server_at(&self) -> Result<(String, u64)> {
        let n = self
            .office
            .lines("SELECT cast(coalesce(max(n), 0) AS text) FROM scope WHERE name = (SELECT scope FROM device_scope WHERE place = 0 LIMIT 1)")?;
        let epoch = self
            .office
            .lines("SELECT cast(server_epoch AS text) FROM meta")?;
        Ok((epoch.concat(), n.concat().parse()?))
    }

    /// A copy of a laptop's disk begins to live beside it.
    fn clone_of(&mut self, who: usize) -> Result<()> {
        const LAPTOPS_MAX: usize = 5;
        if self.laptops.len() >= LAPTOPS_MAX {
            return Ok(());
        }
        let original = &self.laptops[who];
        let mut clone = Laptop::new(
            &format!("{}'{}", original.name, self.laptops.len()),
            original.login,
            original.disk.snapshot(),
            Clock::new(self.origin),
            original.net.again(),
            self.chance.clone(),
        );
        clone.disk.set_full(false);
        clone.start()?;
        clone.connect();
        self.laptops.push(clone);
        self.count("laptop cloned");
        Ok(())
    }

    /// The neighbour writes something, and a laptop may see it from now on, or no longer.
    async fn scope_toggled(&mut self, who: usize) -> Result<()> {
        if self.office.store.is_none() {
            return Ok(());
        }
        let device = self.laptops[who]
            .program()?
            .lines("SELECT device FROM device")?
            .concat()
            .parse()?;
        // A full disk may refuse; then nothing was given.
        let nth = self.chance.next();
        if self.office.neighbour_toggled(device, nth).await.is_ok() {
            self.count("scope given or taken away");
        }
        Ok(())
    }

    fn image_or_restore(&mut self, who: usize) -> Result<()> {
        if let Some(place) = self.images.iter().position(|(whose, ..)| *whose == who) {
            // What the disk held must come back from the server: one that was put back itself has to
            // have heard of it first.
            if self.office.store.is_none() {
                return Ok(());
            }
            let owed = self.server_at()?;
            let program = self.laptops[who].program()?;
            let known = program.lines("SELECT value FROM setting WHERE key = 'server_epoch'")?;
            let open = program.lines("SELECT 'open' FROM recheck")?;
            if known.concat() != owed.0 || !open.is_empty() || program.waiting()?.0 > 0 {
                return Ok(());
            }
            let (_, disk, saved) = self.images.remove(place);
            let laptop = &mut self.laptops[who];
            laptop.stop();
            laptop.disk.kill();
            laptop.disk = disk;
            // What was saved since then is gone with the old disk, unless the server has it.
            laptop.saved = saved;
            laptop.owed = Some(owed);
            self.reopen(who)?;
            self.count("laptop restored from an old image");
        } else if self.laptops[who].headless.is_some() {
            let laptop = &self.laptops[who];
            let image = (who, laptop.disk.snapshot(), laptop.saved.clone());
            self.images.push(image);
        }
        Ok(())
    }

    fn undo_due(&mut self, now: Instant) -> Result<()> {
        let (due, rest): (Vec<_>, Vec<_>) = self.undo.drain(..).partition(|(at, _)| *at <= now);
        self.undo = rest;
        for (_, undo) in due {
            match undo {
                Undo::Weather(who) => self.laptops[who].net.weather.set(Weather::FINE),
                Undo::LaptopFull(who) => self.laptops[who].disk.set_full(false),
                Undo::ServerFull => self.office.disk.set_full(false),
                Undo::ServerUp if self.office.store.is_none() => {
                    self.office.disk.set_full(false);
                    self.office.start()?;
                }
                Undo::ServerUp => {}
            }
        }
        Ok(())
    }

    /// Everything is well again: within bounded time all must agree.
    async fn heal(mut self) -> Result<Outcome> {
        const BOUND: Duration = Duration::from_secs(90 * 60);
        self.undo_due(Instant::now() + Duration::from_secs(86_400))?;
        for laptop in &mut self.laptops {
            laptop.disk.set_full(false);
            laptop.net.weather.set(Weather::FINE);
            laptop.wake(Signal::Now);
        }
        self.office.disk.set_full(false);
        let begun = Instant::now();
        while !self.quiet().await? {
            if begun.elapsed() > BOUND {
                let mut states = Vec::new();
                for laptop in &self.laptops {
                    let program = laptop.program()?;
                    let (waiting, standing) = (program.waiting()?, program.standing()?);
                    states.push(format!("{} {waiting:?} {standing:?}", laptop.name));
                }
                bail!("(11) no rest after {BOUND:?}: {states:#?}");
            }
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        let healed_in = begun.elapsed().as_secs();
        for laptop in &self.laptops {
            check::saved(laptop)?;
        }
        check::gapless(&self.office)?;
        check::whole_blobs(&self.office)?;
        let happened = |class| self.faults.contains_key(class);
        let clones = happened("laptop cloned") || happened("laptop restored from an old image");
        let once = match (clones, happened("server restored from a backup")) {
            (false, _) => check::Once::InTheLog,
            (true, false) => check::Once::AsAnAction,
            (true, true) => check::Once::InTheRecords,
        };
        check::converged(&self.office, &self.laptops, once)?;
        for laptop in &self.laptops {
            let harm = &laptop.net.harm;
            for (class, count) in [
                ("… cuts", &harm.cuts),
                ("… lost replies", &harm.lost_replies),
                ("… requests that came twice", &harm.twice),
                ("… things that vanished", &harm.vanished),
            ] {
                *self.faults.entry(class).or_default() += count.get();
            }
        }
        Ok(Outcome {
            faults: self.faults,
            saved: self.laptops.iter().map(|laptop| laptop.saved.len()).sum(),
            changes: self.office.lines("SELECT raw FROM change")?.len(),
            healed_in,
        })
    }

    /// Nothing waits anywhere, and everybody has seen all of the others.
    async fn quiet(&self) -> Result<bool> {
        for laptop in &self.laptops {
            laptop.wake(Signal::Now);
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        for laptop in &self.laptops {
            let program = laptop.program()?;
            let here = program.lines(
                "SELECT scope || ' ' || n FROM scope JOIN setting ON key = 'server_epoch'
                  WHERE cast(server_epoch AS text) = value ORDER BY scope",
            )?;
            let device = program.lines("SELECT device FROM device")?.concat();
            if program.waiting()? != (0, 0) || here != self.office.scopes_of(&device)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
