/** SHA-256 of a file, in slices: the page ships its own, a page over http has no `crypto.subtle`. */
import './old'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

const sliceBytes = 512 * 1024

/** Between two slices the page breathes, so a photo of 60 MB does not freeze it. */
export async function digestOf(file: Blob): Promise<string> {
  const hash = sha256.create()
  for (let at = 0; at < file.size; at += sliceBytes) {
    // `Blob.arrayBuffer` is younger than the phones we meet.
    const slice = await new Response(file.slice(at, at + sliceBytes)).arrayBuffer()
    hash.update(new Uint8Array(slice))
  }
  return bytesToHex(hash.digest())
}
