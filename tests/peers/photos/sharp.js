// Peer for `cargo xtask bench photos`: the same copies by sharp (libvips).
//   node sharp.js default|mozjpeg CONCURRENCY ROUNDS OUT FILE...
// Prints one line of JSON; with an OUT other than "-" leaves the 1600-pixel copies there.
const { createHash } = require('node:crypto')
const { readFileSync, writeFileSync } = require('node:fs')
const { basename, join } = require('node:path')
const sharp = require('sharp')

const [style, concurrency, rounds, out, ...files] = process.argv.slice(2)
const options = style === 'mozjpeg' ? { mozjpeg: true } : {}
if (concurrency !== '0') sharp.concurrency(Number(concurrency))

const peakKib = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
const copy = (bytes, pixels) =>
  sharp(bytes)
    .rotate()
    .resize(pixels, pixels, { fit: 'inside', withoutEnlargement: true })
    .jpeg(options)
    .toBuffer()

async function takeIn(bytes) {
  const evidence = await copy(bytes, 1600)
  const thumb = await copy(bytes, 320)
  for (const one of [bytes, evidence, thumb]) digest(one)
  return evidence
}

async function main() {
  const photos = files.map((file) => readFileSync(file))
  const baseKib = peakKib()
  for (const [index, photo] of photos.entries()) {
    const evidence = await takeIn(photo)
    if (out !== '-') writeFileSync(join(out, basename(files[index])), evidence)
  }
  const firstKib = peakKib() - baseKib
  const ms = photos.map(() => [])
  const begun = process.cpuUsage()
  for (let round = 0; round < Number(rounds); round += 1) {
    for (const [index, photo] of photos.entries()) {
      const start = process.hrtime.bigint()
      await takeIn(photo)
      ms[index].push(Number(process.hrtime.bigint() - start) / 1e6)
    }
  }
  const { user, system } = process.cpuUsage(begun)
  const cpuMs = (user + system) / 1000 / Math.max(1, Number(rounds) * photos.length)
  console.log(JSON.stringify({ ms, cpu_ms: cpuMs, first_kib: firstKib, peak_kib: peakKib() - baseKib }))
}

main()
