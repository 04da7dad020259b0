/** The page that a phone opens: it asks what is open on the laptop, and sends photos there. */
import type { PhoneState } from '../src/bindings/PhoneState'
import { list } from './list'
import { pauses } from './pause'
import { queue } from './queue'
import { wire } from './wire'
import { language, read, say } from './words'

const calmMs = 3_000
const closedMs = 5_000

const by = (id: string) => document.getElementById(id) as HTMLElement
const inputBy = (id: string) => by(id) as HTMLInputElement

let state: PhoneState | null = null
let contact: 'first' | 'here' | 'closed' | 'gone' = 'first'

const sending = pauses()
const asking = pauses()
const rows = list(by('photos'), (photo) => {
  photos.again(photo)
  asking.wake()
})
const photos = queue(
  wire,
  sending,
  (photo) => {
    rows.show(photo, state?.place ?? photo.place)
    showCount()
  },
  () => heard('gone'),
)

const title = (of: PhoneState): string => (of.title ? read(of.title) : say('whole_visit'))

function showCount(): void {
  const { length: total } = photos.photos
  const saved = photos.photos.filter(({ standing }) => standing === 'saved').length
  by('count').textContent = total ? say('count', { saved, total }) : ''
  by('count').dataset['saved'] = String(saved)
  document.title = total && saved < total ? `${saved}/${total}` : say('title')
}

function heard(now: typeof contact): void {
  contact = now
  const notice = by('notice')
  notice.hidden = now === 'here' || now === 'first'
  if (now === 'closed') notice.textContent = say('closed')
  if (now === 'gone') notice.textContent = say('gone')
  document.body.dataset['contact'] = now
  for (const id of ['camera', 'files']) inputBy(id).disabled = state === null
}

function showPlace(of: PhoneState): void {
  state = of
  by('site').textContent = of.site
  by('title').textContent = title(of)
  by('title').dataset['place'] = String(of.place)
  for (const photo of photos.photos) rows.show(photo, of.place)
}

/** Calmly, for as long as the page is looked at; after the code is gone only when asked. */
async function follow(): Promise<void> {
  for (;;) {
    const reply = await wire.state()
    if (reply.kind === 'said') {
      const place = state?.place
      if (place !== reply.said.place) showPlace(reply.said)
      if (contact !== 'here') sending.wake()
      heard('here')
    } else {
      heard(reply.kind === 'gone' ? 'gone' : 'closed')
    }
    const rests = document.hidden || reply.kind === 'gone'
    await asking.wait(rests ? 86_400_000 : reply.kind === 'said' ? calmMs : closedMs)
  }
}

function listen(id: string): void {
  const input = inputBy(id)
  input.addEventListener('change', () => {
    if (state) photos.add([...(input.files ?? [])], state, title(state))
    // The same file chosen again must raise `change` again.
    input.value = ''
  })
}

function wake(): void {
  if (document.hidden) return
  asking.wake()
  sending.wake()
}

document.documentElement.lang = language
document.title = say('title')
by('take').textContent = say('take')
by('pick').textContent = say('pick')
by('advice').textContent = say('advice')
listen('camera')
listen('files')
document.addEventListener('visibilitychange', wake)
window.addEventListener('online', wake)
window.addEventListener('beforeunload', (event) => {
  if (photos.unsaved() > 0) event.preventDefault()
})
heard('first')
void follow()
