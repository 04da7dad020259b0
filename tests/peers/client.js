// node client.js tus|pouch URL DATAFOLDER TIMEOUT_SECONDS
//
// The client side of the two peers, set up as by someone who knows that the
// link is bad. URL is the bare http://HOST:PORT. DATAFOLDER holds records.json
// (an array of objects with an `_id`) and photos/*.jpg. Prints one line of JSON
// at the end; what is not done at the timeout is told as not finished.
//
// tus: one photo after the other, each in a single resumable request (the
//   default chunkSize), retrying without end: at once, then every 2 s at most.
//   tus-js-client has no timeout of its own and waits for ever for an answer
//   whose connection broke in its middle, so a watchdog pauses and resumes.
// pouch: the local database is in memory and filled before the clock starts.
//   `retry` needs `live`, so the replication is stopped once the server has
//   acknowledged everything. Records go 100 at a time; photos one at a time,
//   because a batch is a single request that starts over when the link breaks.
//   Connections are kept alive, which PouchDB's fetch does not do by itself,
//   and the databases are made by the server (skip_setup): both save round
//   trips. A request that has no answer after 60 s is given up and retried.

import { readdirSync, readFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { join } from 'node:path'

const STALLED_MS = 30_000
const REQUEST_MS = 60_000
const MAX_WAIT_MS = 2_000

const [peer, url, folder, timeout] = process.argv.slice(2)
const result = {
  peer,
  records: 0,
  records_seconds: null,
  photos: 0,
  photos_seconds: null,
  finished: false,
}

const finish = code => {
  console.log(JSON.stringify(result))
  process.exit(code)
}

const fail = error => {
  console.error(error)
  finish(1)
}

const timed = async work => {
  const start = performance.now()
  await work()
  return Math.round(performance.now() - start) / 1000
}

const readPhotos = () => readdirSync(join(folder, 'photos'))
  .filter(name => name.endsWith('.jpg'))
  .sort()
  .map(name => ({ name, bytes: readFileSync(join(folder, 'photos', name)) }))

const tusUpload = (Upload, endpoint, { name, bytes }) => new Promise((resolve, reject) => {
  let watchdog
  const alive = () => {
    clearTimeout(watchdog)
    watchdog = setTimeout(async () => {
      await upload.abort()
      // let the aborted request report its error first, or it counts as ours
      setTimeout(() => upload.start(), 100)
      alive()
    }, STALLED_MS)
  }
  const done = settle => value => {
    clearTimeout(watchdog)
    settle(value)
  }
  const upload = new Upload(bytes, {
    endpoint,
    metadata: { filename: name, filetype: 'image/jpeg' },
    retryDelays: [0, 500, 1000, ...Array(10_000).fill(MAX_WAIT_MS)],
    onProgress: alive,
    onAfterResponse: alive,
    onSuccess: done(resolve),
    onError: done(reject),
  })
  alive()
  upload.start()
})

const tus = async () => {
  const { Upload } = await import('tus-js-client')
  const photos = readPhotos()
  const endpoint = new URL('/files', url).href
  result.photos_seconds = await timed(async () => {
    for (const photo of photos) {
      await tusUpload(Upload, endpoint, photo)
      result.photos += 1
    }
  })
}

// Resolves when the server has acknowledged all `count` documents of `local`.
// The local sequence number is the count of documents, as each is written once;
// docs_written is not: it starts over at each retry, and misses the documents
// whose acknowledgement was lost.
const replicate = (local, remote, count, batch_size, progress) => new Promise((resolve, reject) => {
  const replication = local.replicate.to(remote, {
    live: true,
    retry: true,
    batch_size,
    batches_limit: 2,
    back_off_function: wait => Math.min(wait * 2 || 250, MAX_WAIT_MS),
  })
  const reached = done => {
    progress(done)
    if (done < count) return
    replication.cancel()
    resolve()
  }
  replication.on('change', info => reached(info.last_seq))
  replication.on('checkpoint', info => info.checkpoint && reached(info.checkpoint))
  replication.on('paused', error => error || reached(count))
  replication.on('error', reject)
  replication.catch(reject)
})

const pouch = async () => {
  const { default: PouchDB } = await import('pouchdb')
  const { default: memory } = await import('pouchdb-adapter-memory')
  PouchDB.plugin(memory)

  const fill = async (name, docs) => {
    const local = new PouchDB(name, { adapter: 'memory' })
    const failed = (await local.bulkDocs(docs)).find(answer => answer.error)
    if (failed) throw failed
    return local
  }
  const agent = new Agent({ keepAlive: true })
  const remote = name => new PouchDB(new URL(name, url).href, {
    skip_setup: true,
    fetch: (to, options) => PouchDB.fetch(to, { ...options, agent, timeout: REQUEST_MS }),
  })

  const records = JSON.parse(readFileSync(join(folder, 'records.json'), 'utf8'))
  const photos = readPhotos().map(({ name, bytes }) => ({
    _id: name,
    _attachments: { [name]: { content_type: 'image/jpeg', data: bytes } },
  }))
  const localRecords = await fill('records', records)
  const localPhotos = await fill('photos', photos)

  const step = (local, name, count, batch_size) => timed(() =>
    replicate(local, remote(name), count, batch_size, done => {
      result[name] = Math.max(result[name], done)
    }))
  result.records_seconds = await step(localRecords, 'records', records.length, 100)
  result.photos_seconds = await step(localPhotos, 'photos', photos.length, 1)
}

const clients = { tus, pouch }
if (!clients[peer] || !url || !folder || !(timeout > 0)) {
  console.error('usage: node client.js tus|pouch URL DATAFOLDER TIMEOUT_SECONDS')
  process.exit(2)
}

setTimeout(() => finish(0), timeout * 1000)
// a stray rejection inside a library is no reason to stop a transfer that goes on
process.on('unhandledRejection', error => console.error(error))
process.on('uncaughtException', fail)
clients[peer]().then(() => {
  result.finished = true
  finish(0)
}, fail)
