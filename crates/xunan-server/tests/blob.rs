//! Photos on a bad link.
#![expect(clippy::unwrap_used, reason = "a broken step must show where")]

mod support;

use std::time::Duration;

use support::{World, http, noise, office_new};
use tokio::io::AsyncWriteExt as _;
use xunan_model::digest::Digest;
use xunan_server::store::Store as _;

/// Sends the first `sent` of the bytes from `offset` on, then cuts the line.
async fn cut_after(
    world: &World,
    laptop: &support::Laptop,
    bytes: &[u8],
    offset: usize,
    sent: usize,
) {
    let path = format!("/v1/blobs/{}", Digest::of(bytes));
    let headers = laptop.put_headers(offset, bytes.len());
    let body = &bytes[offset..offset + sent];
    let mut socket = http::begin(
        world.server.addr,
        "PUT",
        &path,
        &headers,
        bytes.len() - offset,
        body,
    )
    .await;
    socket.flush().await.unwrap();
    arrived(world, laptop, Digest::of(bytes), offset + sent).await;
    drop(socket);
}

async fn arrived(world: &World, laptop: &support::Laptop, digest: Digest, offset: usize) {
    for _ in 0..200 {
        let reply = laptop.head(&world.server, digest).await;
        if reply.header("upload-offset") == Some(&offset.to_string()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the bytes did not arrive");
}

#[tokio::test]
async fn an_upload_goes_on_where_it_was_cut() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let bytes = noise(300_000);
    let digest = laptop.photo(&bytes);
    let mut request = laptop.request(1);
    request.blobs = vec![digest];
    let state = laptop.sync(&world.server, &request).await.blobs[&digest];
    assert_eq!((state.offset, state.complete), (0, false));

    cut_after(&world, &laptop, &bytes, 0, 100_000).await;
    let state = laptop.sync(&world.server, &request).await.blobs[&digest];
    assert_eq!((state.offset, state.complete), (100_000, false));
    // 409 with the right offset for one that is too far; an overlap is harmless.
    let reply = laptop.put(&world.server, digest, 100_001, &bytes).await;
    assert_eq!(
        (reply.status, reply.header("upload-offset")),
        (409, Some("100000"))
    );
    let reply = laptop.put(&world.server, digest, 60_000, &bytes).await;
    assert_eq!(
        (reply.status, reply.header("upload-complete")),
        (201, Some("?1"))
    );
    assert_eq!(laptop.get(&world.server, digest, None).await.body, bytes);

    // Sent again, because the reply was lost: at once.
    let reply = laptop.put(&world.server, digest, 0, &bytes).await;
    assert_eq!(
        (reply.status, reply.header("upload-complete")),
        (204, Some("?1"))
    );
    let reply = laptop.head(&world.server, digest).await;
    assert_eq!(
        (reply.status, reply.header("upload-offset")),
        (200, Some("300000"))
    );
    assert!(laptop.sync(&world.server, &request).await.blobs[&digest].complete);
}

#[tokio::test]
async fn an_upload_survives_a_restart_of_the_server() {
    let mut world = World::new().await;
    let mut laptop = world.laptop().await;
    let bytes = noise(200_000);
    let digest = laptop.photo(&bytes);
    laptop.sync_all(&world.server).await;
    cut_after(&world, &laptop, &bytes, 0, 70_000).await;
    world = world.restart().await;
    let reply = laptop.head(&world.server, digest).await;
    assert_eq!(
        (
            reply.header("upload-offset"),
            reply.header("upload-complete")
        ),
        (Some("70000"), Some("?0"))
    );
    assert_eq!(
        laptop
            .put(&world.server, digest, 70_000, &bytes)
            .await
            .status,
        201
    );
    world = world.restart().await;
    assert_eq!(laptop.get(&world.server, digest, None).await.body, bytes);
}

#[tokio::test]
async fn a_flipped_bit_is_found_and_the_part_is_gone() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    let bytes = noise(50_000);
    let digest = Digest::of(&bytes);
    let mut flipped = bytes.clone();
    flipped[20_000] ^= 1;
    let reply = laptop.put(&world.server, digest, 0, &flipped).await;
    assert_eq!(reply.status, 460);
    assert_eq!(
        laptop
            .head(&world.server, digest)
            .await
            .header("upload-offset"),
        Some("0")
    );
    let parts = world.dir.path().join("data/blobs/part");
    assert_eq!(std::fs::read_dir(parts).unwrap().count(), 0);
    assert_eq!(
        laptop.put(&world.server, digest, 0, &bytes).await.status,
        201
    );
}

#[tokio::test]
async fn a_newer_upload_takes_over_from_a_silent_one() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    let bytes = noise(120_000);
    let digest = Digest::of(&bytes);
    let path = format!("/v1/blobs/{digest}");
    let headers = laptop.put_headers(0, bytes.len());
    let mut silent = http::begin(
        world.server.addr,
        "PUT",
        &path,
        &headers,
        bytes.len(),
        &bytes[..40_000],
    )
    .await;
    arrived(&world, &laptop, digest, 40_000).await;
    let reply = laptop.put(&world.server, digest, 40_000, &bytes).await;
    assert_eq!(reply.status, 201);
    let late = http::finish(&mut silent).await;
    assert_eq!(late.status, 409);
    assert!(
        laptop
            .head(&world.server, digest)
            .await
            .header("upload-complete")
            == Some("?1")
    );
}

#[tokio::test]
async fn only_a_laptop_with_a_record_of_it_gets_a_blob() {
    let world = World::new().await;
    let other = office_new(&world.server.store, "邻县应急管理局", "540122000000").await;
    let (mut laptop, stranger) = (world.laptop().await, world.laptop_of(&other).await);
    let colleague = world.laptop().await;
    let bytes = noise(10_000);
    let digest = laptop.photo(&bytes);
    assert_eq!(
        laptop.put(&world.server, digest, 0, &bytes).await.status,
        201
    );
    assert_eq!(
        laptop.get(&world.server, digest, None).await.status,
        404,
        "no record points to it yet"
    );
    laptop.sync_all(&world.server).await;
    assert_eq!(colleague.get(&world.server, digest, None).await.body, bytes);
    let here = stranger.get(&world.server, digest, None).await;
    let nowhere = stranger
        .get(&world.server, Digest::of(b"nothing"), None)
        .await;
    assert_eq!((here.status, here.text()), (404, nowhere.text()));

    let reply = colleague
        .get(&world.server, digest, Some("bytes=100-199"))
        .await;
    assert_eq!(
        (reply.status, reply.body.as_slice()),
        (206, &bytes[100..200])
    );
    assert_eq!(reply.header("content-range"), Some("bytes 100-199/10000"));
    assert_eq!(
        colleague
            .get(&world.server, digest, Some("bytes=10000-"))
            .await
            .status,
        416
    );

    world
        .server
        .store
        .device_revoke(colleague.enrolled.device, xunan_server::platform::now())
        .await
        .unwrap();
    assert_eq!(colleague.get(&world.server, digest, None).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_reason() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    let bytes = noise(1_000);
    let digest = Digest::of(&bytes);
    let path = format!("/v1/blobs/{digest}");
    let put = |headers: Vec<(&'static str, String)>, body: Vec<u8>| {
        let (addr, path) = (world.server.addr, path.clone());
        async move { http::send(addr, "PUT", &path, &headers, &body).await }
    };
    assert_eq!(
        put(laptop.put_headers(0, (64 << 20) + 1), bytes.clone())
            .await
            .status,
        413
    );
    assert_eq!(put(laptop.headers(), bytes.clone()).await.status, 400);
    assert_eq!(put(vec![], bytes.clone()).await.status, 401);
    // Ends early, as it may; then another length; then more than was said.
    let reply = put(laptop.put_headers(0, 1_000), bytes[..400].to_vec()).await;
    assert_eq!(
        (reply.status, reply.header("upload-offset")),
        (200, Some("400"))
    );
    let reply = put(laptop.put_headers(400, 999), bytes[400..].to_vec()).await;
    assert_eq!(
        (reply.status, reply.header("upload-offset")),
        (409, Some("400"))
    );
    let reply = put(laptop.put_headers(400, 1_000), vec![0; 2_000]).await;
    assert_eq!(reply.status, 400);
    assert_eq!(
        laptop.put(&world.server, digest, 400, &bytes).await.status,
        201
    );
    for wrong in [
        "..%2f..%2fserver.db",
        "ABC",
        &digest.to_string().to_uppercase(),
    ] {
        let path = format!("/v1/blobs/{wrong}");
        let reply = http::send(world.server.addr, "GET", &path, &laptop.headers(), &[]).await;
        assert_eq!(reply.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn an_empty_blob_is_a_blob() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    assert_eq!(
        laptop
            .put(&world.server, Digest::of(b""), 0, b"")
            .await
            .status,
        201
    );
}
