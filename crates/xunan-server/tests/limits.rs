//! One slow or hostile client takes nothing from the others.

mod support;

use std::time::Duration;

use support::{Laptop, World, http, noise};
use tokio::net::TcpStream;
use xunan_model::digest::Digest;
use xunan_server::config::Options;

/// What one laptop may do at a time, as the server has it.
const DEVICE_REQUESTS_MAX: usize = 64;

/// A laptop is served, and soon.
async fn served(world: &World, laptop: &mut Laptop) {
    laptop.save("照常");
    let count = laptop.sent.len() as u64;
    let reply = tokio::time::timeout(Duration::from_secs(5), laptop.sync_all(&world.server));
    assert_eq!(reply.await.expect("an answer").ack.last_seq, count);
}

/// An upload that announces 100,000 bytes and sends ten.
async fn drip(world: &World, laptop: &Laptop, nth: usize) -> TcpStream {
    let name = Digest::of(&nth.to_le_bytes());
    let headers = laptop.put_headers(0, 100_000);
    let path = format!("/v1/blobs/{name}");
    http::begin(world.server.addr, "PUT", &path, &headers, 100_000, &[7; 10]).await
}

#[tokio::test]
async fn uploads_that_drip_and_connections_that_say_nothing_hold_nobody_up() {
    let world = World::new().await;
    let (slow, mut other) = (world.laptop().await, world.laptop().await);
    let mut held = Vec::new();
    for nth in 0..40 {
        held.push(drip(&world, &slow, nth).await);
    }
    for _ in 0..300 {
        held.push(TcpStream::connect(world.server.addr).await.unwrap());
    }
    served(&world, &mut other).await;
    let bytes = noise(200_000);
    let photo = other.photo(&bytes);
    other.sync_all(&world.server).await;
    let put = other.put(&world.server, photo, 0, &bytes);
    let reply = tokio::time::timeout(Duration::from_secs(5), put).await;
    assert_eq!(reply.expect("an answer").status, 201);
    drop(held);
}

#[tokio::test]
async fn a_laptop_has_so_many_requests_at_a_time_and_no_more() {
    let world = World::new().await;
    let (mut greedy, mut other) = (world.laptop().await, world.laptop().await);
    let mut held = Vec::new();
    for nth in 0..DEVICE_REQUESTS_MAX {
        held.push(drip(&world, &greedy, nth).await);
    }
    // The last of them is known to be there when one more is refused. A question that comes while they
    // arrive takes a place too, so one of them may have been refused for it: another comes instead.
    let refused = async {
        for nth in DEVICE_REQUESTS_MAX.. {
            if greedy.head(&world.server, Digest::ZERO).await.status == 429 {
                return;
            }
            held.push(drip(&world, &greedy, nth).await);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused)
        .await
        .expect("a refusal");
    served(&world, &mut other).await;
    drop(held);
    let again = async { while greedy.head(&world.server, Digest::ZERO).await.status == 429 {} };
    tokio::time::timeout(Duration::from_secs(5), again)
        .await
        .expect("its places are free again");
    served(&world, &mut greedy).await;
}

#[tokio::test]
async fn a_laptop_that_sends_too_much_in_a_day_waits_and_the_others_do_not() {
    let world = World::with(Options {
        device_day_bytes_max: 100_000,
        ..Options::default()
    })
    .await;
    let (mut greedy, mut other) = (world.laptop().await, world.laptop().await);
    let (first, second) = (noise(60_000), noise(60_000));
    let names = [greedy.photo(&first), greedy.photo(&second)];
    greedy.sync_all(&world.server).await;
    assert_eq!(
        greedy.put(&world.server, names[0], 0, &first).await.status,
        201
    );
    let reply = greedy.put(&world.server, names[1], 0, &second).await;
    assert_eq!(reply.status, 429, "{}", reply.text());
    served(&world, &mut other).await;
    let photo = other.photo(&second);
    other.sync_all(&world.server).await;
    assert_eq!(
        other.put(&world.server, photo, 0, &second).await.status,
        201
    );
}

#[tokio::test]
async fn the_last_of_the_disk_is_for_records() {
    let world = World::with(Options {
        disk_reserve_bytes: u64::MAX,
        ..Options::default()
    })
    .await;
    let mut laptop = world.laptop().await;
    let bytes = noise(1_000);
    let photo = laptop.photo(&bytes);
    laptop.sync_all(&world.server).await;
    let reply = laptop.put(&world.server, photo, 0, &bytes).await;
    assert_eq!(reply.status, 507, "{}", reply.text());
    served(&world, &mut laptop).await;
}
