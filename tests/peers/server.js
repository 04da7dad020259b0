// node server.js tus|pouch PORT FOLDER
//
// The server side of the two peers, on 127.0.0.1:PORT, storing under FOLDER.
// Prints `ready` once it listens. State is on disk only (FileStore, LevelDB),
// so the server can be killed and started again in the middle of an upload.
//
// tus: relativeLocation, so that the upload URL keeps to whatever host and
//   port the client came by (the benchmark's proxy, not this server).
// pouch: only the routes a PouchDB client needs; the databases `records` and
//   `photos` are made before `ready`, so the client need not spend round
//   trips on it.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const [peer, port, folder] = process.argv.slice(2)
const host = '127.0.0.1'

const servers = {
  async tus() {
    const { Server } = await import('@tus/server')
    const { FileStore } = await import('@tus/file-store')
    const datastore = new FileStore({ directory: folder })
    return new Server({ path: '/files', relativeLocation: true, datastore })
  },
  async pouch() {
    const { default: PouchDB } = await import('pouchdb')
    const { default: pouchApp } = await import('express-pouchdb')
    const Stored = PouchDB.defaults({ prefix: join(folder, '/') })
    return pouchApp(Stored, { mode: 'minimumForPouchDB' })
  },
}

if (!servers[peer] || !port || !folder) {
  console.error('usage: node server.js tus|pouch PORT FOLDER')
  process.exit(2)
}

mkdirSync(folder, { recursive: true })
const server = await servers[peer]()
server.listen(Number(port), host, async () => {
  if (peer === 'pouch') {
    for (const name of ['records', 'photos']) {
      const made = await fetch(`http://${host}:${port}/${name}`, { method: 'PUT' })
      // 412: it is there already, from before a restart
      if (!made.ok && made.status !== 412) throw new Error(`PUT ${name}: ${made.status}`)
    }
  }
  console.log('ready')
})
