/** The rows on the page, one per photo, the newest on top. */
import type { Photo } from './queue'
import { explain, say, type Reason } from './words'

interface Row {
  element: HTMLLIElement
  standing: HTMLElement
  where: HTMLElement
  progress: HTMLProgressElement
  again: HTMLButtonElement
}

function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  made.className = className
  return made
}

function words(photo: Photo): string {
  if (photo.standing === 'failed') {
    return say('failed', { reason: explain(photo.why ?? 'failed') })
  }
  const percent = Math.floor((100 * photo.sent) / photo.file.size)
  return say(photo.standing, { percent })
}

/** What no second try changes. */
const isFinal = (why: Reason | null): boolean =>
  why !== null && ['empty', 'too_large', 'not_an_image', 'finished', 'gone'].includes(why)

export function list(into: HTMLElement, again: (photo: Photo) => void) {
  const rows = new Map<Photo, Row>()

  function made(photo: Photo): Row {
    const row: Row = {
      element: element('li', 'photo'),
      standing: element('p', 'standing'),
      where: element('p', 'where'),
      progress: element('progress'),
      again: element('button'),
    }
    const picture = element('img')
    picture.alt = ''
    picture.decoding = 'async'
    // HEIC cannot be drawn by most phones that did not take it: then the place stays grey.
    picture.addEventListener('error', () => picture.removeAttribute('src'))
    picture.src = URL.createObjectURL(photo.file)
    const name = element('p', 'name')
    name.textContent = photo.file.name
    const text = element('div')
    text.append(row.standing, name, row.where, row.progress)
    row.progress.max = Math.max(photo.file.size, 1)
    row.again.type = 'button'
    row.again.textContent = say('again')
    row.again.addEventListener('click', () => again(photo))
    row.element.append(picture, text, row.again)
    into.insertBefore(row.element, into.firstChild)
    rows.set(photo, row)
    return row
  }

  /** `place`: the one that is open; a photo for another says so. */
  function show(photo: Photo, place: number): void {
    const row = rows.get(photo) ?? made(photo)
    row.element.className = `photo ${photo.standing}`
    row.element.dataset['standing'] = photo.standing
    row.standing.textContent = words(photo)
    row.where.hidden = photo.place === place
    row.where.textContent = `→ ${photo.title}`
    row.progress.hidden = photo.standing !== 'sending'
    row.progress.value = photo.sent
    row.again.hidden = photo.standing !== 'failed' || isFinal(photo.why)
  }

  return { show }
}
