import { expect, test } from 'vitest'
import type { FaultView } from './bindings/FaultView'
import { sentenceOf, toFault } from './faults'

const view = (over: Partial<FaultView>): FaultView => ({
  code: 'Internal',
  key: 'internal',
  params: {},
  field: null,
  log_id: null,
  ...over,
})
const known = (key: string) => key === 'fault.disk_full'

test('a known key has its sentence; an unknown one is told with its log number', () => {
  expect(sentenceOf(view({ key: 'disk_full' }), known).key).toBe('fault.disk_full')
  expect(sentenceOf(view({ key: 'new_thing', log_id: 'L7' }), known)).toEqual({
    key: 'fault.internal_logged',
    params: { log_id: 'L7' },
  })
  expect(sentenceOf(view({}), known).key).toBe('fault.internal')
})

test('a waiting time is named only when there is one', () => {
  const wrong = (seconds: string) =>
    sentenceOf(view({ key: 'wrong_password', params: { seconds } }), () => true).key
  expect([wrong('0'), wrong('30')]).toEqual(['fault.wrong_password', 'fault.wrong_password_wait'])
})

test('whatever is thrown becomes a fault, its text is never shown', () => {
  expect(toFault('thread panicked').view.key).toBe('internal')
  expect(toFault(view({ key: 'offline' })).view.key).toBe('offline')
})
