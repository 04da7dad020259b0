//! A bad link: a proxy between a laptop and a server that is as slow, as far away and as unreliable
//! as it is told to be. What happens follows from the seed.
//!
//! Each direction is one queue behind one bottleneck, shared by all connections, then a delay. A
//! new connection's first bytes wait one round trip longer, as the TCP handshake would.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

/// The faults are drawn once per so many carried bytes.
pub const FAULT_BYTES: u64 = 64 << 10;
/// What waits before the bottleneck, per connection and direction: a modem's buffer.
const QUEUE_BYTES: usize = 32 << 10;
const PIECE_BYTES: usize = 1_460;

/// How bad the link is.
#[derive(Debug, Clone, Copy)]
pub struct Badness {
    /// Bytes per second in each direction; 0 is without a limit.
    pub rate: u64,
    /// There and back.
    pub rtt: Duration,
    /// The chance that a connection is killed, per [`FAULT_BYTES`] that it carried.
    pub kill: f64,
    /// The chance that it falls silent without closing, likewise.
    pub silence: f64,
    /// The chance that one bit is turned over, likewise.
    pub flip: f64,
    /// What all chances are drawn from.
    pub seed: u64,
}

impl Badness {
    /// 512 kbit/s, 600 ms there and back: a satellite, or 2G on a good day.
    #[must_use]
    pub fn plateau(kill: f64, seed: u64) -> Self {
        Self {
            rate: 64_000,
            rtt: Duration::from_millis(600),
            kill,
            silence: 0.0,
            flip: 0.0,
            seed,
        }
    }
}

/// What a link has carried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Bytes from the laptop to the server.
    pub up: u64,
    /// Bytes from the server to the laptop.
    pub down: u64,
    /// Connections made.
    pub connections: u64,
    /// Connections killed.
    pub kills: u64,
    /// Connections that fell silent.
    pub silences: u64,
    /// Bits turned over.
    pub flips: u64,
}

#[derive(Debug, Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    connections: AtomicU64,
    kills: AtomicU64,
    silences: AtomicU64,
    flips: AtomicU64,
}

/// A running link. Dropped, it is gone with all its connections.
#[derive(Debug)]
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<tokio::runtime::Runtime>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    badness: Badness,
    down: AtomicBool,
    counts: Counts,
    /// When each direction's bottleneck is free again.
    free: [Mutex<Instant>; 2],
    random: Mutex<u64>,
}

impl Link {
    /// A link to the server at `target`.
    ///
    /// # Errors
    /// When no port is free.
    pub fn new(target: &str, badness: Badness) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let target = target.rsplit('/').next().unwrap_or(target).parse()?;
        let now = Instant::now();
        let shared = Arc::new(Shared {
            target,
            badness,
            down: AtomicBool::new(false),
            counts: Counts::default(),
            free: [Mutex::new(now), Mutex::new(now)],
            random: Mutex::new(badness.seed),
        });
        let listener = runtime.block_on(async { listen() })?;
        let address = listener.local_addr()?;
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            runtime: Some(runtime),
        })
    }

    /// Where the laptop finds the server, e.g. `127.0.0.1:4711`.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes the link away, or gives it back. While it is away connections are refused and dropped.
    pub fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// What it has carried so far.
    #[must_use]
    pub fn carried(&self) -> Carried {
        let counts = &self.shared.counts;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Carried {
            up: read(&counts.up),
            down: read(&counts.down),
            connections: read(&counts.connections),
            kills: read(&counts.kills),
            silences: read(&counts.silences),
            flips: read(&counts.flips),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn listen() -> Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // What the system swallows before the bottleneck would be a queue that nobody sees.
    socket.set_recv_buffer_size(u32::try_from(QUEUE_BYTES / 2)?)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Ok(socket.listen(1_024)?)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        if shared.down.load(Ordering::SeqCst) {
            cut(&client);
            continue;
        }
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // What goes wrong here is what a bad link is for.
            let _ = carry(client, shared).await;
        });
    }
}

fn cut(socket: &TcpStream) {
    let _ = socket.set_zero_linger();
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Alive,
    Silent,
    Dead,
}

/// Draws the faults of one connection.
struct Faults {
    shared: Arc<Shared>,
    fate: watch::Sender<Fate>,
    /// Bytes carried, both ways.
    carried: Mutex<(u64, u64, Drawn)>,
}

#[derive(Debug, Clone, Copy)]
enum Drawn {
    Nothing,
    Kill(u64),
    Silence(u64),
    Flip(u64),
}

impl Faults {
    fn new(shared: Arc<Shared>) -> Self {
        let drawn = draw(&shared);
        Self {
            shared,
            fate: watch::Sender::new(Fate::Alive),
            carried: Mutex::new((0, FAULT_BYTES, drawn)),
        }
    }

    /// Counts carried bytes; may end the connection, or turn a bit over.
    fn carry(&self, bytes: &mut [u8]) {
        let mut carried = lock(&self.carried);
        carried.0 += bytes.len() as u64;
        let counts = &self.shared.counts;
        match carried.2 {
            Drawn::Kill(at)
                if carried.0 >= at && self.fate.send_replace(Fate::Dead) == Fate::Alive =>
            {
                counts.kills.fetch_add(1, Ordering::Relaxed);
            }
            Drawn::Silence(at)
                if carried.0 >= at && self.fate.send_replace(Fate::Silent) == Fate::Alive =>
            {
                counts.silences.fetch_add(1, Ordering::Relaxed);
            }
            Drawn::Flip(at) if carried.0 >= at && !bytes.is_empty() => {
                let place = usize::try_from(at).unwrap_or(0) % bytes.len();
                bytes[place] ^= 1 << (at % 8);
                carried.2 = Drawn::Nothing;
                counts.flips.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        while carried.0 >= carried.1 {
            let base = carried.1;
            carried.1 += FAULT_BYTES;
            carried.2 = match draw(&self.shared) {
                Drawn::Nothing => Drawn::Nothing,
                Drawn::Kill(at) => Drawn::Kill(base + at),
                Drawn::Silence(at) => Drawn::Silence(base + at),
                Drawn::Flip(at) => Drawn::Flip(base + at),
            };
        }
    }
}

/// What happens within the next [`FAULT_BYTES`], and where.
fn draw(shared: &Shared) -> Drawn {
    let badness = shared.badness;
    let at = next(shared) % FAULT_BYTES;
    let chance = next(shared) as f64 / u64::MAX as f64;
    if chance < badness.kill {
        Drawn::Kill(at)
    } else if chance < badness.kill + badness.silence {
        Drawn::Silence(at)
    } else if chance < badness.kill + badness.silence + badness.flip {
        Drawn::Flip(at)
    } else {
        Drawn::Nothing
    }
}

/// `SplitMix64`.
fn next(shared: &Shared) -> u64 {
    let mut state = lock(&shared.random);
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

async fn carry(client: TcpStream, shared: Arc<Shared>) -> Result<()> {
    shared.counts.connections.fetch_add(1, Ordering::Relaxed);
    let server = TcpStream::connect(shared.target).await;
    let Ok(server) = server else {
        cut(&client);
        return Ok(());
    };
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let faults = Arc::new(Faults::new(Arc::clone(&shared)));
    let mut fate = faults.fate.subscribe();
    let open_at = Instant::now() + shared.badness.rtt;
    let (mut client_in, mut client_out) = client.into_split();
    let (mut server_in, mut server_out) = server.into_split();
    let both = async {
        tokio::try_join!(
            pipe(
                &mut client_in,
                &mut server_out,
                0,
                open_at,
                &shared,
                &faults
            ),
            pipe(
                &mut server_in,
                &mut client_out,
                1,
                open_at,
                &shared,
                &faults
            ),
        )
    };
    tokio::select! {
        done = both => { done?; }
        _ = fate.wait_for(|fate| *fate == Fate::Dead) => {}
        () = taken_away(&shared) => {}
    }
    // A dead link tells both ends nothing but a reset.
    if let Ok(client) = client_in.reunite(client_out) {
        cut(&client);
    }
    if let Ok(server) = server_in.reunite(server_out) {
        cut(&server);
    }
    Ok(())
}

async fn taken_away(shared: &Shared) {
    while !shared.down.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One direction: queue, bottleneck, delay.
async fn pipe(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    direction: usize,
    open_at: Instant,
    shared: &Arc<Shared>,
    faults: &Faults,
) -> Result<()> {
    let (queue, mut queued) = mpsc::channel::<(Instant, Vec<u8>)>(QUEUE_BYTES / PIECE_BYTES);
    let (flying, mut landing) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let read = async move {
        let mut buffer = vec![0; PIECE_BYTES];
        loop {
            let read = from.read(&mut buffer).await?;
            if read == 0 {
                return anyhow::Ok(());
            }
            // A place in the queue first: what waits before it has not arrived yet.
            let Ok(place) = queue.reserve().await else {
                return Ok(());
            };
            place.send((Instant::now(), buffer[..read].to_vec()));
        }
    };
    let squeeze = async move {
        while let Some((arrived, mut piece)) = queued.recv().await {
            tokio::time::sleep_until(open_at).await;
            let ready = arrived.max(open_at);
            let passed = bottleneck(shared, direction, ready, piece.len() as u64);
            tokio::time::sleep_until(passed).await;
            faults.carry(&mut piece);
            let count = [&shared.counts.up, &shared.counts.down][direction];
            count.fetch_add(piece.len() as u64, Ordering::Relaxed);
            if flying
                .send((passed + shared.badness.rtt / 2, piece))
                .is_err()
            {
                break;
            }
        }
        anyhow::Ok(())
    };
    let land = async move {
        let mut fate = faults.fate.subscribe();
        while let Some((at, piece)) = landing.recv().await {
            tokio::time::sleep_until(at).await;
            if *fate.borrow_and_update() == Fate::Silent {
                std::future::pending::<()>().await;
            }
            to.write_all(&piece)
                .await
                .context("the other end is gone")?;
        }
        to.shutdown().await?;
        anyhow::Ok(())
    };
    tokio::try_join!(read, squeeze, land)?;
    Ok(())
}

/// Takes a place in the bottleneck; returns when the piece has passed it.
fn bottleneck(shared: &Shared, direction: usize, ready: Instant, bytes: u64) -> Instant {
    let mut free = lock(&shared.free[direction]);
    let took = (bytes * 1_000_000_000)
        .checked_div(shared.badness.rate)
        .map_or(Duration::ZERO, Duration::from_nanos);
    *free = (*free).max(ready) + took;
    *free
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
